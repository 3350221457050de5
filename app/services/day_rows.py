"""What the database has of the days ahead, read once: people, assignments, calls, absences."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session, col, select

from dispatch.problem import Absence
from models.account import User
from models.calendar import moment_of, seconds_of_day
from models.call import CallState, VideoCall
from models.catalog import Priority
from models.lifecycle import Action, Actor, Status
from models.plan import Assignment
from models.ticket import Ticket, TicketEvent
from models.workforce import Leave, Technician, TechnicianSkill

DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class StaffRow:
    """A technician on duty."""

    id: int
    user_id: int
    name: str
    team_id: int
    home_code: str
    seats: int
    at_code: str | None
    seen_at: datetime | None
    skills: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class AssignmentRow:
    """An active assignment with what planning needs of its ticket."""

    id: int
    ticket_number: int
    technician_id: int
    starts_at: datetime
    told_starts_at: datetime
    travel_s: int
    is_by_hand: bool
    arrived_at: datetime | None
    status: Status
    priority: Priority
    commune_code: str
    category_code: str
    target_at: datetime | None


@dataclass(frozen=True, slots=True)
class CallRow:
    """A booked or running call of a technician."""

    id: int
    technician_id: int
    starts_at: datetime


@dataclass(frozen=True, slots=True)
class LeaveRow:
    """A time in which a technician does not work."""

    technician_id: int
    from_at: datetime
    until_at: datetime


@dataclass(frozen=True)
class DayRows:
    """Everything that days are assembled from; one reading serves all of them.

    ``unable``: who is on duty but was left out, for want of a skill.
    """

    staff: dict[int, StaffRow]
    unable: tuple[StaffRow, ...]
    assignments: tuple[AssignmentRow, ...]
    calls: tuple[CallRow, ...]
    leaves: tuple[LeaveRow, ...]

    def assignments_on(self, on: date, *, is_today: bool) -> list[AssignmentRow]:
        """The day's assignments in order of start; today also what is left of earlier days."""
        starts, ends = moment_of(on, 0), moment_of(on, DAY_S)
        return [
            row
            for row in self.assignments
            if row.starts_at < ends and (is_today or row.starts_at >= starts)
        ]

    def calls_on(self, on: date, *, is_today: bool) -> list[CallRow]:
        """The day's calls; today also those that were booked earlier and not held yet."""
        starts, ends = moment_of(on, 0), moment_of(on, DAY_S)
        return [
            row
            for row in self.calls
            if row.starts_at < ends and (is_today or row.starts_at >= starts)
        ]

    def absences_on(self, on: date) -> tuple[Absence, ...]:
        """Who is away on that day, from when until when."""
        starts, ends = moment_of(on, 0), moment_of(on, DAY_S)
        return tuple(
            Absence(
                (row.technician_id,),
                max(0, seconds_of_day(row.from_at, on)),
                min(2 * DAY_S, seconds_of_day(row.until_at, on)),
            )
            for row in self.leaves
            if row.technician_id in self.staff and row.from_at < ends and row.until_at > starts
        )


def read_rows(
    session: Session,
    *,
    now: datetime,
    needs: tuple[str, int] | None = None,
    until: date | None = None,
) -> DayRows:
    """Read it all, in five queries without a mapped object.

    Parameters
    ----------
    needs
        Skill and level: only who has it, and their work, is read. One ticket concerns a third of
        the people.
    until
        The last day that will be assembled.
    """
    everybody = _staff(session)
    skill, level = needs or ("", 0)
    able = {
        id_: row
        for id_, row in everybody.items()
        if needs is None or row.skills.get(skill, 0) >= level
    }
    calls = session.exec(
        select(VideoCall.id, VideoCall.technician_id, VideoCall.starts_at).where(
            col(VideoCall.state).in_([CallState.BOOKED, CallState.RUNNING]),
            col(VideoCall.technician_id).is_not(None),
        )
    )
    leaves = session.exec(
        select(Leave.technician_id, Leave.from_at, Leave.until_at).where(col(Leave.until_at) > now)
    )
    return DayRows(
        staff=able,
        unable=tuple(row for id_, row in everybody.items() if id_ not in able),
        assignments=_assignments(session, able, until=until),
        calls=tuple(CallRow(*row) for row in calls),
        leaves=tuple(LeaveRow(*row) for row in leaves),
    )


def _staff(session: Session) -> dict[int, StaffRow]:
    skills: dict[int, dict[str, int]] = defaultdict(dict)
    levels = select(
        TechnicianSkill.technician_id, TechnicianSkill.skill_code, TechnicianSkill.level
    )
    for technician_id, code, level in session.exec(levels):
        skills[technician_id][code] = level
    people = session.exec(
        select(  # type: ignore[call-overload]  # sqlmodel types at most four columns
            Technician.id,
            Technician.user_id,
            User.name,
            Technician.team_id,
            Technician.home_code,
            Technician.seats,
            Technician.at_code,
            Technician.seen_at,
        )
        .join(User, col(User.id) == col(Technician.user_id))
        .where(col(Technician.is_on_duty), col(User.is_active))
        .order_by(col(Technician.id))
    )
    return {row[0]: StaffRow(*(*row, skills[row[0]])) for row in people}


def _assignments(
    session: Session, technician_ids: Iterable[int], *, until: date | None
) -> tuple[AssignmentRow, ...]:
    query = (
        select(  # type: ignore[call-overload]  # sqlmodel types at most four columns
            Assignment.id,
            Assignment.ticket_number,
            Assignment.technician_id,
            Assignment.starts_at,
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
        .where(col(Assignment.is_active), col(Assignment.technician_id).in_(list(technician_ids)))
        .order_by(col(Assignment.starts_at), col(Assignment.ticket_number))
    )
    if until is not None:
        query = query.where(col(Assignment.starts_at) < moment_of(until, DAY_S))
    return tuple(AssignmentRow(*row) for row in session.exec(query))


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
