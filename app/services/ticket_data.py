"""Tickets as others read them, whole: who comes, when and why, and the call. Many at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from app.i18n import pick
from app.services.reasons import names_of, sentence
from models.account import User
from models.call import CallState, VideoCall
from models.catalog import Priority
from models.lifecycle import Status
from models.plan import Assignment, Decision
from models.ticket import Ticket
from models.workforce import Team, Technician


@dataclass(frozen=True)
class PersonData:
    """Somebody who comes or calls."""

    username: str
    name: str
    phone: str | None


@dataclass(frozen=True)
class ReasonData:
    """One reason of a decision: its code, and the sentence in the reader's language."""

    code: str
    text: str


@dataclass(frozen=True)
class AssignmentData:
    """The active assignment. ``team`` is the team's name in the reader's language."""

    technician: PersonData
    team: str
    arrives_at: datetime
    reasons: tuple[ReasonData, ...]


@dataclass(frozen=True)
class CallData:
    """The call that is booked or running."""

    id: int
    room: str
    starts_at: datetime
    host: PersonData


@dataclass(frozen=True)
class TicketData:
    """A ticket with what is planned for it."""

    number: int
    code: str
    status: Status
    version: int
    target_at: datetime | None
    commune_code: str
    category_code: str
    title: str
    description: str
    priority: Priority
    citizens_waiting: int
    created_at: datetime
    assignment: AssignmentData | None
    call: CallData | None


def load_tickets(session: Session, tickets: Sequence[Ticket]) -> list[TicketData]:
    """The tickets in their order, with assignment and call: three queries, however many they are.

    The caller got them through the scope; nothing here widens it.
    """
    numbers = [ticket.number or 0 for ticket in tickets]
    assignments = _assignments(session, numbers)
    calls = _calls(session, numbers)
    return [
        TicketData(
            number=ticket.number or 0,
            code=ticket.code,
            status=ticket.status,
            version=ticket.version,
            target_at=ticket.target_at,
            commune_code=ticket.commune_code,
            category_code=ticket.category_code,
            title=ticket.title,
            description=ticket.description,
            priority=ticket.priority,
            citizens_waiting=ticket.citizens_waiting,
            created_at=ticket.created_at,
            assignment=assignments.get(ticket.number or 0),
            call=calls.get(ticket.number or 0),
        )
        for ticket in tickets
    ]


def load_ticket(session: Session, ticket: Ticket) -> TicketData:
    """One ticket with what is planned for it."""
    return load_tickets(session, [ticket])[0]


def _assignments(session: Session, numbers: Sequence[int]) -> dict[int, AssignmentData]:
    rows = session.exec(
        select(Assignment, Decision, User, Team)
        .join(Decision, col(Decision.id) == col(Assignment.decision_id))
        .join(Technician, col(Technician.id) == col(Assignment.technician_id))
        .join(User, col(User.id) == col(Technician.user_id))
        .join(Team, col(Team.id) == col(Assignment.team_id))
        .where(col(Assignment.ticket_number).in_(numbers), col(Assignment.is_active))
    ).all()
    names = _names(session, [decision for _, decision, _, _ in rows])
    return {
        assignment.ticket_number: AssignmentData(
            technician=_person(user),
            team=pick(team.name_vi, team.name_en),
            arrives_at=assignment.starts_at,
            reasons=_reasons(decision, names),
        )
        for assignment, decision, user, team in rows
    }


def _names(session: Session, decisions: Sequence[Decision]) -> dict[int, str]:
    named = {int(reason["technician_id"]) for one in decisions for reason in one.reasons}
    return names_of(session, sorted(named)) if named else {}


def _reasons(decision: Decision, names: dict[int, str]) -> tuple[ReasonData, ...]:
    return tuple(
        ReasonData(
            code=reason["code"],
            text=sentence(reason, names.get(int(reason["technician_id"]), "?"), decision.outcome),
        )
        for reason in decision.reasons
    )


def _calls(session: Session, numbers: Sequence[int]) -> dict[int, CallData]:
    rows = session.exec(
        select(VideoCall, User)
        .join(User, col(User.id) == col(VideoCall.host_id))
        .where(
            col(VideoCall.ticket_number).in_(numbers),
            col(VideoCall.state).in_([CallState.BOOKED, CallState.RUNNING]),
        )
    )
    return {
        call.ticket_number: CallData(
            id=call.id or 0, room=call.room, starts_at=call.starts_at, host=_person(host)
        )
        for call, host in rows
    }


def _person(user: User) -> PersonData:
    return PersonData(username=user.username, name=user.name, phone=user.phone)


def technician_called(session: Session, username: str) -> int | None:
    """Id of the technician with that user name, None when there is none."""
    return session.exec(
        select(Technician.id)
        .join(User, col(User.id) == col(Technician.user_id))
        .where(col(User.username) == username)
    ).first()
