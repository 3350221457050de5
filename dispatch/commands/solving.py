"""``solve``: make a plan for an instance."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from time import monotonic

from dispatch.commands.command import Command, Exit, count, seconds
from dispatch.commands.figures import figures
from dispatch.commands.files import check_out, read_plan, read_problem, write_json
from dispatch.commands.libraries import load_libraries
from dispatch.country.regions import SOLVER, RegionProgress, is_large, solve_regions
from dispatch.files.plans import plan_to_json
from dispatch.files.triangle import detour
from dispatch.objective import evaluate
from dispatch.solve import DEFAULT, SOLVERS, Progress, solve

WRITING_SHARE = 0.03
PLAIN = ("nearest", "insertion", "ruin_recreate")  # these need no library


def _add_to(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("instance", type=Path)
    parser.add_argument("--out", type=Path, help="where the plan goes; else standard output")
    parser.add_argument("--solver", choices=sorted(SOLVERS), help="else what suits the size")
    parser.add_argument("--time-limit", type=seconds, help="seconds for everything")
    parser.add_argument("--iterations", type=count, help="end after so many, whatever the time")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--start", type=Path, metavar="PLAN", help="a plan to start from")
    parser.add_argument(
        "--regions",
        choices=("auto", "yes", "no"),
        default="auto",
        help="by team, in parallel; auto: above 10 teams, or 600 visits of several teams",
    )
    parser.add_argument("--processes", type=count, default=2, help="for regions (2)")


def _report_regions(progress: RegionProgress) -> None:
    print(
        f"{progress.elapsed_s:6.1f} s  {progress.step} {progress.done} of {progress.parts}  "
        f"{progress.served:4d} visits",
        file=sys.stderr,
    )


def _report(progress: Progress) -> None:
    print(
        f"{progress.elapsed_s:6.1f} s  {progress.iterations:8d} iterations  "
        f"{progress.served:4d} visits  cost {progress.cost}",
        file=sys.stderr,
    )


def _left_s(limit_s: float | None, started_s: float) -> float | None:
    """What a country's files leave of its time: some is spent, and writing takes some more."""
    if limit_s is None:
        return None
    return max(WRITING_SHARE * limit_s, (1 - WRITING_SHARE) * limit_s - (monotonic() - started_s))


def _run(options: argparse.Namespace) -> int:
    started_s = monotonic()
    problem = read_problem(options.instance)
    start = None if options.start is None else read_plan(options.start, problem)
    check_out(options.out)
    warning = detour(problem.travel)
    if warning is not None:
        print(f"{options.instance}: warning: {warning}", file=sys.stderr)
    by_regions = is_large(problem) if options.regions == "auto" else options.regions == "yes"
    solver = options.solver or (SOLVER if by_regions else DEFAULT)
    if solver not in PLAIN:
        load_libraries()
    if by_regions:
        plan = solve_regions(
            problem,
            solver=solver,
            time_limit_s=_left_s(options.time_limit, started_s),
            iterations=options.iterations,
            seed=options.seed,
            start=start,
            processes=options.processes,
            progress=_report_regions,
        )
    else:
        plan = solve(
            problem,
            solver=solver,
            time_limit_s=options.time_limit,
            seed=options.seed,
            start=start,
            progress=_report,
            iterations=options.iterations,
        )
    cost = evaluate(problem, plan)
    write_json(plan_to_json(plan, figures=figures(problem, plan, cost)), options.out)
    # What is left here was given so: committed work that ends after the shift, for one.
    for violation in cost.violations:
        print(violation.text, file=sys.stderr)
    return Exit.OK


COMMAND = Command("solve", "make a plan for an instance", _add_to, _run)
