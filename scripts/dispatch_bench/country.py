"""A whole country planned by regions, each size in processes of its own, with their memory.

Every part gets the same number of iterations, so that what is measured is what the size costs.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from dispatch.country.generate import CountrySize, country
from dispatch.country.regions import solve_regions
from dispatch.files.formats import problem_from_json
from dispatch.objective import evaluate
from scripts.dispatch_bench.result import Country

Tell = Callable[[str], None]
TICKETS = (100, 250, 500, 1_000, 2_000, 4_000)
ITERATIONS = 2_000  # of each part
SAMPLED_S = 0.2
PROC = Path("/proc")
ROOT = Path(__file__).resolve().parents[2]
MODULE = "scripts.dispatch_bench.country"


def measured(
    tickets: tuple[int, ...] = TICKETS, *, seed: int, iterations: int = ITERATIONS, tell: Tell
) -> tuple[list[Country], list[str]]:
    """Plan a country of each size."""
    rows: list[Country] = []
    failed: list[str] = []
    for size in tickets:
        row, errors = _apart(size, seed=seed, iterations=iterations)
        if row is not None:
            rows.append(row)
            tell(
                f"{row.visits:>6} tickets {row.technicians:>6} people{row.wall_s:>9.1f} s"
                f"{row.peak_mb:>9.0f} MB{100 * row.share:>7.1f} % of the value"
            )
        failed += [f"country of {size}: {error}" for error in errors]
    return rows, failed


def _apart(size: int, *, seed: int, iterations: int) -> tuple[Country | None, list[str]]:
    """One size in a process of its own, which is watched from here."""
    command = [sys.executable, "-P", "-m", MODULE, str(size), str(seed), str(iterations)]
    running = subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )
    peak_kb = 0
    while running.poll() is None:
        peak_kb = max(peak_kb, sum(map(_size_kb, tree(running.pid))))
        time.sleep(SAMPLED_S)
    said = running.stdout.read() if running.stdout else ""
    if running.returncode != 0:
        return None, ["its process failed"]
    found = json.loads(said)
    row = Country(
        found["visits"],
        found["wall_s"],
        round(peak_kb / 1024, 1),
        found["technicians"],
        found["share"],
    )
    return row, found["errors"]


def tree(pid: int) -> Iterator[int]:
    """A process and all that it and its children have started."""
    yield pid
    try:
        tasks = list((PROC / str(pid) / "task").iterdir())
        children = [word for task in tasks for word in (task / "children").read_text().split()]
    except OSError:  # it has ended meanwhile
        return
    for child in children:
        yield from tree(int(child))


def _size_kb(pid: int) -> int:
    """The process's share of memory; pages that several have count once over all of them."""
    try:
        rollup = (PROC / str(pid) / "smaps_rollup").read_text()
    except OSError:
        return 0
    line = next((line for line in rollup.splitlines() if line.startswith("Pss:")), "Pss: 0 kB")
    return int(line.split()[1])


def main(arguments: list[str]) -> int:
    """Plan one country and print what it took; this runs in the process that is watched."""
    size, seed, iterations = map(int, arguments)
    problem = problem_from_json(country(seed, CountrySize.with_tickets(size)))
    started = time.perf_counter()
    plan = solve_regions(problem, seed=seed, iterations=iterations)
    wall_s = time.perf_counter() - started
    cost = evaluate(problem, plan)
    asked = sum(visit.value for visit in problem.visits)
    found = {
        "visits": len(problem.visits),
        "technicians": len(problem.technicians),
        "wall_s": round(wall_s, 2),
        "share": round(cost.value / asked, 4) if asked else 1.0,
        "errors": [broken.text for broken in cost.violations[:3]],
    }
    print(json.dumps(found))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
