"""OSRM and Valhalla as a local server: answers like them, or goes wrong the way one asks for."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

# What osrm-routed and Valhalla allow at once unless they are told otherwise.
OSRM_ENTRIES = 100 * 100
VALHALLA_PAIRS = 2500


@dataclass
class TravelApi:
    """A running fake: its address, what was asked, and how it goes wrong (empty: it does not)."""

    address: str
    fault: str = ""
    is_concise: bool = False
    asked: list[tuple[int, int]] = field(default_factory=list)
    pairs: list[tuple[tuple[float, float], tuple[float, float]]] = field(default_factory=list)


def seconds_between(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Travel time between two (lat, lon); not symmetric, so that a transposed table shows."""
    return round(1e4 * (abs(a[0] - b[0]) + abs(a[1] - b[1]))) + (30.4 if a > b else 0)


@contextmanager
def a_travel_api() -> Iterator[TravelApi]:
    """A fake on a free port of this machine."""
    api, is_over = TravelApi(""), threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            url = urlsplit(self.path)
            places = [
                (float(lat), float(lon))
                for lon, lat in (pair.split(",") for pair in url.path.rsplit("/", 1)[1].split(";"))
            ]
            query = parse_qs(url.query)
            chosen = {
                name: [places[int(i)] for i in query[name][0].split(";")]
                for name in ("sources", "destinations")
            }
            self._answer(_osrm(api, chosen["sources"], chosen["destinations"]))

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            ends = [[(p["lat"], p["lon"]) for p in body[name]] for name in ("sources", "targets")]
            self._answer(_valhalla(api, *ends))

        def _answer(self, body: Any) -> None:
            if api.fault == "slow":
                is_over.wait(10)
                return
            if api.fault == "redirect":
                self.send_response(302)
                self.send_header("Location", api.address + "/elsewhere")
                self.end_headers()
                return
            if api.fault == "dripping":
                self.send_response(200)
                self.end_headers()
                with suppress(OSError):
                    while not is_over.wait(0.01):
                        self.wfile.write(b" ")
                return
            broken = {"garbled": b"{", "nested": b"[" * 100_000}
            text = broken.get(api.fault, json.dumps(body).encode())
            self.send_response(500 if api.fault == "500" else 200)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    api.address = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield api
    finally:
        is_over.set()
        server.shutdown()
        thread.join()
        server.server_close()


def _cells(api: TravelApi, sources: list[Any], targets: list[Any]) -> list[list[Any]]:
    api.asked.append((len(sources), len(targets)))
    rows: list[list[Any]] = [[seconds_between(a, b) for b in targets] for a in sources]
    if api.fault == "short":
        rows.pop()
    if api.fault == "narrow":
        rows[0].pop()
    if api.fault == "nulls":
        rows[0][-1] = None
    if api.fault == "only nulls":
        rows = [[None for _ in row] for row in rows]
    if api.fault == "words":
        rows[0][0] = "soon"
    if api.fault == "negative":
        rows[0][0] = -1
    if api.fault == "beyond":
        rows[0][0] = 10**400
    return rows


def _osrm(api: TravelApi, sources: list[Any], targets: list[Any]) -> dict[str, Any]:
    if len(sources) * len(targets) > OSRM_ENTRIES or api.fault == "refused":
        return {"code": "TooBig", "message": "Too many table coordinates"}
    times = _cells(api, sources, targets)
    metres = [[10 * s if isinstance(s, int | float) else s for s in row] for row in times]
    return {"code": "Ok", "durations": times, "distances": metres}


def _valhalla(api: TravelApi, sources: list[Any], targets: list[Any]) -> dict[str, Any]:
    if len(sources) * len(targets) > VALHALLA_PAIRS or api.fault == "refused":
        return {"error_code": 150, "error": "Exceeded max locations"}
    times = _cells(api, sources, targets)

    def km(seconds: Any) -> Any:
        return seconds / 100 if isinstance(seconds, int | float) and seconds < 1e9 else seconds

    if api.is_concise:
        distances = [[km(s) for s in row] for row in times]
        return {"sources_to_targets": {"durations": times, "distances": distances}}
    return {
        "sources_to_targets": [
            [
                {"time": s, "distance": km(s), "from_index": i, "to_index": j}
                for j, s in enumerate(row)
            ]
            for i, row in enumerate(times)
        ]
    }
