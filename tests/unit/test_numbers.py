"""Ticket numbers: a slip of one digit or two neighbours swapped never passes for another ticket."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.numbers import CHECK_LETTERS, check_letter, written

NUMBERS = st.integers(min_value=100, max_value=999_999)


def test_the_number_of_the_document_has_its_letter() -> None:
    assert written(1042) == "1042R"


@pytest.mark.parametrize("number", [1001, 1042, 99_999, 123_456])
def test_a_number_is_written_with_a_letter_that_no_duration_uses(number: int) -> None:
    letter = written(number)[-1]

    assert letter in CHECK_LETTERS
    assert letter not in "PH"


@given(NUMBERS, st.data())
def test_one_wrong_digit_changes_the_letter(number: int, data: st.DataObject) -> None:
    digits = list(str(number))
    place = data.draw(st.integers(0, len(digits) - 1))
    other = data.draw(st.sampled_from("0123456789").filter(lambda digit: digit != digits[place]))
    digits[place] = other
    if digits[0] == "0":
        return

    assert check_letter(int("".join(digits))) != check_letter(number)


@given(NUMBERS, st.data())
def test_two_neighbours_swapped_change_the_letter(number: int, data: st.DataObject) -> None:
    digits = list(str(number))
    place = data.draw(st.integers(0, len(digits) - 2))
    digits[place], digits[place + 1] = digits[place + 1], digits[place]
    swapped = int("".join(digits))
    if swapped == number or digits[0] == "0":
        return

    assert check_letter(swapped) != check_letter(number)
