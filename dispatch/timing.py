"""One step along a route, in time: from being free to the start of the next visit.

Two labels go along a route, the earliest start with lunch still owed (``a``) and with lunch had
(``b``); NEVER_S where there is none. A step moves both.
"""

from __future__ import annotations

from collections.abc import Sequence

from dispatch.legs import Legs
from dispatch.travel import NEVER_S
from dispatch.units import Spec, Unit


def earliest(windows: Sequence[tuple[int, int]], at_s: int) -> int:
    """The first moment from ``at_s`` on that lies in a window; NEVER_S if none does."""
    for opens, closes in windows:
        if at_s <= closes:
            return opens if at_s < opens else at_s
    return NEVER_S


def latest(windows: Sequence[tuple[int, int]], at_s: int) -> int:
    """The last moment up to ``at_s`` that lies in a window; -1 if none does."""
    for opens, closes in reversed(windows):
        if at_s >= opens:
            return closes if at_s > closes else at_s
    return -1


def step(
    unit: Unit, spec: Spec, leg_s: int, *, a: int, b: int, floor: int = 0
) -> tuple[int, int, int]:
    """(start with lunch owed, start with lunch had, lunch) after a drive of ``leg_s``.

    ``lunch`` is when lunch begins if it is best taken on this leg, else -1: where it makes no
    difference it is taken late, so that what stands before it begins early. No start is earlier
    than ``floor``. A drive may be broken for lunch, so lunch only adds its length.
    """
    lo, hi, rest = spec.lo, spec.hi, spec.rest
    start_a = start_b = NEVER_S
    lunch = -1
    if b < NEVER_S:
        ready = b + leg_s
        if ready < floor:
            ready = floor
        if ready <= hi:
            start_b = lo if ready < lo else ready
        elif rest:
            start_b = earliest(rest, ready)
    if a < NEVER_S:
        arrives = a + leg_s
        ready = floor if arrives < floor else arrives
        if ready <= hi:
            start_a = lo if ready < lo else ready
        elif rest:
            start_a = earliest(rest, ready)
        begins = unit.lunch_opens_s
        if a > begins:
            begins = a
        if begins <= unit.lunch_closes_s:
            ready = (begins if arrives < begins else arrives) + unit.lunch_length_s
            if ready < floor:
                ready = floor
            if ready <= hi:
                start = lo if ready < lo else ready
            else:
                start = earliest(rest, ready) if rest else NEVER_S
            if start <= start_b and start < NEVER_S:
                start_b, lunch = start, begins
    return start_a, start_b, lunch


def careful_step(
    legs: Legs, unit: Unit, spec: Spec, place: int, *, a: int, b: int, floor: int = 0
) -> tuple[int, int, int]:
    """The same step for a leg over the sea, an absence, or a ticket not known yet."""
    length = unit.lunch_length_s
    there = spec.place if spec.place >= 0 else place
    start_a = start_b = NEVER_S
    lunch = -1
    if b < NEVER_S:
        leaves = max(b, spec.known_s)
        leg = legs.leg(place, there, leaves_s=leaves)[0]
        start_b = _begin(unit, spec, max(leaves + leg, floor), leaves_s=leaves, spent=(leg,))
    if a < NEVER_S:
        leaves = max(a, spec.known_s)
        leg = legs.leg(place, there, leaves_s=leaves)[0]
        # Lunch may still come later: the journey counts as begun earlier by its length, or not.
        either = (leg, leg + length)
        start_a = _begin(unit, spec, max(leaves + leg, floor), leaves_s=leaves, spent=either)
        ready, begins = legs.earliest_lunch(
            place,
            there,
            free_s=a,
            leaves_s=leaves,
            opens_s=unit.lunch_opens_s,
            closes_s=unit.lunch_closes_s,
            length_s=length,
        )
        if ready < NEVER_S:
            spent = leg + length
            start = _begin(unit, spec, max(ready, floor), leaves_s=leaves, spent=(spent,))
            if start <= start_b and start < NEVER_S:
                start_b, lunch = start, begins
    return start_a, start_b, lunch


def first_start(
    windows: Sequence[tuple[int, int]],
    ready_s: int,
    *,
    away: Sequence[tuple[int, int]],
    leaves_s: int,
    spent: tuple[int, ...],
) -> int:
    """The earliest start whose journey begins while nobody is absent; NEVER_S if there is none.

    ``spent``: how long before the start the journey may count as begun.
    """
    start = earliest(windows, ready_s)
    moved = bool(away)
    while moved and start < NEVER_S:
        moved = False
        for before in spent:
            for at_s, until_s in away:
                if at_s <= max(leaves_s, start - before) < until_s:
                    start, moved = earliest(windows, until_s + before), True
    return start


def _begin(unit: Unit, spec: Spec, ready_s: int, *, leaves_s: int, spent: tuple[int, ...]) -> int:
    return first_start(spec.windows, ready_s, away=unit.away, leaves_s=leaves_s, spent=spent)
