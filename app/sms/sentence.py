"""A text being read: its words, and its numbers apart from them."""

from dataclasses import dataclass, field

from app.sms.matching import content
from app.sms.numbers import read_number
from app.sms.words import Word, split, tidy


@dataclass
class Sentence:
    """A text being read: its words without the numbers, and the numbers apart."""

    text: str
    words: list[Word]
    figures: list[Word] = field(default_factory=list)
    has_mark: bool = False
    has_share: bool = False


def read_sentence(text: str) -> Sentence:
    """Cut a text into words and numbers."""
    composed = tidy(text)
    sentence = Sentence(composed, [])
    for word in split(composed):
        if word.typed == "?":
            sentence.has_mark = True
        elif word.typed == "%":
            sentence.has_share = True
        elif word.plain.isdecimal() or is_number(word):
            sentence.figures.append(word)
        else:
            sentence.words.append(word)
    return sentence


def is_number(word: Word) -> bool:
    """Whether the word can be a ticket's number."""
    return word.typed.isascii() and read_number(word.typed) is not None


def leading_digit(sentence: Sentence) -> Word | None:
    """The single digit that opens a text, after polite words at most, or that follows a number."""
    if not sentence.figures:
        return None
    first = sentence.figures[0]
    if len(sentence.figures) == 2 and not content(sentence.words) and len(first.typed) > 1:
        second = sentence.figures[1]
        return second if len(second.typed) == 1 else None
    before = [word for word in sentence.words if word.start < first.start]
    if content(before) or len(first.typed) > 1:
        return None
    singles = [word for word in sentence.figures if len(word.typed) == 1]
    return first if len(singles) == 1 or _is_free(sentence) else None


def _is_free(sentence: Sentence) -> bool:
    """Whether single digits after the first belong to a note: there are words to hold them."""
    return bool(content(sentence.words))


def is_before_number(sentence: Sentence, digit: Word) -> bool:
    """Whether a ticket's number comes straight after the digit."""
    later = [word for word in sentence.figures if word.start >= digit.end and is_number(word)]
    return bool(later) and not sentence.text[digit.end : later[0].start].strip(" .,:-")


def note_after(sentence: Sentence, start: int) -> str:
    """What was written after the verb, without the ticket's number and the code."""
    numbers = [word for word in sentence.figures if word.start >= start and is_number(word)][:2]
    note = sentence.text[start:]
    for word in reversed(numbers):
        note = note[: word.start - start] + note[word.end - start :]
    return " ".join(note.split()).strip(" .,;:-!")
