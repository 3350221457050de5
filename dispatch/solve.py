"""The front door: from a problem to a plan with its reasons.

``solve`` plans a day; ``replan`` does so around a plan that people have been told. Both never touch
committed work, keep every promise that can be kept, and never return a plan that is worse than the
one they started from. Without a time limit the same seed gives the same plan.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from dispatch.crews.formation import Formation
from dispatch.crews.forming import form_crews
from dispatch.explain import explain
from dispatch.plan import Plan
from dispatch.problem import Problem
from dispatch.schedule import Scheduler
from dispatch.settle import settle
from dispatch.solvers.draft import Draft, model_of
from dispatch.solvers.portfolio import (
    SOLVERS,
    Budget,
    Progress,
    Solver,
    glance,
    missing,
    prepare,
)

__all__ = ["SOLVERS", "Budget", "Progress", "Solver", "missing", "prepare", "replan", "solve"]

DEFAULT = "ours"
# What is left of the time for reasons: 0.07-0.08 s at 240 tickets; never more than half of it.
REASONS_S_A_VISIT = 0.0004
CREWS_SHARE = 0.15
WITHOUT_CREWS = ("nearest",)  # the yard-stick: nobody thinks about who travels with whom


def solve(
    problem: Problem,
    *,
    solver: str = DEFAULT,
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
    if problem.crews and solver not in WITHOUT_CREWS:
        formed = form_crews(
            problem,
            start=start,
            improve=glance,
            time_limit_s=None if time_limit_s is None else CREWS_SHARE * time_limit_s,
            trials=None if iterations is None else max(4, min(80, iterations // 20)),
        )
        start = formed.plan
        formation: Formation | None = formed.formation
    else:  # who shares a car in the start goes on so
        formation = None if start is None else model_of(problem, start).formation
    scheduler = Scheduler(model_of(problem, formation=formation))
    draft = Draft(scheduler)
    draft.keep(start or problem.published or Plan())
    limit = None
    if time_limit_s is not None:
        limit = time_limit_s - min(time_limit_s / 2, REASONS_S_A_VISIT * len(problem.visits))
    SOLVERS[solver](draft, seed=seed, budget=Budget(limit, iterations, started), progress=progress)
    settle(draft)
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
