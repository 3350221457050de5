"""Segments, phones and numbers of texts, and the words that a phone's keyboard leaves."""

import pytest

from app.sms.numbers import read_number
from app.sms.phones import masked, normalise
from app.sms.segments import plain, segments, septets
from app.sms.texts import fill_link
from app.sms.words import is_one_slip, split
from models.numbers import CHECK_LETTERS, written


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("ă" * 70, 1),
        ("ă" * 71, 2),
        ("ă" * 134, 2),
        ("ă" * 135, 3),
        ("😀" * 35, 1),
        ("😀" * 36, 2),
    ],
)
def test_text_is_billed_by_its_segments(text: str, count: int) -> None:
    assert segments(text) == count


def test_letters_with_marks_are_not_in_the_small_alphabet() -> None:
    assert septets("Trà") == 3
    assert septets("Trạm") is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Đăk Hà", "Dak Ha"),
        ("Ia H’Drai", "Ia H'Drai"),
        ("Số 1 #2 & 3", "So 1 2 va 3"),
        ("một\u00a0hai", "mot hai"),
        ("đợi… – xong", "doi... - xong"),
        ("😀 ok", "ok"),
    ],
)
def test_plain_text_holds_only_what_every_gateway_takes(text: str, expected: str) -> None:
    assert plain(text) == expected


@pytest.mark.parametrize(
    "typed",
    [
        "0912345678",
        "0912 345 678",
        "0912.345.678",
        "+84 912 345 678",
        "84912345678",
        "0084912345678",
        "(+84) 912-345-678",
    ],
)
def test_phone_is_read_however_it_was_typed(typed: str) -> None:
    assert normalise(typed) == "+84912345678"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("01681234567", "+84381234567"),
        ("0120 123 4567", "+84701234567"),
        ("+84 169 123 4567", "+84391234567"),
        ("01991234567", "+84591234567"),
    ],
)
def test_numbers_from_before_2018_are_led_to_todays(old: str, new: str) -> None:
    assert normalise(old, mobile_only=True) == new


def test_landline_is_a_phone_that_gets_no_texts() -> None:
    assert normalise("0255 3822 345") == "+842553822345"
    with pytest.raises(ValueError, match="mobile"):
        normalise("0255 3822 345", mobile_only=True)


@pytest.mark.parametrize("junk", ["", "abc", "12", "0912", "09123456789012", "0912ABC678", "1042R"])
def test_junk_is_no_phone(junk: str) -> None:
    with pytest.raises(ValueError, match="phone"):
        normalise(junk)


def test_masked_phone_shows_its_end_alone() -> None:
    assert masked("+84912345678") == "•••• ••• 678"


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("1042", (1042, None)),
        ("1042R", (1042, True)),
        ("1042r", (1042, True)),
        ("1042 R", (1042, True)),
        ("1042A", (1042, False)),
        ("100", (100, None)),
        ("999999", (999999, None)),
        ("12", None),
        ("1234567", None),
        ("0482", None),
        ("120p", None),
        ("200h", None),
        ("", None),
    ],
)
def test_number_is_read_with_its_letter(typed: str, read: tuple[int, bool | None] | None) -> None:
    assert read_number(typed) == read


def test_ticket_1042_is_written_1042r() -> None:
    assert written(1042) == "1042R"


@pytest.mark.parametrize("number", [100, 1042, 7310, 98765, 123456])
def test_every_single_slip_and_swap_of_neighbours_changes_the_letter(number: int) -> None:
    digits, letter = str(number), written(number)[-1]
    slips = [
        digits[:at] + other + digits[at + 1 :]
        for at in range(len(digits))
        for other in "0123456789"
        if other != digits[at]
    ]
    swaps = [
        digits[:at] + digits[at + 1] + digits[at] + digits[at + 2 :]
        for at in range(len(digits) - 1)
        if digits[at] != digits[at + 1]
    ]

    wrong = [int(slip) for slip in slips + swaps if slip[0] != "0"]

    assert letter in CHECK_LETTERS
    assert all(written(number)[-1] != letter for number in wrong)


@pytest.mark.parametrize(
    ("typed", "meant", "is_slip"),
    [
        ("xog", "xong", True),
        ("xongg", "xong", True),
        ("xnog", "xong", True),
        ("xung", "xong", True),
        ("xong", "xong", False),
        ("xnoog", "xong", False),
        ("gnox", "xong", False),
        ("", "a", True),
    ],
)
def test_one_slip_is_one_letter_or_one_swap(typed: str, meant: str, is_slip: bool) -> None:
    assert is_one_slip(typed, meant) is is_slip


@pytest.mark.parametrize(
    ("typed", "plain_word"),
    [("nhaanj", "nhan"), ("nha65n", "nhan"), ("choois", "choi"), ("d9e61n", "den"), ("Đến", "den")],
)
def test_word_reads_as_what_its_keyboard_meant(typed: str, plain_word: str) -> None:
    (word,) = split(typed)

    assert word.reads(plain_word)


def test_old_and_new_place_of_a_tone_mark_are_one() -> None:
    old, new = split("hủy huỷ")

    assert (old.plain, old.marks) == (new.plain, new.marks)


def test_link_is_filled_in_and_leaves_no_trace_where_there_is_none() -> None:
    body = "1042R Mang. Tra loi 1 nhan. {link}"

    assert fill_link(body, "https://u.vn/t/9f") == "1042R Mang. Tra loi 1 nhan. https://u.vn/t/9f"
    assert fill_link(body, "") == "1042R Mang. Tra loi 1 nhan."


def test_link_that_would_cost_a_second_segment_is_left_out() -> None:
    body = "x" * 150 + " {link}"

    assert fill_link(body, "https://u.vn/t/9fK2mQ7xWb") == "x" * 150
