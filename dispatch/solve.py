"""The front door: from a problem to a plan with its reasons.

``solve`` plans a day; ``replan`` does so around a plan that people have been told. Both never touch
committed work, keep every promise that can be kept, and never return a plan that is worse than the
one they started from. Without a time limit the same seed gives the same plan.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from dispatch.explain import explain
from dispatch.plan import Plan
from dispatch.problem import Problem
from dispatch.schedule import Scheduler
from dispatch.solvers import insertion, ruin_recreate
from dispatch.solvers.draft import Draft, model_of
from dispatch.solvers.ruin_recreate import Progress

__all__ = ["SOLVERS", "Budget", "Progress", "Solver", "replan", "solve"]

# The share of the time that reasons may take, measured at 240 tickets: 0.2 s of 5 s.
REASONS_SHARE = 0.06


@dataclass(frozen=True, slots=True)
class Budget:
    """How long a solver may take: whichever of the two ends first; None: no such end."""

    time_limit_s: float | None
    iterations: int | None
    started: float


class Solver(Protocol):
    """Improves a draft in place, starting from what it holds."""

    def __call__(
        self,
        draft: Draft,
        *,
        seed: int,
        budget: Budget,
        progress: Callable[[Progress], None] | None,
    ) -> None: ...


def _insertion(
    draft: Draft, *, seed: int, budget: Budget, progress: Callable[[Progress], None] | None
) -> None:
    """Greedy insertion of whatever is left out."""
    del seed, budget, progress
    insertion.fill(draft)


def _ruin_recreate(
    draft: Draft, *, seed: int, budget: Budget, progress: Callable[[Progress], None] | None
) -> None:
    """Greedy insertion, ruin and recreate until the budget is used up, insertion again."""
    insertion.fill(draft)
    ruin_recreate.improve(
        draft,
        seed=seed,
        time_limit_s=budget.time_limit_s,
        iterations=budget.iterations,
        started=budget.started,
        report=progress,
    )
    insertion.fill(draft)  # the search skips a place now and then, its last iterations too


SOLVERS: dict[str, Solver] = {"insertion": _insertion, "ruin_recreate": _ruin_recreate}


def solve(
    problem: Problem,
    *,
    solver: str = "ruin_recreate",
    time_limit_s: float | None = None,
    seed: int = 1,
    start: Plan | None = None,
    progress: Callable[[Progress], None] | None = None,
    iterations: int | None = None,
) -> Plan:
    """Plan the day.

    Parameters
    ----------
    problem
        With a ``published`` plan, that is kept as far as it pays: see ``dispatch.objective``.
    solver
        A name in ``SOLVERS``.
    time_limit_s
        Seconds for everything, reasons included. None: ``iterations`` decide (a default number if
        that is None too), and the same seed gives the same plan.
    start
        A plan to start from; the published one unless given.
    progress
        Is told about once a second how far the search is.

    Raises
    ------
    ValueError
        If there is no such solver, or the time limit is not above zero.
    """
    if solver not in SOLVERS:
        raise ValueError(f"there is no solver {solver!r}, only {', '.join(SOLVERS)}")
    if time_limit_s is not None and time_limit_s <= 0:
        raise ValueError(f"the time limit must be above zero, not {time_limit_s}")
    started = time.monotonic()
    scheduler = Scheduler(model_of(problem))
    draft = Draft(scheduler)
    draft.keep(start or problem.published or Plan())
    limit = None if time_limit_s is None else time_limit_s * (1 - REASONS_SHARE)
    SOLVERS[solver](draft, seed=seed, budget=Budget(limit, iterations, started), progress=progress)
    return explain(scheduler, draft.tours, draft.absent())


def replan(
    problem: Problem,
    published: Plan,
    *,
    time_limit_s: float | None,
    seed: int = 1,
    iterations: int | None = None,
) -> Plan:
    """Plan the rest of the day around what people have been told.

    Committed work never moves; promised visits (start within 90 minutes) keep their person and
    start within 30 minutes of what was told; the rest is optimised, each change at its charge.
    ``plan.diff(published, …)`` tells what is different.
    """
    told = replace(problem, published=published)
    return solve(told, time_limit_s=time_limit_s, seed=seed, iterations=iterations)
