"""One spelling of any text: with and without diacritics, composed or not, and as Telex left it."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.search import fold, fold_query


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("Chữ ký số", "chu ky so"),
        ("ĐĂK TÔ", "dak to"),
        ("Đường truyền  \n bị đứt", "duong truyen bi dut"),
        ("Ngọk Réo", "ngok reo"),
        ("1042R", "1042r"),
        ("", ""),
    ],
)
def test_case_marks_and_spaces_make_no_difference(written: str, folded: str) -> None:
    assert fold(written) == folded


@given(
    st.text(alphabet="aăâbcdđeêghiklmnoôơpqrstuưvxyáàảãạếềểễệíìỉĩịóòỏõọứừửữựýỳỷỹỵ ", max_size=40)
)
def test_composed_and_decomposed_letters_fold_alike(text: str) -> None:
    assert fold(unicodedata.normalize("NFD", text)) == fold(unicodedata.normalize("NFC", text))


@given(st.text(max_size=60))
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@pytest.mark.parametrize(
    "typed", ["chữ ký số", "chu ky so", "CHU KY SO", "chuwx kys soos", "chu74 ky1 so61"]
)
def test_every_way_of_typing_it_can_be_read_as_the_plain_words(typed: str) -> None:
    readings = fold_query(typed)

    assert all(word in options for word, options in zip(["chu", "ky", "so"], readings, strict=True))


def test_what_was_typed_comes_first_and_readings_after_it() -> None:
    assert fold_query("chuwx kys soos") == [("chuwx", "chu"), ("kys", "ky"), ("soos", "so")]


@pytest.mark.parametrize("number", ["1042", "1042R"])
def test_a_number_is_no_word_to_be_read_otherwise(number: str) -> None:
    assert fold_query(number)[0][0] == number.lower()


@pytest.mark.parametrize(
    "hostile", ['"', "NEAR(", "a* OR b", "'; DROP TABLE ticket; --", "đ" * 500]
)
def test_any_text_gives_words_of_letters_and_digits_alone(hostile: str) -> None:
    assert all(
        reading.isascii() and reading.isalnum() and reading
        for readings in fold_query(hostile)
        for reading in readings
    )
