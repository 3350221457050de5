"""A command of the library in a process of its own, killed when it overruns."""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from structlog import get_logger

log = get_logger()
ROOT = Path(__file__).resolve().parents[3]
LOW_PRIORITY = 10


def run_apart(arguments: Sequence[str], *, timeout_s: float, is_patient: bool = False) -> bool:
    """Run ``python -m …`` with these arguments; False when it failed or was killed.

    ``is_patient``: it lets everything else on the machine go first.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", *arguments],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        # A group of its own: the solvers that it starts are killed with it.
        start_new_session=True,
    )
    if is_patient:
        os.setpriority(os.PRIO_PROCESS, process.pid, LOW_PRIORITY)
    try:
        _out, said = process.communicate(timeout=timeout_s)
    except subprocess.TimeoutExpired:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        log.warning("library's command killed", command=arguments[0], after_s=timeout_s)
        return False
    if process.returncode != 0:
        log.error("library's command failed", code=process.returncode, said=said[-500:])
    return process.returncode == 0
