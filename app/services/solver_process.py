"""The optimiser in a process of its own, which is killed when it overruns."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from structlog import get_logger

from dispatch.instances import problem_to_json
from dispatch.plan import Plan
from dispatch.plan_files import plan_from_json
from dispatch.problem import Problem

log = get_logger()
ROOT = Path(__file__).resolve().parents[2]


def solve_apart(problem: Problem, *, time_limit_s: float, seed: int = 1) -> Plan | None:
    """Solve in another process; None when it failed or took more than twice its budget.

    It goes through the library's own command line and file format, so that what the planner was
    given can be kept and solved again by hand.
    """
    with tempfile.TemporaryDirectory(prefix="ungcuu-plan-") as folder:
        instance, found = Path(folder, "instance.json"), Path(folder, "plan.json")
        instance.write_text(json.dumps(problem_to_json(problem)), encoding="utf-8")
        command = [sys.executable, "-m", "dispatch", "solve", str(instance)]
        command += ["--time-limit", str(time_limit_s), "--seed", str(seed), "--out", str(found)]
        try:
            # Starting Python and reading the file come on top of the budget, hence the 5 s.
            ended = subprocess.run(
                command,
                cwd=ROOT,
                capture_output=True,
                timeout=2 * time_limit_s + 5,
                check=False,
                text=True,
            )
        except subprocess.TimeoutExpired:
            log.warning("planner killed", after_s=2 * time_limit_s + 5)
            return None
        if ended.returncode != 0:
            log.error("planner failed", code=ended.returncode, said=ended.stderr[-500:])
            return None
        return plan_from_json(json.loads(found.read_text(encoding="utf-8")))
