"""The values of a JSON file, read with their path, so that whoever wrote it finds the mistake."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import TypeVar

Built = TypeVar("Built")
Choice = TypeVar("Choice", bound=StrEnum)
Json = object  # what json.load returns: every use checks what it got
MISSING = object()


class Field:
    """One value of a JSON file and where it stands."""

    __slots__ = ("path", "raw")

    def __init__(self, raw: Json, path: str) -> None:
        self.raw = raw
        self.path = path

    def wrong(self, what: str) -> ValueError:
        """The error to raise about this field."""
        return ValueError(f"{self.path or 'file'}: {what}")

    def has(self, name: str) -> bool:
        """Whether the object has this key with a value."""
        return isinstance(self.raw, Mapping) and self.raw.get(name) is not None

    def get(self, name: str) -> Field:
        """The value under a key, which must be there."""
        if not isinstance(self.raw, Mapping):
            raise self.wrong("an object is expected")
        path = f"{self.path}.{name}" if self.path else name
        value = self.raw.get(name, MISSING)
        if value is MISSING:
            raise ValueError(f"{path}: missing")
        return Field(value, path)

    def items(self) -> list[Field]:
        """The values of a list."""
        if not isinstance(self.raw, Sequence) or isinstance(self.raw, str):
            raise self.wrong("a list is expected")
        return [Field(value, f"{self.path}[{i}]") for i, value in enumerate(self.raw)]

    def optional(self, name: str) -> list[Field]:
        """The values of the list under a key; none if the key is not there."""
        return self.get(name).items() if self.has(name) else []

    def whole(self) -> int:
        """A whole number."""
        if isinstance(self.raw, bool) or not isinstance(self.raw, int):
            raise self.wrong(f"a whole number is expected, not {self.raw!r}")
        return self.raw

    def number(self) -> float:
        """A number."""
        if isinstance(self.raw, bool) or not isinstance(self.raw, (int, float)):
            raise self.wrong(f"a number is expected, not {self.raw!r}")
        return float(self.raw)

    def text(self) -> str:
        """A text."""
        if not isinstance(self.raw, str):
            raise self.wrong(f"a text is expected, not {self.raw!r}")
        return self.raw

    def flag(self) -> bool:
        """True or false."""
        if not isinstance(self.raw, bool):
            raise self.wrong(f"true or false is expected, not {self.raw!r}")
        return self.raw

    def choice(self, kind: type[Choice]) -> Choice:
        """One of a closed set of texts."""
        for member in kind:
            if member.value == self.raw:
                return member
        raise self.wrong(f"{self.raw!r} is none of {', '.join(kind)}")

    def pair(self) -> tuple[int, int]:
        """Two whole numbers."""
        values = [item.whole() for item in self.items()]
        if len(values) != 2:
            raise self.wrong(f"two whole numbers are expected, not {len(values)}")
        return values[0], values[1]

    def ints(self) -> tuple[int, ...]:
        """A list of whole numbers."""
        if isinstance(self.raw, list) and all(type(value) is int for value in self.raw):
            return tuple(self.raw)
        return tuple(item.whole() for item in self.items())

    def levels(self) -> dict[str, int]:
        """Levels by skill."""
        if not isinstance(self.raw, Mapping):
            raise self.wrong("an object of levels by skill is expected")
        return {str(name): self.get(str(name)).whole() for name in self.raw}

    def build(self, make: Callable[[], Built]) -> Built:
        """What ``make`` builds; its complaint gets this path."""
        try:
            return make()
        except ValueError as error:
            text = str(error)
            if text.startswith(self.path):
                raise
            raise ValueError(f"{self.path}.{text}") from None
