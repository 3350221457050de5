"""What the clock does to tickets: targets pass, waits end, confirmations never come."""

from datetime import datetime, timedelta

from sqlmodel import Session, col, or_, select

from app.services.calling.escalation import escalate
from app.services.planning.assigning import latest_decision, lock_plan
from app.services.planning.placement import can_be_called, place_ticket, tell_lead
from app.services.planning.staff import members_of
from app.services.reference import reference
from app.services.texts.outbox import say
from app.services.texts.texting import plain_place, short_time, technician_prompt
from app.services.tickets import steps
from models.account import User, Viewer
from models.calendar import local_date
from models.lifecycle import Action, Actor, Status
from models.plan import Assignment, Outcome
from models.ticket import EventKind, ResponseTarget, Ticket, TicketEvent

# The commune has two working days to confirm; then the ticket closes by itself.
CONFIRM_DAYS = 2
# An open ticket that nobody could take is looked at again after that.
LOOK_AGAIN = timedelta(minutes=15)
REMIND_BEFORE = timedelta(minutes=30)
REMIND_AFTER = timedelta(minutes=10)
# A visit that takes longer than that needs somebody who knows more.
LONG_VISIT = timedelta(days=1)
BATCH = 50
BEFORE_HELP = (Status.OPEN, Status.ASSIGNED, Status.ACCEPTED)


def overdue(session: Session, *, now: datetime) -> list[tuple[Ticket, ResponseTarget]]:
    """Tickets whose target passed before help began, not yet acted on, oldest first."""
    rows = session.exec(
        select(Ticket, ResponseTarget)
        .join(ResponseTarget, col(ResponseTarget.ticket_number) == col(Ticket.number))
        .where(
            col(Ticket.status).in_([*BEFORE_HELP, Status.EN_ROUTE]),
            col(Ticket.target_at) < now,
            col(ResponseTarget.ended_at).is_(None),
            col(ResponseTarget.met_at).is_(None),
            col(ResponseTarget.missed_told_at).is_(None),
        )
        .order_by(col(Ticket.target_at))
        .limit(BATCH)
    ).all()
    return list(rows)


def escalate_overdue(session: Session, *, now: datetime) -> int:
    """Act once on every target that passed: a remote category becomes a call, else the lead knows.

    Who is on the way already goes on; the ticket keeps its priority and its place in the plan.
    """
    lock_plan(session)
    rows = overdue(session, now=now)
    for ticket, target in rows:
        target.missed_told_at = now
        session.add(target)
        ticket.record(EventKind.TARGET_MISSED.value, actor=Actor.CLOCK, now=now)
        is_first = target.escalated_at is None
        if ticket.status in BEFORE_HELP and is_first and can_be_called(session, ticket):
            escalate(session, ticket, actor=Actor.CLOCK, reason="target_passed", now=now)
            continue
        tell_lead(session, ticket, now=now)
        if ticket.status is Status.OPEN:
            place_ticket(session, ticket, now=now)
    return len(rows)


def tell_long_visits(session: Session, *, now: datetime) -> int:
    """A visit not over after a day: the lead is told, and a call with a specialist is proposed.

    Told once for each visit; the assignment's arrival is part of the text's key.
    """
    rows = session.exec(
        select(Assignment, Ticket)
        .join(Ticket, col(Ticket.number) == col(Assignment.ticket_number))
        .where(
            col(Assignment.is_active),
            col(Ticket.status) == Status.ON_SITE,
            col(Assignment.arrived_at) < now - LONG_VISIT,
        )
        .order_by(col(Assignment.arrived_at))
        .limit(BATCH)
    ).all()
    told = 0
    for assignment, ticket in rows:
        kinds = select(TicketEvent.id).where(
            col(TicketEvent.ticket_number) == ticket.number,
            col(TicketEvent.kind) == EventKind.LEAD_TOLD.value,
            col(TicketEvent.at) > assignment.arrived_at,
        )
        if session.exec(kinds).first() is not None:
            continue
        tell_lead(session, ticket, now=now, event="lead_long_visit")
        told += 1
    return told


