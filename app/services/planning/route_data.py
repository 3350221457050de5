"""Routes as others read them: what is planned from now on, and how firmly each visit stands."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Row
from sqlmodel import Session, col, select

from app.i18n import pick
from app.services.planning.crews import companions
from app.services.scope import in_scope
from dispatch.horizon import PROMISE_S, Zone
from models.account import Role, User, Viewer
from models.lifecycle import Status
from models.plan import Assignment
from models.ticket import Ticket
from models.workforce import Team, Technician

BEGUN = frozenset({Status.EN_ROUTE, Status.ON_SITE})


@dataclass(frozen=True)
class StopData:
    """One visit of a route; ``travel_s`` is the journey to it."""

    number: int
    starts_at: datetime
    ends_at: datetime
    travel_s: int
    zone: Zone


@dataclass(frozen=True)
class RouteData:
    """The visits of one technician (or crew), in order; ``team`` in the reader's language."""

    usernames: tuple[str, ...]
    team: str
    stops: tuple[StopData, ...]


def routes_for(session: Session, *, viewer: Viewer, now: datetime) -> list[RouteData]:
    """Every active assignment that this person may see, of today and later, by car.

    A lead reads their own team's routes, not those of the other, whatever tickets they may see.
    """
    query = (
        select(  # type: ignore[call-overload]  # sqlmodel types at most four columns
            Assignment.ticket_number,
            Assignment.starts_at,
            Assignment.ends_at,
            Assignment.told_starts_at,
            Assignment.travel_s,
            Ticket.status,
            User.username,
            Team.name_vi,
            Team.name_en,
        )
        .join(Ticket, col(Ticket.number) == col(Assignment.ticket_number))
        .join(Technician, col(Technician.id) == col(Assignment.technician_id))
        .join(User, col(User.id) == col(Technician.user_id))
        .join(Team, col(Team.id) == col(Assignment.team_id))
        .where(col(Assignment.is_active), in_scope(viewer))
        .order_by(
            col(Assignment.team_id),
            col(Assignment.technician_id),
            col(Assignment.starts_at),
            col(Assignment.ticket_number),
        )
    )
    if viewer.role is Role.LEAD:
        query = query.where(col(Assignment.team_id) == viewer.team_id)
    cars = companions(session)
    by_car: dict[tuple[tuple[str, ...], str], list[StopData]] = defaultdict(list)
    for row in session.exec(query):
        others = tuple(one.username for one in cars.get(row.ticket_number, ()))
        team = pick(row.name_vi, row.name_en)
        by_car[(row.username, *others), team].append(_stop(row, now))
    return [
        RouteData(usernames=usernames, team=team, stops=tuple(stops))
        for (usernames, team), stops in by_car.items()
    ]


def _stop(row: Row[tuple[object, ...]], now: datetime) -> StopData:
    return StopData(
        number=row.ticket_number,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        travel_s=row.travel_s,
        zone=zone_of(row.status, row.told_starts_at, timedelta(seconds=row.travel_s), now=now),
    )


def zone_of(status: Status, told_starts_at: datetime, travel: timedelta, *, now: datetime) -> Zone:
    """How firmly a visit stands: by its status, and by what its technician was told."""
    if status in BEGUN or told_starts_at - travel <= now:
        return Zone.COMMITTED
    if told_starts_at < now + timedelta(seconds=PROMISE_S):
        return Zone.PROMISED
    return Zone.MOVABLE
