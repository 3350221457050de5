"""A small Twilio over HTTP: takes texts, lists them, and fails the way the real one does."""

import base64
import json
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

ACCOUNT = "AC" + "0" * 32
TOKEN = "a-token-of-the-tests"


@dataclass
class Text:
    """A text that the fake has taken."""

    sid: str
    to: str
    body: str
    sender: str
    status_callback: str
    created_at: datetime
    status: str = "queued"
    error_code: int | None = None

    def as_json(self) -> dict[str, Any]:
        """The vendor's form of it."""
        return {
            "sid": self.sid,
            "account_sid": ACCOUNT,
            "to": self.to,
            "from": self.sender,
            "body": self.body,
            "status": self.status,
            "error_code": self.error_code,
            "date_created": format_datetime(self.created_at),
            "date_sent": None,
        }


@dataclass(frozen=True)
class Fault:
    """What goes wrong with the next request.

    ``takes`` says whether the text is taken nevertheless; without a status nothing is answered.
    """

    status: int | None = None
    code: int | None = None
    takes: bool = False
    body: str | None = None
    hangs: bool = False


@dataclass
class TwilioApi:
    """State of the fake: what it has taken, and what it does next."""

    url: str = ""
    texts: list[Text] = field(default_factory=list)
    faults: deque[Fault] = field(default_factory=deque)
    hanging: threading.Event = field(default_factory=threading.Event)
    released: threading.Event = field(default_factory=threading.Event)
    now: datetime = field(default_factory=lambda: datetime.now(UTC).replace(microsecond=0))

    def fails(self, fault: Fault) -> None:
        """Let the next request fail like this."""
        self.faults.append(fault)

    def take(self, form: dict[str, str]) -> Text:
        """Take a text as the vendor would."""
        text = Text(
            sid=f"SM{len(self.texts):032d}",
            to=form["To"],
            body=form["Body"],
            sender=form.get("MessagingServiceSid") or form.get("From", ""),
            status_callback=form.get("StatusCallback", ""),
            created_at=self.now,
        )
        self.texts.insert(0, text)
        return text


@contextmanager
def running_twilio() -> Iterator[TwilioApi]:
    """A fake on a free port of this machine."""
    api = TwilioApi()

    class Handler(_Handler):
        twilio = api

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    api.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield api
    finally:
        api.released.set()
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    twilio: TwilioApi

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        form = {k: v[0] for k, v in parse_qs(self.rfile.read(length).decode()).items()}
        if not self._is_known():
            return
        fault = self.twilio.faults.popleft() if self.twilio.faults else None
        if fault is None:
            self._answer(201, self.twilio.take(form).as_json())
            return
        if fault.takes:
            self.twilio.take(form)
        self._fail(fault)

    def do_GET(self) -> None:
        if not self._is_known():
            return
        if self.twilio.faults:
            self._fail(self.twilio.faults.popleft())
            return
        url = urlsplit(self.path)
        if not url.path.endswith("/Messages.json"):
            self._answer(200, {"sid": ACCOUNT, "status": "active"})
            return
        to = parse_qs(url.query).get("To", [""])[0]
        found = [text.as_json() for text in self.twilio.texts if text.to == to]
        page = {"page": 0, "page_size": 50, "next_page_uri": None, "uri": self.path}
        self._answer(200, {"messages": found, **page})

    def _is_known(self) -> bool:
        expected = base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()
        if self.headers.get("Authorization") == f"Basic {expected}":
            return True
        self._answer(401, {"code": 20003, "message": "Authenticate", "status": 401})
        return False

    def _fail(self, fault: Fault) -> None:
        if fault.hangs:
            self.twilio.hanging.set()
            self.twilio.released.wait(timeout=5)
        if fault.status is None:
            self.close_connection = True
            return
        if fault.body is not None:
            self._send(fault.status, fault.body.encode())
            return
        self._answer(fault.status, {"code": fault.code, "message": "no", "status": fault.status})

    def _answer(self, status: int, body: dict[str, Any]) -> None:
        self._send(status, json.dumps(body).encode())

    def _send(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Keep the tests' output quiet."""
