"""Why one visit of a plan is where it is, as values: who has it, who could, who cannot and why not.

``explain`` gives a plan its reasons in the short form of the file. This is the long form for one
visit, with arrival, levels and load, for a person who asks.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from dispatch.explain import RUNNERS_UP, Candidate, candidates, unassigned
from dispatch.horizon import plan_legs
from dispatch.plan import Code, Plan, Route, Swap, Verdict
from dispatch.problem import Problem


class Standing(StrEnum):
    """How a visit stands in a plan."""

    ASSIGNED = "assigned"
    COMMITTED = "committed"
    UNASSIGNED = "unassigned"


@dataclass(frozen=True, slots=True)
class Option:
    """One technician or crew, and what their going would mean.

    ``added_s`` and ``added_m``: travel on top of the route without the visit. ``levels``: theirs in
    the skills asked for, 0 for none. ``busy_s``: work and travel of the day without the visit.
    All None or 0 but ``levels`` and ``busy_s`` where they cannot go; ``visit`` would have to leave.
    """

    technicians: tuple[int, ...]
    code: Code
    levels: dict[str, int]
    busy_s: int
    added_s: int | None = None
    added_m: int | None = None
    arrives_s: int | None = None
    start_s: int | None = None
    visit: int | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """The whole answer about one visit.

    ``options``: the chosen one and the next two of an assigned visit; every technician of one that
    nobody has. ``start_s``, ``technicians``: as planned.
    """

    visit: int
    standing: Standing
    options: tuple[Option, ...]
    technicians: tuple[int, ...] = ()
    start_s: int | None = None
    verdict: Verdict | None = None
    swap: Swap | None = None


def why(problem: Problem, plan: Plan, visit_id: int) -> Answer:
    """Explain one visit of a plan.

    Raises
    ------
    ValueError
        If the visit, or one of the plan's, is not in the problem.
    """
    found = plan.placed().get(visit_id)
    fixed = next((work for work in problem.committed if work.visit == visit_id), None)
    if fixed is not None:
        return Answer(visit_id, Standing.COMMITTED, (), fixed.technicians, fixed.start_s)
    load_s = _loads_s(problem, plan)
    asked = tuple(
        c if c.feasible else replace(c, busy_s=load_s.get(c.technician, 0))
        for c in candidates(problem, plan, visit_id)
    )
    if found is None:
        return _refused(problem, visit_id, asked)
    route, stop = found
    options = [_option(problem, visit_id, c) for c in _told(asked, route)]
    return Answer(visit_id, Standing.ASSIGNED, tuple(options), route.technicians, stop.start_s)


def _loads_s(problem: Problem, plan: Plan) -> dict[int, int]:
    """Everybody's seconds of work and travel in the plan; who is not asked has no other count."""
    found: dict[int, int] = {}
    for route, legs in zip(plan.routes, plan_legs(problem, plan), strict=True):
        spent_s = sum(leg.travel_s + leg.ends_s - leg.start_s for leg in legs)
        for technician in route.technicians:
            found[technician] = found.get(technician, 0) + spent_s
    return found


def _told(asked: Iterable[Candidate], route: Route) -> list[Candidate]:
    """Whoever has the visit, and the next two: first who could go, then who is only prevented."""
    people = set(route.technicians)
    own = [c for c in asked if c.technician in people and c.feasible][:1]
    own = own or [c for c in asked if c.technician in people][:1]
    cars = {c.technicians: c for c in reversed(list(asked)) if c.feasible}
    able = [c for c in asked if c.feasible and cars[c.technicians] is c]
    able = [c for c in able if people.isdisjoint((c.technician, *c.technicians))]
    unable = [c for c in asked if not c.feasible and c.technician not in people]
    unable.sort(key=lambda c: (c.code in (Code.SKILL, Code.SKILL_LEVEL), c.technician))
    chosen = [replace(c, code=Code.CHOSEN) if c.feasible else c for c in own]
    return [*chosen, *[*map(_farther, able), *unable][:RUNNERS_UP]]


def _farther(candidate: Candidate) -> Candidate:
    return replace(candidate, code=Code.FARTHER)


def _refused(problem: Problem, visit_id: int, asked: tuple[Candidate, ...]) -> Answer:
    decision = unassigned(problem, visit_id, asked)
    by_id = {c.technician: c for c in asked}
    options = tuple(
        _option(problem, visit_id, _farther(c) if c.feasible else c)
        for c in (by_id[reason.technician] for reason in decision.reasons)
    )
    return Answer(
        visit_id,
        Standing.UNASSIGNED,
        options,
        verdict=decision.verdict,
        swap=decision.swap,
    )


def _option(problem: Problem, visit_id: int, candidate: Candidate) -> Option:
    people = candidate.technicians or (candidate.technician,)
    members = [problem.technician(i) for i in people]
    levels = {
        name: max(member.skills.get(name, 0) for member in members)
        for name in problem.visit(visit_id).skills
    }
    if not candidate.feasible:
        return Option(people, candidate.code, levels, candidate.busy_s, visit=candidate.displaces)
    return Option(
        people,
        candidate.code,
        levels,
        candidate.busy_s,
        candidate.added_travel_s,
        candidate.added_m,
        candidate.arrives_s,
        candidate.start_s,
    )
