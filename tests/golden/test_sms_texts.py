"""Every text at its longest, as it would be sent, in one segment.

After a change of the templates, ``PYTHONPATH=. python tests/golden/test_sms_texts.py`` writes the
file anew.
"""

import csv
import json
from pathlib import Path

import pytest

from app.sms.segments import plain, segments, septets
from app.sms.texts import LINK, LINK_SEPTETS, TEMPLATES, render
from models.numbers import written

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = Path(__file__).with_name("sms_texts.txt")
EVENTS = sorted({path.name.split(".")[0] for path in TEMPLATES.glob("*.txt")})
LANGUAGES = ("vi", "en")
TEXTS = [(event, language) for event in EVENTS for language in LANGUAGES]


def longest_values() -> dict[str, object]:
    """The longest that each placeholder can hold in the data that ships."""
    with (ROOT / "app/data/communes.csv").open(encoding="utf-8", newline="") as file:
        communes = [plain(row["name"]) for row in csv.DictReader(file)]
    categories = json.loads((ROOT / "app/data/categories.json").read_text(encoding="utf-8"))
    commune = max(communes, key=len)
    label = max((row["sms_label"] for row in categories), key=len)
    return {
        "number": written(999999),
        "commune": commune,
        "category": label,
        "category_en": max((row["sms_label_en"] for row in categories), key=len),
        "time": "16:30 31/12",
        "km": 188,
        "crew": "Phuong Khanh, Hoang Nguyen, Thanh Truong",
        "name": "Nguyễn Hoàng Phương Khánh",
        "state": "Đã xử lý, chờ xác nhận",
        "reason": "Chưa đủ kỹ năng",
        "code": "4821",
        "verb": "tu choi",
        "example": f"tu choi {written(999999)}",
        "entries": [
            f"{written(999990 + digit)} {commune} 16:30 {label}"[:34] for digit in range(4)
        ],
        "more": 12,
    }


def as_kept(event: str, language: str) -> str:
    """A text as the golden file has it: name, segments, length, body."""
    body = render(event, language, **longest_values())
    sent = body.replace(LINK, "x" * LINK_SEPTETS)
    return f"{event}.{language} | {segments(sent)} | {septets(sent)} | {body}"


def kept() -> dict[str, str]:
    """The golden lines by event and language."""
    lines = GOLDEN.read_text(encoding="utf-8").splitlines()
    return {line.split(" | ")[0]: line for line in lines if line}


@pytest.mark.parametrize(("event", "language"), TEXTS)
def test_longest_text_is_the_golden_one(event: str, language: str) -> None:
    assert as_kept(event, language) == kept()[f"{event}.{language}"]


@pytest.mark.parametrize(("event", "language"), TEXTS)
def test_longest_text_takes_one_segment_of_plain_characters(event: str, language: str) -> None:
    body = render(event, language, **longest_values())

    sent = body.replace(LINK, "x" * LINK_SEPTETS)
    assert segments(sent) == 1
    assert sent.isascii()
    assert not set("#&") & set(sent)


def test_golden_file_holds_every_text_and_no_other() -> None:
    assert set(kept()) == {f"{event}.{language}" for event, language in TEXTS}


def test_everyday_assignment_keeps_all_its_parts() -> None:
    text = render(
        "assigned",
        "vi",
        number="1042R",
        category="Mang",
        category_en="Network",
        commune="Trà Bồng",
        time="10:30",
        km=52,
        crew="",
    )

    assert text == (
        "1042R Mang, Tra Bong. Den truoc 10:30, 52 km. Tra loi 1 nhan, 2 tu choi. {link}"
    )


def test_link_goes_first_then_distance_then_category() -> None:
    values = longest_values()
    parts = {"link": LINK, "km": "188 km", "category": str(values["category"])}
    gone: list[set[str]] = []
    for length in range(10, 130, 4):
        text = render("assigned", "vi", **{**values, "commune": "x" * length})
        missing = {part for part, written in parts.items() if written not in text}
        if missing not in gone:
            gone.append(missing)

    assert [missing for missing in gone if missing] == [
        {"link"},
        {"link", "km"},
        {"link", "km", "category"},
    ]


def test_endless_name_is_cut_and_stops_no_text() -> None:
    text = render("commune_assigned", "vi", number="1042R", name="Y " * 120, time="10:30")

    assert segments(text) == 1
    assert text.endswith("tt 1042R")


def test_list_too_long_for_a_segment_says_how_many_more() -> None:
    entries = [f"104{digit}R " + "x" * 60 for digit in range(4)]

    text = render("list", "vi", entries=entries, more=0)

    assert text.endswith("; them 2 phieu")
    assert segments(text) == 1


if __name__ == "__main__":
    lines = [as_kept(event, language) for event, language in TEXTS]
    GOLDEN.write_text("\n".join(lines) + "\n", encoding="utf-8")
