"""The second half of `run.py`, inside the environment: data, web and worker, until told to stop.

Standard library only, so that it starts at once: the web process loads its code while `prepare`
sees to the data.
"""

from __future__ import annotations

import http.client
import json
import os
import signal
import ssl
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType
from urllib.parse import urlsplit

from scripts.options import ROOT, Options, StartError, bracketed, check_machine, parse
from scripts.processes import LOCK, Child, held, stop_all

READY_S = 90
ROLES = ("commune", "technician", "lead", "dispatcher", "admin", "auditor")
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopped(BaseException):
    """A signal asked us to stop. Not an Exception: nothing on the way may swallow it."""


def main(arguments: list[str]) -> int:
    """Prepare the data, start web and worker, say where, and mind them; 0 when told to stop."""
    options = parse(arguments)
    # Database, files and logs hold personal data: nobody else on the machine reads them.
    os.umask(0o077)
    for number in SIGNALS:
        signal.signal(number, _stop)
    children: list[Child] = []
    try:
        check_machine(options)
        _set_environment(options)
        children += [_web(options), _worker(options)]
        web, worker = children
        with held(options.data / LOCK):
            web.start()
            _prepare(arguments)
        worker.start()
        wait_ready(options.address, web=web)
        _announce(options)
        _mind(children)
    except StartError as error:
        print(f"Cannot start: {error}", file=sys.stderr)
        return 1
    except Stopped:
        print("Stopping …", flush=True)
    finally:
        for number in SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        stop_all(children)
    return 0


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise Stopped


def _set_environment(options: Options) -> None:
    """Say to ourselves and to our children what was chosen; other settings come from the caller."""
    for name in ("SMS_OUT", "SMS_IN"):
        provider = os.environ.get(name, "console")
        if not options.empty and provider != "console":
            raise StartError(
                f"the demo's phone numbers are made up and may belong to somebody: {name} must be "
                f"console, not {provider}; start with --empty for real work."
            )
    os.environ["APP_DATA_DIR"] = str(options.data)
    os.environ["DEMO"] = "" if options.empty else "1"
    os.environ.setdefault("PUBLIC_URL", options.address)


def _prepare(arguments: list[str]) -> None:
    """See to schema and rows in a process of its own, which may ask for the administrator."""
    command = [sys.executable, "-P", "-m", "scripts.prepare", *arguments]
    # In the caller's folder: their paths are meant from there.
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            said = process.stderr.read() if process.stderr else ""
        except Stopped:
            process.terminate()
            raise
    if process.returncode != 0:
        raise StartError(said.strip() or f"the data could not be prepared ({process.returncode}).")


def _web(options: Options) -> Child:
    command = web_command(options, application="scripts.web:application()")
    log = options.data / "log" / "web.log"
    return Child("web", command, env=web_environment(), cwd=ROOT, log=log)


def web_environment() -> dict[str, str]:
    """Our environment, with an allocator that gives back what it no longer needs.

    Each log-in hashes in 19 MiB; left to itself glibc keeps them in every process and thread.
    """
    allocator = {
        "MALLOC_ARENA_MAX": "2",
        "MALLOC_MMAP_THRESHOLD_": "131072",
        "MALLOC_TRIM_THRESHOLD_": "131072",
    }
    return allocator | os.environ


def web_command(options: Options, *, application: str) -> list[str]:
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
