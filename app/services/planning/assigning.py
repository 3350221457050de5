"""A ticket given to a technician: assignment, moved neighbours, and what they are told."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlmodel import Session, col, select

from app.services.planning.day_rows import StaffRow
from app.services.planning.dayplan import Day
from app.services.planning.places import Place
from app.services.texts.outbox import say
from app.services.texts.texting import assignment_values, plain_name, technician_prompt
from dispatch.plan import Code
from models.account import User
from models.database import is_sqlite
from models.lifecycle import Action, Actor
from models.plan import Assignment, AssignmentMember, Decision
from models.ticket import EventKind, Ticket
from models.types import JsonDict

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
    decision: Decision,
    place: Place,
    *,
    staff: Mapping[int, StaffRow],
    added_travel_s: int,
    actor: Actor,
    now: datetime,
    by: User | None = None,
    note: str = "",
) -> Assignment:
    """Give the ticket to those who have this place for it, and tell each of them.

    ``staff`` holds them by technician id; the first of ``place.people`` drives.
    """
    driver = staff[place.people[0]]
    added_s = max(0, added_travel_s)
    joins = place.joins(added_s)
    if decision.reasons or len(place.people) > 1:
        chosen = {"code": Code.CHOSEN.value, "technician_id": driver.id}
        reasons = decision.reasons or [chosen]
        more: JsonDict = {} if joins is None else {"joins": joins}
        more |= {"crew": list(place.people[1:])} if len(place.people) > 1 else {}
        decision.reasons = [reasons[0] | more, *reasons[1:]]
    assignment = Assignment(
        ticket_number=ticket.number or 0,
        team_id=driver.team_id,
        technician_id=driver.id,
        decision_id=0,  # written with the decision, in one flush
        decision=decision,
        is_by_hand=by is not None,
        hand_note=note,
        assigned_at=now,
        starts_at=place.starts_at,
        told_starts_at=place.starts_at,
        ends_at=place.ends_at,
        travel_s=place.travel_s,
        travel_m=place.travel_m,
        added_travel_s=added_s,
        joins_number=joins,
        members=[
            AssignmentMember(assignment_id=0, technician_id=person) for person in place.people
        ],
    )
    session.add(assignment)
    session.flush()
    ticket.team_id = driver.team_id
    ticket.apply(
        Action.ASSIGN,
        actor,
        now=now,
        by=by,
        data={
            "technician_id": driver.id,
            "technician": ", ".join(staff[person].name for person in place.people),
            "starts_at": assignment.starts_at.isoformat(),
            "outcome": decision.outcome.value,
        },
        text=note or None,
    )
    tell_people(
        session,
        "assigned",
        ticket,
        assignment,
        people=[staff[person] for person in place.people],
        key=f"assigned:{assignment.id}",
        now=now,
    )
    return assignment


def tell_people(
    session: Session,
    event: str,
    ticket: Ticket,
    assignment: Assignment,
    *,
    people: Sequence[StaffRow],
    key: str,
    now: datetime,
) -> None:
    """One text to each who travels, naming the others; any of them may answer for the car."""
    values = assignment_values(session, ticket, assignment)
    users = session.exec(
        select(User).where(col(User.id).in_([person.user_id for person in people]))
    ).all()
    for user in users:
        others = [plain_name(one.name) for one in people if one.user_id != user.id]
        say(
            session,
            event,
            key=key if len(people) == 1 else f"{key}:{user.id}",
            now=now,
            to=user,
            ticket=ticket,
            link_kind="ticket",
            prompt=technician_prompt(ticket.status),
            values={**values, "crew": ", ".join(others)},
        )


def move_neighbours(
    session: Session,
    moved: Mapping[int, Place],
    day: Day,
    *,
    except_number: int | None,
    now: datetime,
) -> int:
    """Write the new times of a route's other stops; tell who moved far. How many were told."""
    committed = {work.visit for work in day.problem.committed}
    numbers = (moved.keys() & day.assignments.keys()) - committed - {except_number}
    if not numbers:
        return 0
    rows = session.exec(
        select(Assignment)
        .where(col(Assignment.id).in_([day.assignments[number].id for number in numbers]))
        .order_by(col(Assignment.starts_at))
    ).all()
    return sum(
        retime(session, row, moved[row.ticket_number], staff=day.technicians, now=now)
        for row in rows
    )


def retime(
    session: Session,
    assignment: Assignment,
    place: Place,
    *,
    staff: Mapping[int, StaffRow],
    now: datetime,
) -> bool:
    """Write a stop's new times; whether it moved so far that its people were told."""
    assignment.starts_at = place.starts_at
    assignment.ends_at = place.ends_at
    assignment.travel_s = place.travel_s
    assignment.travel_m = place.travel_m
    session.add(assignment)
    if abs(assignment.starts_at - assignment.told_starts_at) <= TOLD_SHIFT:
        return False
    _tell_moved(session, assignment, place, staff=staff, now=now)
    return True


def _tell_moved(
    session: Session,
    assignment: Assignment,
    place: Place,
    *,
    staff: Mapping[int, StaffRow],
    now: datetime,
) -> None:
    ticket = session.get_one(Ticket, assignment.ticket_number)
    before = assignment.told_starts_at
    assignment.told_starts_at = assignment.starts_at
    ticket.record(
        EventKind.RESCHEDULED.value,
        actor=Actor.SCHEDULER,
        now=now,
        data={"from": before.isoformat(), "to": assignment.starts_at.isoformat()},
    )
    tell_people(
        session,
        "rescheduled",
        ticket,
        assignment,
        people=[staff[person] for person in place.people],
        key=f"rescheduled:{assignment.id}:{assignment.starts_at.isoformat()}",
        now=now,
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
