"""Every check there is: ``python3 scripts/test.py [-k EXPR] [--fast] [--long] [pytest options]``.

Sets up the test tools, a Chromium and a PostgreSQL, then runs format, lint, types and tests: first
those that may share the machine, on several cores (``-n 0``: on one), then those that start real
processes and browsers, one after the other. All parts run; the exit code is 1 if any of them
failed, or if no test was chosen.
"""

import os
import signal
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[0] = str(ROOT)

from scripts import bootstrap, chromium, postgres

ROOMS = ("app", "dispatch", "models", "scripts")
# Pytest's own code for "no test was chosen": `-k` may well choose from one half only.
NOTHING_CHOSEN = 5
MOST_PROCESSES = 4


def main(arguments: list[str]) -> int:
    """Run everything; the closing lines hold pytest's own summary and one line for each part."""
    if {"-h", "--help"} & set(arguments):
        print(__doc__)
        return 0
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        python = bootstrap.set_up(dev=True)
        with ExitStack() as stack:
            environment = _environment(python, stack, fast="--fast" in arguments)
            return _run_parts(python, arguments, environment)
    except (bootstrap.SetUpError, chromium.NoChromium, postgres.NoPostgres) as error:
        print(f"Tests stopped: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _environment(python: Path, stack: ExitStack, *, fast: bool) -> dict[str, str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    if not fast:
        environment["CHROMIUM_PATH"] = chromium.find(python)
        environment["TEST_DATABASE_URL"] = stack.enter_context(postgres.running(python))
    return environment


def _run_parts(python: Path, arguments: list[str], environment: dict[str, str]) -> int:
    parts = {
        "format": ["ruff", "format", "--check", "."],
        "lint": ["ruff", "check", "."],
        "types": ["mypy", "--strict", *ROOMS],
        "tests": ["pytest", "-m", "not alone", *_side_by_side(), *arguments],
        "walks": ["pytest", "-m", "alone", *arguments],
    }
    outcomes: dict[str, tuple[int, float]] = {}
    summaries = []
    for name, command in parts.items():
        print(f"── {name}: {' '.join(command)}", flush=True)
        started = time.monotonic()
        code, last_line = _run([str(python), "-m", *command], environment)
        outcomes[name] = (code, time.monotonic() - started)
        if "pytest" in command:
            summaries.append(f"{name}: {last_line}")
    empty = [name for name, (code, _) in outcomes.items() if code == NOTHING_CHOSEN]
    if len(empty) == 1:
        outcomes[empty[0]] = (0, outcomes[empty[0]][1])
    print()
    for name, (code, seconds) in outcomes.items():
        print(f"{name:<7} {'passed' if code == 0 else 'FAILED'}  ({seconds:.0f} s)")
    print(*summaries, sep="\n")
    return int(any(code for code, _ in outcomes.values()))


def _side_by_side() -> list[str]:
    """One process for each core; a file's tests stay together, for they share what they set up."""
    cores = min(MOST_PROCESSES, len(os.sched_getaffinity(0)))
    return ["-n", str(cores), "--dist", "loadfile"] if cores > 1 else []


def _run(command: list[str], environment: dict[str, str]) -> tuple[int, str]:
    """Run with the output passed on as it comes; the exit code and the last line of it."""
    last_line = ""
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, errors="replace"
    ) as process:
        for line in process.stdout or ():
            print(line, end="", flush=True)
            last_line = line.strip() or last_line
        code = process.wait()
    return code, last_line


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
