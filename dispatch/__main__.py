"""The command line, ``python -m dispatch``: see ``dispatch/README.md``.

Exit codes: 0 done (check: the plan keeps every rule), 1 the checked plan breaks a rule, 2 a wrong
file or argument; what is wrong is said on the error stream, with the path of the wrong field.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from dispatch.commands import checking, comparing, explaining, generating, simulating, solving
from dispatch.commands.command import Exit

COMMANDS = {
    command.name: command
    for command in (
        solving.COMMAND,
        checking.COMMAND,
        explaining.COMMAND,
        simulating.COMMAND,
        comparing.COMMAND,
        generating.COMMAND,
    )
}
MOST_SAID = 800  # characters: whatever stands in a file, an error is one line
EXIT_CODES = """exit codes: 0 done, 1 the checked plan breaks a rule, 2 a wrong file or argument;
what is wrong is said on the error stream, with the path of the wrong field"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    options = _parser().parse_args(arguments)
    try:
        return COMMANDS[options.command].run(options)
    except ValueError as error:
        print(" ".join(str(error).split())[:MOST_SAID], file=sys.stderr)
    except OSError as error:
        print(f"{error.filename or 'output'}: {error.strerror}", file=sys.stderr)
    return Exit.WRONG_INPUT


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m dispatch",
        description="Plan technicians and visits.",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    words = parser.add_subparsers(dest="command", required=True)
    for command in COMMANDS.values():
        command.add_to(words.add_parser(command.name, help=command.summary, epilog=EXIT_CODES))
    return parser


if __name__ == "__main__":
    sys.exit(main())
