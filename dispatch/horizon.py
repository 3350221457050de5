"""What may still be changed: committed, promised (within 90 minutes) or movable.

A visit is committed from the moment its journey begins, and a journey begins as late as its start
allows: start minus travel minus a lunch taken on the way. Over the sea it is begun as soon as the
last boat that still serves has to be caught.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from dispatch.legs import Legs
from dispatch.plan import Plan, Route
from dispatch.problem import Committed, Problem
from dispatch.rules import Leg, Walk

PROMISE_S = 5_400  # people who were told "within 90 minutes" keep their technician


class Zone(StrEnum):
    """How firmly a planned visit stands."""

    COMMITTED = "committed"
    PROMISED = "promised"
    MOVABLE = "movable"


def legs(problem: Problem, route: Route) -> tuple[Leg, ...]:
    """The journeys of one route, the way home last; as if it were its people's first route."""
    return Walk(problem, Plan((route,))).legs[0]


def plan_legs(problem: Problem, plan: Plan) -> tuple[tuple[Leg, ...], ...]:
    """The journeys of every route of a plan, in the plan's order, each with the way home last."""
    return tuple(Walk(problem, plan).legs)


@dataclass(frozen=True, slots=True)
class Departure:
    """A visit's journey: from where to where, and when it begins.

    ``leaves_s`` is when it counts as begun; ``boards_s``, no later, when one has to go at the
    latest for the boat: the same where there is none.
    """

    work: Committed
    origin: int
    location: int
    leaves_s: int
    boards_s: int


def departures(problem: Problem, plan: Plan) -> Iterator[Departure]:
    """Every journey to a visit, route by route in the plan's order."""
    roads = Legs(problem)
    stands: dict[int, int] = {}
    for route, route_legs in zip(plan.routes, plan_legs(problem, plan), strict=True):
        if not route_legs:
            continue
        driver = problem.technician(route.technicians[0])
        place = stands.get(driver.id, driver.home if driver.at is None else driver.at)
        free_s = 0
        for leg in route_legs:
            if leg.visit is not None:
                work = Committed(route.technicians, leg.visit, leg.start_s)
                boards_s = _boards_s(roads, place, leg, free_s=free_s)
                yield Departure(work, place, leg.location, leg.leaves_s, boards_s)
            place, free_s = leg.location, leg.ends_s
        stands.update(dict.fromkeys(route.technicians, place))


def _boards_s(roads: Legs, origin: int, leg: Leg, *, free_s: int) -> int:
    """The last moment to set off for a boat that arrives by the leg's start."""
    if not roads.is_crossing(origin, leg.location):
        return leg.leaves_s
    found = [free_s]
    for line in roads.sailings:
        if line.from_island == roads.island[origin]:
            to_port_s = roads.travel_s[origin][line.from_location] + line.before_s
            onward_s = line.crossing_s + roads.travel_s[line.to_location][leg.location]
            found += [sail - to_port_s for sail in line.sail_s if sail + onward_s <= leg.start_s]
    return min(leg.leaves_s, max(found))


def committed_now(
    problem: Problem, plan: Plan, *, now_s: int | None = None
) -> tuple[Committed, ...]:
    """Every planned visit whose journey has begun by ``now_s`` (the problem's unless given).

    What the problem says is committed comes with it.
    """
    moment = problem.now_s if now_s is None else now_s
    found = {work.visit: work for work in problem.committed}
    for journey in departures(problem, plan):
        if journey.boards_s <= moment:
            found.setdefault(journey.work.visit, journey.work)
    return tuple(sorted(found.values(), key=lambda work: (work.start_s, work.visit)))


def zones(problem: Problem, plan: Plan, *, now_s: int | None = None) -> dict[int, Zone]:
    """The zone of every planned visit, by visit id."""
    moment = problem.now_s if now_s is None else now_s
    committed = {work.visit for work in committed_now(problem, plan, now_s=moment)}
    result = {}
    for visit, (_, stop) in plan.placed().items():
        if visit in committed:
            result[visit] = Zone.COMMITTED
        elif stop.start_s < moment + PROMISE_S:
            result[visit] = Zone.PROMISED
        else:
            result[visit] = Zone.MOVABLE
    return result
