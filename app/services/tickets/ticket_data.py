"""Tickets as others read them, whole: who comes, when and why, and the call. Many at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Row
from sqlmodel import Session, col, select

from app.i18n import pick
from app.services.planning.crews import companions
from app.services.planning.reasons import for_commune, names_of, people_in, sentence
from models.account import Role, User, Viewer
from models.call import CallState, VideoCall
from models.catalog import Priority
from models.lifecycle import Status
from models.plan import Assignment, Decision, Outcome
from models.ticket import Ticket
from models.types import JsonDict
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
    """The active assignment; ``members`` go, ``technician`` of them drives.

    ``team`` is the team's name in the reader's language.
    """

    technician: PersonData
    members: tuple[PersonData, ...]
    team: str
    arrives_at: datetime
    reasons: tuple[ReasonData, ...]


@dataclass(frozen=True)
class CallData:
    """The call that is booked or running."""

    id: int
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


def load_tickets(
    session: Session, tickets: Sequence[Ticket], *, viewer: Viewer | None
) -> list[TicketData]:
    """The tickets in their order, with assignment and call: four queries at most for all of them.

    The caller got them through the scope; nothing here widens it. ``viewer`` reads the reasons;
    None is a commune's phone without an account.
    """
    numbers = [ticket.number or 0 for ticket in tickets]
    is_commune = viewer is None or viewer.role is Role.COMMUNE
    assignments = _assignments(session, numbers, is_commune=is_commune)
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


def load_ticket(session: Session, ticket: Ticket, *, viewer: Viewer | None) -> TicketData:
    """One ticket with what is planned for it."""
    return load_tickets(session, [ticket], viewer=viewer)[0]


def _assignments(
    session: Session, numbers: Sequence[int], *, is_commune: bool
) -> dict[int, AssignmentData]:
    # Columns instead of objects: a page of tickets costs half as much.
    rows: Sequence[Row[tuple[object, ...]]] = session.execute(
        select(  # type: ignore[call-overload]  # sqlmodel types at most four columns
            Assignment.ticket_number,
            Assignment.starts_at,
            Decision.outcome,
            Decision.reasons,
            User.username,
            User.name,
            User.phone,
            Team.name_vi,
            Team.name_en,
        )
        .join(Decision, col(Decision.id) == col(Assignment.decision_id))
        .join(Technician, col(Technician.id) == col(Assignment.technician_id))
        .join(User, col(User.id) == col(Technician.user_id))
        .join(Team, col(Team.id) == col(Assignment.team_id))
        .where(col(Assignment.ticket_number).in_(numbers), col(Assignment.is_active))
    ).all()
    named = people_in(reason for row in rows for reason in row.reasons)
    names = names_of(session, named) if named else {}
    is_shared = any(reason.get("crew") for row in rows for reason in row.reasons)
    cars = companions(session, numbers) if is_shared else {}
    return {
        row.ticket_number: AssignmentData(
            technician=(driver := PersonData(row.username, row.name, row.phone)),
            members=(
                driver,
                *(
                    PersonData(one.username, one.name, one.phone)
                    for one in cars.get(row.ticket_number, ())
                ),
            ),
            team=pick(row.name_vi, row.name_en),
            arrives_at=row.starts_at,
            reasons=_reasons(
                for_commune(row.reasons) if is_commune else row.reasons, row.outcome, names
            ),
        )
        for row in rows
    }


def _reasons(
    reasons: Sequence[JsonDict], outcome: Outcome, names: dict[int, str]
) -> tuple[ReasonData, ...]:
    return tuple(
        ReasonData(
            code=reason["code"],
            text=sentence(reason, names, outcome),
        )
        for reason in reasons
    )


def _calls(session: Session, numbers: Sequence[int]) -> dict[int, CallData]:
    rows: Sequence[Row[tuple[object, ...]]] = session.execute(
        select(  # type: ignore[call-overload]  # sqlmodel types at most four columns
            VideoCall.id,
            VideoCall.ticket_number,
            VideoCall.starts_at,
            User.username,
            User.name,
            User.phone,
        )
        .join(User, col(User.id) == col(VideoCall.host_id))
        .where(
            col(VideoCall.ticket_number).in_(numbers),
            col(VideoCall.state).in_([CallState.BOOKED, CallState.RUNNING]),
        )
    ).all()
    return {
        row.ticket_number: CallData(
            id=row.id,
            starts_at=row.starts_at,
            host=PersonData(username=row.username, name=row.name, phone=row.phone),
        )
        for row in rows
    }


def technician_called(session: Session, username: str) -> int | None:
    """Id of the technician with that user name, None when there is none."""
    return session.exec(
        select(Technician.id)
        .join(User, col(User.id) == col(Technician.user_id))
        .where(col(User.username) == username)
    ).first()
