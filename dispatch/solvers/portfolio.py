"""The ways to make a plan by name, and the one that uses them all.

``ours``: VROOM in its own process until it stops, and the compiled search on two threads, one that
starts at once and one that starts from VROOM's plan; the objective chooses. What is missing is left
out: without pyvroom both threads start from insertion, without numba the plain search follows.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, cast

from dispatch.solvers import insertion, nearest, regret, ruin_recreate, vroom
from dispatch.solvers.draft import Draft
from dispatch.solvers.ruin_recreate import Progress
from dispatch.tour import Tour

__all__ = ["SOLVERS", "Budget", "Progress", "Solver", "missing", "prepare"]

# Below this VROOM is worse than insertion (0.1 s) or leaves too little for the rest.
VROOM_LEAST_S = 1.5
VROOM_SHARE = 0.35  # killed at twice that, when the threads meet
# Iterations of a short search: about 0.05 s.
GLANCE, PLAIN_GLANCE = 2_000, 150
Start = Callable[[], Sequence[Tour] | None]


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
    """Insertion with regret of whatever is left out."""
    del seed, budget, progress
    regret.fill(draft)


def _ruin_recreate(
    draft: Draft, *, seed: int, budget: Budget, progress: Callable[[Progress], None] | None
) -> None:
    """Insertion, ruin and recreate until the budget is used up, insertion again."""
    regret.fill(draft)
    ruin_recreate.improve(
        draft,
        seed=seed,
        time_limit_s=budget.time_limit_s,
        iterations=budget.iterations,
        started=budget.started,
        report=progress,
    )
    insertion.fill(draft)  # the search skips a place now and then, its last iterations too


def _nearest(
    draft: Draft, *, seed: int, budget: Budget, progress: Callable[[Progress], None] | None
) -> None:
    """The nearest qualified technician for whatever is left out, and nothing moves afterwards."""
    del seed, budget, progress
    nearest.fill(draft)


def _vroom(
    draft: Draft, *, seed: int, budget: Budget, progress: Callable[[Progress], None] | None
) -> None:
    """VROOM alone, where its plan is the better one."""
    del seed, progress
    vroom.improve(draft, time_limit_s=budget.time_limit_s)


def _compiled(
    draft: Draft, *, seed: int, budget: Budget, progress: Callable[[Progress], None] | None
) -> None:
    """Insertion, compiled ruin and recreate, insertion; the plain search where numba is missing."""
    _search(draft, seed=seed, budget=budget, progress=progress, other=None)


def _ours(
    draft: Draft, *, seed: int, budget: Budget, progress: Callable[[Progress], None] | None
) -> None:
    """Compiled ruin and recreate from VROOM's plan and from insertion's, both at once."""
    limit = budget.time_limit_s
    worth = limit is not None and limit >= VROOM_LEAST_S and not vroom.is_missing()
    share_s = VROOM_SHARE * limit if worth and limit is not None else None

    def other() -> Sequence[Tour] | None:
        start = vroom.vroom_draft(draft.scheduler, time_limit_s=share_s)
        if start is None:
            return None
        insertion.fill(start)
        return start.tours

    search = other if share_s is not None else None
    _search(draft, seed=seed, budget=budget, progress=progress, other=search)


def _search(
    draft: Draft,
    *,
    seed: int,
    budget: Budget,
    progress: Callable[[Progress], None] | None,
    other: Start | None,
) -> None:
    engine = _engine()
    if engine is None:
        _plain_search(draft, seed=seed, budget=budget, progress=progress, other=other)
        return
    regret.fill(draft)
    engine.improve(
        draft,
        seed=seed,
        time_limit_s=budget.time_limit_s,
        iterations=budget.iterations,
        started=budget.started,
        other=other,
        report=progress,
    )
    insertion.fill(draft)


def glance(draft: Draft) -> None:
    """A short search that gives the same for the same draft: what would come of this start?"""
    engine = _engine()
    if engine is None:
        ruin_recreate.improve(
            draft, seed=1, time_limit_s=None, iterations=PLAIN_GLANCE, started=0.0
        )
    else:
        engine.improve(draft, seed=1, time_limit_s=None, iterations=GLANCE, started=0.0)


def _plain_search(
    draft: Draft,
    *,
    seed: int,
    budget: Budget,
    progress: Callable[[Progress], None] | None,
    other: Start | None,
) -> None:
    """Where numba is missing: one start after the other, then the plain search."""
    regret.fill(draft)
    tours = other() if other is not None else None
    if tours is not None:
        start = Draft(draft.scheduler)
        start.replace(list(tours))
        if start.cost() < draft.cost():
            draft.replace(start.tours)
    _ruin_recreate(draft, seed=seed, budget=budget, progress=progress)


SOLVERS: dict[str, Solver] = {
    "nearest": _nearest,
    "insertion": _insertion,
    "ruin_recreate": _ruin_recreate,
    "compiled": _compiled,
    "vroom": _vroom,
    "ours": _ours,
}


class Engine(Protocol):
    """The compiled search, as ``dispatch.solvers.compiled`` offers it."""

    def is_warm(self) -> bool: ...

    def improve(
        self,
        draft: Draft,
        *,
        seed: int,
        time_limit_s: float | None,
        iterations: int | None,
        started: float,
        other: Start | None = None,
        report: Callable[[Progress], None] | None = None,
    ) -> None: ...


def _engine() -> Engine | None:
    """The compiled search, loaded by name on first use: whoever never solves never loads numba.

    None where numba is missing, has no folder to write to, or has not compiled yet: no plan waits
    for a compiler (``python -m dispatch.solvers.warm``).
    """
    try:
        engine = cast(Engine, importlib.import_module("dispatch.solvers.compiled"))
    except (ImportError, RuntimeError):  # RuntimeError: numba found no folder for its cache
        return None
    return engine if engine.is_warm() else None


def missing() -> tuple[str, ...]:
    """The libraries that would make plans better and are not installed; nothing is loaded."""
    wanted = {"numba": "numba", "pyvroom": "vroom"}
    return tuple(
        name for name, module in wanted.items() if importlib.util.find_spec(module) is None
    )


def prepare() -> tuple[str, ...]:
    """Load what plans are made with, before any budget begins; what is missing, by name.

    ``kernels`` stands for a compiled search that was never compiled.
    """
    absent = missing()
    unready = _engine() is None and "numba" not in absent
    return (*absent, "kernels") if unready else absent
