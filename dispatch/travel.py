"""How long it takes to get somewhere: the built-in estimate, closed roads, and a table to share.

A ``TravelMatrix`` is built once for about a hundred locations (6 µs a pair) and then shared between
any number of Problems: it is immutable, and a Problem keeps a reference and checks its size only.

The estimate: metres = great circle x factor; seconds = metres / speed + 240 s to park and walk in.
A leg takes the larger factor and the lower speed of its two ends. Where the factors and speeds come
from (published road distances and times of the province) is written in the project's README.
"""

from __future__ import annotations

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
class TravelMatrix:
    """Seconds and metres between every pair of locations: rows from, columns to, zero diagonal."""

    travel_s: tuple[tuple[int, ...], ...]
    distance_m: tuple[tuple[int, ...], ...]

    def __post_init__(self) -> None:
        for name, rows in (
            ("travel_s", self.travel_s),
            ("distance_m", self.distance_m),
        ):
            if len(rows) != len(self.travel_s):
                raise ValueError(f"{name}: {len(rows)} rows, expected {len(self.travel_s)}")
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
        rows = [list(row) for row in self.travel_s]
        for a, b in pairs:
            if a != b:
                rows[a][b] = rows[b][a] = NEVER_S
        return TravelMatrix(tuple(map(tuple, rows)), self.distance_m)


def estimated_leg(a: Location, b: Location) -> tuple[int, int]:
    """(seconds, metres) by road from a to b; the sea is left to the ferries."""
    if a == b:
        return 0, 0
    factor = max(DETOUR[a.terrain], DETOUR[b.terrain])
    speed = min(SPEED_KMH[a.terrain], SPEED_KMH[b.terrain])
    if a.region != b.region:
        factor, speed = PASS_DETOUR, min(speed, PASS_SPEED_KMH)
    air_m = great_circle((a.lat, a.lon), (b.lat, b.lon), radius=EARTH_RADIUS_KM).meters
    metres = float(air_m) * factor
    return round(metres / (speed / 3.6) + PARKING_S), round(metres)


def travel_matrix(locations: Sequence[Location]) -> TravelMatrix:
    """Estimate every leg between the n locations; symmetric, zero diagonal."""
    n = len(locations)
    seconds = [[0] * n for _ in range(n)]
    metres = [[0] * n for _ in range(n)]
    for i in range(n):
        for j in range(i):
            leg_s, leg_m = estimated_leg(locations[i], locations[j])
            seconds[i][j] = seconds[j][i] = leg_s
            metres[i][j] = metres[j][i] = leg_m
    return TravelMatrix(tuple(map(tuple, seconds)), tuple(map(tuple, metres)))
