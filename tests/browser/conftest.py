"""A real Chromium and a real service, started by the same command that people use."""

import json
import os
import queue
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
READY_S = 180


@dataclass(frozen=True)
class Site:
    """A running service with demo data."""

    address: str
    data: Path

    def account(self, role: str, **wanted: str) -> dict[str, Any]:
        """The first demo account of a role; further keywords narrow it down (commune="70024")."""
        accounts = json.loads((self.data / "demo-accounts.json").read_text(encoding="utf-8"))
        return next(
            account
            for account in accounts
            if account["role"] == role
            and all(str(account[key]) == value for key, value in wanted.items())
        )


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Chromium as the machine has it, with fake cameras and nothing that calls home."""
    flags = [
        "--disable-gpu",
        "--disable-quic",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
    ]
    if os.geteuid() == 0:
        flags.append("--no-sandbox")
    arguments = {**browser_type_launch_args, "args": flags}
    if path := os.environ.get("CHROMIUM_PATH"):
        arguments["executable_path"] = path
    return arguments


@pytest.fixture(scope="session")
def start_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Site]]:
    """Starts a service whose clock begins at a local moment: `start_site(at="2026-11-25T13:45")`.

    The same moment gives the same service, once for the whole run.
    """
    running: dict[str, tuple[Site, subprocess.Popen[str]]] = {}

    def start(*, at: str) -> Site:
        if at not in running:
            running[at] = _start(tmp_path_factory.mktemp("site"), at=at)
        return running[at][0]

    yield start
    for _, process in running.values():
        process.send_signal(signal.SIGTERM)
    for _, process in running.values():
        process.wait(timeout=30)


@pytest.fixture(scope="session")
def site(start_site: Callable[..., Site]) -> Site:
    """A service on a Wednesday at 08:00, half an hour after the offices open."""
    return start_site(at="2026-11-25T08:00")


def _start(data: Path, *, at: str) -> tuple[Site, subprocess.Popen[str]]:
    command = [sys.executable, str(ROOT / "scripts" / "run.py"), "--port", str(_free_port())]
    command += ["--data", str(data), "--at", at]
    environment = {key: os.environ[key] for key in os.environ if key != "DATABASE_URL"}
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
            return Site(address=line.split()[1], data=data), process
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


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
