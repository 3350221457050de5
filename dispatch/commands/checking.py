"""``check``: judge a plan by the hard rules, and count it."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from dispatch.commands.command import Command, Exit
from dispatch.commands.figures import figures
from dispatch.commands.files import read_plan, read_problem
from dispatch.files.fields import Json
from dispatch.objective import evaluate


def _add_to(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("instance", type=Path)
    parser.add_argument("plan", type=Path)


def _run(options: argparse.Namespace) -> int:
    # Which road was closed when is the day's own story: a plan is judged on open roads.
    problem = read_problem(options.instance, closures=False)
    plan = read_plan(options.plan, problem)
    cost = evaluate(problem, plan)
    verdict: dict[str, Json] = {
        "ok": cost.ok,
        "errors": [
            violation.text
            if violation.route is None
            else f"route {violation.route}: {violation.text}"
            for violation in cost.violations
        ],
    }
    print(json.dumps(verdict | figures(problem, plan, cost), ensure_ascii=False))
    return Exit.OK if cost.ok else Exit.BROKEN


COMMAND = Command(
    "check", "judge a plan by the hard rules; exit code 1 if it breaks one", _add_to, _run
)
