"""The command ``what-if INSTANCE FACT``: the plan as things are beside the plan as if."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from dispatch.commands.command import count, seconds
from dispatch.commands.files import named, read_json, read_problem, write_json
from dispatch.commands.libraries import load_libraries
from dispatch.plan import Plan
from dispatch.what_if import what_if
from dispatch.what_if_files import comparison_to_json, fact_from_json

OK, WRONG_INPUT = 0, 2


def add_to(parser: argparse.ArgumentParser) -> None:
    """Give a parser the arguments of this command, and the function that runs it."""
    parser.add_argument("instance", type=Path)
    parser.add_argument("fact", type=Path, help='such as {"kind": "fewer", "person": 7}')
    parser.add_argument("--out", type=Path, help="where the comparison goes; else standard output")
    parser.add_argument("--time-limit", type=seconds, help="seconds for everything")
    parser.add_argument("--iterations", type=count, help="for each of the three searches")
    parser.add_argument("--solver", help="a solver's name; else the default")
    parser.add_argument("--seed", type=int, default=1)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
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
    return OK


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command by itself and return its exit code."""
    parser = argparse.ArgumentParser(prog="dispatch.what_if_command", description=__doc__)
    add_to(parser)
    options = parser.parse_args(arguments)
    try:
        return run(options)
    except ValueError as error:
        print(error, file=sys.stderr)
    except OSError as error:
        print(f"{error.filename}: {error.strerror}", file=sys.stderr)
    return WRONG_INPUT


if __name__ == "__main__":
    sys.exit(main())
