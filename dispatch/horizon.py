"""What may still be changed: committed, promised (within 90 minutes) or movable.

A visit is committed from the moment its journey begins, and a journey begins as late as its start
allows: start minus travel minus a lunch taken on the way.
"""

from __future__ import annotations

from enum import StrEnum

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


def committed_now(
    problem: Problem, plan: Plan, *, now_s: int | None = None
) -> tuple[Committed, ...]:
    """Every planned visit whose journey has begun by ``now_s`` (the problem's unless given).

    What the problem says is committed comes with it.
    """
    moment = problem.now_s if now_s is None else now_s
    found = {work.visit: work for work in problem.committed}
    walk = Walk(problem, plan)
    for route, route_legs in zip(plan.routes, walk.legs, strict=True):
        for leg in route_legs:
            if leg.visit is not None and leg.visit not in found and leg.leaves_s <= moment:
                found[leg.visit] = Committed(route.technicians, leg.visit, leg.start_s)
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
