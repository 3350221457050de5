"""Who decides during a day: the product's own way, and the ways that it is measured against.

A policy sees the problem as it stands, with what people were told in ``problem.published``, and
answers with the plan to tell; the very same plan where it changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Protocol

from dispatch.day.telling import told_now
from dispatch.plan import Plan
from dispatch.problem import Problem
from dispatch.schedule import Scheduler
from dispatch.solve import solve
from dispatch.solvers import insertion, nearest, vroom
from dispatch.solvers.draft import Draft, model_of
from dispatch.solvers.ejection import admit

REVIEW_S = 900  # between two looks at the whole plan


class Policy(Protocol):
    """What happens when tickets arrive, when something goes wrong, and every so often."""

    @property
    def review_s(self) -> int | None:
        """Seconds between two looks at the whole plan; None: it is never looked at again."""
        ...

    def arrive(self, problem: Problem, visits: Iterable[int]) -> Plan:
        """The plan once these visits have become known."""
        ...

    def heal(self, problem: Problem, visits: Iterable[int]) -> Plan:
        """The plan once something has gone wrong or right again, new visits included."""
        ...

    def review(self, problem: Problem) -> Plan:
        """The plan after another look at everything."""
        ...


def told(problem: Problem) -> Plan:
    """What people know."""
    return problem.published or Plan()


def _most_urgent_first(problem: Problem, visits: Iterable[int]) -> list[int]:
    asked = [problem.visit(i) for i in visits]
    asked.sort(key=lambda v: (v.priority, v.windows_s[-1][1], v.id))
    return [visit.id for visit in asked]


def _mended(problem: Problem, fill: Callable[[Draft], None]) -> Plan:
    """What was told as far as it can be kept; what cannot is placed anew."""
    planned = told(problem).placed().keys() | {work.visit for work in problem.committed}
    known = replace(problem, visits=tuple(v for v in problem.visits if v.id in planned))
    draft = Draft(Scheduler(model_of(known)))
    draft.keep(told(problem))
    fill(draft)
    return draft.plan()


@dataclass(frozen=True, slots=True)
class Nearest:
    """The nearest qualified technician, once, when the ticket arrives."""

    review_s: int | None = None

    def arrive(self, problem: Problem, visits: Iterable[int]) -> Plan:
        """Each to the end of somebody's route."""
        plan = told(problem)
        for visit in _most_urgent_first(problem, visits):
            plan = nearest.place_nearest(replace(problem, published=plan), plan, visit)
        return plan

    def heal(self, problem: Problem, visits: Iterable[int]) -> Plan:
        """What nobody can keep goes to the end of somebody's route."""
        return self.arrive(replace(problem, published=_mended(problem, nearest.fill)), visits)

    def review(self, problem: Problem) -> Plan:
        """Nothing is looked at twice."""
        return told(problem)


@dataclass(frozen=True, slots=True)
class Insertion:
    """Each ticket where it adds least when it arrives; a less valuable one may make room."""

    review_s: int | None = None

    def arrive(self, problem: Problem, visits: Iterable[int]) -> Plan:
        """Each where it adds least."""
        plan = told(problem)
        for visit in _most_urgent_first(problem, visits):
            now = replace(problem, published=plan)
            placed = insertion.Placing(now, plan, visit).assigned()
            plan = placed.plan if placed is not None else admit(now, plan, visit) or plan
        return plan

    def heal(self, problem: Problem, visits: Iterable[int]) -> Plan:
        """What nobody can keep goes where it adds least."""
        return self.arrive(replace(problem, published=_mended(problem, insertion.fill)), visits)

    def review(self, problem: Problem) -> Plan:
        """Nothing is looked at twice."""
        return told(problem)


@dataclass(frozen=True, slots=True)
class Search:
    """How long, and with what, a re-planner may search."""

    seed: int
    time_limit_s: float | None
    iterations: int | None
    solver: str


@dataclass(frozen=True, slots=True)
class Ours:
    """The product's: insertion at once, and the whole plan again around what people know."""

    search: Search
    review_s: int | None = REVIEW_S

    def arrive(self, problem: Problem, visits: Iterable[int]) -> Plan:
        """Each where it adds least, at once."""
        return told_now(problem, Insertion().arrive(problem, visits))

    def heal(self, problem: Problem, visits: Iterable[int]) -> Plan:
        """The whole plan again."""
        return self.review(problem)

    def review(self, problem: Problem) -> Plan:
        """The whole plan again; nobody is told what did not change."""
        search = self.search
        plan = solve(
            problem,
            time_limit_s=search.time_limit_s,
            seed=search.seed,
            iterations=search.iterations,
            solver=search.solver,
        )
        return told_now(problem, plan)


@dataclass(frozen=True, slots=True)
class Vroom:
    """VROOM with no memory: whatever is movable is planned as if nobody had been told of it."""

    search: Search
    review_s: int | None = REVIEW_S

    def arrive(self, problem: Problem, visits: Iterable[int]) -> Plan:
        """New tickets wait for the next review."""
        del visits
        return told(problem)

    def heal(self, problem: Problem, visits: Iterable[int]) -> Plan:
        """The whole plan again."""
        del visits
        return self.review(problem)

    def review(self, problem: Problem) -> Plan:
        """The whole plan again."""
        limit_s = self.search.time_limit_s
        plan = vroom.replan_without_memory(problem, told(problem), time_limit_s=limit_s)
        return solve(problem, solver="insertion") if plan is None else plan


POLICIES = ("nearest", "insertion", "vroom", "ours")


def policy_named(name: str, search: Search) -> Policy:
    """The policy of this name; ValueError if there is none."""
    if name == "nearest":
        return Nearest()
    if name == "insertion":
        return Insertion()
    if name == "vroom":
        return Vroom(search)
    if name == "ours":
        return Ours(search)
    raise ValueError(f"there is no policy {name!r}, only {', '.join(POLICIES)}")
