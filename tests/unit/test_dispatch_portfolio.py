"""Without numba, pyvroom or compiled code plans are still made, and it is said what is missing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from dispatch.objective import evaluate
from dispatch.solve import SOLVERS, missing, solve
from tests.dispatch_days import a_problem, a_technician, a_visit

ROOT = Path(__file__).resolve().parents[2]
PLANS = """
import sys
for name in {hidden!r}:
    sys.modules[name] = None
from dispatch.objective import evaluate
from dispatch.solve import prepare, solve
from tests.dispatch_days import a_problem, a_technician, a_visit
problem = a_problem([a_visit(i, location=i % 4) for i in range(6)], [a_technician(1)])
plan = solve(problem, iterations=20)
print(*prepare(), evaluate(problem, plan).ok, len(plan.placed()) > 0)
"""


with_both = pytest.mark.skipif(bool(missing()), reason="a library is missing here")


def said_by(*, hidden: tuple[str, ...] = (), kernels: Path | None = None) -> list[str]:
    """What a fresh Python says that cannot import these, or keeps compiled code there."""
    place = {} if kernels is None else {"NUMBA_CACHE_DIR": str(kernels)}
    ended = subprocess.run(
        [sys.executable, "-c", PLANS.format(hidden=hidden)],
        cwd=ROOT,
        env={**os.environ, **place},
        capture_output=True,
        text=True,
        check=True,
    )
    return ended.stdout.split()


def test_without_numba_the_plain_search_plans_and_numba_is_named() -> None:
    assert said_by(hidden=("numba",)) == ["numba", "True", "True"]


def test_without_both_libraries_both_are_named() -> None:
    assert said_by(hidden=("numba", "vroom")) == ["numba", "pyvroom", "True", "True"]


@with_both
def test_nobody_waits_for_a_compiler(tmp_path: Path) -> None:
    assert said_by(kernels=tmp_path) == ["kernels", "True", "True"]
    assert not list(tmp_path.rglob("*.nbc"))


@with_both
def test_a_folder_that_nobody_can_write_to_is_no_reason_to_stop() -> None:
    assert said_by(kernels=Path("/dev/null/kernels")) == ["kernels", "True", "True"]


def test_a_time_limit_covers_reasons_too() -> None:
    problem = a_problem([a_visit(i) for i in range(3)], [a_technician(1)])

    plan = solve(problem, time_limit_s=0.05)

    assert {item.visit for item in (*plan.assigned, *plan.unassigned)} == {0, 1, 2}
    assert evaluate(problem, plan).ok


def test_an_unknown_solver_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="there is no solver 'best', only " + ", ".join(SOLVERS)):
        solve(a_problem([a_visit(1)]), solver="best")
