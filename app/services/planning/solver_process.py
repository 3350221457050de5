"""The optimiser in a process of its own, which is killed when it overruns."""

import json
import os
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from structlog import get_logger

from dispatch.files.instances import problem_to_json
from dispatch.files.plans import plan_from_json
from dispatch.plan import Plan
from dispatch.problem import Problem

log = get_logger()
ROOT = Path(__file__).resolve().parents[3]
# Starting Python, loading compiled code and reading the file come on top of the budget.
START_S = 5.0
MISSING = "missing: "


@dataclass(frozen=True)
class Solved:
    """What came of it: no plan when it was killed; ``missing``: libraries it did without."""

    plan: Plan | None
    missing: tuple[str, ...] = ()


def solve_apart(
    problem: Problem,
    *,
    time_limit_s: float | None,
    iterations: int | None = None,
    seed: int = 1,
) -> Solved:
    """Solve in another process, which is killed at twice its budget with all that it started.

    It goes through the library's own command line and file format, so that what the planner was
    given can be kept and solved again by hand. Without a time limit ``iterations`` decide.
    """
    with tempfile.TemporaryDirectory(prefix="ungcuu-plan-") as folder:
        instance, found = Path(folder, "instance.json"), Path(folder, "plan.json")
        instance.write_text(json.dumps(problem_to_json(problem)), encoding="utf-8")
        command = [sys.executable, "-m", "dispatch", "solve", str(instance), "--seed", str(seed)]
        command += ["--out", str(found)]
        if time_limit_s is not None:
            command += ["--time-limit", str(time_limit_s)]
        if iterations is not None:
            command += ["--iterations", str(iterations)]
        limit_s = None if time_limit_s is None else 2 * time_limit_s + START_S
        code, said = run_apart(command, limit_s=limit_s)
        missing = _missing(said)
        if code is None:
            log.warning("planner killed", after_s=limit_s)
            return Solved(None, missing)
        if code != 0:
            log.error("planner failed", code=code, said=said[-500:])
            return Solved(None, missing)
        return Solved(plan_from_json(json.loads(found.read_text(encoding="utf-8"))), missing)


def run_apart(command: list[str], *, limit_s: float | None) -> tuple[int | None, str]:
    """(exit code, what it said on stderr); no code when it was killed."""
    with subprocess.Popen(
        command,
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        # A group of its own: the solvers that it starts are killed with it.
        start_new_session=True,
    ) as process:
        try:
            _out, said = process.communicate(timeout=limit_s)
        except subprocess.TimeoutExpired:
            _kill(process)
            return None, ""
        except BaseException:
            _kill(process)
            raise
        return process.returncode, said or ""


def _kill(process: subprocess.Popen[str]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _missing(said: str) -> tuple[str, ...]:
    """Libraries that the planner says it did without."""
    for line in said.splitlines():
        if line.startswith(MISSING):
            return tuple(line.removeprefix(MISSING).split(", "))
    return ()
