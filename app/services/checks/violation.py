"""A rule of SECURITY.md that does not hold."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Violation:
    """Which invariant, in words, and of which ticket if it is one's."""

    invariant: str
    message: str
    ticket: int | None = None
