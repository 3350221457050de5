"""The world as plans see it, read from its tables: closed roads, boats, hours, speeds, factors.

Everything here is small and immutable; `reference` keeps one snapshot for each process.
"""

from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import func
from sqlmodel import Session, col, select

from dispatch.travel import ROADS, Road, Roads
from models.account import User
from models.geography import CommuneWindow, FerryPause, PauseReason, RoadClosure
from models.roads import FactorKind, LearnedFactor, RoadKind, RoadSpeed, TravelTable, WorldEvent

Minutes = tuple[int, int]
Legs = list[list[int | None]]


@dataclass(frozen=True)
class ClosureFact:
    """A road that is closed, or will be; ``corners`` are (lat, lon) of an area."""

    id: int
    pair: tuple[str, str] | None
    corners: tuple[tuple[float, float], ...]
    from_at: datetime
    until_at: datetime | None
    note: str
    filed_by: str
    filed_at: datetime

    def holds_within(self, start: datetime, end: datetime) -> bool:
        """Whether it is in force at any moment from ``start`` until before ``end``."""
        return self.from_at < end and (self.until_at is None or self.until_at > start)

    def holds_at(self, moment: datetime) -> bool:
        """Whether it is in force at that moment."""
        return self.from_at <= moment and (self.until_at is None or moment < self.until_at)


@dataclass(frozen=True)
class PauseFact:
    """Days, both included, without boats."""

    id: int
    from_on: date
    until_on: date
    reason: PauseReason
    filed_by: str


@dataclass(frozen=True)
class WindowFact:
    """When a visit to a commune may begin; see `CommuneWindow`."""

    id: int
    commune_code: str
    weekdays: int
    from_on: date | None
    until_on: date | None
    minutes: Minutes | None
    note: str

    def applies_on(self, on: date) -> bool:
        """Whether the rule speaks of that day."""
        return bool(
            self.weekdays & (1 << on.weekday())
            and (self.from_on is None or self.from_on <= on)
            and (self.until_on is None or on <= self.until_on)
        )


@dataclass(frozen=True)
class TableFact:
    """A travel matrix that a provider gave; two are the same when fetched at the same moment."""

    source: str
    digest: str
    fetched_at: datetime
    travel_s: Legs = field(compare=False, repr=False)
    distance_m: Legs = field(compare=False, repr=False)


@dataclass(frozen=True)
class World:
    """One snapshot; ``stamp`` is the newest event that it knows of. Factors are per mille."""

    stamp: int = 0
    closures: tuple[ClosureFact, ...] = ()
    pauses: tuple[PauseFact, ...] = ()
    windows: tuple[WindowFact, ...] = ()
    roads: Roads = ROADS
    table: TableFact | None = None
    travel_permille: tuple[tuple[str, int], ...] = ()
    visit_permille: tuple[tuple[str, int], ...] = ()

    def has_boats_on(self, on: date) -> bool:
        """Whether the boats sail on that day."""
        return self.pause_on(on) is None

    def pause_on(self, on: date) -> PauseFact | None:
        """Why no boat sails on that day."""
        return next((row for row in self.pauses if row.from_on <= on <= row.until_on), None)

    def windows_on(self, commune_code: str, on: date) -> tuple[Minutes, ...] | None:
        """Minutes in which a visit may begin that day; None when the commune has no rule for it.

        Rules with dates replace those without; several of one day add up.
        """
        rules = [
            rule
            for rule in self.windows
            if rule.commune_code == commune_code and rule.applies_on(on)
        ]
        dated = [rule for rule in rules if rule.from_on is not None or rule.until_on is not None]
        chosen = dated or rules
        if not chosen:
            return None
        return tuple(sorted({rule.minutes for rule in chosen if rule.minutes is not None}))


def stamp_of(session: Session) -> int:
    """The newest change of the world: whoever keeps a snapshot of another stamp reads anew."""
    return session.exec(select(func.max(WorldEvent.id))).one() or 0


