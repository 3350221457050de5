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

from dispatch.model import Model
from dispatch.objective import BALANCE_S, HOUR_SQUARED, WAITING_PERCENT
from dispatch.solvers.draft import Draft, penalty

Ints = NDArray[np.int64]
# Records: numpy's types know no field names, so reading ``visits[i].place`` is untyped.
Records = Any

LONGEST = 24  # stops of a route beyond those it starts with
# Balance is counted as hours squared divided by this: exact, and no product leaves 64 bits, even
# where the way that was committed took longer than any day.
BALANCE_UNIT = HOUR_SQUARED // BALANCE_S
NEAREST = 400  # neighbours of a visit that are kept

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


def day_of(draft: Draft) -> Day:
    """The arrays of everything that a search never changes."""
    model, specs = draft.model, list(draft.specs.values())
    places = _places(model, [spec.place for spec in specs])
    row = {place: i for i, place in enumerate(places)}
    travel = np.array([[model.legs.travel_s[a][b] for b in places] for a in places], np.int64)
    travel = travel.reshape(len(places), len(places))
    island = np.array([model.legs.island[a] for a in places], np.int64)
    units, away = _units(draft, row, island)
    visits, windows = _visits(draft, row, units=units, travel=travel)
    lines, sails = _lines(model, row)
    serves = _serves(draft, visits, units=units, island=island)
    able = [np.flatnonzero(line) for line in serves]
    return Day(
        visits=visits,
        units=units,
        lines=lines,
        travel=travel,
        travel_to=np.ascontiguousarray(travel.T),
        island=island,
        trip_bit=np.array([model.legs.trip_bit[a] for a in places], np.int64),
        windows=windows,
        away=away,
        sails=sails,
        serves=serves,
        taker_first=np.concatenate([[0], np.cumsum([len(a) for a in able])]).astype(np.int64),
        takers=np.concatenate([*able, np.zeros(0, np.int64)]).astype(np.int64),
        near=_near(visits, travel, able=np.array([len(a) > 0 for a in able], bool)),
        asked=np.flatnonzero(np.array([len(a) > 0 for a in able], bool)).astype(np.int64),
    )


def _places(model: Model, asked: list[int]) -> list[int]:
    """The locations that anybody can come to."""
    used = {place for place in asked if place >= 0}
    used |= {place for unit in model.units for place in (unit.home, unit.place)}
    used |= {port for s in model.legs.sailings for port in (s.from_location, s.to_location)}
    return sorted(used)


def _units(draft: Draft, row: dict[int, int], island: Ints) -> tuple[Records, Ints]:
    model = draft.model
    units = np.zeros(len(model.units), UNIT)
    away: list[tuple[int, int]] = []
    for i, unit in enumerate(model.units):
        empty = draft.scheduler.tour(unit, ())
        home, place = row[unit.home], row[unit.place]
        plain = not unit.away and island[home] == island[place]
        trip_plain_s, trip_mountain_s, trip_island_s = unit.trip_costs_s
        units[i] = (
            home,
            place,
            unit.closes_s,
            unit.lunch_opens_s,
            unit.lunch_closes_s,
            unit.lunch_length_s,
            unit.had_lunch,
            unit.free_s,
            unit.leaves_s,
            len(unit.technicians),
            unit.people,
            unit.carried_s,
            bool(unit.fixed),
            unit.fixed_travel_s,
            unit.fixed_busy_s,
            unit.fixed_trips,
            trip_plain_s,
            trip_mountain_s,
            trip_island_s,
            plain,
            len(away),
            len(away) + len(unit.away),
            # Where nothing leads home the cost is beyond these numbers, and the tour never changes.
            empty.cost if empty.feasible else 0,
            empty.feasible,
        )
        away += unit.away
    return units, np.array(away, np.int64).reshape(-1, 2)


def _visits(
    draft: Draft, row: dict[int, int], *, units: Records, travel: Ints
) -> tuple[Records, Ints]:
    specs = list(draft.specs.values())
    visits = np.zeros(len(specs), VISIT)
    windows: list[tuple[int, int]] = []
    homes = np.unique(units["home"])
    for i, spec in enumerate(specs):
        place = row[spec.place] if spec.place >= 0 else -1
        visits[i] = (
            place,
            spec.duration_s,
            spec.known_s,
            spec.begins_s,
            spec.lo,
            spec.hi,
            spec.windows[-1][1],
            len(windows),
            len(windows) + len(spec.windows),
            WAITING_PERCENT[spec.priority],
            spec.told_people,
            spec.told_unit,
            spec.told_s,
            spec.promised,
            penalty(spec),
            travel[homes, place].min() if place >= 0 and len(homes) else 0,
        )
        windows += spec.windows
    return visits, np.array(windows, np.int64).reshape(-1, 2)


def _lines(model: Model, row: dict[int, int]) -> tuple[Records, Ints]:
    sailings = model.legs.sailings
    lines = np.zeros(len(sailings), LINE)
    sails: list[int] = []
    for i, line in enumerate(sailings):
        lines[i] = (
            row[line.from_location],
            row[line.to_location],
            line.from_island,
            line.crossing_s,
            line.before_s,
            len(sails),
            len(sails) + len(line.sail_s),
        )
        sails += line.sail_s
    return lines, np.array(sails, np.int64)


def _serves(draft: Draft, visits: Records, *, units: Records, island: Ints) -> Ints:
    serves = np.zeros((len(visits), len(units)), np.int64)
    for i, takers in enumerate(draft.takers.values()):
        place, known = visits[i]["place"], visits[i]["known_s"]
        for r in takers:
            unit = units[r]
            ashore = place >= 0 and island[place] == island[unit["home"]]
            plain = unit["plain"] and ashore and known <= unit["leaves_s"]
            serves[i, r] = PLAIN if plain else CAREFUL
    return serves


def _near(visits: Records, travel: Ints, *, able: NDArray[np.bool_]) -> Ints:
    """For each visit the others that anybody may serve, by travel time; calls come last."""
    n = len(visits)
    kept = np.flatnonzero(able)
    near = np.zeros((n, min(len(kept), NEAREST)), np.int64)
    place = visits["place"]
    for i in range(n):
        row = travel[max(place[i], 0)] if len(travel) else np.zeros(1, np.int64)
        far = np.where(place >= 0, row[np.maximum(place, 0)], np.iinfo(np.int64).max)
        far[i] = -1
        order = kept[np.argsort(far[kept], kind="stable")]
        near[i] = order[: near.shape[1]]
    return near
