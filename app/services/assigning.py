"""A ticket given to a technician: assignment, moved neighbours, and what they are told."""

from datetime import datetime, timedelta

from sqlalchemy import text
from sqlmodel import Session, col, select

from app.services.dayplan import Day
from app.services.outbox import say
from app.services.texting import assignment_values, technician_prompt
from dispatch.horizon import legs
from dispatch.plan import Route
from dispatch.rules import Leg
from models.account import User
from models.database import is_sqlite
from models.lifecycle import Action, Actor, Status
from models.plan import Assignment, AssignmentMember, Decision
from models.ticket import EventKind, Ticket
from models.workforce import Technician

# People are told when their arrival moves by more than that.
TOLD_SHIFT = timedelta(minutes=30)
PLAN_LOCK = 7_301


def lock_plan(session: Session) -> None:
    """Plan one at a time. SQLite has one writer anyway; PostgreSQL takes an advisory lock."""
    if not is_sqlite(session.connection()):
        session.exec(text("SELECT pg_advisory_xact_lock(:key)").bindparams(key=PLAN_LOCK))  # type: ignore[call-overload]  # sqlmodel's exec has no overload for text


def give(
    session: Session,
    ticket: Ticket,
    day: Day,
    decision: Decision,
    *,
    technician_id: int,
    route: Route,
    added_travel_s: int,
    actor: Actor,
    now: datetime,
    by: User | None = None,
    note: str = "",
    moves_neighbours: bool = True,
) -> Assignment:
    """Give the ticket to a technician at its place in the route, and tell them.

    ``moves_neighbours``: write the route's new times to its other stops as well.
    """
    session.add(decision)
    session.flush()
    technician = day.technicians[technician_id]
    leg = next(leg for leg in legs(day.problem, route) if leg.visit == ticket.number)
    assignment = Assignment(
        ticket_number=ticket.number or 0,
        team_id=technician.team_id,
        technician_id=technician_id,
        decision_id=decision.id or 0,
        is_by_hand=by is not None,
        hand_note=note,
        assigned_at=now,
        starts_at=day.moment(leg.start_s),
        told_starts_at=day.moment(leg.start_s),
        ends_at=day.moment(leg.ends_s),
        travel_s=leg.travel_s,
        travel_m=leg.distance_m,
        added_travel_s=max(0, added_travel_s),
    )
    session.add(assignment)
    session.flush()
    session.add(AssignmentMember(assignment_id=assignment.id or 0, technician_id=technician_id))
    ticket.team_id = technician.team_id
    user = session.get_one(User, technician.user_id)
    ticket.apply(
        Action.ASSIGN,
        actor,
        now=now,
        by=by,
        data={
            "technician_id": technician_id,
            "technician": user.name,
            "starts_at": assignment.starts_at.isoformat(),
            "outcome": decision.outcome.value,
        },
        text=note or None,
    )
    if moves_neighbours:
        reschedule_route(session, day, route, except_number=ticket.number, now=now)
    say(
        session,
        "assigned",
        key=f"assigned:{assignment.id}",
        now=now,
        to=user,
        ticket=ticket,
        link_kind="ticket",
        prompt=technician_prompt(Status.ASSIGNED),
        values=assignment_values(session, ticket, assignment),
    )
    return assignment


def reschedule_route(
    session: Session, day: Day, route: Route, *, except_number: int | None, now: datetime
) -> int:
    """Write a route's new times to its other stops; tell who moved far. How many were told."""
    committed = {work.visit for work in day.problem.committed}
    found = {
        leg.visit: leg
        for leg in legs(day.problem, route)
        if leg.visit in day.assignments and leg.visit not in committed | {except_number}
    }
    if not found:
        return 0
    rows = session.exec(
        select(Assignment)
        .where(col(Assignment.id).in_([day.assignments[number].id for number in found if number]))
        .order_by(col(Assignment.starts_at))
    ).all()
    return sum(retime(session, row, day, found[row.ticket_number], now=now) for row in rows)


def retime(session: Session, assignment: Assignment, day: Day, leg: Leg, *, now: datetime) -> bool:
    """Write a stop's new times; whether it moved so far that its technician was told."""
    assignment.starts_at = day.moment(leg.start_s)
    assignment.ends_at = day.moment(leg.ends_s)
    assignment.travel_s = leg.travel_s
    assignment.travel_m = leg.distance_m
    session.add(assignment)
    if abs(assignment.starts_at - assignment.told_starts_at) <= TOLD_SHIFT:
        return False
    _tell_moved(session, assignment, now=now)
    return True


def _tell_moved(session: Session, assignment: Assignment, *, now: datetime) -> None:
    ticket = session.get_one(Ticket, assignment.ticket_number)
    before = assignment.told_starts_at
    assignment.told_starts_at = assignment.starts_at
    ticket.record(
        EventKind.RESCHEDULED.value,
        actor=Actor.SCHEDULER,
        now=now,
        data={"from": before.isoformat(), "to": assignment.starts_at.isoformat()},
    )
    user = session.get_one(User, session.get_one(Technician, assignment.technician_id).user_id)
    say(
        session,
        "rescheduled",
        key=f"rescheduled:{assignment.id}:{assignment.starts_at.isoformat()}",
        now=now,
        to=user,
        ticket=ticket,
        link_kind="ticket",
        prompt=technician_prompt(ticket.status),
        values=assignment_values(session, ticket, assignment),
    )


def active_assignment(session: Session, number: int) -> Assignment | None:
    """The ticket's active assignment, if it has one."""
    return session.exec(
        select(Assignment).where(col(Assignment.ticket_number) == number, col(Assignment.is_active))
    ).first()


def latest_decision(session: Session, number: int) -> Decision | None:
    """The newest planning decision about the ticket."""
    return session.exec(
        select(Decision)
        .where(col(Decision.ticket_number) == number)
        .order_by(col(Decision.id).desc())
    ).first()
