"""Compiled ruin-and-recreate on two threads, from two starts: the strongest search there is here.

Each thread anneals over arrays of its own (``kernel_search``) without holding Python's lock. One
starts from the draft, the other from a plan that somebody else makes meanwhile (VROOM), or from the
draft too; then both go on from the better of their plans. Threads meet at fixed points only, so
that without a time limit the same seed gives the same plan, whatever the machine does.

Importing this needs numba. What it compiles is made once, by ``python -m dispatch.solvers.warm``;
``is_warm`` says whether that was done, as nobody should compile within a budget.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass

import numpy as np

from dispatch.solvers.arrays import LONGEST, day_of
from dispatch.solvers.draft import Draft
from dispatch.solvers.kernel import WARM
from dispatch.solvers.kernel_layout import Day
from dispatch.solvers.kernel_search import run
from dispatch.solvers.kernel_state import BEST, a_search, load
from dispatch.solvers.ruin_recreate import Progress, Report
from dispatch.tour import Tour

LANES = 2
DEFAULT_ITERATIONS = 50_000
# Five points of value down to a quarter of an hour: hotter or colder ends change little, measured
# over nine days of 240 and 300 tickets at half the iterations of a budget of 5 s.
HOT_S, COLD_S = 100_000.0, 1_000.0
CHUNK_S = 0.02  # between two looks at the clock
REPORT_S = 1.0
Start = Callable[[], Sequence[Tour] | None]


@dataclass(frozen=True, slots=True)
class Phase:
    """Until ``share`` of the budget is used the search cools from one temperature to another."""

    share: float
    hot_s: float
    cold_s: float


PHASES = (Phase(0.7, HOT_S, COLD_S), Phase(1.0, 10_000.0, COLD_S))


def is_warm() -> bool:
    """Whether everything was compiled before, for this machine and these sources."""
    return WARM.is_file()


class Lane:
    """One thread's search."""

    def __init__(self, day: Day, draft: Draft, *, longest: int, seed: int) -> None:
        self.day = day
        self.search = a_search(day, longest=longest, seed=seed)
        self.done = 0
        self._specs = tuple(draft.specs.values())
        self._rows = {i: row for row, i in enumerate(draft.specs)}
        self._draft = draft
        empty = (draft.scheduler.tour(unit, ()) for unit in draft.model.units)
        self._stranded = sum(tour.cost for tour in empty if not tour.feasible)
        self._a_second = 2_000.0  # iterations, a first guess

    @property
    def cost(self) -> int:
        """What the best tours seen cost."""
        return int(self.search.counts[BEST]) + self._stranded

    def begin(self, tours: Sequence[Tour]) -> None:
        """Start from these tours, one for each unit."""
        plan, sizes = np.zeros_like(self.search.best), np.zeros(len(tours), np.int64)
        for tour in tours:
            sizes[tour.unit.index] = len(tour.ids)
            plan[tour.unit.index, : len(tour.ids)] = [self._rows[i] for i in tour.ids]
        load(self.day, self.search, plan, sizes)

    def take(self, other: Lane) -> None:
        """Go on from the best that another lane has seen."""
        load(self.day, self.search, other.search.best.copy(), other.search.best_sizes.copy())

    def search_until(self, phase: Phase, *, iterations: int | None, ends: float) -> None:
        """Search for so many iterations, at most until then on the monotonic clock."""
        if ends == math.inf:
            many = iterations or 0
            run(self.day, self.search, many, phase.hot_s, phase.cold_s)
            self.done += many
            return
        began = now = time.monotonic()
        cooling, done = math.log(phase.cold_s / phase.hot_s), 0
        while now < ends and (iterations is None or done < iterations):
            share = (now - began) / (ends - began)
            chunk = max(1, int(self._a_second * min(CHUNK_S, ends - now)))
            if iterations is not None:
                share = max(share, done / iterations)
                chunk = min(chunk, iterations - done)
            heat_s = phase.hot_s * math.exp(cooling * share)
            run(self.day, self.search, chunk, heat_s, heat_s)
            done, self.done = done + chunk, self.done + chunk
            spent, now = time.monotonic() - now, time.monotonic()
            self._a_second = chunk / max(spent, 1e-6)

    def tours(self) -> list[Tour]:
        """The best tours seen, one for each unit."""
        best, sizes, scheduler = self.search.best, self.search.best_sizes, self._draft.scheduler
        return [
            scheduler.tour(unit, tuple(self._specs[v] for v in best[i, : sizes[i]]))
            for i, unit in enumerate(self._draft.model.units)
        ]


def improve(
    draft: Draft,
    *,
    seed: int,
    time_limit_s: float | None,
    iterations: int | None,
    started: float,
    other: Start | None = None,
    report: Report | None = None,
) -> None:
    """Improve a draft in place; what comes out never costs more than what went in.

    Parameters
    ----------
    time_limit_s
        Ends the search so long after ``started``, on the monotonic clock.
    iterations
        Of each thread; the time limit may end it before that.
    other
        Makes the second thread's start; called there, while the first one searches.
    """
    if time_limit_s is None and iterations is None:
        iterations = DEFAULT_ITERATIONS
    day = day_of(draft)
    if not len(day.asked):
        return
    longest = max(len(tour.ids) for tour in draft.tours) + LONGEST
    lanes = [Lane(day, draft, longest=longest, seed=seed * LANES + i) for i in range(LANES)]
    for lane in lanes:
        lane.begin(draft.tours)
    began, ends = time.monotonic(), math.inf if time_limit_s is None else started + time_limit_s
    done = 0.0
    with ThreadPoolExecutor(LANES) as threads:
        for phase in PHASES:
            many = None if iterations is None else round(iterations * (phase.share - done))
            until = ends if phase.share >= 1 else began + (ends - began) * phase.share
            at_work = [
                threads.submit(lane.search_until, phase, iterations=many, ends=until)
                if other is None or done > 0 or lane is lanes[0]
                else threads.submit(_begin_and_search, lane, other, phase, many=many, ends=until)
                for lane in lanes
            ]
            _await(at_work, lanes, started=started, report=report)
            best = min(lanes, key=lambda lane: lane.cost)
            done = phase.share
            for lane in lanes if done < 1 else ():
                lane.take(best)
    if best.cost < draft.cost():
        draft.replace(best.tours())


def _begin_and_search(
    lane: Lane, other: Start, phase: Phase, *, many: int | None, ends: float
) -> None:
    tours = other()
    if tours is not None:
        lane.begin(tours)
    lane.search_until(phase, iterations=many, ends=ends)


def _await(
    at_work: Sequence[Future[None]], lanes: Sequence[Lane], *, started: float, report: Report | None
) -> None:
    """Wait for all threads, and tell about once a second how far they are."""
    pending = set(at_work)
    while pending:
        done, pending = wait(pending, timeout=None if report is None else REPORT_S)
        for future in done:
            future.result()
        if report is not None:
            best = min(lanes, key=lambda lane: lane.cost)
            served = int(best.search.best_sizes.sum())
            spent_s = time.monotonic() - started
            report(Progress(sum(lane.done for lane in lanes), spent_s, best.cost, served))
