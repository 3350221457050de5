"""``what-if``: the plan as things are beside the plan with one fact changed."""

from __future__ import annotations

import argparse
from pathlib import Path

from dispatch.commands.command import Command, Exit, count, seconds
from dispatch.commands.files import named, read_json, read_problem, write_json
from dispatch.commands.libraries import load_libraries
from dispatch.plan import Plan
from dispatch.what_if.comparison import what_if
from dispatch.what_if.files import comparison_to_json, fact_from_json


def _add_to(parser: argparse.ArgumentParser) -> None:
    """Give a parser the arguments of this command."""
    parser.add_argument("instance", type=Path)
    parser.add_argument("fact", type=Path, help='such as {"kind": "fewer", "person": 7}')
    parser.add_argument("--out", type=Path, help="where the comparison goes; else standard output")
    parser.add_argument("--time-limit", type=seconds, help="seconds for everything")
    parser.add_argument("--iterations", type=count, help="for each of the three searches")
    parser.add_argument("--solver", help="a solver's name; else the default")
    parser.add_argument("--seed", type=int, default=1)


def _run(options: argparse.Namespace) -> int:
    """Compare and write; ValueError or OSError for a wrong file."""
    problem = read_problem(options.instance)
    asked = read_json(options.fact)
    with named(options.fact):
        fact = fact_from_json(asked, problem)
        load_libraries()
        found = what_if(
            problem,
            problem.published or Plan(),
            fact,
            iterations=options.iterations,
            time_limit_s=options.time_limit,
            solver=options.solver,
            seed=options.seed,
        )
    write_json(comparison_to_json(found), options.out)
    return Exit.OK


COMMAND = Command("what-if", "compare the plan with what it would be", _add_to, _run)
