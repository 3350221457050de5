"""What changed, told live: one watcher for each process, fanned out to the streams that are open.

A stream is a `Subscriber`. Its `Wish` says what it wants to hear:

- `ticket` events: ``{"number", "version", "status", "kind"}`` of every ticket in the viewer's
  scope, or of one ticket. Internal notes never reach a commune. A ticket that leaves the scope is
  told once more, as ``{"number", "kind": "gone"}``.
- events of *sources*: a source adds another kind of event for the streams that ask for it.
  It is a `Source(kind, start, read)` (see ``subscription``), listed in app/web/stream.py; a wish
  names it with the cursor to begin at, or None: ``Wish(sources={"signal": None}, call_id=7)``.

  ``start(session, subscriber) -> int``: first cursor of a stream that names none. It is also the
  guard: it raises `NotVisible` when this viewer may not listen (``subscriber.viewer`` is None for a
  guest with a signed link), and the door answers 404.
  ``read(session, subscriber, cursor) -> (events, cursor)``: what came after the cursor, oldest
  first, and the cursor to go on from. Called in a short reading session whenever anything was
  committed: one indexed query, no waiting, no writing.

  For calls: ``Source("signal", calls.start_signals, calls.read_signals)`` whose `read` calls
  ``signals_after(session, subscriber.wish.call_id, subscriber.wish.instance, cursor)`` and returns
  ``[StreamEvent("signal", {...}), …]``. `subscriber.wish` holds `ticket`, `call_id` and `instance`.

A stream's position is the last ticket event and each source's cursor (`Position`): the browser
sends it back as Last-Event-ID, so that nothing is lost and nothing is told twice.
"""

import queue
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from itertools import count

from sqlalchemy import Engine
from sqlmodel import Session, col, select
from structlog import get_logger

from app.services.boards.changes import Change, ChangeReader, changes_after, last_change_id, watch
from app.services.boards.subscription import Position, Source, StreamEvent, Subscriber, Wish
from app.services.scope import SEES_ALL, can_see_notes, get_visible, in_scope, visible_tickets
from models.account import Role, Viewer
from models.database import reading
from models.lifecycle import ENDED
from models.ticket import Ticket

log = get_logger()

HEARTBEAT_S = 15.0
STREAMS_PER_OWNER = 8
# Who missed more than this reloads the page instead.
CATCH_UP = 500
# Scopes are asked for in one query; this many conditions stay well below SQLite's limits.
SCOPES_IN_QUERY = 40
# Their scope never shrinks: nothing of theirs can be gone.
SCOPE_GROWS = SEES_ALL | {Role.COMMUNE}


