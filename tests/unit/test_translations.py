"""Both languages are whole: every sentence has its English, every row and text its second name."""

import ast
import csv
import json
import re
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from jinja2 import Environment, meta

from app.i18n import LABELS
from scripts.translations import ENGLISH, english, rendered, sentences

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "app" / "data"
TEXTS = ROOT / "templates" / "sms"
VIETNAMESE = re.compile(r"[À-ÖØ-öø-ỹĐđ]")
PLACEHOLDER = re.compile(r"%\((\w+)\)s")
# Names, not sentences: the product, the province, the switch to Vietnamese, a file's example.
NAMES = {"Ứng Cứu", "Quảng Ngãi", "VI – Tiếng Việt", "the team's name, such as 'Tổ 1'"}
NAMES_IN_ENGLISH = re.compile("Quảng Ngãi|thôn Trà Ong")


def has_vietnamese(text: str) -> bool:
    """Whether a sentence needs translating; names do not."""
    for name in sorted(NAMES, key=len, reverse=True):
        text = text.replace(name, "")
    return bool(VIETNAMESE.search(text))


def templates() -> list[Path]:
    """Every page."""
    return sorted((ROOT / "templates").rglob("*.html"))


def untold_in_template(source: str) -> Iterator[str]:
    """Vietnamese that a page says outside `_()`."""
    before: list[str] = []
    for _line, kind, value in Environment().lex(source):
        if kind in ("whitespace", "comment", "comment_begin", "comment_end"):
            continue
        is_told = kind == "string" and before[-2:] == ["_", "("]
        if kind in ("data", "string") and not is_told and has_vietnamese(value):
            yield " ".join(value.split())
        before.append(value)


def untold_in_python(source: str) -> Iterator[str]:
    """Vietnamese literals outside `_()`, `mark()` and docstrings."""
    tree = ast.parse(source)
    told: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
            name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
            if name in ("_", "mark"):
                told.update(node.args)
        elif isinstance(node, ast.Expr):
            told.add(node.value)
    for node in ast.walk(tree):
        is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
        if is_text and node not in told and has_vietnamese(node.value):
            yield node.value


def test_every_sentence_has_its_english_and_nothing_else_is_kept():
    told = english()

    said = sentences()

    lacking = sorted(one for one in said if not told.get(one))
    assert lacking == [], "run scripts/manage.py translations and fill in"
    assert sorted(told.keys() - said) == [], "run scripts/manage.py translations"


def test_placeholders_are_the_same_in_both_languages():
    different = [
        vietnamese
        for vietnamese, translation in english().items()
        if sorted(PLACEHOLDER.findall(vietnamese)) != sorted(PLACEHOLDER.findall(translation))
        or "%" in PLACEHOLDER.sub("", translation)
    ]

    assert different == []


def test_no_entry_is_fuzzy_or_obsolete():
    with ENGLISH.open("rb") as file:
        catalogue = read_po(file, locale="en")

    assert [one.id for one in catalogue if one.fuzzy] == []
    assert list(catalogue.obsolete) == []


def test_the_catalogue_stands_as_the_command_writes_it():
    assert ENGLISH.read_bytes() == rendered(english())


def test_the_english_holds_no_vietnamese_but_names():
    mixed = [
        translation
        for translation in english().values()
        if VIETNAMESE.search(NAMES_IN_ENGLISH.sub("", translation))
    ]

    assert mixed == []


@pytest.mark.parametrize("path", templates(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_pages_say_nothing_outside_the_catalogue(path):
    assert list(untold_in_template(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize("room", ["api", "services", "video", "web"])
def test_code_says_nothing_outside_the_catalogue(room):
    # app/sms is left out: what phones write to us is no sentence of ours.
    untold = {
        path.name: found
        for path in sorted((ROOT / "app" / room).rglob("*.py"))
        if (found := list(untold_in_python(path.read_text(encoding="utf-8"))))
    }

    assert untold == {}


def test_scripts_of_the_browser_get_their_words_from_the_page():
    speaking = [
        path.name
        for path in sorted((ROOT / "app" / "static").glob("*.js"))
        if VIETNAMESE.search(path.read_text(encoding="utf-8"))
    ]

    assert speaking == []


@pytest.mark.parametrize("kind", list(LABELS), ids=lambda kind: kind.__name__)
def test_every_member_of_a_labelled_set_has_a_label(kind: type[StrEnum]):
    told = english()

    labels = LABELS[kind]

    assert set(labels) == set(kind)
    assert [text for text in labels.values() if has_vietnamese(text) and text not in told] == []


@pytest.mark.parametrize("kind", list(LABELS), ids=lambda kind: kind.__name__)
def test_members_of_a_set_read_differently_in_both_languages(kind: type[StrEnum]):
    told = english()

    labels = list(LABELS[kind].values())

    assert len(set(labels)) == len(labels)
    assert len({told.get(text, text) for text in labels}) == len(labels)


def pairs(row: object) -> Iterator[tuple[str, object, object]]:
    """Every field of a row that has a language, with its value in both."""
    if isinstance(row, list):
        for part in row:
            yield from pairs(part)
    elif isinstance(row, dict):
        for key, value in row.items():
            if key == "vi" or key.endswith("_vi"):
                yield key, value, row.get(f"{key.removesuffix('vi')}en")
            elif key == "sms_label":
                yield key, value, row.get("sms_label_en")
            elif isinstance(value, list | dict):
                yield from pairs(value)


def shipped_rows() -> Iterator[tuple[str, object]]:
    """Every table that ships, by its file's name."""
    for path in sorted(DATA.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            yield path.name, list(csv.DictReader(file))
    yield "categories.json", json.loads((DATA / "categories.json").read_text(encoding="utf-8"))


def test_rows_that_ship_have_both_names():
    one_sided = [
        (name, key, vietnamese, translation)
        for name, rows in shipped_rows()
        for key, vietnamese, translation in pairs(rows)
        if bool(vietnamese) != bool(translation)
    ]

    assert one_sided == []


def test_teams_that_ship_have_both_names():
    with (DATA / "demo-people.csv").open(encoding="utf-8", newline="") as file:
        teams = [row for row in csv.DictReader(file) if row["role"] == "team"]

    assert teams
    assert all(team["name"] and team["name_en"] for team in teams)


def events() -> list[str]:
    """Every event that is said by text."""
    return sorted({path.name.split(".")[0] for path in TEXTS.glob("*.txt")})


@pytest.mark.parametrize("event", events())
def test_every_text_says_the_same_in_both_languages(event):
    values = {}
    for language in ("vi", "en"):
        source = (TEXTS / f"{event}.{language}.txt").read_text(encoding="utf-8")
        used = meta.find_undeclared_variables(Environment().parse(source))
        values[language] = {name.removesuffix("_en") for name in used}

    assert values["vi"] == values["en"]
