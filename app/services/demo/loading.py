"""Rows that ship with the product, from the files of `app/data` into empty tables."""

import csv
import json
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

from sqlmodel import Session, SQLModel, select

from models.calendar import Holiday, WorkingHours
from models.catalog import Category, CategoryGroup, Priority, PriorityRule, Skill
from models.geography import Commune, CommuneKind, FerrySailing, Terrain
from models.search import fold

DATA = Path(__file__).resolve().parents[2] / "data"
# Monday to Friday, 07:30-11:30 and 13:30-17:00 (PRODUCT.md: the province's office hours).
OFFICE_DAYS = range(5)
OFFICE_HOURS = (("07:30", "11:30"), ("13:30", "17:00"))


def load_rows(session: Session) -> list[str]:
    """Fill the tables that are still empty; names of those that were filled.

    A table that holds anything is the administrator's by now and is left as it is.
    """
    filled: list[str] = []
    for table, rows in _SOURCES:
        if session.exec(select(table).limit(1)).first() is None:
            session.add_all(rows())
            session.flush()
            filled.append(str(table.__tablename__))
    return filled


def minute_of_day(clock: str) -> int:
    """``07:30`` as minutes from midnight.

    Raises
    ------
    ValueError
        If it is no time of day.
    """
    hours, _, minutes = clock.partition(":")
    minute = int(hours) * 60 + int(minutes)
    if not 0 <= minute < 24 * 60:
        raise ValueError(f"{clock} is no time of day")
    return minute


def _read_csv(name: str) -> Iterator[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _communes() -> list[SQLModel]:
    return [
        Commune(
            code=row["code"],
            name=row["name"],
            kind=CommuneKind(row["kind"]),
            folded=fold(row["name"]),
            former_province=row["former_province"],
            former_district=row["former_district"],
            predecessors=row["predecessors"],
            seat=row["seat"],
            terrain=Terrain(row["terrain"]),
            lat=float(row["lat"]),
            lon=float(row["lon"]),
            area_km2=float(row["area_km2"]),
            population=int(row["population"]),
        )
        for row in _read_csv("communes.csv")
    ]


def _skills() -> list[SQLModel]:
    return [Skill.model_validate(row) for row in _read_csv("skills.csv")]


def _priorities() -> list[SQLModel]:
    return [
        PriorityRule(
            priority=Priority(row["priority"]),
            target_min=int(row["target_min"]),
            value=int(row["value"]),
        )
        for row in _read_csv("priorities.csv")
    ]


def _categories() -> list[SQLModel]:
    rows = json.loads((DATA / "categories.json").read_text(encoding="utf-8"))
    return [
        Category(
            code=row["code"],
            group=CategoryGroup(row["group"]),
            position=position,
            name_vi=row["name_vi"],
            name_en=row["name_en"],
            hint_vi=row["hint_vi"],
            hint_en=row["hint_en"],
            sms_label=row["sms_label"],
            sms_label_en=row["sms_label_en"],
            skill_code=row["skill"],
            skill_level=row["level"],
            visit_min=row["visit_min"],
            is_remote=row["is_remote"],
            priority=Priority(row["priority"]),
            extra_fields=row["extra_fields"],
        )
        for position, row in enumerate(rows, start=1)
    ]


def _working_hours() -> list[SQLModel]:
    return [
        WorkingHours(
            weekday=weekday,
            opens_minute=minute_of_day(opens),
            closes_minute=minute_of_day(closes),
        )
        for weekday in OFFICE_DAYS
        for opens, closes in OFFICE_HOURS
    ]


def _holidays() -> list[SQLModel]:
    return [
        Holiday(
            on_date=date.fromisoformat(row["on_date"]),
            name_vi=row["name_vi"],
            name_en=row["name_en"],
            is_working=row["is_working"] == "1",
        )
        for row in _read_csv("holidays.csv")
    ]


def _sailings() -> list[SQLModel]:
    return [
        FerrySailing(
            to_island=row["to_island"] == "1",
            sails_minute=minute_of_day(row["sails_at"]),
            crossing_min=int(row["crossing_min"]),
            before_min=int(row["before_min"]),
        )
        for row in _read_csv("ferry.csv")
    ]


# In the order that foreign keys need.
_SOURCES: tuple[tuple[type[SQLModel], Callable[[], list[SQLModel]]], ...] = (
    (Commune, _communes),
    (Skill, _skills),
    (PriorityRule, _priorities),
    (Category, _categories),
    (WorkingHours, _working_hours),
    (Holiday, _holidays),
    (FerrySailing, _sailings),
)
