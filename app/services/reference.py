"""Rows that rarely change, kept in memory: places, categories, working time, the travel matrix."""

import time
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cached_property
from weakref import WeakKeyDictionary

from sqlalchemy import Pool
from sqlmodel import Session, select

from app.services.world.state import Minutes, World, read_world, stamp_of
from app.services.world.travel_times import Ground, open_times, times_with
from dispatch.problem import Ferry, Location, Terrain
from dispatch.travel import TravelMatrix
from models.calendar import Holiday, WorkingCalendar, WorkingHours, moment_of
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
    world: World = field(default_factory=World)
    _shut: dict[tuple[int, ...], TravelMatrix] = field(default_factory=dict, compare=False)

    @cached_property
    def locations(self) -> tuple[Location, ...]:
        """The communes in the order of their index, then the mainland port."""
        return (*(place.location for place in self.places.values()), SA_KY)

    @cached_property
    def by_name(self) -> tuple[Place, ...]:
        """The communes as a form offers them."""
        return tuple(sorted(self.places.values(), key=lambda place: place.name))

    @cached_property
    def ground(self) -> Ground:
        """What travel times stand on, closed roads apart."""
        world = self.world
        return Ground(self.locations, world.roads, world.table, world.travel_permille)

    @cached_property
    def travel(self) -> TravelMatrix:
        """Seconds and metres between all of them, every road open."""
        return open_times(self.ground)

    def travel_on(self, on: date, *, now: datetime) -> TravelMatrix:
        """The same with the roads closed that are shut at any time in what is left of that day.

        One table serves a whole day: a road that opens at noon counts as closed until then.
        """
        last = max((closes for _opens, closes in self.calendar.minutes_of(on)), default=24 * 60)
        start, end = max(now, moment_of(on, 0)), moment_of(on, last * 60)
        shut = tuple(fact for fact in self.world.closures if fact.holds_within(start, end))
        if not shut:
            return self.travel
        ids = tuple(fact.id for fact in shut)
        if ids not in self._shut:
            self._shut[ids] = times_with(self.ground, shut, tuple(self.places))
        return self._shut[ids]

    def has_windows(self, commune_code: str) -> bool:
        """Whether the commune has hours of its own on any day."""
        return any(rule.commune_code == commune_code for rule in self.world.windows)

    def windows_of(self, commune_code: str, on: date) -> tuple[Minutes, ...] | None:
        """Seconds of the day in which a visit there may begin; None: whenever offices are open."""
        found = self.world.windows_on(commune_code, on)
        if found is None:
            return None
        return tuple((opens * 60, closes * 60) for opens, closes in found)

    def ferries_on(self, on: date) -> tuple[Ferry, ...]:
        """The boats of that day; lines without a sailing when there are none: nobody crosses."""
        if self.world.has_boats_on(on):
            return self.ferries
        return tuple(replace(boat, sail_s=()) for boat in self.ferries)

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
            # Without any boat the sea is still no road.
            for crossing_min, before_min in sorted({row[2:] for row in rows}) or [(0, 0)]:
                sails = [row[1] * 60 for row in rows if row[2:] == (crossing_min, before_min)]
                boats.append(
                    Ferry(
                        from_location=port if to_island else island,
                        to_location=island if to_island else port,
                        sail_s=tuple(sorted(sails)),
                        crossing_s=crossing_min * 60,
                        before_s=before_min * 60,
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
    fresh = _read(session, kept=kept[1].world if kept else None)
    if fresh.places:
        _kept[pool] = (time.monotonic(), fresh)
    return fresh


def up_to_date(session: Session) -> Reference:
    """The slow tables as this very moment: planning must know of a road closed a second ago.

    One small query more than `reference`; what changed is read anew.
    """
    kept = _kept.get(session.connection().engine.pool)
    if kept and kept[1].world.stamp != stamp_of(session):
        _age(session)
    return reference(session)


def _age(session: Session) -> None:
    """Let the next `reference` read anew; unlike `forget`, what is still the same is taken over."""
    pool = session.connection().engine.pool
    if (kept := _kept.get(pool)) is not None:
        _kept[pool] = (time.monotonic() - KEPT_S, kept[1])


def forget(session: Session) -> None:
    """Read the slow tables anew next time; whoever edits them calls this."""
    _kept.pop(session.connection().engine.pool, None)


def _read(session: Session, *, kept: World | None) -> Reference:
    world = read_world(session, kept=kept)
    visit_permille = dict(world.visit_permille)
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
                visit_min=learned_min(row.visit_min, visit_permille.get(row.code, 1000)),
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
        world=world,
    )


def learned_min(minutes: int, permille: int) -> int:
    """A visit's length with its correction, in whole minutes."""
    return max(1, round(minutes * permille / 1000))


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
