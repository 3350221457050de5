"""Ruin: strings of neighbouring stops leave their routes, compiled.

After Christiaens and Vanden Berghe 2020 (SISR), section 5.1.
"""

from __future__ import annotations

from dispatch.solvers.kernel import inner, kernel
from dispatch.solvers.kernel_chance import below, chance
from dispatch.solvers.kernel_layout import Day
from dispatch.solvers.kernel_state import (
    ABSENT,
    QUEUED,
    Search,
    bring_back,
    keep_old,
    put,
)

REMOVED = 8  # visits taken out on average
STRING = 8  # the longest string


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
    longest = min(float(STRING), placed / used) if used else 1.0
    most = max(1.0, 4 * REMOVED / (1 + longest) - 1)
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
