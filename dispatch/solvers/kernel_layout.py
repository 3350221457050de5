"""The one array layout of the compiled search: a day that stays, and tours that change.

Everything is an array of whole numbers (int64) or of records of such; times are seconds, places
rows of ``travel``, visits and units rows of ``visits`` and ``units``. A unit's route stands in one
row of ``stops``: its ``size`` stops, then the way home, as legs

    leg i:  origin -> target = place of stop i (home for i = size), ``leg_s`` long

with the labels of ``dispatch.schedule``: ``free_a`` and ``free_b``, when the unit is free before
the leg with lunch owed and had; ``late_a`` and ``late_b``, the latest start of stop i (at home: the
latest return) from which the rest can be kept. NEVER_S stands for "not possible".
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dispatch.objective import BALANCE_S, HOUR_SQUARED

Ints = NDArray[np.int64]
# Records: numpy's types know no field names, so reading ``visits[i].place`` is untyped.
Records = Any

# Balance is counted as hours squared divided by this: exact, and no product leaves 64 bits, even
# where the way that was committed took longer than any day.
BALANCE_UNIT = HOUR_SQUARED // BALANCE_S

VISIT = np.dtype(
    [
        (name, np.int64)
        for name in (
            "place",  # -1: a call, held where the unit then is
            "duration_s",
            "known_s",
            "begins_s",
            "lo",  # first window
            "hi",
            "closes",  # end of the last window
            "window_first",
            "window_last",  # windows[window_first:window_last]
            "waiting_percent",
            "told_people",
            "told_unit",
            "told_s",
            "promised",
            "penalty",  # what leaving it out costs
            "away_s",  # from the nearest home
        )
    ]
)
UNIT = np.dtype(
    [
        (name, np.int64)
        for name in (
            "home",
            "place",
            "closes_s",
            "lunch_opens_s",
            "lunch_closes_s",
            "lunch_length_s",
            "had_lunch",
            "free_s",
            "leaves_s",
            "crew",  # how many people
            "people",
            "carried_s",
            "fixed",  # whether it has committed work
            "fixed_travel_s",
            "fixed_busy_s",
            "fixed_trips",
            "trip_plain_s",
            "trip_mountain_s",
            "trip_island_s",
            "plain",  # whether its tours can have labels from behind
            "away_first",
            "away_last",  # away[away_first:away_last]
            "empty_cost",  # of its tour without a stop
            "empty_feasible",
        )
    ]
)
LINE = np.dtype(
    [
        (name, np.int64)
        for name in (
            "from_place",
            "to_place",
            "from_island",
            "crossing_s",
            "before_s",
            "sail_first",
            "sail_last",  # sails[sail_first:sail_last]
        )
    ]
)
STOP = np.dtype(
    [
        (name, np.int64)
        for name in (
            "visit",
            "origin",
            "target",
            "leg_s",
            "free_a",
            "free_b",
            "late_a",
            "late_b",
        )
    ]
)
ROUTE = np.dtype(
    [
        (name, np.int64)
        for name in (
            "size",
            "feasible",
            "exact",  # whether late_a and late_b hold
            "cost",
            "travel_s",
            "busy_s",
            "trips",
            "version",  # another number for every content
        )
    ]
)
# Where a visit goes best in a route, as long as the route's version stands; position -1: nowhere.
FIT = np.dtype([(name, np.int64) for name in ("version", "cost", "position")])

NO, CAREFUL, PLAIN = 0, 1, 2  # may a unit serve a visit, and do constant-time tests hold for it


class Day(NamedTuple):
    """What stays as it is: m units, n visits, p places. Shared by all threads, never written."""

    visits: Records  # (n,) VISIT
    units: Records  # (m,) UNIT
    lines: Records  # LINE, the boats
    travel: Ints  # (p, p), rows from
    travel_to: Ints  # (p, p), rows to
    island: Ints  # (p,) 1 where only a boat leads ashore
    trip_bit: Ints  # (p,) terrain as a bit
    windows: Ints  # (w, 2)
    away: Ints  # (k, 2)
    sails: Ints
    serves: Ints  # (n, m) NO, CAREFUL or PLAIN
    taker_first: Ints  # (n + 1,)
    takers: Ints  # units that may serve visit i: takers[taker_first[i]:taker_first[i + 1]]
    near: Ints  # (n, k) visits by travel time from each, itself first
    asked: Ints  # visits that anybody may serve


class Tours(NamedTuple):
    """Everybody's routes as one thread has them; ``counts[0]`` is the last version given out."""

    stops: Records  # (m, longest + 1) STOP
    starts: Ints  # (m, longest)
    routes: Records  # (m + 1,) ROUTE, the last one for trials
    fits: Records  # (n, m) FIT
    where: Ints  # (n,) the unit of each visit, -1 for nobody
    counts: Ints