class Hub:
    """Everything that is open in this process. Its watcher runs while somebody listens."""

    def __init__(
        self,
        engine: Engine,
        sources: Mapping[str, Source],
        *,
        is_stopping: Callable[[], bool] = lambda: False,
    ) -> None:
        self._engine = engine
        self._sources = sources
        self._is_stopping = is_stopping
        # Guards everything below; held for short reads, never while a stream waits.
        self._lock = threading.RLock()
        self._subscribers: list[Subscriber] = []
        self._numbers = count(1)
        self._reader: ChangeReader | None = None

    def subscribe(self, viewer: Viewer | None, wish: Wish, *, owner: str) -> Subscriber:
        """Open a stream and catch up with what it missed.

        Raises
        ------
        NotVisible
            If the viewer may not see the ticket or the source that the wish names.
        """
        subscriber = Subscriber(viewer, owner, wish, opened=next(self._numbers))
        with self._lock:
            with reading(self._engine) as session:
                self._start(session, subscriber)
                if self._reader is None:
                    self._reader = ChangeReader(self._engine)
                    self._reader.prime(session)
                    threading.Thread(
                        target=self._watch, args=(self._reader,), name="stream", daemon=True
                    ).start()
                self._catch_up(session, subscriber)
            self._subscribers.append(subscriber)
            self._close_oldest(owner)
        return subscriber

    def leave(self, subscriber: Subscriber) -> None:
        """The stream is over."""
        with self._lock:
            if subscriber in self._subscribers:
                self._subscribers.remove(subscriber)

    def events(self, subscriber: Subscriber) -> Iterator[StreamEvent | None]:
        """Events of the stream as they come, None for a heartbeat, until it is closed."""
        try:
            while True:
                try:
                    event = subscriber.waiting.get(timeout=HEARTBEAT_S)
                except queue.Empty:
                    yield None
                    continue
                if event is None:
                    return
                yield event
        finally:
            self.leave(subscriber)

    def close(self) -> None:
        """End every stream; the browsers come back by themselves."""
        with self._lock:
            for subscriber in self._subscribers:
                subscriber.put(None)
            self._subscribers.clear()

    def _start(self, session: Session, subscriber: Subscriber) -> None:
        viewer, wish = subscriber.viewer, subscriber.wish
        if wish.ticket is not None and viewer is not None:
            get_visible(session, wish.ticket, viewer=viewer)
        cursors = dict(wish.after.cursors) if wish.after else {}
        for kind, cursor in wish.sources.items():
            # The guard runs on every opening, also where the stream knows its place.
            first = self._sources[kind].start(session, subscriber)
            cursors.setdefault(kind, first if cursor is None else cursor)
        change = wish.after.change if wish.after else last_change_id(session)
        kept = {kind: at for kind, at in cursors.items() if kind in wish.sources}
        subscriber.position = Position(change, kept)
        if viewer is not None and viewer.role not in SCOPE_GROWS:
            live = col(Ticket.status).not_in(ENDED)
            numbers = visible_tickets(viewer).where(live).with_only_columns(col(Ticket.number))
            subscriber.known = set(session.scalars(numbers))

    def _catch_up(self, session: Session, subscriber: Subscriber) -> None:
        newest = last_change_id(session)
        after = subscriber.position.change
        if subscriber.wish.after is not None and self._reader is not None:
            missed = changes_after(session, after, limit=CATCH_UP + 1)
            if len(missed) > CATCH_UP or after > newest:
                subscriber.position = Position(newest, subscriber.position.cursors)
                subscriber.put(StreamEvent("reset", {}, subscriber.position))
            else:
                late = [change for change in self._reader.late() if change.id <= after]
                _tell(session, [subscriber], [*late, *missed])
                subscriber.told = frozenset(change.id for change in missed)
        self._read_sources(session, [subscriber])

    def _close_oldest(self, owner: str) -> None:
        own = [one for one in self._subscribers if one.owner == owner]
        for subscriber in own[:-STREAMS_PER_OWNER]:
            # Told why, so that the browser does not come back at once and close the next one.
            subscriber.put(StreamEvent("closed", {"reason": "too_many"}))
            subscriber.put(None)
            self._subscribers.remove(subscriber)

    def _watch(self, reader: ChangeReader) -> None:
        """Look for changes until the last stream has gone."""
        with watch(self._engine) as committed:
            while True:
                if self._is_stopping():
                    self.close()
                with self._lock:
                    if not self._subscribers:
                        self._reader = None
                        return
                try:
                    if committed():
                        self._pass_on(reader)
                # A thread's loop is a door: a database that is away now comes back.
                except Exception as error:
                    log.warning("the stream cannot read", error=type(error).__name__)
                    time.sleep(1)

    def _pass_on(self, reader: ChangeReader) -> None:
        with self._lock, reading(self._engine) as session:
            while changes := reader.read(session):
                _tell(session, self._subscribers, changes)
            self._read_sources(session, self._subscribers)

    def _read_sources(self, session: Session, subscribers: list[Subscriber]) -> None:
        for subscriber in subscribers:
            for kind in subscriber.wish.sources:
                place = subscriber.position
                events, cursor = self._sources[kind].read(session, subscriber, place.cursors[kind])
                subscriber.position = Position(place.change, {**place.cursors, kind: cursor})
                for event in events:
                    subscriber.put(StreamEvent(event.kind, event.data, subscriber.position))


def _tell(session: Session, subscribers: list[Subscriber], changes: list[Change]) -> None:
    numbers = {change.number for change in changes}
    viewers = {one.viewer.user_id: one.viewer for one in subscribers if one.viewer is not None}
    in_sight = _in_sight(session, list(viewers.values()), numbers)
    for subscriber in subscribers:
        if subscriber.viewer is not None:
            for change in changes:
                _tell_one(subscriber, change, in_sight[subscriber.viewer.user_id])


def _in_sight(
    session: Session, viewers: list[Viewer], numbers: set[int]
) -> dict[int, frozenset[int]]:
    """Which of the tickets each viewer may see, by the one scope; one query for many viewers."""
    found: dict[int, frozenset[int]] = {}
    for first in range(0, len(viewers), SCOPES_IN_QUERY):
        some = viewers[first : first + SCOPES_IN_QUERY]
        scopes = [in_scope(viewer).label(f"scope_{at}") for at, viewer in enumerate(some)]
        query = select(Ticket.number).where(col(Ticket.number).in_(numbers)).add_columns(*scopes)
        rows = session.execute(query).all()
        for at, viewer in enumerate(some, start=1):
            found[viewer.user_id] = frozenset(row[0] for row in rows if row[at])
    return found


def _tell_one(subscriber: Subscriber, change: Change, in_sight: frozenset[int]) -> None:
    viewer, wish = subscriber.viewer, subscriber.wish
    if viewer is None or change.id in subscriber.told:
        return
    if wish.ticket is not None and wish.ticket != change.number:
        return
    if change.is_internal and not can_see_notes(viewer):
        return
    if change.number in in_sight:
        subscriber.known.add(change.number)
        data = change.data()
    elif change.number in subscriber.known:
        subscriber.known.discard(change.number)
        data = {"number": change.number, "kind": "gone"}
    else:
        return
    # A late one (PostgreSQL) must not set the stream's place back.
    newest = max(subscriber.position.change, change.id)
    subscriber.position = Position(newest, subscriber.position.cursors)
    subscriber.put(StreamEvent("ticket", data, subscriber.position))
