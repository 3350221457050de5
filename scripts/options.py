"""What `run.py` may be told, checked before anything is downloaded or started."""

from __future__ import annotations

import argparse
import errno
import os
import shutil
import socket
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# A day of photos and logs of a province is far below this.
NEEDED_BYTES = 200_000_000


class StartError(Exception):
    """The service cannot start; the message is the one sentence to show."""


@dataclass(frozen=True)
class Options:
    """One start of the service."""

    host: str
    port: int
    data: Path
    empty: bool
    admin: str | None
    admin_password_file: Path | None
    cert: Path | None
    key: Path | None
    at: str | None
    workers: int
    threads: int

    @property
    def address(self) -> str:
        """Where a browser on this machine finds the service."""
        scheme = "https" if self.cert else "http"
        wildcard = {"0.0.0.0": "127.0.0.1", "::": "::1"}
        host = wildcard.get(self.host, self.host)
        return f"{scheme}://{bracketed(host)}:{self.port}"


def bracketed(host: str) -> str:
    """The host as it stands in an address: IPv6 in brackets."""
    return f"[{host}]" if ":" in host else host


def parse(arguments: list[str]) -> Options:
    """Options from the command line; argparse ends the program on a mistake."""
    parser = _parser()
    given = parser.parse_args(arguments)
    if (given.cert is None) != (given.key is None):
        parser.error("--cert and --key belong together")
    for path in (given.cert, given.key, given.admin_password_file):
        if path is not None and not path.is_file():
            parser.error(f"there is no file {path}")
    if given.at and given.empty:
        parser.error("--at shifts the clock of the demo; with --empty the clock is the machine's")
    if (given.admin or given.admin_password_file) and not given.empty:
        parser.error("--admin goes with --empty; the demo has its own accounts")
    if given.admin_password_file and not given.admin:
        parser.error("--admin-password-file needs --admin USERNAME")
    values = vars(given)
    for name in ("data", "cert", "key", "admin_password_file"):
        values[name] = values[name] and values[name].resolve()
    return Options(**values)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="run.py",
        description="Set up and start Ứng Cứu: web and worker, until Ctrl-C or SIGTERM.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    add = parser.add_argument
    add("--port", type=_port, default=8000, help="port to listen on")
    add("--host", default="127.0.0.1", help="address to listen on; 0.0.0.0 for every network")
    data = Path(os.environ.get("APP_DATA_DIR") or ROOT / "var")
    add("--data", type=Path, default=data, metavar="DIR", help="database, files, logs")
    add("--empty", action="store_true", help="communes, catalogue and calendar only, no demo")
    add("--admin", metavar="USERNAME", help="first administrator, with --empty; else asked for")
    add(
        "--admin-password-file",
        type=Path,
        metavar="FILE",
        help="its password, first line; else ADMIN_PASSWORD, else asked for",
    )
    add("--cert", type=Path, metavar="FILE", help="certificate: serve HTTPS")
    add("--key", type=Path, metavar="FILE", help="key of the certificate")
    add(
        "--at", type=_moment, metavar="2026-11-25T08:00", help="demo clock starts there, local time"
    )
    add("--workers", type=_positive, default=2, help="web processes")
    add("--threads", type=_positive, default=300, help="threads of each; a live page holds one")
    return parser


def _port(text: str) -> int:
    port = int(text)
    if not 1 <= port <= 65_535:
        raise argparse.ArgumentTypeError(f"{port} is no port: 1 to 65535")
    return port


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return number


def _moment(text: str) -> str:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"'{text}' is no moment like 2026-11-25T08:00") from error
    if moment.tzinfo is not None:
        raise argparse.ArgumentTypeError("give local time (Asia/Ho_Chi_Minh) without an offset")
    return text


def check_machine(options: Options) -> None:
    """Raise StartError when the port is taken, or the data folder cannot be written or is full."""
    _check_port(options.host, options.port)
    try:
        options.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        probe = options.data / ".writable"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise StartError(
            f"the data folder {options.data} cannot be written ({error.strerror}); "
            "choose another with --data."
        ) from error
    free = shutil.disk_usage(options.data).free
    if free < NEEDED_BYTES:
        raise StartError(
            f"the disk of {options.data} is nearly full: {free // 10**6} MB left, "
            f"at least {NEEDED_BYTES // 10**6} MB are needed."
        )


def _check_port(host: str, port: int) -> None:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            # Two binders with SO_REUSEADDR both succeed; only one of them may listen.
            probe.listen(1)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise StartError(f"port {port} is in use; choose another with --port.") from error
        if error.errno == errno.EACCES:
            raise StartError(f"port {port} is reserved for root; choose one above 1023.") from error
        raise StartError(f"cannot listen on {host}:{port} ({error.strerror}).") from error
