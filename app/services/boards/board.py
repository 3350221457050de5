"""The board's tickets: everything that is open and what will be late, as columns."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property

from sqlalchemy import Row, ScalarSelect
from sqlmodel import Session, col, select

from app.services.calling.call_wish import NO_CALL
from app.services.planning.crews import names_beside_driver
from app.services.reference import Reference, reference
from app.services.scope import visible_tickets
from models.account import Role, User, Viewer
from models.call import CallState, VideoCall
from models.catalog import Priority
from models.lifecycle import ENDED, Status
from models.numbers import written
from models.plan import Assignment
from models.ticket import EventKind, ResponseTarget, Ticket, TicketEvent
from models.workforce import Team, Technician

SOON = timedelta(hours=1)
IN_THE_FIELD = frozenset({Status.EN_ROUTE, Status.ON_SITE})
# A ticket that waits for its confirmation has left the board's work; it stands at the end.
DONE = frozenset({Status.RESOLVED})
LIVE_CALLS = (CallState.BOOKED, CallState.RUNNING)


class Timing(StrEnum):
    """How a ticket stands to its response target."""

    LATE = "late"
    WILL_BE_LATE = "will-be-late"
    SOON = "soon"
    IN_TIME = "in-time"
    MET = "met"
    NONE = "none"


# The target still runs: help has not begun.
RUNNING = frozenset({Timing.LATE, Timing.WILL_BE_LATE, Timing.SOON, Timing.IN_TIME})


@dataclass(frozen=True)
class TeamChoice:
    """A team as the board's filter and bases show it."""

    id: int
    name_vi: str
    name_en: str
    base: str
    lat: float
    lon: float


@dataclass(frozen=True)
class QueueRow:
    """A ticket on the board, as list and map show it."""

    number: int
    version: int
    status: Status
    priority: Priority
    title: str
    place: str
    lat: float
    lon: float
    category_vi: str
    category_en: str
    is_remote: bool
    citizens_waiting: int
    created_at: datetime
    target_at: datetime | None
    is_met: bool
    timing: Timing
    technician_id: int | None
    technician: str | None
    starts_at: datetime | None
    call_id: int | None
    call_starts_at: datetime | None
    is_call_running: bool
    is_call_wished: bool

    @cached_property
    def code(self) -> str:
        """The number as it is always written."""
        return written(self.number)

    @cached_property
    def group(self) -> str:
        """Which figure counts it: ``open``, ``field``, ``done`` or ``other``."""
        if self.status is Status.OPEN:
            return "open"
        if self.status in IN_THE_FIELD:
            return "field"
        return "done" if self.status in DONE else "other"

    @cached_property
    def order(self) -> str:
        """Sorts rows: unmet targets first, the nearest first; what waits to be confirmed last."""
        at = int((self.target_at or self.created_at).timestamp())
        is_done, is_met = self.status in DONE, self.timing not in RUNNING
        return f"{is_done:d}{is_met:d}{at:011d}{self.priority.value}{self.number:09d}"

    @property
    def is_late(self) -> bool:
        """Whether the target has passed and help has not begun."""
        return self.timing is Timing.LATE

    @property
    def has_call(self) -> bool:
        """Whether a call is booked or running."""
        return self.call_id is not None


@dataclass(frozen=True)
class Figures:
    """The figures on top of the board; each is a filter of the rows."""

    all: int
    open: int
    field: int
    late: int
    calls: int
    done: int


def figures_of(rows: Sequence[QueueRow]) -> Figures:
    """Count the rows."""
    return Figures(
        all=len(rows),
        open=sum(row.group == "open" for row in rows),
        field=sum(row.group == "field" for row in rows),
        late=sum(row.is_late for row in rows),
        calls=sum(row.has_call for row in rows),
        done=sum(row.group == "done" for row in rows),
    )


def team_shown(viewer: Viewer, wanted: int | None) -> int | None:
    """Which team is shown: a lead's own always, for others the wanted one or (None) all."""
    return viewer.team_id if viewer.role is Role.LEAD else wanted


def teams(session: Session) -> list[TeamChoice]:
    """Both teams with their bases."""
    places = reference(session).places
    rows = session.exec(
        select(Team.id, Team.name_vi, Team.name_en, Team.base_code).order_by(col(Team.id))
    )
    return [
        TeamChoice(
            id=team_id or 0,
            name_vi=name_vi,
            name_en=name_en,
            base=places[base].full_name,
            lat=places[base].lat,
            lon=places[base].lon,
        )
        for team_id, name_vi, name_en, base in rows
    ]


