"""A visit that begins later than planned, or does not end: written down, and planned around."""

from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from app.i18n import _
from app.services.planning.assigning import active_assignment, lock_plan
from app.services.planning.day_work import GRACE_S
from app.services.planning.placement import request_replan
from app.services.reference import reference
from app.services.scope import get_visible, has_say
from app.services.tickets.fieldwork import is_theirs
from app.services.tickets.refusals import ActionRefused, NotAllowedError, StaleVersionError
from models.account import Role, User, Viewer
from models.calendar import local_date
from models.lifecycle import Actor, Status
from models.plan import Assignment, PlanRun
from models.ticket import EventKind, Ticket, TicketEvent

TELLS = frozenset({Role.TECHNICIAN, Role.LEAD, Role.DISPATCHER})
CAN_BE_LATE = (Status.ASSIGNED, Status.ACCEPTED, Status.EN_ROUTE)
NOT_BEGUN = (Status.ASSIGNED, Status.ACCEPTED)
MOST_MINUTES = 480
REPEAT_WITHIN = timedelta(minutes=2)
GRACE = timedelta(seconds=GRACE_S)
# A driver who is that much over the planned arrival is taken to need more time.
ARRIVAL_SLACK = timedelta(minutes=10)
SHIFT_END = "shift_end"


def report_late(
    session: Session,
    number: int,
    minutes: int,
    *,
    viewer: Viewer,
    now: datetime,
    expected_version: int | None = None,
) -> Assignment:
    """The visit begins that many minutes later than planned; what follows it is planned anew.

    Its own people are not told: it is they who say so.

    Raises
    ------
    NotVisible
        If the ticket is foreign to this person.
    NotAllowedError
        If this person has no say over it.
    StaleVersionError
        If the ticket has changed since the version that the person saw.
    ActionRefused
        If nobody is to come, or the minutes make no sense.
    """
    lock_plan(session)
    ticket = get_visible(session, number, viewer=viewer)
    if expected_version is not None and expected_version != ticket.version:
        raise StaleVersionError(ticket)
    if viewer.role not in TELLS or not has_say(ticket, viewer):
        raise NotAllowedError("this role does not report delays here")
    if viewer.role is Role.TECHNICIAN and not is_theirs(session, ticket, viewer):
        raise NotAllowedError("the ticket is not in this technician's hands")
    if not 1 <= minutes <= MOST_MINUTES:
        raise ActionRefused("minutes", _("Hãy ghi số phút trễ từ 1 đến 480."))
    assignment = active_assignment(session, number)
    if assignment is None or ticket.status not in CAN_BE_LATE:
        raise ActionRefused(
            "minutes", _("Phiếu này chưa có ai đang đi hoặc sắp đi, nên không ghi trễ được.")
        )
    before = assignment.starts_at
    later = max(before, now) + timedelta(minutes=minutes) - before
    _move(assignment, later)
    assignment.told_starts_at = assignment.starts_at
    session.add(assignment)
    ticket.record(
        EventKind.LATE_REPORTED.value,
        actor=Actor(viewer.role.value),
        now=now,
        by=session.get_one(User, viewer.user_id),
        data={"from": before.isoformat(), "to": assignment.starts_at.isoformat()},
    )
    request_replan(session, cause="late", now=now, viewer=viewer)
    session.flush()
    return assignment


def was_reported(session: Session, number: int, *, user_id: int, now: datetime) -> bool:
    """Whether this person said so a moment ago: the network repeats texts."""
    return (
        session.exec(
            select(TicketEvent.id).where(
                col(TicketEvent.ticket_number) == number,
                col(TicketEvent.kind) == EventKind.LATE_REPORTED.value,
                col(TicketEvent.by_id) == user_id,
                col(TicketEvent.at) > now - REPEAT_WITHIN,
            )
        ).first()
        is not None
    )


def heal(session: Session, *, now: datetime) -> int:
    """Ask for a new plan where the day went another way: overruns, and what a shift left undone.

    How many visits that concerns. Each overrun asks once for every quarter of an hour it lasts.
    """
    overrun = _overruns(session, now=now)
    if overrun:
        request_replan(session, cause="longer", now=now)
    left = _left_over(session, now=now)
    if left:
        request_replan(session, cause=SHIFT_END, now=now)
    return overrun + left


def _overruns(session: Session, *, now: datetime) -> int:
    """Visits past their planned end, and drivers past their planned arrival, get more time."""
    rows = session.exec(
        select(Assignment, Ticket.status)
        .join(Ticket, col(Ticket.number) == col(Assignment.ticket_number))
        .where(
            col(Assignment.is_active),
            col(Ticket.status).in_([Status.ON_SITE, Status.EN_ROUTE]),
        )
    ).all()
    overrun = 0
    for assignment, status in rows:
        begun_at = assignment.arrived_at
        if status is Status.ON_SITE and begun_at is not None:
            if begun_at + (assignment.ends_at - assignment.starts_at) >= now:
                continue
            assignment.ends_at = assignment.starts_at + (now - begun_at) + GRACE
        elif status is Status.EN_ROUTE and assignment.starts_at < now - ARRIVAL_SLACK:
            _move(assignment, now + GRACE - assignment.starts_at)
        else:
            continue
        overrun += 1
        session.add(assignment)
    return overrun


def _left_over(session: Session, *, now: datetime) -> int:
    """Visits of a day that is over and nobody set off for; asked about once for each evening."""
    calendar = reference(session).calendar
    if local_date(calendar.next_opening(now)) == local_date(now):
        return 0
    asked = session.exec(
        select(PlanRun.id).where(
            col(PlanRun.cause) == SHIFT_END, col(PlanRun.asked_at) > now - timedelta(hours=12)
        )
    ).first()
    if asked is not None:
        return 0
    rows = session.exec(
        select(Assignment.id)
        .join(Ticket, col(Ticket.number) == col(Assignment.ticket_number))
        .where(
            col(Assignment.is_active),
            col(Assignment.starts_at) < now,
            col(Ticket.status).in_(NOT_BEGUN),
        )
    ).all()
    return len(rows)


def _move(assignment: Assignment, by: timedelta) -> None:
    assignment.starts_at += by
    assignment.ends_at += by
