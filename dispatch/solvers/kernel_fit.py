"""Where one more visit fits, and which stops it could take the place of, compiled.

``dispatch.fitting`` over arrays. In a tour with labels from behind every position takes constant
time, lunch included; in others the whole route is scheduled for each. Answers are remembered for as
long as the route stays what it is.
"""

from __future__ import annotations

from dispatch.objective import CHANGED_S
from dispatch.solvers.kernel import inner, kernel
from dispatch.solvers.kernel_layout import BALANCE_UNIT, PLAIN, Day, Records, Tours
from dispatch.solvers.kernel_schedule import Bench, schedule, trips_s
from dispatch.solvers.kernel_times import careful_step, earliest, step, timed_leg
from dispatch.travel import NEVER_S
from dispatch.units import NOBODY

MOST_EJECTED = 3  # consecutive stops that one visit may take the place of


@inner
def start_between(
    day: Day,
    unit: Records,
    visit: Records,
    first: bool,
    before: Records,
    after: Records,
    to: int,
    back: int,
) -> int:
    """When the visit begins that follows the stops before one leg and precedes those after another.

    ``before`` and ``after`` are legs of one tour, the same for a mere insertion; ``first``: before
    is its first. NEVER_S if what follows cannot be kept.
    """
    a, b = before.free_a, before.free_b
    if first and visit.known_s > unit.free_s:
        start_a, start_b, _ = careful_step(day, unit, visit, unit.place, a, b, 0)
    else:
        start_a, start_b, _ = step(day.windows, unit, visit, to, a, b, 0)
    late_b = after.late_b
    if start_a < NEVER_S:
        ends = start_a + visit.duration_s
        if ends + back <= after.late_a:
            return start_a
        begins = max(ends, unit.lunch_opens_s)
        lunch_ends = max(ends + back, begins) + unit.lunch_length_s
        if begins <= unit.lunch_closes_s and lunch_ends <= late_b:
            return start_a
    if start_b < NEVER_S and start_b + visit.duration_s + back <= late_b:
        return start_b
    return NEVER_S


@inner
def fit_plain(day: Day, r: int, v: int, stops: Records, route: Records) -> tuple[int, int]:
    """(added cost, position) of the cheapest place in a tour with labels from behind."""
    unit, visit = day.units[r], day.visits[v]
    to_here, from_here = day.travel_to[visit.place], day.travel[visit.place]
    once = trips_s(unit, day.trip_bit[visit.place] & ~route.trips)
    if visit.told_people != NOBODY and visit.told_people != unit.people:
        once += CHANGED_S
    fresh = route.size == 0 and unit.fixed == 0
    best, position = NEVER_S, -1
    for i in range(route.size + 1):
        leg = stops[i]
        to, back = to_here[leg.origin], from_here[leg.target]
        added = to + back
        if not fresh:
            added -= leg.leg_s
        if added >= best:
            continue
        # Too late even without lunch: most positions end here, for the price of a few sums.
        ready = max((leg.free_a if leg.free_a < NEVER_S else leg.free_b) + to, visit.lo)
        if ready > visit.closes or ready + visit.duration_s + back > leg.late_b:
            continue
        start = start_between(day, unit, visit, i == 0, leg, leg, to, back)
        if start >= NEVER_S:
            continue
        more = added + visit.duration_s
        even = unit.crew * (2 * route.busy_s + more) + 2 * unit.carried_s
        cost = added + once + more * even // BALANCE_UNIT
        if start > visit.begins_s:
            cost += visit.waiting_percent * (start - visit.begins_s) // 100
        if cost < best:
            best, position = cost, i
    return best, position


@inner
def put_in(bench: Bench, stops: Records, size: int, v: int, position: int, out: int) -> int:
    """Write a tour's stops with v at this position instead of ``out`` stops; the new size."""
    for i in range(position):
        bench.ids[i] = stops[i].visit
    bench.ids[position] = v
    for i in range(position + out, size):
        bench.ids[i + 1 - out] = stops[i].visit
    return size + 1 - out


@kernel
def fit_by_trial(
    day: Day, r: int, v: int, bench: Bench, stops: Records, route: Records, trial: Records
) -> tuple[int, int]:
    """(added cost, position) of the cheapest place, each found by scheduling the whole route."""
    best, position = NEVER_S, -1
    unit, visit = day.units[r], day.visits[v]
    if visit.place >= 0:
        # Nobody goes there and home again in time, even fasting, with nothing else to do.
        leaves = max(unit.free_s, visit.known_s)
        arrives = leaves + timed_leg(day, unit.place, visit.place, leaves)
        ends = earliest(day.windows, visit.window_first, visit.window_last, arrives)
        ends += visit.duration_s
        if ends + timed_leg(day, visit.place, unit.home, ends) > unit.closes_s:
            return best, position
    for i in range(route.size + 1):
        size = put_in(bench, stops, route.size, v, i, 0)
        if schedule(day, r, bench, size, bench.stops, bench.starts, trial):
            cost = trial.cost - route.cost
            if cost < best:
                best, position = cost, i
    return best, position


@inner
def fit(day: Day, tours: Tours, bench: Bench, r: int, v: int) -> Records:
    """The remembered or new answer to where visit v goes best in the tour of unit r."""
    route, found = tours.routes[r], tours.fits[v, r]
    if found.version == route.version:
        return found
    cost, position = NEVER_S, -1
    if route.feasible and route.size < tours.starts.shape[1]:
        if route.exact and day.serves[v, r] == PLAIN:
            cost, position = fit_plain(day, r, v, tours.stops[r], route)
        else:
            trial = tours.routes[len(day.units)]
            cost, position = fit_by_trial(day, r, v, bench, tours.stops[r], route, trial)
    found.version, found.cost, found.position = route.version, cost, position
    return found


@kernel
def eject(day: Day, r: int, v: int, stops: Records, route: Records) -> tuple[int, int, int]:
    """(added cost, position, how many) of the cheapest stops that v could take the place of.

    Only in tours with labels from behind, only movable stops that are worth less together. The cost
    holds what leaving them out costs; NEVER_S if there are none.
    """
    unit, visit = day.units[r], day.visits[v]
    to_here, from_here = day.travel_to[visit.place], day.travel[visit.place]
    best, position, many = visit.penalty, -1, 0
    for i in range(route.size):
        before = stops[i]
        to, lost, saved, busy = to_here[before.origin], 0, before.leg_s, 0
        for k in range(i + 1, min(i + MOST_EJECTED, route.size) + 1):
            out = day.visits[stops[k - 1].visit]
            lost += out.penalty
            if out.promised or lost >= best:
                break
            after = stops[k]
            saved, busy = saved + after.leg_s, busy + out.duration_s
            back = from_here[after.target]
            if lost + to + back - saved >= best:
                continue
            start = start_between(day, unit, visit, i == 0, before, after, to, back)
            if start >= NEVER_S:
                continue
            more = to + back - saved + visit.duration_s - busy
            even = unit.crew * (2 * route.busy_s + more) + 2 * unit.carried_s
            cost = lost + to + back - saved + more * even // BALANCE_UNIT
            if cost < best:
                best, position, many = cost, i, k - i
    return best, position, many
