"""From a draft to the arrays of the compiled search; ``kernel_layout`` says what stands where."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dispatch.model import Model
from dispatch.objective import WAITING_PERCENT
from dispatch.solvers.draft import Draft, penalty
from dispatch.solvers.kernel_layout import (
    CAREFUL,
    LINE,
    PLAIN,
    UNIT,
    VISIT,
    Day,
    Ints,
    Records,
)

LONGEST = 24  # stops of a route beyond those it starts with
NEAREST = 400  # neighbours of a visit that are kept


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
