"""The command line: ``python -m dispatch solve`` and ``python -m dispatch check``.

Exit codes: 0 done (check: the plan keeps every rule), 1 the checked plan breaks a rule, 2 a wrong
file or argument; what is wrong is said on the error stream, with the path of the wrong field.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from dispatch.fields import Json
from dispatch.formats import plan_from_json, plan_to_json, problem_from_json
from dispatch.objective import Cost, evaluate
from dispatch.plan import Plan
from dispatch.problem import Problem
from dispatch.solve import SOLVERS, Progress, solve

OK, BROKEN, WRONG_INPUT = 0, 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    options = _parser().parse_args(arguments)
    try:
        if options.command == "solve":
            return _solve(options)
        return _check(options)
    except ValueError as error:
        print(error, file=sys.stderr)
    except OSError as error:
        print(f"{error.filename}: {error.strerror}", file=sys.stderr)
    return WRONG_INPUT


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="dispatch", description="Plan technicians and visits.")
    commands = parser.add_subparsers(dest="command", required=True)
    solving = commands.add_parser("solve", help="make a plan for an instance")
    solving.add_argument("instance", type=Path)
    solving.add_argument("--out", type=Path, help="where the plan goes; else standard output")
    solving.add_argument("--solver", choices=sorted(SOLVERS), default="ruin_recreate")
    solving.add_argument("--time-limit", type=_seconds, help="seconds for everything")
    solving.add_argument("--iterations", type=int, help="end after so many, whatever the time")
    solving.add_argument("--seed", type=int, default=1)
    checking = commands.add_parser("check", help="judge a plan by the rules")
    checking.add_argument("instance", type=Path)
    checking.add_argument("plan", type=Path)
    return parser


def _seconds(text: str) -> float:
    value = float(text)
    if not value > 0:
        raise argparse.ArgumentTypeError(f"must be above zero, not {text}")
    return value


def _read(path: Path) -> Json:
    try:
        data: Json = json.loads(path.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{path}: not JSON: {error}") from None
    return data


def _problem(path: Path) -> Problem:
    data = _read(path)
    try:
        return problem_from_json(data)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None


def _plan(path: Path) -> Plan:
    data = _read(path)
    try:
        return plan_from_json(data)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None


def _report(progress: Progress) -> None:
    print(
        f"{progress.elapsed_s:6.1f} s  {progress.iterations:8d} iterations  "
        f"{progress.served:4d} visits  cost {progress.cost}",
        file=sys.stderr,
    )


def _solve(options: argparse.Namespace) -> int:
    problem = _problem(options.instance)
    plan = solve(
        problem,
        solver=options.solver,
        time_limit_s=options.time_limit,
        seed=options.seed,
        progress=_report,
        iterations=options.iterations,
    )
    cost = evaluate(problem, plan)
    text = json.dumps(plan_to_json(plan, figures=_figures(problem, plan, cost)))
    if options.out is None:
        print(text)
    else:
        options.out.write_text(text + "\n", encoding="utf-8")
    # What is left here was given so: committed work that ends after the shift, for one.
    for violation in cost.violations:
        print(violation.text, file=sys.stderr)
    return OK


def _check(options: argparse.Namespace) -> int:
    problem = _problem(options.instance)
    plan = _plan(options.plan)
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
    print(json.dumps(verdict | _figures(problem, plan, cost), ensure_ascii=False))
    return OK if cost.ok else BROKEN


def _figures(problem: Problem, plan: Plan, cost: Cost) -> dict[str, int]:
    return {
        "value": cost.value,
        "value_asked": sum(visit.value for visit in problem.visits),
        "served": cost.served,
        "visits": len(problem.visits),
        "travel_s": cost.travel_s,
        "distance_m": cost.distance_m,
        "changed": cost.changed,
        "dropped": cost.dropped,
        "shifted": cost.shifted,
        "technicians_used": len({i for route in plan.routes for i in route.technicians}),
        "cost": cost.total,
    }


if __name__ == "__main__":
    sys.exit(main())
