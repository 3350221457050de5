"""Start Ứng Cứu on a machine that has only Python: ``python3 scripts/run.py --help``.

This part runs on any Python and makes the environment; `launch` takes over inside it.
"""

import os
import signal
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[0] = str(ROOT)

from scripts import bootstrap, options


def main(arguments: list[str]) -> int:
    """Check, set up, and become the launcher."""
    chosen = options.parse(arguments)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        options.check_machine(chosen)
        python = bootstrap.set_up()
    except (bootstrap.SetUpError, options.StartError) as error:
        print(f"Cannot start: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    _become(python, arguments)
    return 0


def _become(python: Path, arguments: list[str]) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    # -P: the folder that the user stands in must not hide a module of ours.
    command = [str(python), "-P", "-m", "scripts.launch", *arguments]
    sys.stdout.flush()
    os.execve(command[0], command, environment)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
