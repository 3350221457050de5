"""The judge of the dispatch bench: the rules and the objective, and a checker of somebody else's.

No solver is asked about its own plan: value and travel are what the judge counts.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from dispatch.files.plans import plan_to_json
from dispatch.objective import evaluate
from dispatch.plan import Plan
from dispatch.problem import Problem

SHOWN = 3  # broken rules that are repeated
TRAVEL_H = 0.006  # a checker rounds hours to two digits


@dataclass(frozen=True)
class Verdict:
    """What a plan is worth; a plan with ``errors`` does not count."""

    value: int
    travel_s: int
    errors: tuple[str, ...]


class Judge:
    """Judges plans, with the help of a checker if there is one.

    ``checker``: a program that is called with an instance and a plan and prints a JSON object with
    ``ok``, ``errors``, ``value`` and ``travel_h``, as ``check_plan.py`` does.
    """

    def __init__(self, checker: Path | None) -> None:
        self.checker = checker

    def judged(self, problem: Problem, path: Path, plan: Plan) -> Verdict:
        """The verdict about a plan for the instance in this file."""
        cost = evaluate(problem, plan)
        errors = [broken.text for broken in cost.violations]
        if self.checker is not None:
            errors += self._second_opinion(path, plan, cost.value, cost.travel_s)
        if errors:
            return Verdict(0, 0, tuple(errors[:SHOWN]))
        return Verdict(cost.value, cost.travel_s, ())

    def _second_opinion(self, path: Path, plan: Plan, value: int, travel_s: int) -> list[str]:
        with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:
            json.dump(plan_to_json(plan), file)
            file.flush()
            command = [sys.executable, str(self.checker), str(path), file.name]
            ended = subprocess.run(command, capture_output=True, text=True, check=False)
        try:
            found = json.loads(ended.stdout)
        except ValueError:
            return [f"the checker failed: {ended.stderr.strip()[-200:]}"]
        errors = [str(error) for error in found["errors"]]
        if not errors and found["value"] != value:
            errors.append(f"the checker counts a value of {found['value']}, not {value}")
        if not errors and abs(found["travel_h"] - travel_s / 3600) > TRAVEL_H:
            errors.append(f"the checker counts {found['travel_h']} h of travel, not {travel_s} s")
        return errors
