"""Whole days with arrivals, played under each policy."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from dispatch.day.day import day_from_json
from dispatch.files.formats import problem_from_json
from dispatch.simulate import BUDGET_S, POLICIES, simulate
from dispatch.solvers import vroom
from scripts.dispatch_bench.files import read
from scripts.dispatch_bench.judge import Judge
from scripts.dispatch_bench.result import Played

Tell = Callable[[str], None]


def played(
    folder: Path,
    *,
    judge: Judge,
    seeds: tuple[int, ...],
    tell: Tell,
    budget_s: float = BUDGET_S,
    most: int | None = None,
) -> tuple[list[Played], list[str]]:
    """Play every day of a folder; what was done is judged like any plan.

    ``budget_s``: seconds for each look at the whole plan. ``most``: no more days than that.
    """
    rows: list[Played] = []
    failed: list[str] = []
    for path in sorted(folder.glob("*.json"))[:most]:
        data = read(path)
        day, whole = day_from_json(data), problem_from_json(data, closures=False)
        for policy in POLICIES:
            if policy == "vroom" and vroom.is_missing():
                continue
            for seed in seeds if policy == "ours" else seeds[:1]:
                log = simulate(day, policy, seed=seed, budget_s=budget_s)
                verdict = judge.judged(whole, path, log.executed)
                failed += [f"{path.stem}, {policy}: {error}" for error in verdict.errors]
                figures = log.figures
                row = Played(
                    path.stem,
                    policy,
                    verdict.value,
                    figures["reassigned"],
                    figures["shifted"],
                    figures["dropped"],
                    figures["broken_promises"],
                )
                rows.append(row)
                tell(
                    f"{row.day:<18}{policy:<10}{row.value:>8}  reassigned {row.reassigned:>4}"
                    f"  shifted {row.shifted:>4}  dropped {row.dropped:>4}"
                )
    return rows, failed
