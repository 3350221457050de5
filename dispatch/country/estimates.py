"""The built-in estimate for many legs at once, and for a table that nobody could write down.

Apart from ``dispatch.travel`` so that numpy is loaded only where a country is planned.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple, overload

import numpy as np
from numpy.typing import NDArray

from dispatch.places import Location
from dispatch.problem import Problem
from dispatch.travel import (
    EARTH_RADIUS_KM,
    NEVER_S,
    ROADS,
    LazyRows,
    Roads,
    TravelMatrix,
)

IntArray = NDArray[np.int64]


class Place(NamedTuple):
    """One location as the estimate needs it; equal places have the same ``same``."""

    lat: float
    lon: float
    cos_lat: float
    detour: float
    speed_kmh: float
    parking_s: int
    region: str | None
    same: int


class Estimate:
    """The built-in estimate over n locations, for any block of legs at once."""

    def __init__(self, locations: Sequence[Location], roads: Roads = ROADS) -> None:
        self.n = len(locations)
        self.over_pass = roads.over_pass
        self.lat = np.radians([place.lat for place in locations])
        self.lon = np.radians([place.lon for place in locations])
        each = [roads.of(place.terrain) for place in locations]
        self.detour = np.array([road.detour for road in each])
        self.speed = np.array([float(road.speed_kmh) for road in each])
        self.parking = np.array([road.parking_s for road in each], dtype=np.int64)
        regions = {name: i for i, name in enumerate({place.region for place in locations})}
        self.region = np.array([regions[place.region] for place in locations], dtype=np.int64)
        same: dict[Location, int] = {}
        self.same = np.array([same.setdefault(place, i) for i, place in enumerate(locations)])
        self.rows = [
            Place(
                math.radians(place.lat),
                math.radians(place.lon),
                math.cos(math.radians(place.lat)),
                road.detour,
                road.speed_kmh,
                road.parking_s,
                place.region,
                same[place],
            )
            for place, road in zip(locations, each, strict=True)
        ]

    def leg(self, start: int, end: int) -> tuple[int, int]:
        """(seconds, metres) of one leg, as in ``block``."""
        here, there = self.rows[start], self.rows[end]
        if here.same == there.same:
            return 0, 0
        half = math.sin((there.lat - here.lat) / 2) ** 2
        half += here.cos_lat * there.cos_lat * math.sin((there.lon - here.lon) / 2) ** 2
        factor, speed = max(here.detour, there.detour), min(here.speed_kmh, there.speed_kmh)
        if here.region != there.region:
            factor, speed = self.over_pass.detour, min(speed, self.over_pass.speed_kmh)
        metres = 2000 * EARTH_RADIUS_KM * math.asin(math.sqrt(half)) * factor
        parking_s = max(here.parking_s, there.parking_s)
        return round(metres / (speed / 3.6) + parking_s), round(metres)

    def block(self, start: IntArray, end: IntArray) -> tuple[IntArray, IntArray]:
        """(seconds, metres) from each of ``start`` (rows) to each of ``end`` (columns)."""
        a, b = start[:, None], end[None, :]
        half = np.sin((self.lat[b] - self.lat[a]) / 2) ** 2
        half += (
            np.cos(self.lat[a]) * np.cos(self.lat[b]) * np.sin((self.lon[b] - self.lon[a]) / 2) ** 2
        )
        factor = np.maximum(self.detour[a], self.detour[b])
        speed = np.minimum(self.speed[a], self.speed[b])
        over = self.region[a] != self.region[b]
        factor = np.where(over, self.over_pass.detour, factor)
        speed = np.where(over, np.minimum(speed, self.over_pass.speed_kmh), speed)
        metres = 2000 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(half)) * factor
        parking = np.maximum(self.parking[a], self.parking[b])
        seconds = np.rint(metres / (speed / 3.6) + parking)
        apart = self.same[a] != self.same[b]
        return (
            np.where(apart, seconds, 0).astype(np.int64),
            np.where(apart, np.rint(metres), 0).astype(np.int64),
        )


class EstimatedRows(LazyRows):
    """The rows of a table that is too large to be written down: each leg is estimated when asked.

    ``part`` 0 gives seconds, 1 metres. Legs that were asked for are remembered.
    """

    MEMORY = 200_000  # legs; about 100 bytes each

    def __init__(
        self,
        locations: tuple[Location, ...],
        *,
        part: int,
        estimate: Estimate,
        shut: frozenset[tuple[int, int]] = frozenset(),
    ) -> None:
        self.locations = locations
        self.part = part
        self.estimate = estimate
        self.shut = shut
        self.known: dict[tuple[int, int], int] = {}

    def __len__(self) -> int:
        return len(self.locations)

    @overload
    def __getitem__(self, row: int) -> Sequence[int]: ...
    @overload
    def __getitem__(self, row: slice) -> Sequence[Sequence[int]]: ...
    def __getitem__(self, row: int | slice) -> Sequence[int] | Sequence[Sequence[int]]:
        if isinstance(row, slice):
            return [EstimatedRow(self, i) for i in range(*row.indices(len(self)))]
        return EstimatedRow(self, row)

    def leg(self, start: int, end: int) -> int:
        """One entry of the table."""
        found = self.known.get((start, end))
        if found is None:
            if len(self.known) >= self.MEMORY:
                self.known.clear()
            if self.part == 0 and ((start, end) in self.shut or (end, start) in self.shut):
                found = NEVER_S
            else:
                found = self.estimate.leg(start, end)[self.part]
            self.known[start, end] = found
        return found

    def without(self, shut: Iterable[tuple[int, int]]) -> EstimatedRows:
        """The same rows with more roads closed, both ways."""
        return EstimatedRows(
            self.locations, part=self.part, estimate=self.estimate, shut=self.shut | set(shut)
        )

    def among(self, places: Sequence[int]) -> TravelMatrix:
        """The written table of these locations alone, closed roads included."""
        chosen = np.array(places, dtype=np.int64)
        seconds, metres = self.estimate.block(chosen, chosen)
        if self.shut:
            where = {place: i for i, place in enumerate(places)}
            for a, b in self.shut:
                if a in where and b in where:
                    seconds[where[a], where[b]] = seconds[where[b], where[a]] = NEVER_S
        return _written(seconds, metres)


class EstimatedRow(Sequence[int]):
    """One row of such a table."""

    __slots__ = ("rows", "start")

    def __init__(self, rows: EstimatedRows, start: int) -> None:
        self.rows = rows
        self.start = start

    def __len__(self) -> int:
        return len(self.rows)

    @overload
    def __getitem__(self, column: int) -> int: ...
    @overload
    def __getitem__(self, column: slice) -> Sequence[int]: ...
    def __getitem__(self, column: int | slice) -> int | Sequence[int]:
        if isinstance(column, slice):
            return [self.rows.leg(self.start, i) for i in range(*column.indices(len(self)))]
        return self.rows.leg(self.start, column)


def estimated_travel(locations: Sequence[Location]) -> TravelMatrix:
    """The same table for more locations than can be written down; each leg when it is asked for."""
    places, estimate = tuple(locations), Estimate(locations)
    return TravelMatrix(
        EstimatedRows(places, part=0, estimate=estimate),
        EstimatedRows(places, part=1, estimate=estimate),
    )


def written_travel(locations: Sequence[Location]) -> TravelMatrix:
    """What ``travel_matrix`` gives, a hundred times as fast."""
    everywhere = np.arange(len(locations), dtype=np.int64)
    return _written(*Estimate(locations).block(everywhere, everywhere))


def _written(seconds: IntArray, metres: IntArray) -> TravelMatrix:
    return TravelMatrix(tuple(map(tuple, seconds.tolist())), tuple(map(tuple, metres.tolist())))


def travel_block_s(problem: Problem, start: IntArray, end: IntArray) -> IntArray:
    """Seconds by road from each of ``start`` (rows) to each of ``end`` (columns) of a problem.

    Closed roads count as open where the table is not written down.
    """
    rows = problem.travel.travel_s
    if isinstance(rows, EstimatedRows):
        return rows.estimate.block(start, end)[0]
    wanted = end.tolist()
    return np.array(
        [[row[j] for j in wanted] for row in (rows[i] for i in start.tolist())]
    ).reshape(len(start), len(end))
