"""A day is played: tickets arrive, people fall ill, roads close, and a policy decides each time.

The clock stops at every arrival, at every event's beginning and end, and whenever the policy looks
at the whole plan again. Everything that is told is logged; what was told last is what is done.
The same seed gives the same log where searches end by iterations.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from dispatch.day.course import Course
from dispatch.day.day import Day
from dispatch.day.log import DayLog, Publication, publication
from dispatch.day.lunches import with_lunches
from dispatch.day.policies import POLICIES, Policy, Search, policy_named
from dispatch.objective import evaluate
from dispatch.plan import Plan

__all__ = ["POLICIES", "simulate"]

BUDGET_S = 0.6  # for each look at the whole plan


def simulate(
    day: Day,
    policy: str,
    *,
    seed: int = 1,
    budget_s: float | None = BUDGET_S,
    iterations: int | None = None,
    solver: str = "ours",
    progress: Callable[[Publication], None] | None = None,
) -> DayLog:
    """Play a day and return everything that people were told, and what was done.

    Parameters
    ----------
    policy
        A name in ``POLICIES``.
    budget_s
        Seconds for each look at the whole plan. None: ``iterations`` decide, and the same seed
        gives the same log.
    solver
        What ``ours`` searches with, a name in ``dispatch.solve.SOLVERS``.
    progress
        Is told of every publication.

    Raises
    ------
    ValueError
        If there is no such policy or solver.
    """
    limit_s = None if iterations is not None else budget_s
    rules = policy_named(policy, Search(seed, limit_s, iterations, solver))
    course = Course(day)
    published: list[Publication] = []
    for now_s in _moments(day, rules):
        plan = _decided(course, rules, now_s)
        if not _differs(course.plan, plan):
            continue
        news = publication(course.problem, plan)
        course.tell(plan)
        published.append(replace(news, plan=course.plan))
        if progress is not None:
            progress(published[-1])
    return _log(day, course.plan, published)


def _moments(day: Day, rules: Policy) -> list[int]:
    """When the clock stops."""
    moments = {day.problem.now_s, *day.moments_s()}
    if rules.review_s is not None:
        moments |= set(range(day.problem.now_s, day.closes_s(), rules.review_s))
    return sorted(moments)


def _decided(course: Course, rules: Policy, now_s: int) -> Plan:
    """What the policy makes of this moment."""
    day = course.day
    new = course.go_to(now_s)
    if now_s == day.problem.now_s:
        new = tuple(v.id for v in course.problem.visits if v.id not in course.plan.placed())
    if rules.review_s is not None and (now_s - day.problem.now_s) % rules.review_s == 0:
        return rules.review(course.problem)
    if now_s in day.events_s():
        return rules.heal(course.problem, new)
    return rules.arrive(course.problem, new) if new else course.plan


def _differs(before: Plan, after: Plan) -> bool:
    """Whether anybody's stops are not as they were."""
    old, new = before.placed(), after.placed()
    if old.keys() != new.keys():
        return True
    return any(
        old[i][1] != stop or set(old[i][0].technicians) != set(route.technicians)
        for i, (route, stop) in new.items()
    )


def _log(day: Day, plan: Plan, published: list[Publication]) -> DayLog:
    """The day's log; travel is counted over open roads, as the day file has them."""
    whole = replace(day.problem, absences=day.absences)
    executed = with_lunches(day, plan)
    cost = evaluate(whole, executed)
    return DayLog(
        tuple(published),
        executed,
        value=cost.value,
        served=cost.served,
        travel_s=cost.travel_s,
        distance_m=cost.distance_m,
    )