def read_world(session: Session, *, kept: World | None = None) -> World:
    """The snapshot as of now; the matrix of ``kept`` is taken over when it is still the same."""
    factors = active_factors(session)
    return World(
        stamp=stamp_of(session),
        closures=_closures(session),
        pauses=_pauses(session),
        windows=_windows(session),
        roads=_roads(session),
        table=_table(session, kept.table if kept else None),
        travel_permille=_permille(factors, FactorKind.TRAVEL),
        visit_permille=_permille(factors, FactorKind.VISIT),
    )


def _closures(session: Session) -> tuple[ClosureFact, ...]:
    """Those that were not lifted; long past ones cost nothing but a row."""
    rows = session.exec(
        select(RoadClosure, User.name)
        .join(User, col(User.id) == col(RoadClosure.filed_by_id))
        .where(col(RoadClosure.lifted_at).is_(None))
        .order_by(col(RoadClosure.from_at), col(RoadClosure.id))
    )
    return tuple(
        ClosureFact(
            id=row.id or 0,
            pair=(row.from_code, row.to_code) if row.from_code and row.to_code else None,
            corners=tuple((lat, lon) for lat, lon in row.area or ()),
            from_at=row.from_at,
            until_at=row.until_at,
            note=row.note,
            filed_by=name,
            filed_at=row.filed_at,
        )
        for row, name in rows
    )


def _pauses(session: Session) -> tuple[PauseFact, ...]:
    rows = session.exec(
        select(FerryPause, User.name)
        .join(User, col(User.id) == col(FerryPause.filed_by_id))
        .where(col(FerryPause.resumed_at).is_(None))
        .order_by(col(FerryPause.from_on), col(FerryPause.id))
    )
    return tuple(
        PauseFact(row.id or 0, row.from_on, row.until_on, row.reason, name) for row, name in rows
    )


def _windows(session: Session) -> tuple[WindowFact, ...]:
    rows = session.exec(select(CommuneWindow).order_by(col(CommuneWindow.id)))
    return tuple(
        WindowFact(
            id=row.id or 0,
            commune_code=row.commune_code,
            weekdays=row.weekdays,
            from_on=row.from_on,
            until_on=row.until_on,
            minutes=(row.opens_minute, row.closes_minute)
            if row.opens_minute is not None and row.closes_minute is not None
            else None,
            note=row.note,
        )
        for row in rows
    )


def _roads(session: Session) -> Roads:
    rows = {row.kind: row for row in session.exec(select(RoadSpeed))}

    def road(kind: RoadKind, default: Road) -> Road:
        row = rows.get(kind)
        return Road(row.detour_percent / 100, row.speed_kmh, row.parking_s) if row else default

    return Roads(
        plain=road(RoadKind.PLAIN, ROADS.plain),
        mountain=road(RoadKind.MOUNTAIN, ROADS.mountain),
        island=road(RoadKind.ISLAND, ROADS.island),
        over_pass=road(RoadKind.PASS, ROADS.over_pass),
    )


def _table(session: Session, kept: TableFact | None) -> TableFact | None:
    head = session.exec(
        select(TravelTable.source, TravelTable.digest, TravelTable.fetched_at).where(
            col(TravelTable.id) == 1
        )
    ).first()
    if head is None or head[2] is None:
        return None
    if kept is not None and (kept.source, kept.digest, kept.fetched_at) == tuple(head):
        return kept
    row = session.get_one(TravelTable, 1)
    if row.travel_s is None or row.distance_m is None or row.fetched_at is None:
        return None
    return TableFact(row.source, row.digest, row.fetched_at, row.travel_s, row.distance_m)


def active_factors(session: Session) -> dict[tuple[FactorKind, str], LearnedFactor]:
    """The factors that count: of each subject the newest that was not undone."""
    rows = session.exec(
        select(LearnedFactor)
        .where(col(LearnedFactor.undone_at).is_(None))
        .order_by(col(LearnedFactor.id))
    )
    return {(row.kind, row.subject): row for row in rows}


def _permille(
    factors: dict[tuple[FactorKind, str], LearnedFactor], kind: FactorKind
) -> tuple[tuple[str, int], ...]:
    return tuple(sorted((key[1], row.permille) for key, row in factors.items() if key[0] is kind))
