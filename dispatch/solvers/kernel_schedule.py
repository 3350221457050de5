"""A whole route in time, compiled: ``dispatch.schedule.Scheduler.build`` over arrays."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from dispatch.objective import CHANGED_S, SHIFTED_S
from dispatch.plan import SHIFT_S
from dispatch.solvers.kernel import inner, kernel
from dispatch.solvers.kernel_layout import BALANCE_UNIT, PLAIN, STOP, Day, Ints, Records
from dispatch.solvers.kernel_times import (
    careful_step,
    earliest_lunch,
    latest,
    step,
    timed_leg,
)
from dispatch.travel import NEVER_S
from dispatch.units import NOBODY

NO_LUNCH = -1


class Bench(NamedTuple):
    """Room to schedule one route in: nothing in it outlives a call."""

    ids: Ints  # the stops that are scheduled
    free_a: Ints
    free_b: Ints
    lunches: Ints  # when lunch begins if it falls on the leg to this stop, else -1
    floors: Ints  # no start is earlier
    stops: Records  # a trial's STOP row
    starts: Ints


def a_bench(longest: int) -> Bench:
    """Room for routes of up to so many stops."""
    ids, lunches, floors, starts = (np.zeros(longest, np.int64) for _ in range(4))
    free_a, free_b = (np.zeros(longest + 1, np.int64) for _ in range(2))
    return Bench(ids, free_a, free_b, lunches, floors, np.zeros(longest + 1, STOP), starts)


@inner
def forward(day: Day, unit: Records, bench: Bench, size: int) -> bool:
    """Earliest starts, none before its floor, as the times of being free after them."""
    a, b = unit.free_s, NEVER_S
    if unit.had_lunch:
        a, b = NEVER_S, unit.free_s
    place = unit.place
    bench.free_a[0], bench.free_b[0] = a, b
    is_away = unit.away_last > unit.away_first
    for i in range(size):
        visit = day.visits[bench.ids[i]]
        there = visit.place if visit.place >= 0 else place
        late = visit.known_s > (unit.leaves_s if i else unit.free_s)
        if late or is_away or day.island[place] != day.island[there]:
            start_a, start_b, lunch = careful_step(day, unit, visit, place, a, b, bench.floors[i])
        else:
            leg_s = day.travel[place, there]
            start_a, start_b, lunch = step(day.windows, unit, visit, leg_s, a, b, bench.floors[i])
        if start_a >= NEVER_S and start_b >= NEVER_S:
            return False
        bench.lunches[i] = lunch
        a = start_a + visit.duration_s if start_a < NEVER_S else NEVER_S
        b = start_b + visit.duration_s if start_b < NEVER_S else NEVER_S
        place = there
        bench.free_a[i + 1], bench.free_b[i + 1] = a, b
    return True


@inner
def homeward(day: Day, unit: Records, bench: Bench, size: int, place: int, starts: Ints) -> bool:
    """Close the route at home, then walk back to see which label each stop stands on."""
    a, b = bench.free_a[size], bench.free_b[size]
    latest_a = min(unit.closes_s, unit.lunch_closes_s)
    on_b = a >= NEVER_S or a + timed_leg(day, place, unit.home, a) > latest_a
    if on_b:
        home_b = b + timed_leg(day, place, unit.home, b) if b < NEVER_S else NEVER_S
        if a < NEVER_S:
            back, _ = earliest_lunch(day, unit, place, unit.home, a, a)
            if back <= home_b:
                home_b, on_b = back, False
        if home_b > unit.closes_s:
            return False
    for i in range(size - 1, -1, -1):
        ends = bench.free_b[i + 1] if on_b else bench.free_a[i + 1]
        starts[i] = ends - day.visits[bench.ids[i]].duration_s
        if on_b and bench.lunches[i] >= 0:
            on_b = False
    return True


@kernel
def hold(day: Day, r: int, bench: Bench, size: int, place: int, starts: Ints) -> None:
    """Hold stops at the start their people were told, one after the other, where that fits."""
    for i in range(size):
        visit = day.visits[bench.ids[i]]
        if visit.told_unit != r or visit.told_s <= starts[i]:
            continue
        bench.floors[i] = visit.told_s
        held = forward(day, day.units[r], bench, size)
        if not (held and homeward(day, day.units[r], bench, size, place, starts)):
            bench.floors[i] = 0


@inner
def trips_s(unit: Records, trips: int) -> int:
    """What a route with stops in these terrains (bits) costs."""
    total = 0
    if trips & 1:
        total += unit.trip_plain_s
    if trips & 2:
        total += unit.trip_mountain_s
    if trips & 4:
        total += unit.trip_island_s
    return total


@inner
def measure(day: Day, unit: Records, bench: Bench, size: int, starts: Ints, route: Records) -> None:
    """Travel, hours and cost, counted as ``objective.evaluate`` counts them."""
    travel, busy, extra = unit.fixed_travel_s, unit.fixed_busy_s, 0
    free, place, trips = unit.free_s, unit.place, unit.fixed_trips
    for i in range(size):
        visit = day.visits[bench.ids[i]]
        there = visit.place if visit.place >= 0 else place
        leg = timed_leg(day, place, there, max(free, visit.known_s))
        travel += leg
        busy += leg + visit.duration_s
        if visit.place >= 0:
            trips |= day.trip_bit[there]
        extra += visit.waiting_percent * max(0, starts[i] - visit.begins_s) // 100
        if visit.told_people != NOBODY:
            if visit.told_people != unit.people:
                extra += CHANGED_S
            elif abs(starts[i] - visit.told_s) > SHIFT_S:
                extra += SHIFTED_S
        free, place = starts[i] + visit.duration_s, there
    leg = timed_leg(day, place, unit.home, free)
    travel, busy = travel + leg, busy + leg
    route.travel_s, route.busy_s, route.trips = travel, busy, trips
    even = busy * (unit.crew * busy + 2 * unit.carried_s) // BALANCE_UNIT
    route.cost = travel + extra + trips_s(unit, trips) + even


@inner
def backward(day: Day, unit: Records, size: int, stops: Records) -> None:
    """The latest start of each stop from which the rest can be kept, lunch owed and had."""
    opens, closes, length = unit.lunch_opens_s, unit.lunch_closes_s, unit.lunch_length_s
    a, b = min(unit.closes_s, closes), unit.closes_s
    stops[size].late_a, stops[size].late_b = a, b
    for i in range(size - 1, -1, -1):
        visit = day.visits[stops[i].visit]
        leg = stops[i + 1].leg_s
        free_a = a - leg
        if opens + length <= b:
            free_a = max(free_a, min(b - leg - length, closes))
        first, last = visit.window_first, visit.window_last
        a = latest(day.windows, first, last, free_a - visit.duration_s)
        b = latest(day.windows, first, last, b - leg - visit.duration_s)
        stops[i].late_a, stops[i].late_b = a, b


@kernel
def schedule(
    day: Day, r: int, bench: Bench, size: int, stops: Records, starts: Ints, route: Records
) -> bool:
    """Schedule ``bench.ids[:size]`` for unit r; False, and rows of no use, where they do not fit.

    ``stops``, ``starts`` and ``route`` are the rows to fill in; the version is the caller's.
    """
    unit = day.units[r]
    route.size, route.exact = size, 0
    for i in range(size):
        bench.floors[i] = 0
    place = unit.place
    route.feasible = forward(day, unit, bench, size)
    if route.feasible:
        exact = unit.plain
        for i in range(size):
            visit = day.visits[bench.ids[i]]
            there = visit.place if visit.place >= 0 else place
            stop = stops[i]
            stop.visit, stop.origin, stop.target = bench.ids[i], place, there
            stop.leg_s = day.travel[place, there]
            stop.free_a, stop.free_b = bench.free_a[i], bench.free_b[i]
            exact = exact and day.serves[bench.ids[i], r] == PLAIN
            place = there
        way_home = stops[size]
        way_home.visit, way_home.origin, way_home.target = NOBODY, place, unit.home
        way_home.leg_s = day.travel[place, unit.home]
        way_home.free_a, way_home.free_b = bench.free_a[size], bench.free_b[size]
        route.feasible = homeward(day, unit, bench, size, place, starts)
        route.exact = exact
    if size == 0:
        route.feasible, route.cost = unit.empty_feasible, unit.empty_cost
        route.travel_s, route.busy_s = unit.fixed_travel_s, unit.fixed_busy_s
        route.trips = unit.fixed_trips
        if unit.fixed and route.feasible:
            measure(day, unit, bench, size, starts, route)
    elif route.feasible:
        hold(day, r, bench, size, place, starts)
        measure(day, unit, bench, size, starts, route)
    if route.feasible and route.exact:
        backward(day, unit, size, stops)
    return bool(route.feasible)
