"""What one thread of the compiled search writes, and the moves on it that everything is made of."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dispatch.solvers.kernel import kernel
from dispatch.solvers.kernel_chance import Stream, a_stream
from dispatch.solvers.kernel_layout import FIT, ROUTE, STOP, Day, Ints, Records, Tours
from dispatch.solvers.kernel_schedule import Bench, a_bench, schedule

CHANGED, QUEUED, ABSENT, LEFT, COST, BEST = COUNTS = range(6)


class Search(NamedTuple):
    """All that one thread writes while it searches.

    ``counts`` by name: CHANGED routes in this iteration, QUEUED visits, ABSENT ones before it and
    LEFT ones after it, COST of the tours as they stand, BEST of those in ``best``.
    """

    tours: Tours
    bench: Bench
    old_stops: Records  # routes as they were before this iteration
    old_starts: Ints
    old_routes: Records
    changed: Ints  # units whose routes changed
    is_changed: Ints  # (m,)
    queue: Ints  # visits that look for a place
    keys: NDArray[np.float64]
    fresh: Ints  # (n,) 1: left its route in this iteration, so it is tried everywhere
    absent: Ints
    left: Ints  # absent after this iteration
    best: Ints  # (m, longest) the best tours seen
    best_sizes: Ints
    counts: Ints
    stream: Stream


def a_search(day: Day, *, longest: int, seed: int) -> Search:
    """An empty search over a day: no unit has a stop yet."""
    n, m = len(day.visits), len(day.units)
    tours = Tours(
        np.zeros((m, longest + 1), STOP),
        np.zeros((m, longest), np.int64),
        np.zeros(m + 1, ROUTE),
        np.zeros((n, m), FIT),
        np.full(n, -1, np.int64),
        np.zeros(1, np.int64),
    )
    return Search(
        tours,
        a_bench(longest),
        np.zeros((m, longest + 1), STOP),
        np.zeros((m, longest), np.int64),
        np.zeros(m, ROUTE),
        np.zeros(m, np.int64),
        np.zeros(m, np.int64),
        np.zeros(3 * n + 1, np.int64),
        np.zeros(3 * n + 1, np.float64),
        np.zeros(n, np.int64),
        np.zeros(n, np.int64),
        np.zeros(n, np.int64),
        np.zeros((m, longest), np.int64),
        np.zeros(m, np.int64),
        np.zeros(len(COUNTS), np.int64),
        a_stream(seed),
    )


@kernel
def put(day: Day, search: Search, r: int, size: int) -> bool:
    """Give unit r the stops that lie on the bench; False if they do not fit."""
    tours = search.tours
    tours.counts[0] += 1
    tours.routes[r].version = tours.counts[0]
    return schedule(day, r, search.bench, size, tours.stops[r], tours.starts[r], tours.routes[r])


@kernel
def load(day: Day, search: Search, plan: Ints, sizes: Ints) -> bool:
    """Start from these tours (visits by unit); False if one of them does not fit."""
    for v in range(len(day.visits)):
        search.tours.where[v] = -1
    cost, ok = 0, True
    for r in range(len(day.units)):
        for i in range(sizes[r]):
            search.bench.ids[i] = search.best[r, i] = plan[r, i]
        ok = put(day, search, r, sizes[r]) or (ok and sizes[r] == 0)
        cost += search.tours.routes[r].cost
        for i in range(sizes[r]):
            search.tours.where[plan[r, i]] = r
        search.best_sizes[r] = sizes[r]
    for v in range(len(day.visits)):
        if search.tours.where[v] < 0:
            cost += day.visits[v].penalty
    absent = 0
    for i in range(len(day.asked)):
        if search.tours.where[day.asked[i]] < 0:
            search.absent[absent] = day.asked[i]
            absent += 1
    search.counts[ABSENT] = absent
    search.counts[COST] = search.counts[BEST] = cost
    return ok


@kernel
def keep_old(search: Search, r: int) -> None:
    """Remember the route of unit r before its first change in this iteration."""
    if search.is_changed[r]:
        return
    search.is_changed[r] = 1
    search.changed[search.counts[CHANGED]] = r
    search.counts[CHANGED] += 1
    size = search.tours.routes[r].size
    for i in range(size + 1):
        search.old_stops[r, i] = search.tours.stops[r, i]
    for i in range(size):
        search.old_starts[r, i] = search.tours.starts[r, i]
    search.old_routes[r] = search.tours.routes[r]


@kernel
def bring_back(search: Search, r: int) -> None:
    """The route of unit r as it was before this iteration."""
    size = search.old_routes[r].size
    search.tours.routes[r] = search.old_routes[r]
    for i in range(size + 1):
        search.tours.stops[r, i] = search.old_stops[r, i]
    for i in range(size):
        search.tours.starts[r, i] = search.old_starts[r, i]
        search.tours.where[search.tours.stops[r, i].visit] = r
