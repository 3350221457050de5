"""Where the phrases of the table stand in a text, by the letter or with one slip."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from app.sms.phrases import FILLERS, GRAMMAR, NO_COMMAND, NO_SLIP, Speaker, Verb
from app.sms.words import Word, is_one_slip, marks_of
from models.search import fold

# Shorter phrases are within one slip of too many other words.
FUZZY_LETTERS = 4
# One plain spelling, several words: their marks must be typed, or be seen in what a keyboard left.
KEYS_OF = {"đúng": ("ddungs", "dungs", "d9ung1", "dung1"), "chữa": ("chuwax", "chuaxw", "chu7a4")}
OTHERS = {"dung": "đúng", "chua": "chữa"}


@dataclass(frozen=True)
class Phrase:
    """A phrase of the table: each word plain and with its marks; ``kind`` is the row's column."""

    verb: Verb
    parts: tuple[tuple[str, str], ...]
    kind: str


@dataclass(frozen=True)
class Found:
    """A phrase and the words at which it stands."""

    phrase: Phrase
    start: int
    end: int
    is_slip: bool = False


@cache
def parts_of(phrase: str) -> tuple[tuple[str, str], ...]:
    """Words of a phrase, each plain and its marks."""
    return tuple((fold(word), marks_of(word)) for word in phrase.split())


@cache
def _phrases(role: Speaker) -> tuple[Phrase, ...]:
    """Phrases of a speaker, longest first; a phrase for itself wins over the same as an answer."""
    table = [
        Phrase(row.verb, parts_of(phrase), kind)
        for row in GRAMMAR[role]
        for kind in ("phrases", "alone", "prompted")
        for phrase in getattr(row, kind)
    ]
    table += [Phrase(Verb.ASK, parts_of(phrase), "none") for phrase in NO_COMMAND]
    return tuple(sorted(table, key=lambda phrase: -len(phrase.parts)))


def _matches(word: Word, part: tuple[str, str]) -> bool:
    plain, marks = part
    if word.marks:
        return word.plain == plain and word.marks == marks
    other = OTHERS.get(plain)
    if other is None or not word.reads(plain):
        # A word without marks leaves no keys behind: "xoong" is no "xong".
        return word.plain == plain or (bool(marks) and plain in word.readings)
    if marks == marks_of(other):
        # A plain "dung" may be the answer đúng, which the caller checks; a plain "chua" is chưa.
        return word.plain in KEYS_OF[other] or (word.plain == plain == "dung")
    return word.plain not in KEYS_OF[other]


def all_found(words: Sequence[Word], role: Speaker) -> list[Found]:
    """Phrases in the order in which they stand; of overlapping ones the longest."""
    found: list[Found] = []
    at = 0
    while at < len(words):
        match = _match_at(words, at, role)
        if match is None:
            at += 1
            continue
        found.append(Found(match, at, at + len(match.parts)))
        at += len(match.parts)
    return [one for at, one in enumerate(found) if not _is_polite(words, one, found[at + 1 :])]


def _match_at(words: Sequence[Word], at: int, role: Speaker) -> Phrase | None:
    by_first = _phrases_by_first(role)
    fitting = [
        phrase
        for plain in (words[at].plain, *sorted(words[at].readings))
        for phrase in by_first.get(plain, ())
        if _stands(words, at, phrase.parts)
    ]
    return max(fitting, key=lambda phrase: len(phrase.parts), default=None)


@cache
def _phrases_by_first(role: Speaker) -> dict[str, list[Phrase]]:
    table: dict[str, list[Phrase]] = {}
    for phrase in _phrases(role):
        table.setdefault(phrase.parts[0][0], []).append(phrase)
    return table


def _is_polite(words: Sequence[Word], one: Found, later: Sequence[Found]) -> bool:
    """Whether it is only the address before another phrase: "toi" of ``toi nhan``, ``ok, nhan``."""
    if not later or one.phrase.kind == "phrases":
        return False
    return not content(words[one.start : later[0].start])


def _stands(words: Sequence[Word], at: int, parts: Sequence[tuple[str, str]]) -> bool:
    if at + len(parts) > len(words):
        return False
    return all(_matches(word, part) for word, part in zip(words[at:], parts, strict=False))


def any_of(words: Sequence[Word], phrases: tuple[str, ...]) -> bool:
    """Whether one of the phrases stands anywhere in the words."""
    by_first = _by_first(phrases)
    return any(
        _stands_loosely(words, at, parts)
        for at, word in enumerate(words)
        for plain in (word.plain, *word.readings)
        for parts in by_first.get(plain, ())
    )


@cache
def _by_first(phrases: tuple[str, ...]) -> dict[str, list[tuple[tuple[str, str], ...]]]:
    table: dict[str, list[tuple[tuple[str, str], ...]]] = {}
    for phrase in phrases:
        parts = parts_of(phrase)
        table.setdefault(parts[0][0], []).append(parts)
    return table


def _stands_loosely(words: Sequence[Word], at: int, parts: Sequence[tuple[str, str]]) -> bool:
    if at + len(parts) > len(words):
        return False
    return all(
        (word.plain == plain and word.marks == marks)
        if word.marks
        else word.plain == plain or (bool(marks) and plain in word.readings)
        for word, (plain, marks) in zip(words[at:], parts, strict=False)
    )


def slip(words: Sequence[Word], role: Speaker) -> Found | None:
    """The one verb whose phrase opens the text with one slip in it."""
    start = len(words) - len(content(words, leading_only=True))
    slips: dict[Verb, Found] = {}
    for phrase in _phrases(role):
        end = start + len(phrase.parts)
        meant = "".join(plain for plain, _ in phrase.parts)
        first = phrase.parts[0][0]
        if phrase.kind != "phrases" or end > len(words) or len(meant) < FUZZY_LETTERS:
            continue
        if first in ("chua", "dung", "khong", "ko"):
            continue
        window = words[start:end]
        typed = "".join(word.plain for word in window)
        if any(map(_is_another_word, window, phrase.parts)):
            continue
        if typed[:1] != meant[:1]:
            continue
        if is_one_slip(typed, meant):
            slips.setdefault(phrase.verb, Found(phrase, start, end, is_slip=True))
    return next(iter(slips.values())) if len(slips) == 1 else None


def _is_another_word(word: Word, part: tuple[str, str]) -> bool:
    """Whether the word is well written and means something else, as its marks or a list say."""
    plain, marks = part
    if word.plain == plain:
        return bool(word.marks) and word.marks != marks
    return word.plain in NO_SLIP


@cache
def _fillers() -> frozenset[tuple[str, str]]:
    return frozenset(part for phrase in FILLERS for part in parts_of(phrase))


@cache
def _plain_fillers() -> frozenset[str]:
    return frozenset(plain for plain, _ in _fillers())


def content(words: Sequence[Word], *, leading_only: bool = False) -> list[Word]:
    """Words without the polite ones; with ``leading_only`` just those at the beginning go."""
    kept: list[Word] = []
    for word in words:
        polite = (
            (word.plain, word.marks) in _fillers() if word.marks else word.plain in _plain_fillers()
        )
        if not polite or (leading_only and kept):
            kept.append(word)
    return kept
