"""Child processes with a log each, started in groups of their own and stopped for certain."""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

# In the data folder: held while schema and rows are seen to, awaited by the web process.
LOCK = ".preparing"
# gunicorn gives requests 5 s to end (--graceful-timeout), the worker finishes its job.
STOP_S = 10
# A child that keeps ending starts again after 1, 2, 4, … 30 s; one that lived longer, after 1 s.
LONGEST_PAUSE_S = 30.0


class Child:
    """One program that is meant to run as long as we do."""

    def __init__(
        self, name: str, command: Sequence[str], *, env: Mapping[str, str], cwd: Path, log: Path
    ) -> None:
        self.name = name
        self.log = log
        self._command = list(command)
        self._env = dict(env)
        self._cwd = cwd
        self._process: subprocess.Popen[bytes] | None = None
        self._started_at = 0.0
        self._log_begins_at = 0
        self._pause_s = 1.0
        self._restart_at: float | None = None

    def start(self) -> None:
        """Start it; its output is added to the log."""
        self.log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._started_at = time.monotonic()
        self._restart_at = None
        with self.log.open("ab") as log:
            self._log_begins_at = log.tell()
            self._process = subprocess.Popen(
                self._command,
                env=self._env,
                cwd=self._cwd,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """Its process id; only after `start`."""
        if self._process is None:
            raise ValueError(f"{self.name} was not started")
        return self._process.pid

    def exit_code(self) -> int | None:
        """How it ended; None while it runs."""
        return self._process.poll() if self._process else None

    def keep_running(self) -> bool:
        """Start it again if it ended, each time after a longer pause; whether it had ended."""
        if self.exit_code() is None:
            return False
        now = time.monotonic()
        if self._restart_at is None:
            lived_s = now - self._started_at
            self._pause_s = 1.0 if lived_s > LONGEST_PAUSE_S else self._pause_s
            self._restart_at = now + self._pause_s
            self._pause_s = min(2 * self._pause_s, LONGEST_PAUSE_S)
            return True
        if now >= self._restart_at:
            self.start()
        return False

    def ask_to_stop(self) -> None:
        """Send SIGTERM to the whole group."""
        self._signal(signal.SIGTERM)

    def wait_stopped(self, *, until: float) -> None:
        """Wait until that monotonic moment, then kill what is left of the group."""
        if self._process is None:
            return
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=max(0.0, until - time.monotonic()))
        self._signal(signal.SIGKILL)
        self._process.wait()

    def last_lines(self, count: int = 15) -> str:
        """The end of what it wrote since its start."""
        if not self.log.is_file():
            return ""
        with self.log.open("rb") as log:
            log.seek(self._log_begins_at)
            return "\n".join(log.read().decode(errors="replace").splitlines()[-count:])

    def _signal(self, number: int) -> None:
        if self._process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, number)


@contextmanager
def held(path: Path, *, shared: bool = False) -> Iterator[None]:
    """Hold a lock on a file, alone or with others; it ends with the block, or with the process."""
    with path.open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_SH if shared else fcntl.LOCK_EX)
        yield


def stop_all(children: Sequence[Child]) -> None:
    """Ask all to stop at once, then wait for each; returns when none is left."""
    for child in children:
        child.ask_to_stop()
    until = time.monotonic() + STOP_S
    for child in children:
        child.wait_stopped(until=until)