def queue(
    session: Session,
    *,
    viewer: Viewer,
    now: datetime,
    team_id: int | None = None,
    numbers: Sequence[int] | None = None,
) -> list[QueueRow]:
    """Tickets of the board, the nearest unmet target first; one query.

    Parameters
    ----------
    team_id
        Only what this team has in hand, and the open pool.
    numbers
        Only these, for what changed; who is missing in the answer is no longer on the board.
    """
    facts = reference(session)
    query = (
        visible_tickets(viewer)
        .with_only_columns(
            col(Ticket.number),
            col(Ticket.version),
            col(Ticket.status),
            col(Ticket.priority),
            col(Ticket.title),
            col(Ticket.commune_code),
            col(Ticket.category_code),
            col(Ticket.citizens_waiting),
            col(Ticket.created_at),
            col(Ticket.target_at),
            col(ResponseTarget.met_at),
            col(Assignment.technician_id),
            col(Assignment.starts_at),
            col(User.name).label("technician"),
            names_beside_driver().label("others"),
            col(VideoCall.id).label("call_id"),
            col(VideoCall.state).label("call_state"),
            col(VideoCall.starts_at).label("call_starts_at"),
            _latest_word_on_calls().label("call_word"),
        )
        .outerjoin(
            Assignment,
            (col(Assignment.ticket_number) == col(Ticket.number)) & col(Assignment.is_active),
        )
        .outerjoin(Technician, col(Technician.id) == col(Assignment.technician_id))
        .outerjoin(User, col(User.id) == col(Technician.user_id))
        .outerjoin(
            VideoCall,
            (col(VideoCall.ticket_number) == col(Ticket.number))
            & col(VideoCall.state).in_(LIVE_CALLS),
        )
        .outerjoin(
            ResponseTarget,
            (col(ResponseTarget.ticket_number) == col(Ticket.number))
            & col(ResponseTarget.ended_at).is_(None),
        )
        .where(col(Ticket.status).not_in(ENDED))
    )
    if team_id is not None:
        query = query.where(col(Ticket.team_id).is_(None) | (col(Ticket.team_id) == team_id))
    if numbers is not None:
        query = query.where(col(Ticket.number).in_(numbers))
    found = {row.number: row for row in session.execute(query)}
    return sorted((_row(row, facts, now) for row in found.values()), key=lambda row: row.order)


def _latest_word_on_calls() -> ScalarSelect[str]:
    """The kind of what was last said of a call: a commune's wish stands until one is offered."""
    return (
        select(TicketEvent.kind)
        .where(
            col(TicketEvent.ticket_number) == col(Ticket.number),
            col(TicketEvent.kind).in_([EventKind.CALL_ASKED, EventKind.CALL_OFFERED]),
        )
        .order_by(col(TicketEvent.sequence).desc())
        .limit(1)
        .correlate(Ticket)
        .scalar_subquery()
    )


def _row(row: Row[tuple[object, ...]], facts: Reference, now: datetime) -> QueueRow:
    place, category = facts.places[row.commune_code], facts.categories[row.category_code]
    timing = _timing(
        row.status, target_at=row.target_at, met_at=row.met_at, starts_at=row.starts_at, now=now
    )
    return QueueRow(
        number=row.number,
        version=row.version,
        status=row.status,
        priority=row.priority,
        title=row.title,
        place=place.full_name,
        lat=place.lat,
        lon=place.lon,
        category_vi=category.name_vi,
        category_en=category.name_en,
        is_remote=category.is_remote,
        citizens_waiting=row.citizens_waiting,
        created_at=row.created_at,
        target_at=row.target_at,
        is_met=timing is Timing.MET,
        timing=timing,
        technician_id=row.technician_id,
        technician=", ".join(filter(None, (row.technician, row.others))) or None,
        starts_at=row.starts_at,
        call_id=row.call_id,
        call_starts_at=row.call_starts_at,
        is_call_running=row.call_state is CallState.RUNNING,
        is_call_wished=row.call_word == EventKind.CALL_ASKED and row.status not in NO_CALL,
    )


def _timing(
    status: Status,
    *,
    target_at: datetime | None,
    met_at: datetime | None,
    starts_at: datetime | None,
    now: datetime,
) -> Timing:
    if target_at is None or status in DONE or status is Status.WAITING:
        return Timing.NONE
    if met_at is not None or status is Status.ON_SITE:
        return Timing.MET
    if target_at < now:
        return Timing.LATE
    if starts_at is not None and starts_at > target_at:
        return Timing.WILL_BE_LATE
    return Timing.SOON if target_at - now < SOON else Timing.IN_TIME
