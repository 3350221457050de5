"""Probes of a running server from outside: time, CPU and memory of its processes, its answers."""

from __future__ import annotations

import gzip
import http.client
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from statistics import quantiles
from urllib.parse import urlencode

from scripts.bench_header import HEADER

PROC = Path("/proc")
CPU_CLOCK = 2  # "what it has run", among the kernel's clocks of one process
SETTLES_S = 0.05


@dataclass(frozen=True)
class Answer:
    """One answer of the server, and how long it took to come."""

    status: int
    body: bytes
    headers: dict[str, str]
    wall_ms: float

    @property
    def text(self) -> str:
        """The body, unpacked."""
        is_packed = self.headers.get("content-encoding") == "gzip"
        return (gzip.decompress(self.body) if is_packed else self.body).decode()


@dataclass(frozen=True)
class Call:
    """One request to send."""

    path: str
    form: dict[str, str] | None = None
    json: bytes | None = None


@dataclass
class Client:
    """A browser or program with its cookie or token, on one lasting connection."""

    port: int
    token: str = ""
    cookies: dict[str, str] = field(default_factory=dict)
    _connection: http.client.HTTPConnection | None = None

    def send(self, call: Call) -> Answer:
        """Send one request and read the answer to its end; redirects are not followed."""
        if self._connection is None:
            self._connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = {"Accept-Encoding": "gzip", "Cookie": self._cookie()}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        method, body = "GET", b""
        if call.form is not None:
            method, body = "POST", urlencode(call.form).encode()
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        elif call.json is not None:
            method, body = "POST", call.json
            headers["Content-Type"] = "application/json"
        started = time.perf_counter()
        self._connection.request(method, call.path, body=body or None, headers=headers)
        response = self._connection.getresponse()
        received = response.read()
        wall_ms = (time.perf_counter() - started) * 1000
        self._keep_cookies(response)
        known = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, received, known, wall_ms)

    def _cookie(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())

    def _keep_cookies(self, response: http.client.HTTPResponse) -> None:
        for name, value in response.getheaders():
            if name.lower() == "set-cookie":
                key, _equals, rest = value.partition("=")
                self.cookies[key] = rest.split(";")[0]


class _Fields(HTMLParser):
    """The fields of a page's forms, as the browser would send them untouched."""

    def __init__(self) -> None:
        super().__init__()
        self.values: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep what an input holds."""
        found = {name: value or "" for name, value in attrs}
        if tag == "input" and found.get("name") and found.get("type") in {"hidden", "text", None}:
            self.values.setdefault(found["name"], found.get("value", ""))


def form_fields(page: str) -> dict[str, str]:
    """Hidden and text fields of the page's forms with their values."""
    parser = _Fields()
    parser.feed(page)
    return parser.values


@dataclass(frozen=True)
class Measured:
    """What one kind of request costs, over many of them sent one after the other."""

    name: str
    requests: int
    cpu_ms: float
    statements: float
    statements_most: int
    p50_ms: float
    p95_ms: float
    body_kb: float
    gzip_kb: float


def measure(
    name: str,
    send: Callable[[int], Answer],
    *,
    requests: int,
    workers: Sequence[int],
    status: int = 200,
    batch: int | None = None,
    after_batch: Callable[[list[Answer]], None] | None = None,
) -> Measured:
    """Send the requests, one after the other, and read what they took.

    CPU is what the workers spent meanwhile, all their threads together, the server's own parsing
    included. What ``after_batch`` causes is not counted.

    Raises
    ------
    RuntimeError
        If an answer has another status than expected.
    """
    answers: list[Answer] = []
    cpu_ns = 0
    for first in range(0, requests, batch or requests):
        before = cpu_time_ns(workers)
        fresh = [send(index) for index in range(first, min(first + (batch or requests), requests))]
        # What a worker still does after the last byte belongs to the request.
        time.sleep(SETTLES_S)
        cpu_ns += cpu_time_ns(workers) - before
        for answer in fresh:
            if answer.status != status:
                raise RuntimeError(f"{name}: answered {answer.status}: {answer.text[:160]}")
        answers += fresh
        if after_batch is not None:
            after_batch(fresh)
    cuts = quantiles([answer.wall_ms for answer in answers], n=20)
    statements = [int(answer.headers.get(HEADER.lower(), 0)) for answer in answers]
    plain = [answer.text.encode() for answer in answers]
    return Measured(
        name=name,
        requests=requests,
        cpu_ms=round(cpu_ns / 1e6 / requests, 2),
        statements=round(sum(statements) / requests, 1),
        statements_most=max(statements),
        p50_ms=round(cuts[9], 1),
        p95_ms=round(cuts[18], 1),
        body_kb=round(sum(map(len, plain)) / requests / 1000, 1),
        gzip_kb=round(len(gzip.compress(plain[-1], 6)) / 1000, 1),
    )


def children_of(pid: int) -> list[int]:
    """Processes that this one started and that still run."""
    path = PROC / str(pid) / "task" / str(pid) / "children"
    return [int(word) for word in path.read_text().split()]


def cpu_time_ns(pids: Sequence[int]) -> int:
    """Time on a processor of these processes, user and system, in nanoseconds.

    Asked of each process's own clock: threads that have ended since count as well. The number of
    the clock is made as clock_getcpuclockid(3) makes it on Linux.
    """
    return sum(time.clock_gettime_ns((~pid << 3) | CPU_CLOCK) for pid in pids)


def pss_mib(pids: Sequence[int]) -> dict[int, float]:
    """Proportional set size of each process: shared pages count once over all who share them."""
    found = {}
    for pid in pids:
        rollup = (PROC / str(pid) / "smaps_rollup").read_text()
        match = re.search(r"^Pss:\s+(\d+) kB", rollup, flags=re.MULTILINE)
        found[pid] = round(int(match[1]) / 1024, 1) if match else 0.0
    return found


def machine() -> str:
    """Processor, cores and kernel of this machine."""
    info = (PROC / "cpuinfo").read_text()
    match = re.search(r"^model name\s*:\s*(.+)$", info, flags=re.MULTILINE)
    cores = info.count("processor\t")
    kernel = (PROC / "version").read_text().split()[2]
    return f"{match[1] if match else 'unknown processor'}, {cores} cores, Linux {kernel}"
