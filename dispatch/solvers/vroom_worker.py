"""The process in which VROOM runs: one request on standard input, one answer on standard output.

It is started by the path of this file and imports nothing of ours, so that it starts in a tenth of
a second. Request: ``{"threads", "exploration", "limit_s", "ends_after_s", "input"}``, the last one
in VROOM's own JSON. Answer: ``[[vehicle, [[job, start_s], …]], …]``. Exit code 3: no VROOM here.
"""

from __future__ import annotations

import importlib.util
import json
import signal
import sys
from datetime import timedelta
from importlib import import_module
from types import ModuleType
from typing import Any

MISSING = 3
JOB = b"job"


def engine() -> ModuleType | None:
    """The compiled part of pyvroom; None where it is not installed or does not load.

    The package's front imports pandas, for tables that are not used here: 0.15 s of every run.
    """
    found = importlib.util.find_spec("vroom")
    if found is None or found.submodule_search_locations is None:
        return None
    package = ModuleType("vroom")
    package.__path__ = list(found.submodule_search_locations)
    sys.modules["vroom"] = package
    try:
        return import_module("vroom._vroom")
    except ImportError:
        return None


def answer(vroom: Any, request: Any) -> list[Any]:  # a compiled module; JSON
    """Let VROOM solve the request."""
    given = vroom.Input(servers={}, router=vroom.ROUTER.OSRM, apply_TSPFix=False)
    given._from_json(json.dumps(request["input"]), False)
    found = given._solve(
        exploration_level=request["exploration"],
        nb_threads=request["threads"],
        timeout=timedelta(seconds=request["limit_s"]),
    )
    routes: dict[int, list[list[int]]] = {}
    rows = found._routes_numpy()
    for vehicle, kind, job, arrival, waiting in zip(
        *(rows[name].tolist() for name in ("vehicle_id", "type", "id", "arrival", "waiting_time")),
        strict=True,
    ):
        if kind == JOB:
            routes.setdefault(vehicle, []).append([job, arrival + waiting])
    return [[vehicle, stops] for vehicle, stops in routes.items()]


def main() -> int:
    """Answer one request."""
    request = json.load(sys.stdin)
    # Should nobody be left to kill this process, it ends by itself.
    signal.setitimer(signal.ITIMER_REAL, request["ends_after_s"])
    vroom = engine()
    if vroom is None:
        return MISSING
    json.dump(answer(vroom, request), sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
