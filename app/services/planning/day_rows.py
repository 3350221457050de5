"""What the database has of the days ahead, read once: people, assignments, calls, absences."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, bindparam
from sqlmodel import Session, col, select

from app.services.planning.abilities import Minutes, abilities
from dispatch.problem import Carried
from models.account import User
from models.calendar import moment_of
from models.call import CallState, VideoCall
from models.catalog import Priority
from models.lifecycle import Action, Actor, Status
from models.plan import Assignment, AssignmentMember
from models.ticket import Ticket, TicketEvent
from models.types import JsonDict
from models.workforce import Leave, Team, Technician

DAY_S = 86_400
Needs = Mapping[str, int]


# Built once: putting a statement together costs more than running it. They run on the connection,
# without the mapper between.
_STAFF = (
    select(  # type: ignore[call-overload]  # sqlmodel types at most four columns
        Technician.id,
        Technician.user_id,
        User.name,
        Technician.team_id,
        Technician.home_code,
        Technician.seats,
        Technician.mentor_id,
        Technician.at_code,
        Technician.seen_at,
        Technician.carried_busy_s,
        Technician.carried_highland,
        Technician.carried_island,
        Team.has_crews,
    )
    .join(User, col(User.id) == col(Technician.user_id))
    .join(Team, col(Team.id) == col(Technician.team_id))
    .where(col(Technician.is_on_duty), col(User.is_active))
    .order_by(col(Technician.id))
)
_RIDERS = (
    select(Assignment.id, Assignment.technician_id, AssignmentMember.technician_id)
    .join(AssignmentMember, col(AssignmentMember.assignment_id) == col(Assignment.id))
    .where(
        col(Assignment.is_active),
        col(AssignmentMember.technician_id) != col(Assignment.technician_id),
    )
    .order_by(col(AssignmentMember.technician_id))
)
_ASSIGNMENTS = (
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
        Ticket.also_needs,
    )
    .join(Ticket, col(Ticket.number) == col(Assignment.ticket_number))
    .where(
        col(Assignment.is_active),
        col(Assignment.technician_id).in_(bindparam("people", expanding=True)),
        col(Assignment.starts_at) < bindparam("ends"),
    )
    .order_by(col(Assignment.starts_at), col(Assignment.ticket_number))
)
_CALLS = select(VideoCall.id, VideoCall.technician_id, VideoCall.starts_at).where(
    col(VideoCall.state).in_([CallState.BOOKED, CallState.RUNNING]),
    col(VideoCall.technician_id).is_not(None),
)
_LEAVES = select(Leave.technician_id, Leave.from_at, Leave.until_at).where(
    col(Leave.until_at) > bindparam("now")
)
FAR_AHEAD = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class StaffRow:
    """A technician on duty. ``may_share``: their team lets people share a car."""

    id: int
    user_id: int
    name: str
    team_id: int
    home_code: str
    seats: int
    mentor_id: int | None
    at_code: str | None
    seen_at: datetime | None
    carried: Carried
    may_share: bool
    skills: Mapping[str, int]
    shifts: Mapping[int, Minutes]


@dataclass(frozen=True, slots=True)
class AssignmentRow:
    """An active assignment with what planning needs of its ticket; ``people``: driver first."""

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
    also_needs: JsonDict | None
    people: tuple[int, ...]


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

    def only(self, people: frozenset[int]) -> "DayRows":
        """The same with these people alone, and what they have; nobody learns without a mentor."""
        staff = {
            id_: row
            for id_, row in self.staff.items()
            if id_ in people and (row.mentor_id is None or row.mentor_id in people)
        }
        return DayRows(
            staff=staff,
            unable=self.unable,
            assignments=tuple(row for row in self.assignments if row.technician_id in people),
            calls=self.calls,
            leaves=self.leaves,
        )

    def assignments_in(self, first: date, last: date, *, is_next: bool) -> list[AssignmentRow]:
        """The days' assignments in order of start; the next day also has what is left over."""
        starts, ends = moment_of(first, 0), moment_of(last, DAY_S)
        return [
            row
            for row in self.assignments
            if row.starts_at < ends and (is_next or row.starts_at >= starts)
        ]

    def calls_in(self, first: date, last: date, *, is_today: bool) -> list[CallRow]:
        """The days' calls; today also those that were booked earlier and not held yet."""
        starts, ends = moment_of(first, 0), moment_of(last, DAY_S)
        return [
            row
            for row in self.calls
            if row.starts_at < ends and (is_today or row.starts_at >= starts)
        ]

    def leaves_in(self, first: date, last: date) -> list[LeaveRow]:
        """Who is away on any of these days."""
        starts, ends = moment_of(first, 0), moment_of(last, DAY_S)
        return [
            row
            for row in self.leaves
            if row.technician_id in self.staff and row.from_at < ends and row.until_at > starts
        ]


