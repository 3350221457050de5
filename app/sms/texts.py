"""The texts: one file for each event and language, always one segment.

A template's lines are its parts. A line that begins with ``?link``, ``?km`` or ``?category`` may be
left out, in that order, when the text would not fit into one segment.
"""

import re
from functools import cache
from pathlib import Path

from jinja2 import StrictUndefined, Template
from jinja2.sandbox import SandboxedEnvironment

from app.sms.segments import GSM_ALONE, plain, segments, septets

TEMPLATES = Path(__file__).resolve().parents[2] / "templates" / "sms"
LINK = "{link}"
# What a link takes: an address of up to 31 characters, "/t/" and the token of 11.
LINK_SEPTETS = 45
# A value is never cut below this: it would say nothing.
SHORTEST_VALUE = 8
GIVEN_UP_IN_ORDER = ("link", "km", "category")
_PART = re.compile(r"^\?(link|km|category) ")
_ENVIRONMENT = SandboxedEnvironment(undefined=StrictUndefined, autoescape=False)


class TextTooLongError(ValueError):
    """A text takes more than one segment even without its optional parts."""


@cache
def _parts(event: str, language: str) -> tuple[tuple[str | None, Template], ...]:
    source = (TEMPLATES / f"{event}.{language}.txt").read_text(encoding="utf-8")
    parts: list[tuple[str | None, Template]] = []
    for line in source.splitlines():
        optional = _PART.match(line)
        if line.strip():
            template = _ENVIRONMENT.from_string(_PART.sub("", line))
            parts.append((optional[1] if optional else None, template))
    return tuple(parts)


def render(event: str, language: str, **values: object) -> str:
    """The text of an event, without diacritics, in one segment.

    A link stays the placeholder ``{link}``: it is made at the moment of sending. What is still too
    long without its optional parts gets its longest values cut: a long name must stop no text.

    Raises
    ------
    TextTooLongError
        If the template itself does not fit; names the event.
    """
    left_out: set[str] = set()
    for given_up in (None, *GIVEN_UP_IN_ORDER):
        if given_up:
            left_out.add(given_up)
        text = _joined(event, language, left_out, values)
        if _billed_length(text) <= GSM_ALONE:
            return text
    shorter = _shortened(values, by=_billed_length(text) - GSM_ALONE)
    if shorter is None:
        raise TextTooLongError(f"{event}.{language}: {_billed_length(text)} characters")
    return render(event, language, **shorter)


def _shortened(values: dict[str, object], *, by: int) -> dict[str, object] | None:
    """Values with the last list entry left out, or the longest one cut; None: nothing to cut."""
    for name, value in values.items():
        if isinstance(value, list) and len(value) > 1:
            more = values.get("more")
            counted = {"more": more + 1} if isinstance(more, int) else {}
            return {**values, name: value[:-1], **counted}
    strings = [(len(value), name) for name, value in values.items() if isinstance(value, str)]
    length, longest = max(strings, default=(0, ""))
    if length <= SHORTEST_VALUE:
        return None
    kept = str(values[longest])[: max(SHORTEST_VALUE, length - by - 1)]
    return {**values, longest: kept.rstrip() + "."} if len(kept) < length - 1 else None


def _joined(event: str, language: str, left_out: set[str], values: dict[str, object]) -> str:
    rendered = [
        template.render(link=LINK, **values).strip()
        for optional, template in _parts(event, language)
        if optional not in left_out
    ]
    return re.sub(r" +([.,;:?])", r"\1", plain(" ".join(part for part in rendered if part)))


def _billed_length(text: str) -> int:
    length = septets(text.replace(LINK, "")) or 0
    return length + (LINK_SEPTETS if LINK in text else 0)


def fill_link(body: str, url: str) -> str:
    """The body with its link; without one the placeholder goes."""
    if LINK not in body:
        return body
    filled = body.replace(LINK, url)
    if not url or segments(filled) > 1:
        filled = body.replace(LINK, "")
    return " ".join(filled.split())
