"""A text cut into words, each with the readings that a phone without Vietnamese keys may mean."""

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from functools import cache

from models.search import fold, fold_query

# Longer texts carry no command beyond this; it bounds the time a parse takes.
LONGEST = 1000
_TOKEN = re.compile(r"\d{1,2}[:/h]\d{1,2}(?!\d)(?:/\d{2,4})?|[^\W_]+|[?%]")
_GLUED = re.compile(r"([^\W\d]{2,})(\d{3,6}[^\W\d]?)|(\d{3,6})([^\W\d]{2,})")
# An apostrophe belongs to its word: don't.
_APOSTROPHES = re.compile(r"['’`´]")


@dataclass(frozen=True)
class Word:
    """One word as typed, where it stood, and what it may read as.

    ``marks`` are its diacritics, sorted, so that ``hủy`` and ``huỷ`` are one; ``readings`` are what
    is left when Telex or VNI keys are taken out of it.
    """

    typed: str
    plain: str
    marks: str
    readings: frozenset[str]
    start: int
    end: int

    def reads(self, plain: str) -> bool:
        """Whether the word is this plain one, or Telex or VNI leftovers of it."""
        return self.plain == plain or plain in self.readings


def tidy(text: str) -> str:
    """The text in composed form and without apostrophes, which `split` counts places in."""
    composed = unicodedata.normalize("NFC", text[:LONGEST])
    return _APOSTROPHES.sub("", composed)


def split(text: str) -> list[Word]:
    """Words, numbers, times, ``?`` and ``%`` of a tidy text, in order."""
    words: list[Word] = []
    for token in _TOKEN.finditer(text):
        glued = _GLUED.fullmatch(token[0])
        pieces = [piece for piece in glued.groups() if piece] if glued else [token[0]]
        start = token.start()
        for piece in pieces:
            words.append(_word(piece, start))
            start += len(piece)
    return words


def _word(typed: str, start: int) -> Word:
    plain = fold(typed)
    marks = marks_of(typed)
    return Word(typed.lower(), plain, marks, _leftovers(plain), start, start + len(typed))


@cache
def marks_of(typed: str) -> str:
    """Diacritics of a word, sorted; ``đ`` counts as one."""
    decomposed = unicodedata.normalize("NFD", typed.lower())
    return "".join(
        sorted(char for char in decomposed if unicodedata.combining(char) or char == "đ")
    )


def _leftovers(plain: str) -> frozenset[str]:
    if plain.isdecimal():
        return frozenset()
    read = fold_query(plain)
    return frozenset(read[0][1:]) if len(read) == 1 else frozenset()


def is_one_slip(typed: str, meant: str) -> bool:
    """Whether one letter was added, lost, changed or swapped with its neighbour."""
    if abs(len(typed) - len(meant)) > 1 or typed == meant:
        return False
    if len(typed) == len(meant):
        differ = [at for at, (a, b) in enumerate(zip(typed, meant, strict=True)) if a != b]
        if len(differ) == 1:
            return True
        return len(differ) == 2 and differ[1] == differ[0] + 1 and Counter(typed) == Counter(meant)
    longer, shorter = sorted((typed, meant), key=len, reverse=True)
    return any(longer[:at] + longer[at + 1 :] == shorter for at in range(len(longer)))
