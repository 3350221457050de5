"""When lunch was had on a day that is over: starts are known, lunches have to fit between them.

During the day lunch moves with the plan; whoever waits eats meanwhile. Afterwards each route gets
a lunch with which all its stops could begin when they did.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from dispatch.day.day import Day
from dispatch.plan import Plan, Route
from dispatch.problem import Problem
from dispatch.rules import Walk


def with_lunches(day: Day, plan: Plan) -> Plan:
    """The plan with a lunch in every route that owes one, as told where that fits.

    Visits that took longer count as long as they took, and as the day file has them where no lunch
    fits otherwise.
    """
    usual = replace(day.problem, absences=day.absences)
    took = {event.visit: event.duration_s for event in day.longer}
    real = replace(
        usual,
        visits=tuple(
            replace(v, duration_s=max(v.duration_s, took.get(v.id, 0))) for v in usual.visits
        ),
    )
    done: list[Route] = []
    for route in plan.routes:
        if route.stops:
            before = [r for r in done if set(r.technicians) & set(route.technicians)]
            done.append(_fed(real, usual, before, route))
    return replace(plan, routes=tuple(done))


def _fed(real: Problem, usual: Problem, before: list[Route], route: Route) -> Route:
    for problem in (real, usual):
        for lunch_s in _choices(problem, before, route):
            trial = replace(route, lunch_s=lunch_s)
            if not _is_broken(problem, before, trial):
                return trial
    return route


def _is_broken(problem: Problem, before: list[Route], route: Route) -> bool:
    violations = Walk(problem, Plan((*before, route))).violations
    return any(violation.route == len(before) for violation in violations)


def _choices(problem: Problem, before: list[Route], route: Route) -> Iterator[int | None]:
    """When lunch may begin: as told, not at all, or when something before a leg ends."""
    yield route.lunch_s
    yield None
    legs = Walk(problem, Plan((*before, replace(route, lunch_s=None)))).legs[-1]
    members = [problem.technician(i) for i in route.technicians]
    opens = max(member.lunch.earliest_s for member in members)
    moments = {opens}
    for leg in legs:
        moments |= {max(opens, leg.ends_s), max(opens, leg.arrives_s)}
    yield from sorted(moments)
