"""Recreate: visits return one by one to the cheapest place, compiled.

After Christiaens and Vanden Berghe 2020 (SISR), section 5.2, with blinks. Added here: a visit that
fits nowhere may take the place of stops that are worth less together (ejection); these then look
for another place themselves.
"""

from __future__ import annotations

from dispatch.objective import VALUE_S
from dispatch.solvers.kernel import inner, kernel
from dispatch.solvers.kernel_chance import below, chance, sort_by
from dispatch.solvers.kernel_fit import MOST_EJECTED, eject, fit, put_in
from dispatch.solvers.kernel_layout import PLAIN, Day
from dispatch.solvers.kernel_state import (
    ABSENT,
    CHANGED,
    LEFT,
    QUEUED,
    Search,
    keep_old,
    put,
)

BLINK = 0.02
FORCE = 0.1  # of the visits that fit nowhere, how many may use force
# How often each order of return is taken: at random, by value, by value for the time, from far
# away, from near by, by the end of the window.
AT_RANDOM, BY_VALUE, BY_RATE, FAR_FIRST, NEAR_FIRST, BY_END = 3, 7, 9, 10, 11, 12  # sums


@inner
def line_up(day: Day, search: Search) -> None:
    """Bring the queue into one of the orders in which visits return."""
    for i in range(search.counts[ABSENT]):
        search.queue[search.counts[QUEUED] + i] = search.absent[i]
    queued = search.counts[QUEUED] + search.counts[ABSENT]
    search.counts[QUEUED] = queued
    order, stream = below(search.stream, BY_END), search.stream
    for i in range(queued):
        visit = day.visits[search.queue[i]]
        if order < AT_RANDOM:
            key = chance(stream)
        elif order < BY_VALUE:
            key = chance(stream) - visit.penalty / VALUE_S
        elif order < BY_RATE:
            key = -visit.penalty / float(visit.duration_s + visit.away_s + 600)
        elif order < FAR_FIRST:
            key = -float(visit.away_s)
        elif order < NEAR_FIRST:
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
        if found.cost < best and chance(search.stream) >= BLINK:
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
        room = search.counts[QUEUED] + MOST_EJECTED < len(search.queue)
        if room and chance(search.stream) < FORCE and return_by_force(day, search, v):
            continue
        search.left[left] = v
        left += 1
    search.counts[LEFT] = left
