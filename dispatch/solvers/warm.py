"""Compile the search once, in set-up: ``python -m dispatch.solvers.warm``.

Compiling takes half a minute, loading what was compiled a fraction of a second; no plan should wait
for it. Exit code 1 and one sentence if it cannot be: numba is missing, or its folder is read-only.
"""

from __future__ import annotations

import importlib
import shutil
import sys

from dispatch.places import Location
from dispatch.problem import Lunch, Problem, Technician, Visit
from dispatch.schedule import Scheduler
from dispatch.solvers.draft import Draft, model_of
from dispatch.travel import travel_matrix

__all__ = ["main", "warm"]


def warm() -> None:
    """Compile everything, or load it where that was done; ImportError where it cannot be."""
    try:
        compiled = importlib.import_module("dispatch.solvers.compiled")
    except RuntimeError as error:  # numba found no folder to write to
        raise ImportError(str(error)) from error
    compiled.improve(_a_day(), seed=1, time_limit_s=None, iterations=1, started=0.0)
    compiled.WARM.touch()
    for old in compiled.WARM.parent.parent.glob("kernels-*"):
        if old != compiled.WARM.parent:
            shutil.rmtree(old, ignore_errors=True)


def _a_day() -> Draft:
    """A draft with something of everything that a kernel is handed; kernels know types only."""
    places = (Location(15.1, 108.8), Location(15.2, 108.7))
    lunch = Lunch(39_600, 46_800, 1_800)
    people = (Technician(1, 1, 0, {"network": 1}, (28_800, 57_600), lunch),)
    visits = (Visit(1, 1, {"network": 1}, 3, ((28_800, 57_600),), 3_600, 15),)
    problem = Problem(28_800, places, people, visits, travel_matrix(places))
    return Draft(Scheduler(model_of(problem)))


def main() -> int:
    """Warm up and say so."""
    try:
        warm()
    except ImportError as error:
        print(f"the compiled search is not available: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
