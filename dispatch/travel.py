"""How long it takes to get somewhere: the built-in estimate, closed roads, and a table to share.

A ``TravelMatrix`` is built once for about a hundred locations and then shared between any number of
Problems: it is immutable, and a Problem keeps a reference and checks its size only. For a whole
country ``estimated_travel`` gives one whose legs are estimated when somebody asks.

The estimate: metres = great circle x factor; seconds = metres / speed + time to park and walk in.
A leg takes the larger factor and parking and the lower speed of its two ends (``Roads``). Where the
factors and speeds come from (published distances and times) is written in the project's README.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import overload

import numpy as np
from geopy.distance import great_circle
from numpy.typing import NDArray

from dispatch.places import Location, Terrain

NEVER_S = 10**9  # longer than any day: a road that is closed, a boat that does not sail
EARTH_RADIUS_KM = 6371.0
PARKING_S = 240
DETOUR = {Terrain.PLAIN: 1.2, Terrain.MOUNTAIN: 1.5, Terrain.ISLAND: 1.2}
SPEED_KMH = {Terrain.PLAIN: 45, Terrain.MOUNTAIN: 36, Terrain.ISLAND: 45}
# Between two regions the road goes over the passes (QL24): 186-200 km for 119 km of air, 4-4.5 h.
PASS_DETOUR = 1.6
PASS_SPEED_KMH = 44


@dataclass(frozen=True, slots=True)
class Road:
    """A kind of road: how much longer than the air line, how fast, and seconds to park."""

    detour: float
    speed_kmh: float
    parking_s: int = PARKING_S

    def __post_init__(self) -> None:
        if not self.detour >= 1:
            raise ValueError(f"detour: {self.detour} is less than 1")
        if not self.speed_kmh > 0:
            raise ValueError(f"speed_kmh: {self.speed_kmh} is not above 0")
        if self.parking_s < 0:
            raise ValueError(f"parking_s: {self.parking_s} is negative")


@dataclass(frozen=True, slots=True)
class Roads:
    """The road of each terrain, and the one between two regions, whose parking is not used."""

    plain: Road = Road(DETOUR[Terrain.PLAIN], SPEED_KMH[Terrain.PLAIN])
    mountain: Road = Road(DETOUR[Terrain.MOUNTAIN], SPEED_KMH[Terrain.MOUNTAIN])
    island: Road = Road(DETOUR[Terrain.ISLAND], SPEED_KMH[Terrain.ISLAND])
    over_pass: Road = Road(PASS_DETOUR, PASS_SPEED_KMH)

    def of(self, terrain: Terrain) -> Road:
        """The road of a terrain."""
        return {"plain": self.plain, "mountain": self.mountain}.get(terrain, self.island)


ROADS = Roads()

Rows = Sequence[Sequence[int]]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class TravelMatrix:
    """Seconds and metres between every pair of locations: rows from, columns to, zero diagonal."""

    travel_s: Rows
    distance_m: Rows

    def __post_init__(self) -> None:
        for name, rows in (
            ("travel_s", self.travel_s),
            ("distance_m", self.distance_m),
        ):
            if len(rows) != len(self.travel_s):
                raise ValueError(f"{name}: {len(rows)} rows, expected {len(self.travel_s)}")
            if isinstance(rows, EstimatedRows):
                continue
            for i, row in enumerate(rows):
                if len(row) != len(rows):
                    raise ValueError(f"{name}[{i}]: {len(row)} columns, expected {len(rows)}")
                if row[i] != 0:
                    raise ValueError(f"{name}[{i}][{i}]: the diagonal must be 0, not {row[i]}")
                if min(row) < 0:
                    raise ValueError(f"{name}[{i}]: negative values are not allowed")

    def __len__(self) -> int:
        return len(self.travel_s)

    def without(self, pairs: Iterable[tuple[int, int]]) -> TravelMatrix:
        """Return the same table with the roads between these pairs closed, both ways."""
        shut = {(a, b) for a, b in pairs if a != b}
        if isinstance(self.travel_s, EstimatedRows):
            return TravelMatrix(self.travel_s.without(shut), self.distance_m)
        rows = [list(row) for row in self.travel_s]
        for a, b in shut:
            rows[a][b] = rows[b][a] = NEVER_S
        return TravelMatrix(tuple(map(tuple, rows)), self.distance_m)

    def among(self, places: Sequence[int]) -> TravelMatrix:
        """The table of these locations alone, in this order."""
        seconds, metres = self.travel_s, self.distance_m
        if isinstance(seconds, EstimatedRows):
            return seconds.among(places)
        return TravelMatrix(
            tuple(tuple(seconds[a][b] for b in places) for a in places),
            tuple(tuple(metres[a][b] for b in places) for a in places),
        )


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


class EstimatedRows(Sequence[Sequence[int]]):
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
                found = estimated_leg(self.locations[start], self.locations[end])[self.part]
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


def estimated_leg(a: Location, b: Location, roads: Roads = ROADS) -> tuple[int, int]:
    """(seconds, metres) by road from a to b; the sea is left to the ferries."""
    if a == b:
        return 0, 0
    here, there = roads.of(a.terrain), roads.of(b.terrain)
    factor = max(here.detour, there.detour)
    speed = min(here.speed_kmh, there.speed_kmh)
    if a.region != b.region:
        factor, speed = roads.over_pass.detour, min(speed, roads.over_pass.speed_kmh)
    air_m = great_circle((a.lat, a.lon), (b.lat, b.lon), radius=EARTH_RADIUS_KM).meters
    metres = float(air_m) * factor
    parking_s = max(here.parking_s, there.parking_s)
    return round(metres / (speed / 3.6) + parking_s), round(metres)


def travel_matrix(locations: Sequence[Location], roads: Roads = ROADS) -> TravelMatrix:
    """Estimate every leg between the n locations by these roads; symmetric, zero diagonal."""
    everywhere = np.arange(len(locations), dtype=np.int64)
    return _written(*Estimate(locations, roads).block(everywhere, everywhere))


def estimated_travel(locations: Sequence[Location]) -> TravelMatrix:
    """The same table for more locations than can be written down; each leg when it is asked for."""
    places, estimate = tuple(locations), Estimate(locations)
    return TravelMatrix(
        EstimatedRows(places, part=0, estimate=estimate),
        EstimatedRows(places, part=1, estimate=estimate),
    )


def _written(seconds: IntArray, metres: IntArray) -> TravelMatrix:
    return TravelMatrix(tuple(map(tuple, seconds.tolist())), tuple(map(tuple, metres.tolist())))
