"""Which visits people are told of: the urgent at once, the patient ones when they come near.

A visit of the lowest priority that was planned hours ahead is often given up for something urgent
that arrives meanwhile. As long as nobody was told of it, nobody has to be told that it is off; so
it is planned with the rest, and told once its journey is near.
"""

from __future__ import annotations

from dataclasses import replace

from dispatch.plan import Plan, Route
from dispatch.problem import Problem
from dispatch.rules import Walk

PATIENT = 4  # priorities from this one on are told late
AHEAD_S = 2_700  # before they set off; a plan is looked at every 900 s


def told_now(
    problem: Problem, plan: Plan, *, patient: int = PATIENT, ahead_s: int = AHEAD_S
) -> Plan:
    """The part of a new plan that people are told now.

    Left out are visits of priority ``patient`` and below that nobody has been told of and whose
    journey does not begin within ``ahead_s``. All other starts stay as planned, so that what is
    held back still fits later.
    """
    published = problem.published or Plan()
    known = published.placed().keys() | {work.visit for work in problem.committed}
    routes: list[Route] = []
    for route, legs in zip(plan.routes, Walk(problem, plan).legs, strict=True):
        held = {
            leg.visit
            for leg in legs
            if leg.visit is not None
            and leg.visit not in known
            and problem.visit(leg.visit).priority >= patient
            and leg.leaves_s > problem.now_s + ahead_s
        }
        routes.append(_without(problem, routes, route, held) if held else route)
    told = tuple(route for route in routes if route.stops)
    placed = Plan(told).placed()
    return replace(plan, routes=told, assigned=tuple(a for a in plan.assigned if a.visit in placed))


def _without(problem: Problem, before: list[Route], route: Route, held: set[int]) -> Route:
    """The route without these visits, unless the rest could not be driven then."""
    stops = tuple(stop for stop in route.stops if stop.visit not in held)
    people = set(route.technicians)
    earlier = [r for r in before if people & set(r.technicians)]
    shorter = replace(route, stops=stops)
    violations = Walk(problem, Plan((*earlier, shorter))).violations
    if any(violation.route == len(earlier) for violation in violations):
        return route
    return shorter
