"""Valhalla's matrix service, ``/sources_to_targets``.

Its ``service_limits`` refuse more than 2,500 pairs at once for cars by default, so the table is
asked for in blocks of 50 by 50. Times are seconds, distances kilometres; null where there is no
way. Newer servers answer plain arrays when ``verbose`` is false; both shapes are read.
"""

from collections.abc import Sequence

from app.travel.asking import TIMEOUT_S, ask
from app.travel.blocks import in_blocks
from app.travel.provider import (
    FARTHEST_M,
    LONGEST_S,
    Legs,
    Point,
    Table,
    TravelUnavailableError,
    checked,
    whole,
)

MOST = 50


class Valhalla:
    """A server of one's own."""

    name = "valhalla"

    def __init__(self, address: str, *, timeout_s: float = TIMEOUT_S) -> None:
        self.address = address.rstrip("/")
        self._timeout_s = timeout_s

    def fetch(self, points: Sequence[Point]) -> Table:
        """The whole table. Raises TravelUnavailableError."""
        return checked(in_blocks(points, self._block, most=MOST), size=len(points))

    def _block(self, sources: Sequence[Point], targets: Sequence[Point]) -> tuple[Legs, Legs]:
        answer = ask(
            f"{self.address}/sources_to_targets",
            {
                "sources": [{"lat": place.lat, "lon": place.lon} for place in sources],
                "targets": [{"lat": place.lat, "lon": place.lon} for place in targets],
                "costing": "auto",
                "units": "kilometers",
            },
            timeout_s=self._timeout_s,
        )
        rows = answer.get("sources_to_targets")
        size = (len(sources), len(targets))
        if isinstance(rows, dict):
            times, distances = rows.get("durations"), rows.get("distances")
        else:
            times, distances = _column(rows, "time"), _column(rows, "distance")
        return (
            _rows(times, size, times=1, most=LONGEST_S),
            _rows(distances, size, times=1000, most=FARTHEST_M),
        )


def _column(rows: object, name: str) -> object:
    """One value of every cell ``{"time": …, "distance": …}``."""
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        return None
    return [[cell.get(name) if isinstance(cell, dict) else "" for cell in row] for row in rows]


def _rows(raw: object, size: tuple[int, int], *, times: int, most: int) -> Legs:
    if not isinstance(raw, list) or len(raw) != size[0]:
        raise TravelUnavailableError("size", f"expected {size[0]} rows")
    rows: Legs = []
    for row in raw:
        if not isinstance(row, list) or len(row) != size[1]:
            raise TravelUnavailableError("size", f"expected rows of {size[1]}")
        rows.append(
            [
                whole(value * times if isinstance(value, int | float) else value, most=most)
                for value in row
            ]
        )
    return rows
