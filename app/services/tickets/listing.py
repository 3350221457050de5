"""Lists of tickets: search, filters, and pages that cost the same however deep they are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, and_
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from app.services.reference import CategoryInfo, Place, reference
from app.services.scope import visible_tickets
from app.services.tickets.headlines import Standing, headline
from app.services.tickets.matching import STATUSES, Filters, StatusGroup, matching, number_in
from models.account import Role, User, Viewer
from models.call import CallState, VideoCall
from models.catalog import Priority
from models.database import is_sqlite
from models.lifecycle import Status
from models.numbers import written
from models.plan import Assignment, AssignmentMember
from models.ticket import Ticket
from models.workforce import Technician

PAGE = 25
# A commune rarely has more open at once.
CARDS = 12
LIVE = (CallState.BOOKED, CallState.RUNNING)
# Aliases: the scope asks the same tables, and its sub-queries must stay their own.
Visit = aliased(Assignment)
LiveCall = aliased(VideoCall)
Host = aliased(User)


@dataclass(frozen=True)
class TicketRow:
    """A ticket as a list shows it."""

    number: int
    title: str
    status: Status
    priority: Priority
    place: Place
    category: CategoryInfo
    citizens_waiting: int
    created_at: datetime
    target_at: datetime | None
    headline: str
    technician: str | None
    starts_at: datetime | None
    travel_m: int
    call_id: int | None

    @property
    def code(self) -> str:
        """The number as it is always written."""
        return written(self.number)


@dataclass(frozen=True)
class Listing:
    """One page of a list; ``next`` is the position of the page after it."""

    rows: list[TicketRow]
    next: int | None


@dataclass(frozen=True)
class Found:
    """One page of tickets as objects; ``next`` is the position to go on from, as text."""

    tickets: list[Ticket]
    next: str | None


def find_rows(
    session: Session,
    *,
    viewer: Viewer,
    filters: Filters,
    now: datetime,
    after: int | None = None,
    limit: int = PAGE,
) -> Listing:
    """One page of what this person may see, newest first."""
    query = _chosen(session, viewer, filters, after)
    rows = _rows(session, query, viewer=viewer, now=now, limit=limit + 1)
    if not rows and after is None and number_in(filters.q) is not None:
        # A number of digits alone may also be words: "windows 11" is found by 11.
        query = _searched(session, viewer, filters, after)
        rows = _rows(session, query, viewer=viewer, now=now, limit=limit + 1)
    shown = rows[:limit]
    return Listing(shown, shown[-1].number if len(rows) > limit else None)


def find_tickets(
    session: Session,
    *,
    viewer: Viewer,
    q: str = "",
    statuses: Sequence[Status] = (),
    after: int | None = None,
    limit: int = PAGE,
) -> Found:
    """The same page as objects, for who needs whole tickets."""
    filters = Filters(q=q, statuses=statuses)
    tickets = list(session.exec(_chosen(session, viewer, filters, after).limit(limit + 1)))
    if not tickets and after is None and number_in(q) is not None:
        tickets = list(session.exec(_searched(session, viewer, filters, after).limit(limit + 1)))
    shown = tickets[:limit]
    return Found(shown, str(shown[-1].number) if len(tickets) > limit else None)


def open_cards(session: Session, *, viewer: Viewer, now: datetime) -> list[TicketRow]:
    """A commune's tickets that are not over, newest first; the rest stands in the list."""
    statuses = [*STATUSES[StatusGroup.ACTIVE], *STATUSES[StatusGroup.RESOLVED]]
    filters = Filters(statuses=statuses)
    return find_rows(session, viewer=viewer, filters=filters, now=now, limit=CARDS).rows