def read_rows(
    session: Session,
    *,
    now: datetime,
    needs: Needs | None = None,
    until: date | None = None,
) -> DayRows:
    """Read it all, in five queries without a mapped object; what was not written yet is flushed.

    Parameters
    ----------
    needs
        Skills and levels: only who has them all, who shares a car with one of them, and their work
        is read. One ticket concerns a third of the people.
    until
        The last day that will be assembled.
    """
    if session.autoflush:
        session.flush()
    connection = session.connection()
    everybody = _staff(session)
    crews = _crews(connection)
    able = everybody if needs is None else _able(everybody, needs, crews.values())
    ends = moment_of(until, DAY_S) if until is not None else now + FAR_AHEAD
    rows = connection.execute(_ASSIGNMENTS, {"people": list(able), "ends": ends})
    return DayRows(
        staff=able,
        unable=tuple(row for id_, row in everybody.items() if id_ not in able),
        assignments=tuple(AssignmentRow(*(*row, crews.get(row[0], (row[2],)))) for row in rows),
        calls=tuple(CallRow(*row) for row in connection.execute(_CALLS)),
        leaves=tuple(LeaveRow(*row) for row in connection.execute(_LEAVES, {"now": now})),
    )


def _able(
    everybody: dict[int, StaffRow], needs: Needs, crews: Iterable[tuple[int, ...]]
) -> dict[int, StaffRow]:
    """Who has the skills alone, and who travels with them: a car is asked as a whole."""
    able = {
        person
        for person, row in everybody.items()
        if all(row.skills.get(skill, 0) >= level for skill, level in needs.items())
    }
    cars = [{*crew} for crew in crews]
    cars += [{row.id, row.mentor_id} for row in everybody.values() if row.mentor_id is not None]
    for _ in cars:  # a chain of cars is joined one link at a time
        joined = {person for car in cars if car & able for person in car} - able
        if not joined:
            break
        able |= joined
    return {person: row for person, row in everybody.items() if person in able}


def _staff(session: Session) -> dict[int, StaffRow]:
    people = session.connection().execute(_STAFF).all()
    known = abilities(session, [row[0] for row in people])
    found = {}
    for row in people:
        ability = known[row[0]]
        more = (Carried(row[9], row[10], row[11]), row[12], ability.skills, ability.shifts)
        found[row[0]] = StaffRow(*(*row[:9], *more))
    # A trainee whose mentor is off duty has nobody to travel with.
    return {
        id_: row for id_, row in found.items() if row.mentor_id is None or row.mentor_id in found
    }


def _crews(connection: Connection) -> dict[int, tuple[int, ...]]:
    """Active assignments of more than one person: their people, driver first."""
    crews: dict[int, tuple[int, ...]] = {}
    for assignment_id, driver, member in connection.execute(_RIDERS):
        crews[assignment_id] = (*crews.get(assignment_id, (driver,)), member)
    return crews


def declined_by(session: Session, numbers: Iterable[int]) -> dict[int, frozenset[int]]:
    """Technicians who declined or turned back, by ticket; of a crew that did, all of them."""
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
        found[number].update(int(one) for one in data.get("crew", ()))
    return {number: frozenset(people) for number, people in found.items()}
