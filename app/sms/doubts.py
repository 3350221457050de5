"""What speaks against a verb: questions, negations, and words that take it back."""

import re
from collections.abc import Sequence

from app.sms.matching import Found, any_of, content
from app.sms.phrases import (
    CONTRASTS,
    NEGATIONS,
    NOT_WHOLLY,
    NOT_YET,
    QUESTION_ENDS,
    QUESTIONS,
    TO_COME,
    TROUBLE,
    Verb,
)
from app.sms.sentence import Sentence
from app.sms.words import Word, is_one_slip

# What must not be believed when anything speaks against it.
GRAVE = frozenset({Verb.RESOLVE, Verb.CONFIRM})
# How many words before a verb may deny it.
REACH = 4
_SHARE = re.compile(r"[1-9]/[1-9]")


def asks(sentence: Sentence, words: Sequence[Word]) -> bool:
    """Whether the text is a question, with or without its mark."""
    if sentence.has_mark or any_of(words, QUESTIONS):
        return True
    core = content(words)
    return len(core) > 1 and any_of(core[-1:], QUESTION_ENDS) and not any_of(core[-2:-1], ("vẫn",))


def takes_back(after: Sequence[Word], verb: Verb) -> bool:
    """Whether what follows a grave verb takes it back."""
    if verb not in GRAVE:
        return False
    if verb is Verb.CONFIRM and any_of(after, TROUBLE):
        return True
    for at, word in enumerate(after):
        before = after[at - 1] if at else None
        if word.typed == "đừng" or any_of([word], ("chưa", "cannot", "cant", "not")):
            return True
        is_relief = before is not None and any_of([before], ("không", "ko", "hết", "no"))
        if any_of([word], CONTRASTS) and not is_relief and not _is_code_word(word):
            return True
        if is_relief and any_of([word], ("được", "xong", "chạy", "lên", "vào", "sửa", "in")):
            return True
    # "xong 2/3" is a part; "xong 25/11" is a day.
    is_part = bool(after) and _SHARE.fullmatch(after[0].typed) is not None
    return is_part or any_of(after[:2], NOT_WHOLLY) or any_of(after[:5], TO_COME)


def _is_code_word(word: Word) -> bool:
    # "ma 4821" is the commune's code; "mà" with its mark is "but".
    return word.typed in ("ma", "mã")


def nearly_denied(words: Sequence[Word]) -> bool:
    """Whether an unmarked word may be a slip of "chưa" or "không": ``chau xong``."""
    return any(
        not word.marks and (is_one_slip(word.plain, "chua") or is_one_slip(word.plain, "khong"))
        for word in words
    )


def is_denied(words: Sequence[Word], found: Found) -> Verb | None:
    """NOTE or ASK where words before the verb say that it has not happened."""
    before = words[max(0, found.start - REACH) : found.start]
    if any_of(before, (*NEGATIONS, *NOT_YET)):
        return Verb.NOTE
    if found.phrase.verb in GRAVE and nearly_denied(before):
        return Verb.ASK
    return None


def is_prompted(words: Sequence[Word], found: Found) -> bool:
    """Whether the words are an answer only to a live question.

    A plain ``dung`` may be đúng, dừng or dùng; with its marks, ``đúng`` stands for itself.
    """
    if found.phrase.kind == "prompted":
        return True
    return any(
        plain == "dung" and not word.marks
        for word, (plain, _) in zip(words[found.start : found.end], found.phrase.parts, strict=True)
    )
