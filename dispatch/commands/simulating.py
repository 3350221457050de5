"""``simulate``: play a whole day under a policy."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from dispatch.commands.command import Command, Exit, count, seconds
from dispatch.commands.files import check_out, named, read_json, write_json
from dispatch.commands.libraries import load_libraries
from dispatch.day.day import day_from_json
from dispatch.day.log import Publication, log_to_json
from dispatch.simulate import BUDGET_S, POLICIES, simulate
from dispatch.solve import DEFAULT, SOLVERS

SEARCHING = ("ours", "vroom")  # these policies look at the whole plan


def _add_to(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("day", type=Path)
    parser.add_argument("--policy", choices=sorted(POLICIES), default="ours")
    parser.add_argument("--out", type=Path, help="where the log goes; else standard output")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--solver", choices=sorted(SOLVERS), default=DEFAULT)
    parser.add_argument(
        "--time-limit",
        "--budget",
        type=seconds,
        default=BUDGET_S,
        help=f"seconds for each look at the whole plan ({BUDGET_S})",
    )
    parser.add_argument(
        "--iterations",
        type=count,
        help="for each look, instead of seconds: the same seed then gives the same log",
    )


def _report(told: Publication) -> None:
    hours, minutes = divmod(told.at_s // 60, 60)
    print(
        f"{hours:02d}:{minutes:02d}  {len(told.plan.placed()):4d} visits  "
        f"reassigned {told.reassigned}  shifted {told.shifted}  dropped {told.dropped}",
        file=sys.stderr,
    )


def _run(options: argparse.Namespace) -> int:
    data = read_json(options.day)
    with named(options.day):
        day = day_from_json(data)
    check_out(options.out)
    if options.policy in SEARCHING:
        load_libraries()
    with named(options.day):
        log = simulate(
            day,
            options.policy,
            seed=options.seed,
            budget_s=None if options.iterations is not None else options.time_limit,
            iterations=options.iterations,
            solver=options.solver,
            progress=_report,
        )
    write_json(log_to_json(log), options.out)
    return Exit.OK


COMMAND = Command("simulate", "play a whole day under a policy", _add_to, _run)
