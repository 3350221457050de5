"""Running services for tests, started and stopped as people do it: by `scripts/run.py`."""

import json
import os
import queue
import signal
import socket
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
READY_S = 180


@dataclass(frozen=True)
class Site:
    """A running service with demo data."""

    address: str
    data: Path
    process: subprocess.Popen[str]

    def account(self, role: str, **wanted: str) -> dict[str, Any]:
        """The first demo account of a role; further keywords narrow it down (commune="23293")."""
        accounts = json.loads((self.data / "demo-accounts.json").read_text(encoding="utf-8"))
        return next(
            account
            for account in accounts
            if account["role"] == role
            and all(str(account[key]) == value for key, value in wanted.items())
        )

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Stop it by a signal; its exit code."""
        self.process.send_signal(number)
        return self.process.wait(timeout=30)


def start_site(data: Path, *, at: str, port: int | None = None, **settings: str) -> Site:
    """Start a service on a scratch folder, with its clock at a local moment.

    Capital keywords are settings (`SMS_LINKS="0"`). Raises AssertionError with what it said.
    """
    command = [sys.executable, str(ROOT / "scripts" / "run.py"), "--data", str(data), "--at", at]
    command += ["--port", str(port or free_port())]
    environment = {**os.environ, **settings}
    if "DATABASE_URL" not in settings:
        environment.pop("DATABASE_URL", None)
    process = subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    said: queue.Queue[str] = queue.Queue()
    threading.Thread(target=_read, args=(process, said), daemon=True).start()
    lines: list[str] = []
    while True:
        try:
            line = said.get(timeout=READY_S)
        except queue.Empty:
            line = ""
        if line.startswith("Ready: "):
            return Site(address=line.split()[1], data=data, process=process)
        lines.append(line)
        if not line:
            process.terminate()
            process.wait(timeout=30)
            raise AssertionError("the service did not start:\n" + "".join(lines))


def _read(process: subprocess.Popen[str], said: queue.Queue[str]) -> None:
    """Pass the output on until its end, which is an empty line."""
    assert process.stdout is not None
    for line in process.stdout:
        said.put(line)
    process.stdout.close()
    said.put("")


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
