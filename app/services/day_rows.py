"""What the database has of one working day: assignments, calls, people, absences."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date

from sqlalchemy import Row
from sqlalchemy.orm import selectinload
from sqlmodel import Session, col, select

from dispatch.problem import Absence
from models import workforce
from models.calendar import moment_of, seconds_of_day
from models.call import CallState, VideoCall
from models.lifecycle import Action, Actor
from models.plan import Assignment
from models.ticket import Ticket, TicketEvent

DAY_S = 86_400


def declined_by(session: Session, numbers: Iterable[int]) -> dict[int, frozenset[int]]:
    """Technicians who declined or turned back, by ticket."""
    found: dict[int, set[int]] = defaultdict(set)
    rows = session.exec(
        select(TicketEvent.ticket_number, TicketEvent.data).where(
            col(TicketEvent.ticket_number).in_(list(numbers)),
            col(TicketEvent.kind) == Action.UNASSIGN.value,
            col(TicketEvent.actor) == Actor.TECHNICIAN.value,
        )
    )
    for number, data in rows:
        if "technician_id" in data:
            found[number].add(int(data["technician_id"]))
    return {number: frozenset(people) for number, people in found.items()}


def assignment_rows(session: Session, on: date, is_today: bool) -> list[Row[tuple[object, ...]]]:
    query = (
        select(  # type: ignore[call-overload]  # sqlmodel types at most four columns
            Assignment.id,
            Assignment.ticket_number,
            Assignment.technician_id,
            Assignment.told_starts_at,
            Assignment.travel_s,
            Assignment.is_by_hand,
            Assignment.arrived_at,
            Ticket.status,
            Ticket.priority,
            Ticket.commune_code,
            Ticket.category_code,
            Ticket.target_at,
        )
        .join(Ticket, col(Ticket.number) == col(Assignment.ticket_number))
        .where(col(Assignment.is_active), col(Assignment.starts_at) < moment_of(on, DAY_S))
        .order_by(col(Assignment.starts_at), col(Assignment.ticket_number))
    )
    if not is_today:
        query = query.where(col(Assignment.starts_at) >= moment_of(on, 0))
    rows: list[Row[tuple[object, ...]]] = list(session.exec(query).all())
    return rows


def call_rows(session: Session, on: date, is_today: bool) -> Sequence[VideoCall]:
    query = select(VideoCall).where(
        col(VideoCall.state).in_([CallState.BOOKED, CallState.RUNNING]),
        col(VideoCall.starts_at) < moment_of(on, DAY_S),
    )
    if not is_today:
        query = query.where(col(VideoCall.starts_at) >= moment_of(on, 0))
    return session.exec(query).all()


def technicians(session: Session) -> dict[int, workforce.Technician]:
    """Everybody on duty, with their skills loaded in one more query."""
    people = session.exec(
        select(workforce.Technician)
        .where(col(workforce.Technician.is_on_duty))
        .order_by(col(workforce.Technician.id))
        .options(selectinload(workforce.Technician.skills))  # type: ignore[arg-type]  # a relationship at class level
    ).all()
    return {person.id or 0: person for person in people}


def absences(
    session: Session, on: date, staff: dict[int, workforce.Technician]
) -> tuple[Absence, ...]:
    starts, ends = moment_of(on, 0), moment_of(on, DAY_S)
    rows = session.exec(
        select(workforce.Leave).where(
            col(workforce.Leave.from_at) < ends, col(workforce.Leave.until_at) > starts
        )
    )
    found = [
        Absence(
            (row.technician_id,),
            max(0, seconds_of_day(row.from_at, on)),
            min(2 * DAY_S, seconds_of_day(row.until_at, on)),
        )
        for row in rows
        if row.technician_id in staff
    ]
    return tuple(found)
