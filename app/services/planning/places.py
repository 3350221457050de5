"""A visit's place in somebody's route, as it is written into an assignment."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.services.planning.day_work import CALL_NUMBERS, person_of
from app.services.planning.dayplan import Day
from dispatch.horizon import plan_legs
from dispatch.plan import Plan, Route
from dispatch.rules import Leg

# A visit joins a trip that is made anyway when it adds at most that share of a trip of its own.
JOINS_PERCENT = 50


@dataclass(frozen=True)
class Place:
    """Who goes (driver first), when, and the leg there.

    ``trip``: the visit beside it in the route that is nearest to it; ``alone_s``: the journey there
    and home if it were the only one.
    """

    people: tuple[int, ...]
    starts_at: datetime
    ends_at: datetime
    travel_s: int
    travel_m: int
    trip: int | None
    alone_s: int

    def joins(self, added_s: int) -> int | None:
        """The ticket whose trip this one joins, if it adds far less than a trip of its own."""
        is_near = added_s * 100 <= self.alone_s * JOINS_PERCENT
        return self.trip if self.trip is not None and self.alone_s and is_near else None


def places(day: Day, routes: Sequence[Route]) -> dict[int, Place]:
    """The place of every visit of these routes; all routes of a person belong in one call."""
    found: dict[int, Place] = {}
    for route, legs in zip(routes, plan_legs(day.problem, Plan(tuple(routes))), strict=True):
        people = tuple(person_of(entry) for entry in route.technicians)
        home = day.problem.technician(route.technicians[0]).home if route.technicians else 0
        visits = [leg for leg in legs if leg.visit is not None and leg.visit < CALL_NUMBERS]
        for at, leg in enumerate(visits):
            assert leg.visit is not None
            found[leg.visit] = Place(
                people=people,
                starts_at=day.moment(leg.start_s),
                ends_at=day.moment(leg.ends_s),
                travel_s=leg.travel_s,
                travel_m=leg.distance_m,
                trip=_nearest(day, visits, at),
                alone_s=_alone_s(day, home, leg.location),
            )
    return found


def routes_with(plan: Plan, route: Route) -> tuple[Route, ...]:
    """The route among those that its people drive, in order of time."""
    people = set(route.technicians)
    others = [
        one
        for one in plan.routes
        if people & set(one.technicians) and set(one.technicians) != people and one.stops
    ]
    return tuple(sorted((route, *others), key=lambda one: one.stops[0].start_s))


def _nearest(day: Day, visits: Sequence[Leg], at: int) -> int | None:
    """The stop before or after, whichever is nearer."""
    travel = day.problem.travel.travel_s
    beside = [visits[i] for i in (at - 1, at + 1) if 0 <= i < len(visits)]
    here = visits[at].location
    nearest = min(beside, key=lambda leg: travel[here][leg.location], default=None)
    return nearest.visit if nearest else None


def _alone_s(day: Day, home: int, there: int) -> int:
    travel = day.problem.travel.travel_s
    return travel[home][there] + travel[there][home]
