"""Rows that rarely change, kept in memory: places, categories, working time, the travel matrix."""

import time
from dataclasses import dataclass
from functools import cached_property
from weakref import WeakKeyDictionary

from sqlalchemy import Pool
from sqlmodel import Session, select

from dispatch.problem import Ferry, Location, Terrain
from dispatch.travel import TravelMatrix, travel_matrix
from models.calendar import Holiday, WorkingCalendar, WorkingHours
from models.catalog import Category, CategoryGroup, Priority, PriorityRule, Skill
from models.geography import KIND_NAMES, Commune, CommuneKind, FerrySailing

# An edit in another process is seen after that long; in this one at once (`forget`).
KEPT_S = 30.0
# Sa Kỳ, where the boats to Lý Sơn leave (data/CREDITS.md).
SA_KY = Location(lat=15.215, lon=108.935, terrain=Terrain.PLAIN, region="Quảng Ngãi")


@dataclass(frozen=True)
class Place:
    """A commune as planning and pages need it; ``index`` is its row in the travel matrix."""

    code: str
    name: str
    kind: CommuneKind
    lat: float
    lon: float
    terrain: Terrain
    region: str
    index: int

    @property
    def full_name(self) -> str:
        """Name with its kind, ``Xã Trà Bồng``."""
        return f"{KIND_NAMES[self.kind]} {self.name}"

    @property
    def location(self) -> Location:
        """The commune's point for the planner."""
        return Location(lat=self.lat, lon=self.lon, terrain=self.terrain, region=self.region)


@dataclass(frozen=True)
class CategoryInfo:
    """A category without its texts for the form."""

    code: str
    group: CategoryGroup
    name_vi: str
    name_en: str
    sms_label: str
    sms_label_en: str
    skill_code: str
    skill_level: int
    visit_min: int
    is_remote: bool
    priority: Priority
    extra_keys: frozenset[str]


@dataclass(frozen=True)
class Reference:
    """One snapshot of the slow tables."""

    places: dict[str, Place]
    categories: dict[str, CategoryInfo]
    skills: dict[str, tuple[str, str]]
    target_min: dict[Priority, int]
    value: dict[Priority, int]
    calendar: WorkingCalendar
    sailings: tuple[tuple[bool, int, int, int], ...]

    @cached_property
    def locations(self) -> tuple[Location, ...]:
        """The communes in the order of their index, then the mainland port."""
        return (*(place.location for place in self.places.values()), SA_KY)

    @cached_property
    def travel(self) -> TravelMatrix:
        """Seconds and metres between all of them."""
        return travel_matrix(self.locations)

    @cached_property
    def ferries(self) -> tuple[Ferry, ...]:
        """The boats of every day, both ways; none where no commune is an island."""
        island = next((p.index for p in self.places.values() if p.terrain is Terrain.ISLAND), None)
        if island is None:
            return ()
        port = len(self.places)
        boats = []
        for to_island in (True, False):
            rows = [row for row in self.sailings if row[0] is to_island]
            if rows:
                boats.append(
                    Ferry(
                        from_location=port if to_island else island,
                        to_location=island if to_island else port,
                        sail_s=tuple(sorted(row[1] * 60 for row in rows)),
                        crossing_s=rows[0][2] * 60,
                        before_s=rows[0][3] * 60,
                    )
                )
        return tuple(boats)


_kept: WeakKeyDictionary[Pool, tuple[float, Reference]] = WeakKeyDictionary()


def reference(session: Session) -> Reference:
    """The slow tables, read at most twice a minute for each database."""
    pool = session.connection().engine.pool
    kept = _kept.get(pool)
    if kept and time.monotonic() - kept[0] < KEPT_S:
        return kept[1]
    fresh = _read(session)
    if fresh.places:
        _kept[pool] = (time.monotonic(), fresh)
    return fresh


def forget(session: Session) -> None:
    """Read the slow tables anew next time; whoever edits them calls this."""
    _kept.pop(session.connection().engine.pool, None)


def _read(session: Session) -> Reference:
    communes = session.exec(select(Commune).order_by(Commune.code)).all()
    return Reference(
        places={
            row.code: Place(
                code=row.code,
                name=row.name,
                kind=row.kind,
                lat=row.lat,
                lon=row.lon,
                terrain=Terrain(row.terrain.value),
                region=row.former_province,
                index=index,
            )
            for index, row in enumerate(communes)
        },
        categories={
            row.code: CategoryInfo(
                code=row.code,
                group=row.group,
                name_vi=row.name_vi,
                name_en=row.name_en,
                sms_label=row.sms_label,
                sms_label_en=row.sms_label_en,
                skill_code=row.skill_code,
                skill_level=row.skill_level,
                visit_min=row.visit_min,
                is_remote=row.is_remote,
                priority=row.priority,
                extra_keys=frozenset(str(field["key"]) for field in row.extra_fields),
            )
            for row in session.exec(select(Category)).all()
        },
        skills={row.code: (row.name_vi, row.name_en) for row in session.exec(select(Skill)).all()},
        target_min={
            row.priority: row.target_min for row in session.exec(select(PriorityRule)).all()
        },
        value={row.priority: row.value for row in session.exec(select(PriorityRule)).all()},
        calendar=_calendar(session),
        sailings=tuple(
            (row.to_island, row.sails_minute, row.crossing_min, row.before_min)
            for row in session.exec(select(FerrySailing)).all()
        ),
    )


def _calendar(session: Session) -> WorkingCalendar:
    hours = session.exec(select(WorkingHours)).all()
    if not hours:
        # Nothing loaded yet: the office's usual week, so that an empty installation can start.
        hours = [
            WorkingHours(weekday=day, opens_minute=opens, closes_minute=closes)
            for day in range(5)
            for opens, closes in ((450, 690), (810, 1020))
        ]
    return WorkingCalendar.from_rows(hours, session.exec(select(Holiday)).all())
