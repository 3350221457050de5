"""Places on the map and the boats between them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

DAY_S = 86_400


class Terrain(StrEnum):
    """What the roads around a place are like; it decides detour and speed."""

    PLAIN = "plain"
    MOUNTAIN = "mountain"
    ISLAND = "island"


@dataclass(frozen=True, slots=True)
class Location:
    """A place where people start or a visit is held; ``region`` names the side of the passes."""

    lat: float
    lon: float
    terrain: Terrain = Terrain.PLAIN
    region: str | None = None

    def __post_init__(self) -> None:
        if not -90 <= self.lat <= 90:
            raise ValueError(f"lat: {self.lat} lies outside ±90")
        if not -180 <= self.lon <= 180:
            raise ValueError(f"lon: {self.lon} lies outside ±180")

    @property
    def is_island(self) -> bool:
        """Whether the sea lies between here and the mainland."""
        return self.terrain == Terrain.ISLAND


@dataclass(frozen=True, slots=True)
class Ferry:
    """A boat one way; ports are indices of locations. One must be there ``before_s`` early."""

    from_location: int
    to_location: int
    sail_s: tuple[int, ...]
    crossing_s: int
    before_s: int

    def __post_init__(self) -> None:
        if self.crossing_s < 0:
            raise ValueError(f"crossing_s: {self.crossing_s} is negative")
        if self.before_s < 0:
            raise ValueError(f"before_s: {self.before_s} is negative")
        object.__setattr__(self, "sail_s", tuple(sorted(self.sail_s)))
