"""How a process notices that something was committed, and which ticket events are new."""

import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass

from sqlalchemy import Engine, func
from sqlmodel import Session, col, select

from models.database import is_sqlite
from models.lifecycle import Status
from models.ticket import Ticket, TicketEvent
from models.types import JsonDict

SQLITE_PERIOD_S = 0.25
POSTGRES_PERIOD_S = 0.5
# On PostgreSQL an earlier id can become visible after a later one: whoever wrote it took that long
# to commit. SQLite's writers take turns.
SETTLES_S = 10.0
# Ids before the newest that may still be on their way when a process begins to watch.
ON_THEIR_WAY = 200
LATE_KEPT_S = 60.0
AT_ONCE = 500


@dataclass(frozen=True)
class Change:
    """A ticket event, as far as a live page needs it."""

    id: int
    number: int
    version: int
    status: Status
    kind: str
    is_internal: bool

    def data(self) -> JsonDict:
        """What the browser is told; it fetches the rest through the scope."""
        return {
            "number": self.number,
            "version": self.version,
            "status": self.status.value,
            "kind": self.kind,
        }


@contextmanager
def watch(engine: Engine) -> Iterator[Callable[[], bool]]:
    """A function that waits a moment and says whether something may have been committed.

    No transaction and no connection of the pool is held while it waits.
    """
    if not is_sqlite(engine):
        yield _pause
        return
    pooled = engine.raw_connection()
    connection = pooled.driver_connection
    # Out of the pool for good: data_version counts what other connections than this one commit.
    pooled.detach()
    assert connection is not None
    with closing(connection):
        version = -1

        def committed() -> bool:
            nonlocal version
            time.sleep(SQLITE_PERIOD_S)
            before, version = version, connection.execute("PRAGMA data_version").fetchone()[0]
            return bool(before != version)

        yield committed


def _pause() -> bool:
    time.sleep(POSTGRES_PERIOD_S)
    return True


def last_change_id(session: Session) -> int:
    """Id of the newest ticket event, 0 when there is none; a page gives it to its stream."""
    return session.exec(select(func.max(TicketEvent.id))).one() or 0


def changes_after(session: Session, after: int, *, limit: int) -> list[Change]:
    """The ticket events after an id, oldest first."""
    ids = select(TicketEvent.id).where(col(TicketEvent.id) > after).order_by(col(TicketEvent.id))
    return _changes(session, [one for one in session.exec(ids.limit(limit)) if one is not None])


def _changes(session: Session, ids: list[int]) -> list[Change]:
    if not ids:
        return []
    query = (
        select(
            TicketEvent.id,
            TicketEvent.kind,
            TicketEvent.is_internal,
            TicketEvent.to_status,
        )
        .add_columns(col(Ticket.number), col(Ticket.version), col(Ticket.status))
        .join(Ticket, col(Ticket.number) == col(TicketEvent.ticket_number))
        .where(col(TicketEvent.id).in_(ids))
        .order_by(col(TicketEvent.id))
    )
    return [
        Change(
            id=row.id,
            number=row.number,
            version=row.version,
            status=row.to_status or row.status,
            kind=row.kind,
            is_internal=row.is_internal,
        )
        for row in session.execute(query)
    ]


class ChangeReader:
    """Reads each ticket event once, whatever the order in which they become visible."""

    def __init__(self, engine: Engine) -> None:
        self._settles_s = 0.0 if is_sqlite(engine) else SETTLES_S
        self._floor = 0
        # Ids above the floor that were read, and when, on the monotonic clock.
        self._seen: dict[int, float] = {}
        self._late: list[tuple[float, Change]] = []

    def prime(self, session: Session) -> None:
        """Begin after what is there now."""
        newest = last_change_id(session)
        if not self._settles_s:
            self._floor = newest
            return
        self._floor = max(0, newest - ON_THEIR_WAY)
        self._seen = dict.fromkeys(self._ids(session), time.monotonic())

    def read(self, session: Session) -> list[Change]:
        """The next events, at most 500; empty when there is nothing new."""
        at = time.monotonic()
        fresh = [one for one in self._ids(session) if one not in self._seen][:AT_ONCE]
        newest = max(self._seen, default=self._floor)
        changes = _changes(session, fresh)
        self._late = [row for row in self._late if row[0] > at - LATE_KEPT_S]
        self._late += [(at, change) for change in changes if change.id < newest]
        self._seen.update(dict.fromkeys(fresh, at))
        settled = [one for one, read_at in self._seen.items() if read_at <= at - self._settles_s]
        self._floor = max(settled, default=self._floor)
        self._seen = {one: read_at for one, read_at in self._seen.items() if one > self._floor}
        return changes

    def late(self) -> list[Change]:
        """Events of the last minute that came after a later one: a position does not cover them."""
        return [change for _read_at, change in self._late]

    def _ids(self, session: Session) -> list[int]:
        ids = select(TicketEvent.id).where(col(TicketEvent.id) > self._floor)
        return [one for one in session.exec(ids.order_by(col(TicketEvent.id))) if one is not None]
