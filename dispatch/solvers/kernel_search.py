"""Ruin and recreate, compiled: the search of ``dispatch.solvers.ruin_recreate`` over arrays.

After Christiaens and Vanden Berghe 2020 (SISR): strings of neighbouring stops leave their routes
(section 5.1), absent visits return one by one to the cheapest place with blinks (5.2), simulated
annealing decides (5.3). Added here: a visit that fits nowhere may take the place of stops that are
worth less together (ejection), which then look for another place themselves.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dispatch.solvers.arrays import FIT, PLAIN, ROUTE, STOP, Day, Ints, Records, Tours
from dispatch.solvers.kernel import inner, kernel
from dispatch.solvers.kernel_chance import Stream, a_stream, below, chance, sort_by
from dispatch.solvers.kernel_fit import eject, fit, put_in
from dispatch.solvers.kernel_schedule import Bench, a_bench, schedule

CHANGED, QUEUED, ABSENT, COST, BEST, LEFT, BEST_LEFT = range(7)
COUNTS = 7


class Search(NamedTuple):
    """All that one thread writes while it searches.

    ``counts`` by name: CHANGED routes in this iteration, QUEUED visits, ABSENT visits, COST of the
    tours as they stand, BEST of the tours in ``best``.
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
    weights: NDArray[np.float64]


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
        np.zeros(COUNTS, np.int64),
        a_stream(seed),
        np.array([8.0, 8.0, 0.02, 0.1, 0, 0, 0, 0]),
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


# -- ruin --------------------------------------------------------------------------------------


@kernel
def take_string(day: Day, search: Search, r: int, at: int, length: int) -> None:
    """Take ``length`` stops around one out of a route; half the time some inside are spared."""
    tours, bench = search.tours, search.bench
    size, spared = tours.routes[r].size, 0
    if 1 < length < size and chance(search.stream) < 0.5:
        while length + spared < size and chance(search.stream) < 0.5:
            spared += 1
    span = length + spared
    lowest, highest = max(0, at - span + 1), min(at, size - span)
    first = lowest + below(search.stream, highest - lowest + 1)
    skip = first + below(search.stream, length + 1) if spared else first + span
    keep_old(search, r)
    kept, queued = 0, search.counts[QUEUED]
    for i in range(size):
        v = search.old_stops[r, i].visit
        is_out = first <= i < first + span and not skip <= i < skip + spared
        if is_out and not day.visits[v].promised:
            search.queue[queued] = v
            queued += 1
        else:
            bench.ids[kept] = v
            kept += 1
    if kept == size or not put(day, search, r, kept):
        bring_back(search, r)  # a stop may only be possible because one is near it already
        return
    for i in range(search.counts[QUEUED], queued):
        tours.where[search.queue[i]] = -1
        search.fresh[search.queue[i]] = 1
    search.counts[QUEUED] = queued


@inner
def ruin(day: Day, search: Search) -> None:
    """Take strings of stops out of routes near a random visit (their section 5.1)."""
    tours, stream = search.tours, search.stream
    used = 0
    for r in range(len(day.units)):
        used += tours.routes[r].size > 0
    placed = len(day.asked) - search.counts[ABSENT]
    longest = min(search.weights[1], placed / used) if used else 1.0
    most = max(1.0, 4 * search.weights[0] / (1 + longest) - 1)
    strings = int(1 + chance(stream) * most)
    seed = day.asked[below(stream, len(day.asked))]
    for i in range(day.near.shape[1]):
        v = day.near[seed, i]
        r = tours.where[v]
        if r < 0 or search.is_changed[r]:
            continue
        at = 0
        while tours.stops[r, at].visit != v:
            at += 1
        limit = min(float(tours.routes[r].size), longest)
        take_string(day, search, r, at, int(1 + chance(stream) * limit))
        strings -= 1
        if strings <= 0:
            break


# -- recreate ----------------------------------------------------------------------------------


@inner
def line_up(day: Day, search: Search) -> None:
    """Bring the queue into one of the orders in which visits return."""
    for i in range(search.counts[ABSENT]):
        search.queue[search.counts[QUEUED] + i] = search.absent[i]
    queued = search.counts[QUEUED] + search.counts[ABSENT]
    search.counts[QUEUED] = queued
    order, stream = below(search.stream, 12), search.stream
    for i in range(queued):
        visit = day.visits[search.queue[i]]
        if order < 3:
            key = chance(stream)
        elif order < 7:
            key = chance(stream) - visit.penalty / 20000.0
        elif order < 9:
            key = -visit.penalty / float(visit.duration_s + visit.away_s + 600)
        elif order < 10:
            key = -float(visit.away_s)
        elif order < 11:
            key = float(visit.away_s)
        else:
            key = float(visit.closes)
        search.keys[i] = key
    sort_by(search.keys, search.queue, queued)


@inner
def return_cheapest(day: Day, search: Search, v: int) -> bool:
    """Put a visit where it adds least; one that was out already is tried in changed routes only."""
    tours, bench = search.tours, search.bench
    best, chosen, position = day.visits[v].penalty, -1, 0
    everywhere = search.fresh[v]
    first, last = day.taker_first[v], day.taker_first[v + 1]
    if not everywhere:
        first, last = 0, search.counts[CHANGED]
    for k in range(first, last):
        r = day.takers[k] if everywhere else search.changed[k]
        if not everywhere and not day.serves[v, r]:
            continue
        found = fit(day, tours, bench, r, v)
        if found.cost < best and chance(search.stream) >= search.weights[2]:
            best, chosen, position = found.cost, r, found.position
    if chosen < 0:
        return False
    keep_old(search, chosen)
    size = tours.routes[chosen].size
    put(day, search, chosen, put_in(bench, tours.stops[chosen], size, v, position, 0))
    tours.where[v] = chosen
    return True


@kernel
def return_by_force(day: Day, search: Search, v: int) -> bool:
    """Let a visit take the place of stops that are worth less together; they join the queue."""
    tours, bench = search.tours, search.bench
    best, chosen, position, many = day.visits[v].penalty, -1, 0, 0
    for k in range(day.taker_first[v], day.taker_first[v + 1]):
        r = day.takers[k]
        route = tours.routes[r]
        if not (route.exact and route.feasible and day.serves[v, r] == PLAIN):
            continue
        cost, at, out = eject(day, r, v, tours.stops[r], route)
        if at >= 0 and cost < best:
            best, chosen, position, many = cost, r, at, out
    if chosen < 0:
        return False
    keep_old(search, chosen)
    for i in range(position, position + many):
        out = tours.stops[chosen, i].visit
        search.queue[search.counts[QUEUED]] = out
        search.counts[QUEUED] += 1
        search.fresh[out] = 1
        tours.where[out] = -1
    size = tours.routes[chosen].size
    put(day, search, chosen, put_in(bench, tours.stops[chosen], size, v, position, many))
    tours.where[v] = chosen
    return True


@inner
def recreate(day: Day, search: Search) -> None:
    """Put visits back one by one (their section 5.2)."""
    left, i = 0, 0
    while i < search.counts[QUEUED]:
        v = search.queue[i]
        i += 1
        if return_cheapest(day, search, v):
            continue
        room = search.counts[QUEUED] + 8 < len(search.queue)
        if room and chance(search.stream) < search.weights[3] and return_by_force(day, search, v):
            continue
        search.left[left] = v
        left += 1
    search.counts[LEFT] = left


# -- decide ------------------------------------------------------------------------------------


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
