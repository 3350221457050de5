"""Whatever is written becomes one command, and no slip ends a ticket or a subscription."""

from typing import get_args

from hypothesis import example, given
from hypothesis import strategies as st

from app.sms.commands import Command, Confidence, Verb, parse
from app.sms.phrases import GRAMMAR, NEGATIONS, WHOLE_TEXT, Speaker
from app.sms.segments import plain, segments, septets
from models.search import fold

ROLES = st.sampled_from(get_args(Speaker))
PROMPTS = st.none() | st.dictionaries(
    st.sampled_from([*"1234567", "", "x"]), st.sampled_from([*Verb, "", "assist"]), max_size=4
)
WORDS = sorted(
    {
        word
        for rows in GRAMMAR.values()
        for row in rows
        for phrase in (*row.phrases, *row.alone, *row.prompted)
        for word in (phrase, fold(phrase))
    }
)
FREE = st.text(max_size=80)
# Near the grammar: its own phrases among numbers, digits and what denies or asks.
NEAR = st.lists(
    st.sampled_from(WORDS)
    | st.sampled_from(["1042", "1042R", "4821", "1", "2", "5", "?", "%", "10:30", "roi", "ạ", ","])
    | st.sampled_from(NEGATIONS),
    max_size=7,
).map(" ".join)
OPT = {phrase for phrases in WHOLE_TEXT.values() for phrase in phrases}
OPT_OUT = {fold(phrase) for phrase in WHOLE_TEXT[Verb.STOP]}


@given(FREE | NEAR, ROLES, PROMPTS)
@example("²", "technician", None)
@example("１ ４８２１", "technician", None)
@example("\u0301\u0323", "commune", None)
@example("İ 1042", "commune", {"1": "confirm"})
def test_any_text_is_one_command(text: str, role: Speaker, prompt: dict[str, str] | None) -> None:
    command = parse(text, role=role, prompt=prompt)

    assert isinstance(command, Command)
    assert command.number is None or 100 <= command.number <= 999_999
    assert command.code is None or (len(command.code) == 4 and command.code.isdecimal())


@given(FREE | NEAR, ROLES)
def test_plain_text_means_the_same_when_it_is_made_plain_again(text: str, role: Speaker) -> None:
    once = fold(text)

    assert parse(fold(once), role=role) == parse(once, role=role)


@given(NEAR, ROLES)
def test_case_and_spaces_mean_nothing(text: str, role: Speaker) -> None:
    usual = parse(text, role=role)
    shouted = parse(f"  {text.upper()}  ", role=role)

    assert (shouted.verb, shouted.number, shouted.code) == (usual.verb, usual.number, usual.code)


@given(FREE | NEAR | st.text("stophuyindgan ", max_size=14), ROLES)
def test_only_the_words_themselves_opt_out(text: str, role: Speaker) -> None:
    command = parse(text, role=role)

    if command.verb is Verb.STOP:
        letters = "".join(char if char.isalnum() else " " for char in fold(text))
        assert " ".join(letters.split()) in OPT_OUT


@given(st.sampled_from(sorted(OPT)), st.data())
def test_one_slip_neither_opts_out_nor_in(phrase: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(phrase) - 1))
    letter = data.draw(st.sampled_from("abcdeghiklmnopqrstuvxy"))
    slip = data.draw(
        st.sampled_from([phrase[:at] + phrase[at + 1 :], phrase[:at] + letter + phrase[at + 1 :]])
    )

    command = parse(slip, role="technician")

    if fold(slip) not in {fold(exact) for exact in OPT}:
        assert command.verb not in (Verb.STOP, Verb.START)


@given(
    st.sampled_from(["chưa", "chua", "chuwa", "chu7a", "không", "khong", "ko", "đừng", "not"]),
    st.sampled_from(["xong", "hoan thanh", "sửa xong", "done", "xac nhan", "fixed"]),
    st.sampled_from(["", "1042", "1042R 4821"]),
    ROLES,
)
def test_denied_end_is_never_an_end(denial: str, verb: str, number: str, role: Speaker) -> None:
    command = parse(f"{denial} {verb} {number}", role=role)

    assert command.verb not in (Verb.RESOLVE, Verb.CONFIRM)


@given(st.sampled_from(["xong", "hoàn thành", "done", "xác nhận"]), ROLES)
def test_question_is_never_an_end(verb: str, role: Speaker) -> None:
    for question in (f"{verb}?", f"{verb} chưa", f"bao giờ {verb}", f"khi nào {verb} 1042"):
        assert parse(question, role=role).verb not in (Verb.RESOLVE, Verb.CONFIRM)


@given(st.sampled_from(["xong", "hoan thanh"]), st.data())
def test_slip_in_an_end_is_never_exact(phrase: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(1, len(phrase) - 2))
    slip = phrase[:at] + phrase[at + 1] + phrase[at] + phrase[at + 2 :]

    command = parse(slip, role="technician")

    if slip != phrase and command.verb is Verb.RESOLVE:
        assert command.confidence is Confidence.FUZZY


@given(FREE)
def test_plain_text_is_in_the_small_alphabet_and_stays_as_it_is(text: str) -> None:
    made = plain(text)

    assert septets(made) is not None
    assert plain(made) == made
    assert segments(made) >= 1
