"""Where one more visit fits into a tour that has its labels from behind: constant time a position.

The innermost code of every solver. A position is only timed if its travel alone could still win.
"""

from __future__ import annotations

from dispatch.legs import Legs
from dispatch.objective import BALANCE_S, CHANGED_S, HOUR_SQUARED, WAITING_PERCENT
from dispatch.timing import careful_step, step
from dispatch.tour import Fit, Tour
from dispatch.travel import NEVER_S
from dispatch.units import NOBODY, Spec


def fit_plain(legs: Legs, tour: Tour, spec: Spec) -> Fit | None:
    """(added cost, position) of the cheapest place; None if the visit fits nowhere."""
    unit, travel, specs = tour.unit, legs.travel_s, tour.specs
    there, onward, last = spec.place, travel[spec.place], len(tour.specs)
    crew, carried_s, busy_s = len(unit.technicians), unit.carried_s, tour.busy_s
    percent, begins_s = WAITING_PERCENT[spec.priority], spec.begins_s
    once = CHANGED_S if spec.told_people not in (NOBODY, unit.people) else 0
    once += unit.trips_s(legs.trip_bit[there] & ~tour.trips)
    free_a, free_b, late_b = tour.free_a, tour.free_b, tour.late_b
    opens, closes = spec.lo, spec.windows[-1][1]
    best, place = NEVER_S, -1
    for i in range(last + 1):
        origin, target = tour.origins[i], specs[i].place if i < last else unit.home
        to, back = travel[origin][there], onward[target]
        added = to + back
        if last or unit.fixed:
            added -= travel[origin][target]
        if added >= best:
            continue
        # Too late even without lunch: most positions end here, for the price of a few sums.
        ready = (free_a[i] if free_a[i] < NEVER_S else free_b[i]) + to
        if ready < opens:
            ready = opens
        if ready > closes or ready + spec.duration_s + back > late_b[i]:
            continue
        start = start_at(legs, tour, spec, i, to=to, back=back)
        if start >= NEVER_S:
            continue
        more = added + spec.duration_s
        even = crew * (2 * busy_s + more) + 2 * carried_s
        cost = added + once + BALANCE_S * more * even // HOUR_SQUARED
        if start > begins_s:
            cost += percent * (start - begins_s) // 100
        if cost < best:
            best, place = cost, i
    return None if place < 0 else (best, place)


def start_at(legs: Legs, tour: Tour, spec: Spec, i: int, *, to: int, back: int) -> int:
    """When the visit begins at position i, if all that follows can be kept; else NEVER_S."""
    unit = tour.unit
    a, b = tour.free_a[i], tour.free_b[i]
    if spec.known_s <= (unit.leaves_s if i else unit.free_s):
        start_a, start_b, _ = step(unit, spec, to, a=a, b=b)
    else:
        start_a, start_b, _ = careful_step(legs, unit, spec, unit.place, a=a, b=b)
    late_b = tour.late_b[i]
    if start_a < NEVER_S:
        arrives = start_a + spec.duration_s + back
        if arrives <= tour.late_a[i]:
            return start_a
        begins = max(start_a + spec.duration_s, unit.lunch_opens_s)
        if begins <= unit.lunch_closes_s and max(arrives, begins) + unit.lunch_length_s <= late_b:
            return start_a
    if start_b < NEVER_S and start_b + spec.duration_s + back <= late_b:
        return start_b
    return NEVER_S
