"""The service's real processes on a test's database: started, asked, killed and paused."""

import http.client
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from sqlalchemy import Engine, text
from sqlmodel import col, select

from app.services.checks.verification import verify
from models.database import is_sqlite, reading, transaction
from models.lease import Lease
from models.message import OutboundMessage, OutboundState
from scripts.launch import wait_ready, web_command, web_environment
from scripts.options import parse
from scripts.processes import Child, stop_all
from tests.fakes.twilio_api import ACCOUNT, TOKEN, TwilioApi
from tests.sites import ROOT, free_port

# Far beyond what anything here takes; only a fault of ours waits that long.
PATIENCE_S = 30.0
# Where Twilio believes the service to be: signatures cover that address.
PUBLIC = "https://ungcuu.example.gov.vn"

# Connections of others to this PostgreSQL database that are within a transaction.
BUSY = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    " AND pid <> pg_backend_pid() AND state <> 'idle'"
)


def twilio_settings(api: TwilioApi) -> dict[str, str]:
    """The environment of an installation that sends and receives through the fake."""
    return {
        "DEMO": "",
        "SMS_OUT": "twilio",
        "SMS_IN": "twilio",
        "TWILIO_ACCOUNT_SID": ACCOUNT,
        "TWILIO_AUTH_TOKEN": TOKEN,
        "TWILIO_FROM_NUMBER": "+15550001111",
        "TWILIO_API_URL": api.url,
        "PUBLIC_URL": PUBLIC,
    }


@dataclass
class Processes:
    """Starts processes on one database, and remembers them so that all can be ended."""

    engine: Engine
    folder: Path
    children: list[Child]

    def worker(self, settings: Mapping[str, str]) -> Child:
        """Start `scripts/work.py`."""
        command = [sys.executable, "-P", str(ROOT / "scripts" / "work.py")]
        return self._start("worker", command, self._environment(settings))

    def web(self, settings: Mapping[str, str]) -> tuple[str, Child]:
        """Start gunicorn with two processes, as `run.py` does; its address, once it serves."""
        options = parse(["--port", str(free_port()), "--data", str(self.folder)])
        command = web_command(options, application="scripts.web:application()")
        web = self._start("web", command, web_environment() | self._environment(settings))
        wait_ready(options.address, web=web)
        return options.address, web

    def _environment(self, settings: Mapping[str, str]) -> dict[str, str]:
        url = self.engine.url.render_as_string(hide_password=False)
        own = {"APP_DATA_DIR": str(self.folder), "DATABASE_URL": url, "PYTHONPATH": str(ROOT)}
        return {**os.environ, **own, **settings}

    def _start(self, name: str, command: list[str], environment: dict[str, str]) -> Child:
        log = self.folder / "log" / f"{name}-{len(self.children)}.log"
        child = Child(name, command, env=environment, cwd=ROOT, log=log)
        self.children.append(child)
        child.start()
        return child


@contextmanager
def processes_on(engine: Engine, folder: Path) -> Iterator[Processes]:
    """Processes on that database; what is left of them is ended afterwards."""
    started = Processes(engine, folder, [])
    try:
        yield started
    finally:
        for child in started.children:
            signal_all(child, signal.SIGCONT)
        stop_all(started.children)


def signal_all(child: Child, number: signal.Signals) -> None:
    """Send a signal to a process and to all that it started."""
    with suppress(ProcessLookupError):
        os.killpg(child.pid, number)


def kill(child: Child) -> None:
    """kill -9 of a process and of all that it started; returns when it is gone."""
    signal_all(child, signal.SIGKILL)
    child.wait_stopped(until=time.monotonic() + PATIENCE_S)


def pause(child: Child, engine: Engine) -> None:
    """SIGSTOP, outside of the process's own transactions.

    A lock that a stopped process holds is the database's to break; here it would stop the test.
    """

    def is_paused() -> bool:
        # SQLite: whoever is in here has the one lock for writing, so the other process has not.
        with transaction(engine) as session:
            session.connection()  # a session begins with its first statement, not before
            signal_all(child, signal.SIGSTOP)
            if is_sqlite(engine) or session.execute(BUSY).scalar_one() == 0:
                return True
        signal_all(child, signal.SIGCONT)
        return False

    wait_until(is_paused, "the process is between its transactions")


def wait_until(is_so: Callable[[], bool], what: str) -> None:
    """Return as soon as it is so; AssertionError when it never is."""
    until = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < until, f"it never came to be: {what}"
        time.sleep(0.05)


def let_leases_run_out(engine: Engine) -> None:
    """What the clock would do within a minute: the leader's lease and its texts' claims end."""
    past = datetime.now(UTC) - timedelta(seconds=1)
    with transaction(engine) as session:
        for lease in session.exec(select(Lease)):
            lease.until_at = past
        claimed = col(OutboundMessage.state) == OutboundState.SENDING
        for row in session.exec(select(OutboundMessage).where(claimed)):
            row.due_at = past


def violations(engine: Engine, folder: Path, *, now: datetime | None = None) -> list[str]:
    """What `manage.py verify` would say of that database; ``now`` where its clock is shifted."""
    moment = now or datetime.now(UTC)
    with reading(engine) as session:
        found = verify(session, files_dir=folder / "files", now=moment)
    return [str(violation) for violation in found]


@dataclass(frozen=True)
class Answer:
    """What the web answered."""

    status: int
    body: bytes

    @property
    def json(self) -> Any:  # whatever was sent
        """The body, read as JSON."""
        return json.loads(self.body)


def post_json(address: str, path: str, body: object, *, token: str) -> Answer:
    """POST of JSON with a token."""
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
    return _post(address, path, json.dumps(body), headers)


def post_form(address: str, path: str, form: Mapping[str, str], headers: dict[str, str]) -> Answer:
    """POST of a form."""
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    return _post(address, path, urlencode(form), kind | headers)


def _post(address: str, path: str, body: str, headers: dict[str, str]) -> Answer:
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=PATIENCE_S)
    try:
        connection.request("POST", path, body=body.encode(), headers=headers)
        answer = connection.getresponse()
        return Answer(answer.status, answer.read())
    finally:
        connection.close()
