"""Days on which two people open together what nobody can do alone: what sharing cars gains.

The same day is planned twice with the same budget, once with crews and once without.
"""

from __future__ import annotations

import json
import random
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dispatch.files.formats import problem_from_json
from dispatch.generate import Size, province
from dispatch.plan import Plan
from dispatch.problem import Problem
from dispatch.solve import prepare, solve
from scripts.dispatch_bench.judge import Judge, Verdict
from scripts.dispatch_bench.result import Shared

Tell = Callable[[str], None]
SKILLS = 10
BASES = (0, 1)  # the first two places of a generated day, coast and highland
JOINT = 0.25  # of the tickets with one skill, how many ask for a second one
SIZES, DAYS = (60, 120, 240), (1, 2, 3)


@dataclass(frozen=True)
class Effort:
    """How hard each plan is looked for: seconds, or iterations where there is no limit."""

    seed: int
    time_limit_s: float | None = None
    iterations: int | None = None


def crew_file(seed: int, *, tickets: int, technicians: int = 40) -> dict[str, Any]:
    """A generated day whose people all start at a base and whose tickets often need two skills."""
    rng = random.Random(seed)
    size = Size(tickets=tickets, technicians=technicians, skills=SKILLS, crews=True)
    file: dict[str, Any] = province(seed, size)
    for technician in file["technicians"]:
        technician["home"] = BASES[technician["team"] - 1]
    for visit in file["visits"]:
        _ask_more(rng, visit["skills"])
    return file | {"name": f"crews-n{tickets}-s{seed}"}


def _ask_more(rng: random.Random, skills: dict[str, int]) -> None:
    if rng.random() < JOINT and len(skills) == 1:
        others = [f"s{i}" for i in range(SKILLS) if f"s{i}" not in skills]
        skills[rng.choice(others)] = 1


def crew_day(seed: int, *, tickets: int, technicians: int = 40) -> Problem:
    """The same, read."""
    return problem_from_json(crew_file(seed, tickets=tickets, technicians=technicians))


def shared(
    sizes: tuple[int, ...] = SIZES,
    days: tuple[int, ...] = DAYS,
    *,
    effort: Effort,
    judge: Judge,
    tell: Tell,
) -> tuple[list[Shared], list[str]]:
    """Plan each day without crews and with them; ``days`` are the seeds of each size's days."""
    prepare()
    rows: list[Shared] = []
    failed: list[str] = []
    for tickets in sizes:
        for day in days:
            file = crew_file(day, tickets=tickets)
            _, alone = _planned(file | {"crews": False}, effort, judge)
            plan, crews = _planned(file, effort, judge)
            cars = sum(1 for route in plan.routes if len(route.technicians) > 1)
            row = Shared(file["name"], tickets, alone.value, crews.value, cars)
            rows.append(row)
            for words, verdict in (("alone", alone), ("with crews", crews)):
                failed += [f"{row.day}, {words}: {error}" for error in verdict.errors]
            tell(
                f"{row.day:<18}alone{row.alone:>8}  with crews{row.crews:>8}  cars shared {cars:>3}"
            )
    return rows, failed


def _planned(file: dict[str, Any], effort: Effort, judge: Judge) -> tuple[Plan, Verdict]:
    problem = problem_from_json(file)
    plan = solve(
        problem,
        seed=effort.seed,
        time_limit_s=effort.time_limit_s,
        iterations=effort.iterations,
    )
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        path = Path(folder) / f"{problem.name}.json"
        path.write_text(json.dumps(file), encoding="utf-8")
        return plan, judge.judged(problem, path, plan)
