"""The grammar of commands: any text becomes one command. Pure; the words stand in `phrases`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.sms.doubts import GRAVE, asks, is_denied, is_prompted, nearly_denied, takes_back
from app.sms.matching import Found, all_found, any_of, content, parts_of, slip
from app.sms.numbers import read_number
from app.sms.phrases import (
    CONTRASTS,
    COUNTED,
    GRAMMAR,
    NEGATIONS,
    NOT_WHOLLY,
    NOT_YET,
    REASONS,
    WHOLE_TEXT,
    DeclineReason,
    Speaker,
    Verb,
)
from app.sms.sentence import (
    Sentence,
    is_before_number,
    is_number,
    leading_digit,
    note_after,
    read_sentence,
)
from app.sms.words import Word

# What may be answered in any tone, even as a question.
HARMLESS = frozenset({Verb.LIST, Verb.HELP, Verb.STATUS})
# The order of a visit: of several steps in one text the last is meant, if they stand in this order.
STEPS = (Verb.ACCEPT, Verb.DEPART, Verb.ARRIVE, Verb.RESOLVE)
# What may carry a note of any words after its digit.
WITH_NOTE = frozenset({Verb.RESOLVE, Verb.DECLINE, Verb.REOPEN})


class Confidence(StrEnum):
    """Whether the words were those of the table, or only near them."""

    EXACT = "exact"
    FUZZY = "fuzzy"


@dataclass(frozen=True)
class Command:
    """What somebody asked for.

    Attributes
    ----------
    number, letter_ok
        The ticket, and whether its check letter is right; None where none was typed.
    digit
        The quick digit that chose the verb. Whoever acts on it checks that a live prompt owns it.
    code
        The commune's four digits, where a second number was given.
    numbers
        Every number that may be a ticket or a code, as typed, in order.
    """

    verb: Verb
    number: int | None = None
    letter_ok: bool | None = None
    digit: int | None = None
    code: str | None = None
    reason: DeclineReason | None = None
    note: str = ""
    confidence: Confidence = Confidence.EXACT
    numbers: tuple[str, ...] = ()


def parse(text: str, *, role: Speaker, prompt: Mapping[str, str] | None = None) -> Command:
    """Read a text of that speaker; never raises.

    Parameters
    ----------
    prompt
        Quick digits of the live questions to this phone, ``{"1": "accept", "2": "decline"}``. With
        it a digit means what the question says, and a plain ``dung`` or ``ok`` may be an answer.
    """
    prompt = prompt or {}
    sentence = read_sentence(text)
    command = (
        _whole(sentence)
        or _by_digit(sentence, role, prompt)
        or _by_phrase(sentence, role, prompt)
        or _without_verb(sentence, role)
    )
    return _with_numbers(command, sentence)


def _whole(sentence: Sentence) -> Command | None:
    if sentence.has_mark and not sentence.words and not sentence.figures:
        return Command(Verb.HELP)
    if sentence.figures or sentence.has_mark:
        return None
    for verb, phrases in WHOLE_TEXT.items():
        for phrase in phrases:
            parts = parts_of(phrase)
            if len(parts) == len(sentence.words) and all(
                word.plain == plain and (not word.marks or word.marks == marks)
                for word, (plain, marks) in zip(sentence.words, parts, strict=True)
            ):
                return Command(verb)
    return None


def _by_digit(sentence: Sentence, role: Speaker, prompt: Mapping[str, str]) -> Command | None:
    lead = leading_digit(sentence)
    if lead is None:
        return None
    fixed = {row.digit: row.verb for row in GRAMMAR[role] if row.digit}
    verb = _known(prompt.get(lead.typed)) or fixed.get(lead.typed)
    after = [word for word in sentence.words if word.start >= lead.end]
    if verb is None:
        return Command(Verb.ASK, digit=int(lead.typed))
    counts = any_of(after[:1], COUNTED) and not is_before_number(sentence, lead)
    if counts and content(after[:1]):
        return Command(Verb.ASK)
    command = Command(verb, digit=int(lead.typed), note=note_after(sentence, lead.end))
    spoken = _spoken(after, role)
    if asks(sentence, after) or takes_back(after, verb) or (sentence.has_share and verb in GRAVE):
        return Command(Verb.ASK, digit=command.digit)
    if spoken is not None and spoken.phrase.verb is not verb:
        free = verb in WITH_NOTE and spoken.start > 0
        return command if free else Command(Verb.ASK, digit=command.digit)
    if verb in WITH_NOTE or spoken is not None or not content(after):
        return command
    if is_before_number(sentence, lead) and verb is not Verb.CONFIRM:
        return command
    return Command(Verb.ASK, digit=command.digit)


def _known(name: str | None) -> Verb | None:
    return next((verb for verb in Verb if verb.value == name), None)


def _by_phrase(sentence: Sentence, role: Speaker, prompt: Mapping[str, str]) -> Command | None:
    words = sentence.words
    found = all_found(words, role)
    head = _head(words, found)
    if head is None:
        slipped = slip(words, role)
        if slipped is None:
            return _buried(sentence, role, found)
        found, head = [slipped], slipped
    meant = _last_step(found, head, words)
    verb = meant.phrase.verb
    rest = words[meant.end :]
    if meant.phrase.kind == "none":
        return Command(Verb.ASK)
    if verb in HARMLESS:
        return Command(verb, note=note_after(sentence, words[meant.end - 1].end))
    if asks(sentence, words):
        return Command(Verb.ASK)
    denied = is_denied(words, meant)
    if denied is not None:
        return _not_so(sentence, role, denied)
    if is_prompted(words, meant):
        if verb.value not in prompt.values() or content(rest):
            return Command(Verb.ASK)
    elif meant.phrase.kind == "alone" and content(rest) and not _says_again(found):
        return Command(
            Verb.ASK if verb is not Verb.DECLINE else Verb.NOTE, note=sentence.text.strip()
        )
    if takes_back(rest, verb) or (verb in GRAVE and (sentence.has_share or _is_torn(found))):
        return Command(Verb.ASK)
    if verb in STEPS[1:] and any_of(rest[:1], NOT_WHOLLY):
        return _not_so(sentence, role, Verb.NOTE)
    return Command(
        verb,
        reason=_reason(words) if verb is Verb.DECLINE else None,
        note=note_after(sentence, words[meant.end - 1].end),
        confidence=Confidence.FUZZY if meant.is_slip or meant is not head else Confidence.EXACT,
    )


def _buried(sentence: Sentence, role: Speaker, found: Sequence[Found]) -> Command | None:
    """A verb behind words that we do not know: believed only at the end, and then repeated back."""
    words = sentence.words
    if not found:
        return None
    last = found[-1]
    verb = last.phrase.verb
    speaks_against = (
        asks(sentence, words)
        or any_of(words, (*NEGATIONS, *CONTRASTS, *NOT_YET))
        or nearly_denied(words)
        or sentence.has_share
        or content(words[last.end :])
        or last.phrase.kind != "phrases"
        or verb in (Verb.CONFIRM, Verb.DECLINE)
        or len(found) > 1
    )
    if speaks_against:
        return Command(Verb.ASK)
    return Command(verb, note=sentence.text.strip(), confidence=Confidence.FUZZY)


def _without_verb(sentence: Sentence, role: Speaker) -> Command:
    words = sentence.words
    if not words and not sentence.figures:
        return Command(Verb.UNKNOWN)
    if asks(sentence, words):
        numbered = any(is_number(word) for word in sentence.figures)
        return Command(Verb.STATUS if numbered and role == "commune" else Verb.ASK)
    if not content(words):
        numbered = any(is_number(word) for word in sentence.figures)
        if numbered and len(sentence.figures) == 1:
            return Command(Verb.STATUS if role == "commune" else Verb.ASK)
        return Command(Verb.ASK if sentence.figures else Verb.UNKNOWN)
    return Command(Verb.UNKNOWN, note=sentence.text.strip())


def _not_so(sentence: Sentence, role: Speaker, verb: Verb) -> Command:
    return Command(verb if role == "technician" else Verb.ASK, note=sentence.text.strip())


def _head(words: Sequence[Word], found: Sequence[Found]) -> Found | None:
    """The phrase that opens the text, after polite words and what denies or postpones it."""
    if not found:
        return None
    before = content(words[: found[0].start])
    opens = all(any_of([word], (*NEGATIONS, *NOT_YET)) for word in before)
    return found[0] if opens or nearly_denied(before) else None


def _last_step(found: Sequence[Found], head: Found, words: Sequence[Word]) -> Found:
    """Of several steps in their order, ``den noi, xong``, the last; else the first one said."""
    steps = [one for one in found if one.phrase.verb in STEPS and one.phrase.kind == "phrases"]
    order = [STEPS.index(one.phrase.verb) for one in steps]
    if len(steps) != len(found) or len(set(order)) < 2 or order != sorted(order):
        return head
    between = words[head.end : steps[-1].start]
    return head if any_of(between, (*NEGATIONS, *NOT_YET, *CONTRASTS)) else steps[-1]


def _is_torn(found: Sequence[Found]) -> bool:
    """Whether somebody says an end and a refusal in one text."""
    return any(one.phrase.verb in (Verb.DECLINE, Verb.REOPEN) for one in found)


def _says_again(found: Sequence[Found]) -> bool:
    """Whether the same verb was said twice: ``chua, mo lai giup``."""
    return len(found) > 1 and len({one.phrase.verb for one in found}) == 1


def _spoken(words: Sequence[Word], role: Speaker) -> Found | None:
    """The verb that words after a digit say, if they say one."""
    for one in all_found(words, role):
        said = one.phrase.kind
        if said == "phrases" or (said == "alone" and not content(words[one.end :])):
            return one
    return None


def _reason(words: Sequence[Word]) -> DeclineReason | None:
    for reason, phrases in REASONS.items():
        if any_of(words, phrases):
            return reason
    return None


def _with_numbers(command: Command, sentence: Sentence) -> Command:
    """The command with its ticket: a number with its right letter first, else the first number."""
    typed = [
        word for word in sentence.figures if 3 <= len(word.typed) <= 7 and word.typed.isascii()
    ]
    readings = [(word, read_number(word.typed)) for word in typed]
    tickets = [(word, number) for word, number in readings if number is not None]
    lettered = [one for one in tickets if one[1][1]]
    chosen = (lettered or tickets)[:1]
    codes = [
        word.typed
        for word in typed
        if len(word.typed) == 4
        and word.typed.isdecimal()
        and word not in [one[0] for one in chosen]
    ]
    number, letter_ok = chosen[0][1] if chosen else (None, None)
    reason = command.reason
    if command.verb is Verb.DECLINE and reason is None:
        reason = _reason(sentence.words)
    return Command(
        verb=command.verb,
        number=number,
        letter_ok=letter_ok,
        digit=command.digit,
        code=codes[0] if codes else None,
        reason=reason,
        note=command.note,
        confidence=command.confidence,
        numbers=tuple(word.typed.upper() for word in typed),
    )
