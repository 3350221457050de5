"""The travel table of the settings' provider: fetched by the clock, kept in the database.

Look whether it is due, fetch without a transaction, write it down. What fails is told to the
administrator, and planning goes on with the last table of the same places, else with the estimate.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from app.services.planning.placement import request_replan
from app.services.reference import Reference, reference
from app.services.world.log import record
from app.services.world.travel_times import digest_of
from app.travel.provider import Point, Table, TravelProvider, TravelUnavailableError
from models.database import reading, transaction
from models.roads import TravelTable, WorldKind

FRESH = timedelta(hours=24)
# A file may be replaced at any time, and reading it costs nothing.
FILE_FRESH = timedelta(minutes=15)
TRY_AGAIN = timedelta(minutes=15)
PORT_CODE = "port"
WHY_LENGTH = 400


@dataclass(frozen=True)
class TableState:
    """How the provider's table stands; moments are machine time. No row yet: everything None."""

    source: str
    address: str
    tried_at: datetime
    fetched_at: datetime | None
    why: str
    fits: bool


def fetch_travel(
    engine: Engine,
    provider: TravelProvider,
    *,
    now: datetime,
    machine_now: datetime,
    fence: Callable[[Session], None] = lambda _session: None,
) -> str | None:
    """Fetch the table if it is due; None when it is not, else why it failed ("": it did not)."""
    with reading(engine) as session:
        facts = reference(session)
        points = points_of(facts)
        digest = digest_of(facts.locations)
        row = _row(session)
    if not points or not _is_due(row, provider, digest, machine_now=machine_now):
        return None
    table, why = None, ""
    try:
        table = provider.fetch(points)
    except TravelUnavailableError as error:
        why = f"{error.code}: {error.detail}"[:WHY_LENGTH]
    with transaction(engine) as session:
        fence(session)
        is_changed = _store(
            session, provider, table, digest=digest, why=why, machine_now=machine_now
        )
        if is_changed:
            record(
                session,
                WorldKind.TRAVEL_TABLE,
                now=now,
                by=None,
                subject=provider.name,
                after={"why": why, "unknown": table.unknown if table else 0},
            )
            if not why:
                request_replan(session, cause="travel_table", now=now)
    return why


def table_state(session: Session) -> TableState | None:
    """What the administrator is told about the table; None as long as none was ever wanted."""
    row = _row(session)
    if row is None:
        return None
    digest = digest_of(reference(session).locations)
    return TableState(
        row.source, row.address, row.tried_at, row.fetched_at, row.why, row.digest == digest
    )


def points_of(facts: Reference) -> list[Point]:
    """The places of the table in the order of the travel matrix, the port last."""
    if not facts.places:
        return []
    codes = [*facts.places, PORT_CODE]
    return [
        Point(code, place.lat, place.lon)
        for code, place in zip(codes, facts.locations, strict=True)
    ]


def _row(session: Session) -> TravelTable | None:
    return session.exec(select(TravelTable).where(col(TravelTable.id) == 1)).first()


def _is_due(
    row: TravelTable | None, provider: TravelProvider, digest: str, *, machine_now: datetime
) -> bool:
    if row is None:
        return provider.name != "estimate"
    if (row.source, row.address) != (provider.name, provider.address):
        return True
    if provider.name == "estimate":
        return False
    age = abs(machine_now - row.tried_at)
    if row.why or row.digest != digest:
        return age >= TRY_AGAIN
    return age >= (FILE_FRESH if provider.name == "file" else FRESH)


def _store(
    session: Session,
    provider: TravelProvider,
    table: Table | None,
    *,
    digest: str,
    why: str,
    machine_now: datetime,
) -> bool:
    """Write down what came; whether times or the note to the administrator changed."""
    row = session.get(TravelTable, 1) or TravelTable(
        source=provider.name, address=provider.address, tried_at=machine_now
    )
    is_other = row.source != provider.name or row.address != provider.address
    was, was_why = (row.travel_s, row.distance_m), row.why
    if is_other or (table is None and not why):
        row.travel_s = row.distance_m = row.fetched_at = None
        row.digest = ""
    row.source, row.address = provider.name, provider.address
    row.tried_at, row.why = machine_now, why
    if table is not None:
        row.fetched_at, row.digest = machine_now, digest
        row.travel_s, row.distance_m = table.travel_s, table.distance_m
    session.add(row)
    session.flush()
    return is_other or was != (row.travel_s, row.distance_m) or was_why != why
