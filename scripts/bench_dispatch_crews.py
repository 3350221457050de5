"""Days on which two people open together what nobody can do alone: what sharing cars gains.

The same day is planned twice with the same budget, once with crews and once without.
``python -m scripts.bench_dispatch_crews`` prints the table.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace

from dispatch.formats import problem_from_json
from dispatch.generate import Size, province
from dispatch.objective import evaluate
from dispatch.problem import Problem, Visit
from dispatch.solve import prepare, solve

SKILLS = 10
BASES = (0, 1)  # the first two places of a generated day, coast and highland
JOINT = 0.25  # of the tickets with one skill, how many ask for a second one
BUDGET_S = 5.0

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Shared:
    """One day: its value alone and with crews, and how many cars were shared."""

    name: str
    alone: int
    crews: int
    cars: int

    @property
    def gain(self) -> float:
        """What crews bring, as a share of the value without them."""
        return self.crews / self.alone - 1


def crew_day(seed: int, *, tickets: int, technicians: int = 40) -> Problem:
    """A generated day whose people all start at a base and whose tickets often need two skills."""
    rng = random.Random(seed)
    size = Size(tickets=tickets, technicians=technicians, skills=SKILLS, crews=True)
    day = problem_from_json(province(seed, size))
    return replace(
        day,
        name=f"crews-{tickets}-{seed}",
        technicians=tuple(replace(t, home=BASES[t.team - 1]) for t in day.technicians),
        visits=tuple(_more_asked(rng, visit) for visit in day.visits),
    )


def _more_asked(rng: random.Random, visit: Visit) -> Visit:
    if rng.random() >= JOINT or len(visit.skills) > 1:
        return visit
    others = [f"s{i}" for i in range(SKILLS) if f"s{i}" not in visit.skills]
    return replace(visit, skills={**visit.skills, rng.choice(others): 1})


def measured(
    *,
    sizes: tuple[int, ...] = (60, 120, 240),
    seeds: tuple[int, ...] = (1, 2, 3),
    time_limit_s: float | None = BUDGET_S,
    iterations: int | None = None,
    tell: Tell,
) -> tuple[list[Shared], list[str]]:
    """Plan each day with and without crews; the second list names what broke a rule."""
    rows: list[Shared] = []
    failed: list[str] = []
    for tickets in sizes:
        for seed in seeds:
            day = crew_day(seed, tickets=tickets)
            values = []
            for problem in (replace(day, crews=False), day):
                plan = solve(problem, time_limit_s=time_limit_s, iterations=iterations)
                cost = evaluate(problem, plan)
                failed += [f"{day.name}: {broken.text}" for broken in cost.violations]
                values.append(cost.value)
            cars = sum(1 for route in plan.routes if len(route.technicians) > 1)
            row = Shared(day.name, values[0], values[1], cars)
            rows.append(row)
            tell(
                f"{row.name:<14}{row.alone:>8}{row.crews:>8}{row.cars:>4}{100 * row.gain:>+8.1f} %"
            )
    mean = sum(row.gain for row in rows) / max(1, len(rows))
    tell(f"{'mean':<14}{'':>20}{100 * mean:>+8.1f} %")
    return rows, failed


if __name__ == "__main__":
    prepare()
    measured(tell=print)
