"""Hours, highland and island trips of two weeks: who has more than others who can do the same.

The clock counts and keeps in each technician's row what they carry, so that filing a ticket need
not. The planner then gives an hour more to who has fewer, where travel is about the same.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, or_, select

from app.services.planning.abilities import abilities
from app.services.reference import reference
from dispatch.places import Terrain
from models.account import User
from models.calendar import local_date
from models.plan import Assignment, AssignmentMember
from models.ticket import Ticket
from models.types import JsonDict
from models.workforce import Technician

WINDOW = timedelta(days=14)
# Two weeks weigh on one day as a quarter, and never as more than an afternoon: travel comes first.
DAMPED = 4
MOST_CARRIED_S = 4 * 3600
MOST_TRIPS = 3
HOUR_S = 3600


@dataclass
class Load:
    """What somebody did, and is to do, within the two weeks; a trip counts once a day."""

    technician_id: int
    team_id: int
    name: str
    home: Terrain
    skills: frozenset[str]
    busy_s: int = 0
    highland: int = 0
    island: int = 0

    @property
    def hours(self) -> int:
        """Hours, rounded."""
        return round(self.busy_s / HOUR_S)

    def can_what(self, other: "Load") -> bool:
        """Whether one of the two can do all that the other can."""
        return self.skills <= other.skills or other.skills <= self.skills


def loads(session: Session, *, now: datetime) -> list[Load]:
    """Everybody's load: the last two weeks and what is planned, in two queries."""
    facts = reference(session)
    people = session.exec(
        select(Technician.id, Technician.team_id, User.name, Technician.home_code)
        .join(User, col(User.id) == col(Technician.user_id))
        .where(col(User.is_active))
        .order_by(col(Technician.team_id), col(Technician.id))
    ).all()
    known = abilities(session, [row[0] or 0 for row in people])
    found = {
        row[0] or 0: Load(
            technician_id=row[0] or 0,
            team_id=row[1],
            name=row[2],
            home=facts.places[row[3]].terrain,
            skills=frozenset(known[row[0] or 0].skills),
        )
        for row in people
    }
    trips: set[tuple[int, object, Terrain]] = set()
    for person, starts_at, ends_at, travel_s, commune in _visits(session, now=now):
        load = found.get(person)
        if load is None:
            continue
        load.busy_s += travel_s + int((ends_at - starts_at).total_seconds())
        terrain = facts.places[commune].terrain
        trip = (person, local_date(starts_at), terrain)
        if terrain in (load.home, Terrain.PLAIN) or trip in trips:
            continue
        trips.add(trip)
        load.highland += terrain is Terrain.MOUNTAIN
        load.island += terrain is Terrain.ISLAND
    return list(found.values())


def _visits(
    session: Session, *, now: datetime
) -> Iterable[tuple[int, datetime, datetime, int, str]]:
    """Visits made in the two weeks, by their reports, and those that are planned."""
    rows = session.execute(
        select(  # type: ignore[call-overload]  # sqlmodel types at most four columns
            AssignmentMember.technician_id,
            Assignment.starts_at,
            Assignment.ends_at,
            Assignment.arrived_at,
            Assignment.finished_at,
            Assignment.travel_s,
            Ticket.commune_code,
        )
        .join(Assignment, col(Assignment.id) == col(AssignmentMember.assignment_id))
        .join(Ticket, col(Ticket.number) == col(Assignment.ticket_number))
        .where(
            col(Assignment.starts_at) > now - WINDOW,
            or_(col(Assignment.is_active), col(Assignment.arrived_at).is_not(None)),
        )
    )
    for row in rows:
        starts_at = row.arrived_at or row.starts_at
        ends_at = row.finished_at or row.ends_at
        # A visit that was left open over night is no night of work.
        ends_at = min(max(ends_at, starts_at), starts_at + timedelta(hours=8))
        yield row.technician_id, starts_at, ends_at, row.travel_s, row.commune_code


@dataclass(frozen=True)
class Spread:
    """The largest difference between two people of whom one can do all that the other can."""

    hours: int
    highland: int
    island: int


def spread(found: Sequence[Load]) -> Spread:
    """How uneven it is."""

    def widest(count: Mapping[int, int]) -> int:
        return max(
            (
                count[one.technician_id] - count[other.technician_id]
                for one in found
                for other in found
                if one.can_what(other)
            ),
            default=0,
        )

    return Spread(
        hours=round(widest({load.technician_id: load.busy_s for load in found}) / HOUR_S),
        highland=widest({load.technician_id: load.highland for load in found}),
        island=widest({load.technician_id: load.island for load in found}),
    )


def carried(load: Load, found: Sequence[Load]) -> tuple[int, int, int]:
    """(seconds, highland trips, island trips) beyond the least loaded of equal skill, damped."""
    peers = [other for other in found if load.can_what(other)]
    least_s = min(other.busy_s for other in peers)
    return (
        min(MOST_CARRIED_S, (load.busy_s - least_s) // DAMPED),
        min(MOST_TRIPS, load.highland - min(other.highland for other in peers)),
        min(MOST_TRIPS, load.island - min(other.island for other in peers)),
    )


def keep_carried(session: Session, *, now: datetime) -> JsonDict:
    """Write what everybody carries into their rows; the spread, for the run's figures."""
    found = loads(session, now=now)
    rows = {row.id: row for row in session.exec(select(Technician))}
    for load in found:
        busy_s, highland, island = carried(load, found)
        row = rows[load.technician_id]
        # To a quarter of an hour: a row that changes with every visit is one more write each time.
        row.carried_busy_s = busy_s // 900 * 900
        row.carried_highland, row.carried_island = highland, island
    return dict(vars(spread(found)))
