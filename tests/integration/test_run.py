"""The one command that starts everything, seen from outside."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.sites import ROOT, free_port, start_site

AT = "2026-11-25T08:00"


def descendants(pid: int) -> set[int]:
    """Every process below this one."""
    parents = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents[int(path.parent.name)] = int(fields[1])
    found: set[int] = set()
    wanted = {pid}
    while wanted:
        wanted = {child for child, parent in parents.items() if parent in wanted} - found
        found |= wanted
    return found


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """The command, where it is expected to end at once."""
    command = [sys.executable, str(ROOT / "scripts" / "run.py"), *arguments]
    return subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_all_that_was_started(number: int, tmp_path: Path) -> None:
    site = start_site(tmp_path, at=AT)
    started = descendants(site.process.pid)

    code = site.stop(number)

    assert code == 0
    assert len(started) >= 3  # gunicorn, its first worker at least, ours
    assert not [pid for pid in started if Path(f"/proc/{pid}").exists()]


def test_demo_data_refuses_real_providers_in_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SMS_OUT", "twilio")

    ended = run("--data", str(tmp_path), "--port", str(free_port()))

    assert ended.returncode == 1
    assert "SMS_OUT must be console, not twilio" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_paths_are_meant_from_the_callers_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "password").write_text("một mật khẩu đủ dài", encoding="utf-8")
    command = [sys.executable, str(ROOT / "scripts" / "run.py"), "--port", str(free_port())]
    command += ["--data", "here", "--empty", "--admin", "quantri"]
    command += ["--admin-password-file", "password"]

    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines = []
        for line in process.stdout:
            lines.append(line)
            if line.startswith("Ready: "):
                break
        process.terminate()

    assert lines[-1].startswith("Ready: ")
    assert (tmp_path / "here" / "ungcuu.sqlite3").exists()


def test_accounts_are_private_and_one_of_each_role(tmp_path: Path) -> None:
    site = start_site(tmp_path, at=AT)
    site.stop()

    mode = (tmp_path / "demo-accounts.json").stat().st_mode

    assert mode & 0o777 == 0o600
    for role in ("commune", "technician", "lead", "dispatcher", "admin", "auditor"):
        assert site.account(role)["password"]


def test_a_taken_port_is_said_in_one_sentence(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        ended = run("--port", str(port), "--data", str(tmp_path))

    assert ended.returncode == 1
    assert ended.stderr == f"Cannot start: port {port} is in use; choose another with --port.\n"


def test_a_data_folder_that_cannot_be_written_is_said_in_one_sentence() -> None:
    ended = run("--port", str(free_port()), "--data", "/proc/nowhere")

    assert ended.returncode == 1
    assert ended.stderr.startswith("Cannot start: the data folder /proc/nowhere cannot be written")
    assert ended.stderr.count("\n") == 1


def test_an_empty_installation_wants_its_administrator(tmp_path: Path) -> None:
    ended = run("--port", str(free_port()), "--data", str(tmp_path), "--empty")

    assert ended.returncode == 1
    assert "--admin USERNAME" in ended.stderr


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--port", "80000"], "80000 is no port"),
        (["--at", "tomorrow"], "'tomorrow' is no moment"),
        (["--at", f"{AT}+07:00"], "without an offset"),
        (["--empty", "--at", AT], "--at shifts the clock of the demo"),
        (["--cert", "/dev/null"], "--cert and --key belong together"),
        (["--admin", "an"], "--admin goes with --empty"),
    ],
)
def test_a_mistaken_option_is_explained(arguments: list[str], complaint: str) -> None:
    ended = run(*arguments)

    assert ended.returncode == 2
    assert complaint in ended.stderr


def test_a_second_set_up_makes_nothing_again() -> None:
    command = [sys.executable, str(ROOT / "scripts" / "bootstrap.py"), "--dev"]
    subprocess.run(command, check=True, capture_output=True, env=os.environ)

    again = subprocess.run(command, check=True, capture_output=True, text=True)

    assert again.stdout == "Set-up complete.\n"
