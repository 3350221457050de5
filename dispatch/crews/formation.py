"""Who travels together within which part of the day.

A formation is a tuple of shapes. Two shapes of one person never overlap: a morning crew that is
split at its base, or a crew that is formed there at noon, is two shapes one after the other. The
earlier one must be home by its ``until_s``; the later one starts there, and lunch is owed in it.
"""

from __future__ import annotations

from dataclasses import dataclass

FOREVER_S = 10**9


@dataclass(frozen=True, slots=True)
class Shape:
    """These technicians share one car from ``from_s`` until they are home by ``until_s``."""

    technicians: tuple[int, ...]
    from_s: int = 0
    until_s: int = FOREVER_S

    def __post_init__(self) -> None:
        if not self.technicians:
            raise ValueError("technicians: a shape needs at least one person")
        if self.until_s < self.from_s:
            raise ValueError(f"until_s: {self.until_s} is before from_s {self.from_s}")


Formation = tuple[Shape, ...]
