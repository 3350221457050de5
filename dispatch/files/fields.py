"""The values of a JSON file, read with their path, so that whoever wrote it finds the mistake."""

from __future__ import annotations

import difflib
import json
import math
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import TypeVar

Built = TypeVar("Built")
Choice = TypeVar("Choice", bound=StrEnum)
Json = object  # what json.load returns: every use checks what it got
MISSING = object()
MOST = 10**9  # seconds, metres and points end here, so that no sum of them leaves 64 bits
FARTHEST_ID = 2**53 - 1  # what every JSON reader still tells apart
SHOWN = 40  # characters of a wrong value that an error repeats


class Field:
    """One value of a JSON file and where it stands."""

    __slots__ = ("path", "raw")

    def __init__(self, raw: Json, path: str) -> None:
        self.raw = raw
        self.path = path

    def wrong(self, what: str) -> ValueError:
        """The error to raise about this field."""
        return ValueError(f"{self.path or 'file'}: {what}")

    def _expected(self, what: str) -> ValueError:
        return self.wrong(f"{what} is expected, not {shown(self.raw)}")

    def only(self, *names: str) -> Field:
        """Check that this is an object without other keys than these; one misspelt is refused."""
        if not isinstance(self.raw, Mapping):
            raise self._expected("an object")
        for name in self.raw:
            if name not in names:
                near = difflib.get_close_matches(str(name)[:SHOWN], names, n=1)
                hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(names)}"
                raise ValueError(f"{self._under(str(name))}: unknown key; {hint}")
        return self

    def has(self, name: str) -> bool:
        """Whether the object has this key with a value."""
        return isinstance(self.raw, Mapping) and self.raw.get(name) is not None

    def get(self, name: str) -> Field:
        """The value under a key, which must be there."""
        if not isinstance(self.raw, Mapping):
            raise self._expected("an object")
        path = self._under(name)
        value = self.raw.get(name, MISSING)
        if value is MISSING:
            raise ValueError(f"{path}: missing")
        return Field(value, path)

    def _under(self, name: str) -> str:
        part = name if name.isidentifier() else json.dumps(name[:SHOWN])
        return f"{self.path}.{part}" if self.path else part

    def items(self) -> list[Field]:
        """The values of a list."""
        if not isinstance(self.raw, Sequence) or isinstance(self.raw, str):
            raise self._expected("a list")
        return [Field(value, f"{self.path}[{i}]") for i, value in enumerate(self.raw)]

    def optional(self, name: str) -> list[Field]:
        """The values of the list under a key; none if the key is not there."""
        return self.get(name).items() if self.has(name) else []

    def whole(self, *, least: int = 0, most: int = MOST) -> int:
        """A whole number; not negative and no more than a thousand million unless said."""
        if isinstance(self.raw, bool) or not isinstance(self.raw, int):
            raise self._expected("a whole number")
        if self.raw < least:
            what = "is negative" if least == 0 else f"is less than {least}"
            raise self.wrong(f"{shown(self.raw)} {what}")
        if self.raw > most:
            raise self.wrong(f"{shown(self.raw)} is more than {most}")
        return self.raw

    def id(self) -> int:
        """A whole number that names something; it may be negative."""
        return self.whole(least=-FARTHEST_ID, most=FARTHEST_ID)

    def number(self) -> float:
        """A number."""
        if isinstance(self.raw, bool) or not isinstance(self.raw, (int, float)):
            raise self._expected("a number")
        if isinstance(self.raw, int):
            return float(self.whole(least=-MOST))
        if not math.isfinite(self.raw):
            raise self._expected("a number")
        return self.raw

    def text(self) -> str:
        """A text."""
        if not isinstance(self.raw, str):
            raise self._expected("a text")
        return self.raw

    def flag(self) -> bool:
        """True or false."""
        if not isinstance(self.raw, bool):
            raise self._expected("true or false")
        return self.raw

    def choice(self, kind: type[Choice]) -> Choice:
        """One of a closed set of texts."""
        for member in kind:
            if member.value == self.raw:
                return member
        raise self._expected(f"one of {', '.join(kind)}")

    def pair(self) -> tuple[int, int]:
        """Two whole numbers, neither negative."""
        values = [item.whole() for item in self.items()]
        if len(values) != 2:
            raise self.wrong(f"two whole numbers are expected, not {len(values)}")
        return values[0], values[1]

    def ints(self) -> tuple[int, ...]:
        """A list of whole numbers, none negative."""
        raw = self.raw
        # The rows of a matrix: one look at the ends instead of one object a value.
        if isinstance(raw, list) and set(map(type, raw)) == {int} and _within(raw):
            return tuple(raw)
        return tuple(item.whole() for item in self.items())

    def ids(self) -> tuple[int, ...]:
        """A list of whole numbers that name something, none of them twice."""
        found: list[int] = []
        for item in self.items():
            if item.id() in found:
                raise item.wrong(f"{item.raw} stands there twice")
            found.append(item.id())
        return tuple(found)

    def levels(self, *, highest: int = 3) -> dict[str, int]:
        """Levels by skill, from 1 up."""
        if not isinstance(self.raw, Mapping):
            raise self._expected("an object of levels by skill")
        return {str(name): self.get(str(name)).whole(least=1, most=highest) for name in self.raw}

    def build(self, make: Callable[[], Built]) -> Built:
        """What ``make`` builds; its complaint gets this path."""
        try:
            return make()
        except ValueError as error:
            text = str(error)
            if text.startswith(self.path):
                raise
            raise ValueError(f"{self.path}.{text}") from None


def _within(values: list[int]) -> bool:
    return min(values) >= 0 and max(values) <= MOST


def shown(raw: Json) -> str:
    """A wrong value in an error: in one line, and short whatever it is."""
    if isinstance(raw, Mapping):
        return "an object"
    if isinstance(raw, Sequence) and not isinstance(raw, str):
        return "a list"
    if raw is None or isinstance(raw, bool):
        return {None: "null", True: "true", False: "false"}[raw]
    if isinstance(raw, int) and abs(raw) >= 10**SHOWN:
        return f"a number of more than {SHOWN} digits"
    text = repr(raw[:SHOWN] if isinstance(raw, str) else raw)
    return text if len(text) <= 2 * SHOWN else f"{text[:SHOWN]}…"
