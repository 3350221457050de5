"""The second half of `run.py`, inside the environment: data, web and worker, until told to stop."""

from __future__ import annotations

import getpass
import http.client
import json
import os
import signal
import ssl
import sys
import time
from pathlib import Path
from types import FrameType
from urllib.parse import urlsplit

from scripts import installation
from scripts.options import ROOT, Options, StartError, bracketed, check_machine, parse
from scripts.processes import Child, stop_all

READY_S = 90
ROLES = ("commune", "technician", "lead", "dispatcher", "admin", "auditor")


class Stopped(BaseException):
    """A signal asked us to stop. Not an Exception: nothing on the way may swallow it."""


def main(arguments: list[str]) -> int:
    """Prepare the data, start web and worker, say where, and mind them; 0 when told to stop."""
    options = parse(arguments)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    children: list[Child] = []
    try:
        check_machine(options)
        _set_environment(options)
        installation.prepare(demo=not options.empty, at=options.at, admin=_first_admin(options))
        children += [_web(options), _worker(options)]
        for child in children:
            child.start()
        wait_ready(options.address, web=children[0])
        _announce(options)
        _mind(children)
    except (StartError, ValueError) as error:
        print(f"Cannot start: {error}", file=sys.stderr)
        return 1
    except Stopped:
        print("Stopping …", flush=True)
    finally:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        stop_all(children)
    return 0


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise Stopped


def _set_environment(options: Options) -> None:
    """Say to ourselves and to our children what was chosen; other settings come from the caller."""
    os.environ["APP_DATA_DIR"] = str(options.data)
    os.environ["DEMO"] = "" if options.empty else "1"
    os.environ.setdefault("PUBLIC_URL", options.address)


def _first_admin(options: Options) -> tuple[str, str] | None:
    """Name and password of an empty installation's administrator, asked for if need be."""
    is_new = not os.environ.get("DATABASE_URL") and not list(options.data.glob("*.sqlite3"))
    if not options.empty or not (options.admin or is_new):
        return None
    name = options.admin or _ask("User name of the first administrator: ")
    if options.admin_password_file:
        return name, options.admin_password_file.read_text(encoding="utf-8").split("\n")[0]
    return name, os.environ.get("ADMIN_PASSWORD") or _ask(f"Password for {name}: ", is_secret=True)


def _ask(question: str, *, is_secret: bool = False) -> str:
    if not sys.stdin.isatty():
        raise StartError(
            "an empty installation needs its first administrator: "
            "--admin USERNAME with --admin-password-file FILE, or ADMIN_PASSWORD."
        )
    while True:
        answer = getpass.getpass(question) if is_secret else input(question).strip()
        if answer and (not is_secret or getpass.getpass("Once more: ") == answer):
            return answer


def _web(options: Options) -> Child:
    return _child("web", web_command(options), options)


def web_command(options: Options, *, application: str = "app.factory:create_app()") -> list[str]:
    """How gunicorn is started; the bench puts a counting application in its place."""
    command = [sys.executable, "-P", "-m", "gunicorn", application]
    command += ["--bind", f"{bracketed(options.host)}:{options.port}"]
    command += ["--workers", str(options.workers), "--worker-class", "gthread", "--preload"]
    # As many connections as threads: otherwise one worker takes more streams than it can serve.
    command += ["--threads", str(options.threads), "--worker-connections", str(options.threads)]
    command += ["--graceful-timeout", "5", "--timeout", "60", "--no-control-socket"]
    if Path("/dev/shm").is_dir():
        command += ["--worker-tmp-dir", "/dev/shm"]
    if options.cert and options.key:
        command += ["--certfile", str(options.cert), "--keyfile", str(options.key)]
    return command


def _worker(options: Options) -> Child:
    return _child("worker", [sys.executable, "-P", "-m", "scripts.work"], options)


def _child(name: str, command: list[str], options: Options) -> Child:
    log = options.data / "log" / f"{name}.log"
    return Child(name, command, env=os.environ, cwd=ROOT, log=log)


def wait_ready(address: str, *, web: Child) -> None:
    """Return once the service at that address can serve; StartError when it does not come."""
    until = time.monotonic() + READY_S
    while not _is_ready(address):
        if web.exit_code() is not None:
            raise StartError(
                f"the web process ended; the last lines of {web.log}:\n{web.last_lines()}"
            )
        if time.monotonic() > until:
            raise StartError(
                f"no answer within {READY_S} s; the last lines of {web.log}:\n{web.last_lines()}"
            )
        time.sleep(0.05)


def _is_ready(address: str) -> bool:
    where = urlsplit(address)
    connection: http.client.HTTPConnection
    if where.scheme == "https":
        # Our own process on our own port: whether others trust the certificate is theirs to check.
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        connection = http.client.HTTPSConnection(
            where.hostname or "", where.port, timeout=5, context=context
        )
    else:
        connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _announce(options: Options) -> None:
    print(f"Ready: {options.address}", flush=True)
    accounts = options.data / "demo-accounts.json"
    if options.empty or not accounts.is_file():
        return
    rows = json.loads(accounts.read_text(encoding="utf-8"))
    print("\nDemo accounts, one of each role:")
    for role in ROLES:
        row = next((row for row in rows if row["role"] == role), None)
        if row:
            place = row.get("commune") or row.get("team") or ""
            print(f"  {role:<11} {row['username']:<22} {row['password']:<22} {place}")
    print(f"All of them: {accounts}\nLogs: {options.data / 'log'}\nStop with Ctrl-C.", flush=True)


def _mind(children: list[Child]) -> None:
    while True:
        for child in children:
            if child.keep_running():
                print(
                    f"The {child.name} process ended with code {child.exit_code()} and is started "
                    f"again; its log: {child.log}",
                    flush=True,
                )
        time.sleep(0.25)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
