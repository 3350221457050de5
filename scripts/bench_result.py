"""What a run of the bench found."""

from __future__ import annotations

from dataclasses import dataclass

from scripts.bench_measure import Measured


@dataclass(frozen=True)
class Result:
    """One run: where, on how much, and what it cost. ``pss_mib`` is by process, after the run."""

    machine: str
    on: str
    tickets: int
    open_tickets: int
    measured: list[Measured]
    failed: list[str]
    pss_mib: dict[str, float]
    pss_total_mib: float
