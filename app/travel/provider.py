"""The protocol behind which every source of travel times stands, and what passes through it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

# Longer than any way in the province: what says more is broken.
LONGEST_S = 48 * 3600
FARTHEST_M = 3_000_000

Legs = list[list[int | None]]


class TravelUnavailableError(RuntimeError):
    """No table could be had; ``code`` says why in one word, the message what was said."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail


@dataclass(frozen=True)
class Point:
    """A place by its code and coordinates."""

    code: str
    lat: float
    lon: float


@dataclass(frozen=True)
class Table:
    """Driving times and distances: rows from, columns to, whole seconds and metres.

    None where the source knows no way. Parking is not in them.
    """

    travel_s: Legs
    distance_m: Legs

    @property
    def unknown(self) -> int:
        """Legs that the source gave no time for."""
        return sum(leg is None for row in self.travel_s for leg in row)


class TravelProvider(Protocol):
    """A source of travel times. Called by the worker's clock alone, outside every transaction."""

    name: str
    address: str

    def fetch(self, points: Sequence[Point]) -> Table | None:
        """The table for these places in this order; None: the built-in estimate is meant.

        Raises
        ------
        TravelUnavailableError
            If it cannot be had, or what came is no table for these places.
        """
        ...


def checked(table: Table, *, size: int) -> Table:
    """The table, if it is one for ``size`` places.

    Raises
    ------
    TravelUnavailableError
        If its size is wrong, or it knows less than half of the legs.
    """
    for rows in (table.travel_s, table.distance_m):
        if len(rows) != size or any(len(row) != size for row in rows):
            raise TravelUnavailableError("size", f"expected {size} rows of {size}")
    if 2 * table.unknown > size * size:
        raise TravelUnavailableError("empty", f"{table.unknown} of {size * size} legs are missing")
    return table


def whole(value: object, *, most: int) -> int | None:
    """A number of a foreign table in whole units; None for null.

    Raises
    ------
    TravelUnavailableError
        If it is no number, negative, or beyond ``most``.
    """
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TravelUnavailableError("format", f"{str(value)[:40]!r} is no number")
    # An int may be too large for isfinite; NaN is not within anything.
    if not 0 <= value <= most:
        raise TravelUnavailableError("format", f"a number lies outside 0-{most}")
    return round(value)