def place_waiting(session: Session, *, now: datetime) -> int:
    """Look again at open tickets without anybody: they may fit by now, or be out of reach."""
    if not reference(session).calendar.is_open(now):
        return 0
    lock_plan(session)
    tickets = session.exec(
        select(Ticket)
        .where(col(Ticket.status) == Status.OPEN)
        .order_by(col(Ticket.priority), col(Ticket.target_at))
        .limit(BATCH)
    ).all()
    placed = 0
    for ticket in tickets:
        decision = latest_decision(session, ticket.number or 0)
        if decision is not None and now - decision.at < LOOK_AGAIN:
            continue
        found = place_ticket(session, ticket, now=now)
        placed += found.outcome in (Outcome.ASSIGNED, Outcome.LATE)
    return placed


def resume_waiting(session: Session, *, now: datetime) -> int:
    """The date of a wait has come: the ticket is open again with a new target."""
    lock_plan(session)
    tickets = session.exec(
        select(Ticket)
        .where(col(Ticket.status) == Status.WAITING, col(Ticket.waiting_until_at) <= now)
        .order_by(col(Ticket.waiting_until_at))
        .limit(BATCH)
    ).all()
    for ticket in tickets:
        steps.resume(_by_the_clock(session, ticket, now=now), resumed_as=None)
    return len(tickets)


def confirm_silent(session: Session, *, now: datetime) -> int:
    """Close what was resolved two working days ago and nobody said anything against."""
    calendar = reference(session).calendar
    tickets = session.exec(
        select(Ticket)
        .where(
            col(Ticket.status) == Status.RESOLVED,
            col(Ticket.resolved_at) < now - timedelta(days=CONFIRM_DAYS),
        )
        .order_by(col(Ticket.resolved_at))
        .limit(BATCH)
    ).all()
    closed = 0
    for ticket in tickets:
        if ticket.resolved_at is None:
            continue
        days = calendar.working_days(local_date(ticket.resolved_at) + timedelta(days=1), 2)
        if local_date(now) <= days[-1]:
            continue
        ticket.apply(Action.CONFIRM, Actor.CLOCK, now=now)
        ticket.closed_at = now
        closed += 1
    return closed


def remind_silent(session: Session, *, now: datetime) -> int:
    """Ask once more who was given a ticket, has not answered, and should leave soon."""
    rows = session.exec(
        select(Assignment, Ticket)
        .join(Ticket, col(Ticket.number) == col(Assignment.ticket_number))
        .where(
            col(Assignment.is_active),
            col(Ticket.status) == Status.ASSIGNED,
            col(Assignment.assigned_at) < now - REMIND_AFTER,
            or_(
                col(Assignment.starts_at) < now + timedelta(hours=3),
                col(Ticket.target_at) < now + timedelta(hours=3),
            ),
        )
        .limit(BATCH)
    ).all()
    reminded = 0
    for assignment, ticket in rows:
        leaves_at = assignment.starts_at - timedelta(seconds=assignment.travel_s)
        if leaves_at > now + REMIND_BEFORE:
            continue
        for user in members_of(session, assignment):
            _remind(session, ticket, assignment, user, now=now)
            reminded += 1
    return reminded


def _remind(
    session: Session, ticket: Ticket, assignment: Assignment, user: User, *, now: datetime
) -> None:
    say(
        session,
        "reminder",
        key=f"reminder:{assignment.id}:{user.id}",
        now=now,
        to=user,
        ticket=ticket,
        prompt=technician_prompt(ticket.status),
        values={
            "number": ticket.code,
            "commune": plain_place(session, ticket),
            "time": short_time(assignment.starts_at, now),
        },
    )


def _by_the_clock(session: Session, ticket: Ticket, *, now: datetime) -> steps.Step:
    """A step that nobody takes: the ticket's filer stands in as the person it is done for."""
    filer = session.get_one(User, ticket.created_by_id)
    viewer = Viewer.of(filer, technician_id=None)
    return steps.Step(session, ticket, Actor.CLOCK, filer, viewer, now)
