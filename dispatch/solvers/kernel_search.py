"""Ruin and recreate, compiled: the search of ``dispatch.solvers.ruin_recreate`` over arrays.

After Christiaens and Vanden Berghe 2020, "Slack induction by string removals" (SISR); simulated
annealing decides (section 5.3).
"""

from __future__ import annotations

import math

from dispatch.solvers.kernel import inner, kernel
from dispatch.solvers.kernel_chance import chance
from dispatch.solvers.kernel_layout import Day
from dispatch.solvers.kernel_recreate import line_up, recreate
from dispatch.solvers.kernel_ruin import ruin
from dispatch.solvers.kernel_state import (
    ABSENT,
    BEST,
    CHANGED,
    COST,
    LEFT,
    QUEUED,
    Search,
    bring_back,
)


@inner
def iterate(day: Day, search: Search, temperature_s: float) -> None:
    """One ruin, one recreate, and the decision (their section 5.3)."""
    counts = search.counts
    counts[CHANGED] = counts[QUEUED] = 0
    ruin(day, search)
    line_up(day, search)
    recreate(day, search)
    delta = 0
    for i in range(counts[CHANGED]):
        r = search.changed[i]
        delta += search.tours.routes[r].cost - search.old_routes[r].cost
        search.is_changed[r] = 0
    for i in range(counts[ABSENT]):
        delta -= day.visits[search.absent[i]].penalty
    for i in range(counts[LEFT]):
        delta += day.visits[search.left[i]].penalty
    for i in range(counts[QUEUED]):
        search.fresh[search.queue[i]] = 0
    if delta >= -temperature_s * math.log(max(chance(search.stream), 1e-12)):
        for i in range(counts[QUEUED]):
            search.tours.where[search.queue[i]] = -1
        for i in range(counts[CHANGED]):
            bring_back(search, search.changed[i])
        return
    for i in range(counts[LEFT]):
        search.absent[i] = search.left[i]
    counts[ABSENT] = counts[LEFT]
    counts[COST] += delta
    if counts[COST] < counts[BEST]:
        keep_best(day, search)


@kernel
def keep_best(day: Day, search: Search) -> None:
    """Remember the tours as they stand as the best ones."""
    search.counts[BEST] = search.counts[COST]
    for r in range(len(day.units)):
        size = search.tours.routes[r].size
        search.best_sizes[r] = size
        for i in range(size):
            search.best[r, i] = search.tours.stops[r, i].visit


@kernel
def run(day: Day, search: Search, iterations: int, hot_s: float, cold_s: float) -> None:
    """So many iterations, cooling from one temperature to another."""
    if len(day.asked) == 0:
        return
    cooling = math.log(cold_s / hot_s) / max(iterations, 1)
    for i in range(iterations):
        iterate(day, search, hot_s * math.exp(cooling * i))