def own_visits(session: Session, *, viewer: Viewer, now: datetime) -> list[TicketRow]:
    """A technician's own visits that are still to be made, in the order of the route."""
    query = (
        visible_tickets(viewer)
        .where(
            col(Visit.id).in_(
                select(AssignmentMember.assignment_id).where(
                    col(AssignmentMember.technician_id) == viewer.technician_id
                )
            ),
            col(Visit.is_active),
            col(Ticket.status).in_(
                [Status.ASSIGNED, Status.ACCEPTED, Status.EN_ROUTE, Status.ON_SITE]
            ),
        )
        .order_by(col(Visit.starts_at))
    )
    return _rows(session, query, viewer=viewer, now=now, limit=50)


def _chosen(
    session: Session, viewer: Viewer, filters: Filters, after: int | None
) -> SelectOfScalar[Ticket]:
    number = number_in(filters.q)
    if number is None:
        return _searched(session, viewer, filters, after)
    return visible_tickets(viewer).where(col(Ticket.number) == number, *filters.conditions())


def _searched(
    session: Session, viewer: Viewer, filters: Filters, after: int | None
) -> SelectOfScalar[Ticket]:
    query = visible_tickets(viewer).where(*filters.conditions())
    return matching(query, filters.q, after=after, is_sqlite=is_sqlite(session.connection()))


def _rows(
    session: Session,
    query: SelectOfScalar[Ticket],
    *,
    viewer: Viewer,
    now: datetime,
    limit: int,
) -> list[TicketRow]:
    """The tickets of the query as rows: columns instead of objects, in one statement."""
    facts = reference(session)
    return [
        _row(found, facts.places, facts.categories, viewer=viewer, now=now)
        for found in session.execute(_with_columns(query).limit(limit))
    ]


def _with_columns(query: SelectOfScalar[Ticket]) -> Select[*tuple[Any, ...]]:  # eighteen columns
    return (
        query.outerjoin(
            Visit,
            and_(col(Visit.ticket_number) == col(Ticket.number), col(Visit.is_active)),
        )
        .outerjoin(Technician, col(Technician.id) == col(Visit.technician_id))
        .outerjoin(User, col(User.id) == col(Technician.user_id))
        .outerjoin(
            LiveCall,
            and_(col(LiveCall.ticket_number) == col(Ticket.number), col(LiveCall.state).in_(LIVE)),
        )
        .outerjoin(Host, col(Host.id) == col(LiveCall.host_id))
        .with_only_columns(
            col(Ticket.number),
            col(Ticket.title),
            col(Ticket.status),
            col(Ticket.priority),
            col(Ticket.commune_code),
            col(Ticket.category_code),
            col(Ticket.citizens_waiting),
            col(Ticket.created_at),
            col(Ticket.target_at),
            col(Ticket.waiting_until_at),
            col(Ticket.merged_into),
            col(User.name).label("technician"),
            col(Visit.starts_at),
            col(Visit.travel_m),
            col(LiveCall.id).label("call_id"),
            col(LiveCall.starts_at).label("call_starts_at"),
            col(LiveCall.state).label("call_state"),
            col(Host.name).label("host"),
        )
    )


def _row(
    found: Row[Any],  # eighteen columns
    places: dict[str, Place],
    categories: dict[str, CategoryInfo],
    *,
    viewer: Viewer,
    now: datetime,
) -> TicketRow:
    standing = Standing(
        status=found.status,
        technician=found.technician,
        starts_at=found.starts_at,
        travel_m=found.travel_m or 0,
        host=found.host,
        call_starts_at=found.call_starts_at,
        is_call_running=found.call_state is CallState.RUNNING,
        waiting_until_at=found.waiting_until_at,
        merged_into=found.merged_into,
    )
    return TicketRow(
        number=found.number,
        title=found.title,
        status=found.status,
        priority=found.priority,
        place=places[found.commune_code],
        category=categories[found.category_code],
        citizens_waiting=found.citizens_waiting,
        created_at=found.created_at,
        target_at=found.target_at,
        headline=headline(standing, now=now, is_commune=viewer.role is Role.COMMUNE),
        technician=found.technician,
        starts_at=found.starts_at,
        travel_m=found.travel_m or 0,
        call_id=found.call_id,
    )
