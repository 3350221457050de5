"""One leg in time, compiled: ``dispatch.legs`` and ``dispatch.timing`` over arrays.

The same rules in the same order; the property tests hold them to the originals.
"""

from __future__ import annotations

from dispatch.solvers.kernel import inner, kernel
from dispatch.solvers.kernel_layout import Day, Ints, Records
from dispatch.travel import NEVER_S


@inner
def earliest(windows: Ints, first: int, last: int, at_s: int) -> int:
    """The first moment from ``at_s`` on in windows[first:last]; NEVER_S if there is none."""
    for i in range(first, last):
        if at_s <= windows[i, 1]:
            opens: int = windows[i, 0]
            return max(at_s, opens)
    return NEVER_S


@inner
def latest(windows: Ints, first: int, last: int, at_s: int) -> int:
    """The last moment up to ``at_s`` in windows[first:last]; -1 if there is none."""
    for i in range(last - 1, first - 1, -1):
        if at_s >= windows[i, 0]:
            closes: int = windows[i, 1]
            return min(at_s, closes)
    return -1


@inner
def begin(windows: Ints, visit: Records, ready_s: int) -> int:
    """The first moment from ``ready_s`` on at which the visit may begin."""
    if ready_s <= visit.hi:
        opens: int = visit.lo
        return max(ready_s, opens)
    return earliest(windows, visit.window_first + 1, visit.window_last, ready_s)


@inner
def step(
    windows: Ints, unit: Records, visit: Records, leg_s: int, a: int, b: int, floor: int
) -> tuple[int, int, int]:
    """(start with lunch owed, start with lunch had, lunch or -1) after a drive of ``leg_s``."""
    start_a, start_b, lunch = NEVER_S, NEVER_S, -1
    if b < NEVER_S:
        start_b = begin(windows, visit, max(b + leg_s, floor))
    if a < NEVER_S:
        start_a = begin(windows, visit, max(a + leg_s, floor))
        begins = max(a, unit.lunch_opens_s)
        if begins <= unit.lunch_closes_s:
            ready = max(begins, a + leg_s) + unit.lunch_length_s
            start = begin(windows, visit, max(ready, floor))
            if start <= start_b and start < NEVER_S:
                start_b, lunch = start, begins
    return start_a, start_b, lunch


@inner
def timed_leg(day: Day, start: int, end: int, leaves_s: int) -> int:
    """Seconds from start to end for somebody who sets off then, waits for boats included."""
    if day.island[start] == day.island[end]:
        by_road: int = day.travel[start, end]
        return by_road
    best: int = NEVER_S
    for i in range(len(day.lines)):
        line = day.lines[i]
        if line.from_island != day.island[start]:
            continue
        at_port = leaves_s + day.travel[start, line.from_place] + line.before_s
        for k in range(line.sail_first, line.sail_last):
            if day.sails[k] >= at_port:
                onward_s = day.travel[line.to_place, end]
                best = min(best, day.sails[k] + line.crossing_s + onward_s - leaves_s)
                break
    return best


@kernel
def after_lunch(day: Day, start: int, end: int, leaves_s: int, lunch_s: int, length_s: int) -> int:
    """When one arrives who takes lunch at ``lunch_s`` on this leg; a crossing is not broken."""
    leg_s = timed_leg(day, start, end, leaves_s)
    ends = lunch_s + length_s
    if day.island[start] == day.island[end]:
        return max(leaves_s + leg_s + max(0, ends - max(leaves_s, lunch_s)), ends)
    if lunch_s < leaves_s + leg_s:
        leaves = max(leaves_s, ends)
        return leaves + timed_leg(day, start, end, leaves)
    return ends


@kernel
def earliest_lunch(
    day: Day, unit: Records, start: int, end: int, free_s: int, leaves_s: int
) -> tuple[int, int]:
    """(arrival, lunch) that arrives first with lunch on this leg; (NEVER_S, 0) if none can."""
    arrives, lunch = NEVER_S, 0
    opens, closes, length = unit.lunch_opens_s, unit.lunch_closes_s, unit.lunch_length_s
    before = max(free_s, opens)
    if before <= closes:
        there = after_lunch(day, start, end, leaves_s, before, length)
        if there < arrives:
            arrives, lunch = there, before
    if day.island[start] != day.island[end]:
        ashore = max(leaves_s + timed_leg(day, start, end, leaves_s), opens)
        if ashore <= closes:
            there = after_lunch(day, start, end, leaves_s, ashore, length)
            if there < arrives or (there == arrives and ashore < lunch):
                arrives, lunch = there, ashore
    return arrives, lunch


@kernel
def begin_present(
    day: Day, unit: Records, visit: Records, ready_s: int, leaves_s: int, spent: int, spent_too: int
) -> int:
    """The earliest start whose journey begins while nobody is absent.

    ``spent`` and ``spent_too``: how long before the start the journey may count as begun.
    """
    first, last = visit.window_first, visit.window_last
    start = earliest(day.windows, first, last, ready_s)
    moved = unit.away_last > unit.away_first
    while moved and start < NEVER_S:
        moved = False
        for before in (spent, spent_too):
            for i in range(unit.away_first, unit.away_last):
                at_s, until_s = day.away[i, 0], day.away[i, 1]
                if at_s <= max(leaves_s, start - before) < until_s:
                    start, moved = earliest(day.windows, first, last, until_s + before), True
    return start


@kernel
def careful_step(
    day: Day, unit: Records, visit: Records, place: int, a: int, b: int, floor: int
) -> tuple[int, int, int]:
    """The same step for a leg over the sea, an absence, or a ticket not known yet."""
    length = unit.lunch_length_s
    there = visit.place if visit.place >= 0 else place
    start_a, start_b, lunch = NEVER_S, NEVER_S, -1
    if b < NEVER_S:
        leaves = max(b, visit.known_s)
        leg = timed_leg(day, place, there, leaves)
        start_b = begin_present(day, unit, visit, max(leaves + leg, floor), leaves, leg, leg)
    if a < NEVER_S:
        leaves = max(a, visit.known_s)
        leg = timed_leg(day, place, there, leaves)
        # Lunch may still come later: the journey counts as begun earlier by its length, or not.
        fasting = max(leaves + leg, floor)
        start_a = begin_present(day, unit, visit, fasting, leaves, leg, leg + length)
        ready, begins = earliest_lunch(day, unit, place, there, a, leaves)
        if ready < NEVER_S:
            spent = leg + length
            ready = max(ready, floor)
            start = begin_present(day, unit, visit, ready, leaves, spent, spent)
            if start <= start_b and start < NEVER_S:
                start_b, lunch = start, begins
    return start_a, start_b, lunch
