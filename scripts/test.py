"""Every check there is: ``python3 scripts/test.py [-k EXPR] [--fast] [--long] [pytest options]``.

Sets up the test tools, a Chromium and a PostgreSQL, then runs format, lint, types and tests.
All parts run; the exit code is 1 if any of them failed.
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
        "tests": ["pytest", *arguments],
    }
    outcomes: dict[str, tuple[int, float]] = {}
    summary = ""
    for name, command in parts.items():
        print(f"── {name}: {' '.join(command)}", flush=True)
        started = time.monotonic()
        code, last_line = _run([str(python), "-m", *command], environment)
        outcomes[name] = (code, time.monotonic() - started)
        summary = last_line
    print()
    for name, (code, seconds) in outcomes.items():
        print(f"{name:<7} {'passed' if code == 0 else 'FAILED'}  ({seconds:.0f} s)")
    print(summary)
    return int(any(code for code, _ in outcomes.values()))


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
