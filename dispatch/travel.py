"""How long it takes to get somewhere: the built-in estimate, closed roads, and a table to share.

A ``TravelMatrix`` is built once for about a hundred locations and then shared between any number of
Problems: it is immutable, and a Problem keeps a reference and checks its size only. For a whole
country ``dispatch.country.estimates`` has one whose legs are estimated when somebody asks.

The estimate: metres = great circle x factor; seconds = metres / speed + time to park and walk in.
A leg takes the larger factor and parking and the lower speed of its two ends (``Roads``). Where the
factors and speeds come from (published distances and times) is written in the project's README.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from geopy.distance import great_circle

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


class LazyRows(Sequence[Sequence[int]]):
    """Rows of a table that is too large to be written down; see ``dispatch.country.estimates``."""

    @abstractmethod
    def without(self, shut: Iterable[tuple[int, int]]) -> LazyRows:
        """The same rows with the roads between these pairs closed, both ways."""

    @abstractmethod
    def among(self, places: Sequence[int]) -> TravelMatrix:
        """The written table of these locations alone, in this order."""


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
            if isinstance(rows, LazyRows):
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
        if isinstance(self.travel_s, LazyRows):
            return TravelMatrix(self.travel_s.without(shut), self.distance_m)
        rows = [list(row) for row in self.travel_s]
        for a, b in shut:
            rows[a][b] = rows[b][a] = NEVER_S
        return TravelMatrix(tuple(map(tuple, rows)), self.distance_m)

    def among(self, places: Sequence[int]) -> TravelMatrix:
        """The table of these locations alone, in this order."""
        seconds, metres = self.travel_s, self.distance_m
        if isinstance(seconds, LazyRows):
            return seconds.among(places)
        return TravelMatrix(
            tuple(tuple(seconds[a][b] for b in places) for a in places),
            tuple(tuple(metres[a][b] for b in places) for a in places),
        )


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
    n = len(locations)
    seconds = [[0] * n for _ in range(n)]
    metres = [[0] * n for _ in range(n)]
    for i in range(n):
        for j in range(i):
            leg_s, leg_m = estimated_leg(locations[i], locations[j], roads)
            seconds[i][j] = seconds[j][i] = leg_s
            metres[i][j] = metres[j][i] = leg_m
    return TravelMatrix(tuple(map(tuple, seconds)), tuple(map(tuple, metres)))
