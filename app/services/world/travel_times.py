"""Travel times between all places: the estimate or a provider's table, corrected, roads closed.

Everything is computed once for the same facts and kept: a closure costs a tenth of a second, once.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from app.services.world.state import ClosureFact, TableFact
from dispatch.closures import Closure, with_closures
from dispatch.places import Location, Terrain
from dispatch.travel import Roads, TravelMatrix, travel_matrix


@dataclass(frozen=True)
class Ground:
    """What the times stand on, closed roads apart; equal grounds give equal times."""

    locations: tuple[Location, ...]
    roads: Roads
    table: TableFact | None
    travel_permille: tuple[tuple[str, int], ...]


def digest_of(locations: Sequence[Location]) -> str:
    """Names the places and their order: a table fetched for others is of no use."""
    text = ";".join(f"{place.lat:.5f},{place.lon:.5f}" for place in locations)
    return hashlib.sha256(text.encode()).hexdigest()


@lru_cache(maxsize=4)
def open_times(ground: Ground) -> TravelMatrix:
    """The table with every road open."""
    estimate = travel_matrix(ground.locations, ground.roads)
    table = ground.table
    if table is not None and table.digest == digest_of(ground.locations):
        estimate = _from_table(table, estimate, parking_s=_parking_s(ground.roads))
    return _corrected(estimate, ground)


@lru_cache(maxsize=8)
def times_with(
    ground: Ground, closures: tuple[ClosureFact, ...], codes: tuple[str, ...]
) -> TravelMatrix:
    """The table with these roads closed; ``codes`` are the communes by index."""
    index = {code: at for at, code in enumerate(codes)}
    shut = [
        Closure(pair=(index[fact.pair[0]], index[fact.pair[1]]))
        if fact.pair is not None
        else Closure(area=tuple(Location(lat=lat, lon=lon) for lat, lon in fact.corners))
        for fact in closures
    ]
    return with_closures(
        open_times(ground), ground.locations, shut, parking_s=_parking_s(ground.roads)
    )


def _parking_s(roads: Roads) -> int:
    return min(roads.plain.parking_s, roads.mountain.parking_s, roads.island.parking_s)


def _from_table(table: TableFact, estimate: TravelMatrix, *, parking_s: int) -> TravelMatrix:
    """The provider's driving times, with parking; a leg that it does not know is estimated."""
    seconds, metres = [], []
    for i, (legs_s, legs_m) in enumerate(zip(table.travel_s, table.distance_m, strict=True)):
        row_s, row_m = list(estimate.travel_s[i]), list(estimate.distance_m[i])
        for j, (leg_s, leg_m) in enumerate(zip(legs_s, legs_m, strict=True)):
            if i != j and leg_s is not None:
                row_s[j] = leg_s + parking_s
                row_m[j] = row_m[j] if leg_m is None else leg_m
        seconds.append(tuple(row_s))
        metres.append(tuple(row_m))
    return TravelMatrix(tuple(seconds), tuple(metres))


def _corrected(travel: TravelMatrix, ground: Ground) -> TravelMatrix:
    """Times multiplied by what was learned: a leg is mountain road if either end is."""
    factors = dict(ground.travel_permille)
    if not factors:
        return travel
    plain, mountain = (factors.get(name, 1000) for name in (Terrain.PLAIN, Terrain.MOUNTAIN))
    is_mountain = [place.terrain == Terrain.MOUNTAIN for place in ground.locations]
    rows = tuple(
        tuple(
            round(leg * (mountain if here or there else plain) / 1000)
            for leg, there in zip(row, is_mountain, strict=True)
        )
        for row, here in zip(travel.travel_s, is_mountain, strict=True)
    )
    return TravelMatrix(rows, travel.distance_m)
