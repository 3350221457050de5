"""The texts: one file for each event and language, always one segment.

A template's lines are its parts. A line that begins with ``?link``, ``?km`` or ``?category`` may be
left out, in that order, when the text would not fit into one segment.
"""

import re
from functools import cache
from pathlib import Path

from jinja2 import StrictUndefined
from jinja2.sandbox import SandboxedEnvironment

from app.sms.segments import GSM_ALONE, plain, segments, septets

TEMPLATES = Path(__file__).resolve().parents[2] / "templates" / "sms"
LINK = "{link}"
# What a link takes: an address of up to 32 characters, "/t/" and the token.
LINK_SEPTETS = 45
GIVEN_UP_IN_ORDER = ("link", "km", "category")
_PART = re.compile(r"^\?(link|km|category) ")
_ENVIRONMENT = SandboxedEnvironment(undefined=StrictUndefined, autoescape=False)


class TextTooLongError(ValueError):
    """A text takes more than one segment even without its optional parts."""


@cache
def _parts(event: str, language: str) -> tuple[tuple[str | None, str], ...]:
    source = (TEMPLATES / f"{event}.{language}.txt").read_text(encoding="utf-8")
    parts: list[tuple[str | None, str]] = []
    for line in source.splitlines():
        optional = _PART.match(line)
        if line.strip():
            parts.append((optional[1] if optional else None, _PART.sub("", line)))
    return tuple(parts)


def render(event: str, language: str, **values: object) -> str:
    """The text of an event, without diacritics, in one segment.

    A link stays the placeholder ``{link}``: it is made at the moment of sending.

    Raises
    ------
    TextTooLongError
        If even the shortest form does not fit; names the event.
    """
    left_out: set[str] = set()
    for given_up in (None, *GIVEN_UP_IN_ORDER):
        if given_up:
            left_out.add(given_up)
        text = _joined(event, language, left_out, values)
        if _billed_length(text) <= GSM_ALONE:
            return text
    raise TextTooLongError(f"{event}.{language}: {_billed_length(text)} characters")


def _joined(event: str, language: str, left_out: set[str], values: dict[str, object]) -> str:
    rendered = [
        _ENVIRONMENT.from_string(line).render(link=LINK, **values).strip()
        for optional, line in _parts(event, language)
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
