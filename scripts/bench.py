"""Measure what requests cost, and how good plans are.

``python3 scripts/bench.py web --tickets 20000 [--json]`` and
``python3 scripts/bench.py dispatch --instances DIR [--json]``.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
if __name__ == "__main__":
    sys.path[0] = str(ROOT)

from scripts.bootstrap import PYTHON, VENV

if __name__ == "__main__" and PYTHON.exists() and Path(sys.prefix).resolve() != VENV:
    # Started with the machine's own Python: go on with the one that has the packages.
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    os.execve(PYTHON, [str(PYTHON), "-P", "-m", "scripts.bench", *sys.argv[1:]], environment)

from app.config import Settings
from app.services.demo.clock import local_moment
from models.database import connect
from scripts import bench_data, launch, options
from scripts.bench_measure import Measured, children_of, machine, pss_mib
from scripts.bench_report import HEAD, line, report, table
from scripts.bench_result import Result
from scripts.bench_round import Round
from scripts.dispatch_bench import command as bench_dispatch
from scripts.processes import Child, stop_all

APPLICATION = "scripts.bench_app:create_bench_app()"
REPORT = ROOT / "docs" / "bench" / "web.md"
OPEN = 300
WORKERS, STARTED_S = 2, 30.0
# A Wednesday without a holiday near it.
MORNING = "2026-11-25T08:30"
PASSWORD = "only in a scratch database"


def main(arguments: list[str]) -> int:
    """Run one bench; 0 when every request was answered, and every plan made, as it should be."""
    given = _parser().parse_args(arguments)
    if given.command == "dispatch":
        return bench_dispatch.run(given)
    result = web(tickets=given.tickets, requests=given.requests, tell=_silent(given.json))
    if given.json:
        print(json.dumps(asdict(result), ensure_ascii=False, indent=1))
    else:
        print(f"\n{table(result)}")
        REPORT.parent.mkdir(parents=True, exist_ok=True)
        REPORT.write_text(report(result), encoding="utf-8")
        print(f"\nWritten to {REPORT.relative_to(ROOT)}")
    return 1 if result.failed else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="bench.py", description="Measure what requests cost, and how good plans are."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND", dest="command")
    command = commands.add_parser("web", help="pages and API calls on a full database")
    command.add_argument("--tickets", type=int, default=20_000, help="how many there are")
    command.add_argument("--requests", type=int, default=100, help="of each kind")
    command.add_argument("--json", action="store_true", help="print JSON, write no report")
    engines = commands.add_parser("dispatch", help="plans by every engine, side by side")
    bench_dispatch.add_to(engines)
    return parser


def _silent(is_silent: bool) -> Callable[[str], None]:
    return (lambda text: None) if is_silent else (lambda text: print(text, flush=True))


def web(*, tickets: int, requests: int, tell: Callable[[str], None]) -> Result:
    """Fill a scratch database, serve it with two processes, and measure each kind of request."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        data = Path(folder)
        os.environ["APP_DATA_DIR"], os.environ["DEMO"] = str(data), "1"
        os.environ["DATABASE_URL"] = ""
        tell("Filling a scratch database …")
        accounts, open_tickets = _fill(tickets)
        port = _free_port()
        server = _server(data, port)
        server.start()
        try:
            _wait(port, server)
            workers = _workers(server)
            tell(f"Measuring …\n{HEAD}")
            rounds = Round(port, accounts, PASSWORD, workers)
            found, failed = _measured(rounds, requests, tell)
            memory = _memory(server)
            return Result(
                machine=machine(),
                on=datetime.now(UTC).date().isoformat(),
                tickets=tickets,
                open_tickets=open_tickets,
                measured=found,
                failed=failed,
                pss_mib=memory,
                pss_total_mib=round(sum(memory.values()), 1),
            )
        finally:
            stop_all([server])


def _fill(tickets: int) -> tuple[list[bench_data.Account], int]:
    at = local_moment(MORNING)
    engine = connect(Settings.from_env().database(), pool_size=1)
    try:
        accounts = bench_data.people(engine, at=at, password=PASSWORD)
        bench_data.fill(engine, tickets=tickets, open_tickets=OPEN, now=at)
        return accounts, bench_data.count_open(engine)
    finally:
        engine.dispose()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _server(data: Path, port: int) -> Child:
    """The product's own web processes, with the counting application in them."""
    chosen = options.parse(["--data", str(data), "--port", str(port), "--workers", str(WORKERS)])
    command = launch.web_command(chosen, application=APPLICATION)
    log = data / "log" / "web.log"
    return Child("web", command, env=launch.web_environment(), cwd=ROOT, log=log)


def _wait(port: int, server: Child) -> None:
    try:
        launch.wait_ready(f"http://127.0.0.1:{port}", web=server)
    except options.StartError as error:
        raise SystemExit(f"The server did not start: {error}") from error


def _workers(server: Child) -> list[int]:
    """All of the server's workers: the first one answers while the next is still being started."""
    until = time.monotonic() + STARTED_S
    while len(workers := children_of(server.pid)) < WORKERS:
        if time.monotonic() > until:
            raise SystemExit(f"Only {len(workers)} of {WORKERS} workers started.")
        time.sleep(0.1)
    return workers


def _measured(
    rounds: Round, requests: int, tell: Callable[[str], None]
) -> tuple[list[Measured], list[str]]:
    found: list[Measured] = []
    failed: list[str] = []
    for run in rounds.everything(requests):
        try:
            measured = run()
        except RuntimeError as error:
            failed.append(str(error))
            tell(f"! {error}")
            continue
        tell(line(measured))
        found.append(measured)
    return found, failed


def _memory(server: Child) -> dict[str, float]:
    workers = children_of(server.pid)
    sizes = pss_mib([server.pid, *workers])
    named = {"master": sizes[server.pid]}
    named.update({f"worker {index}": sizes[pid] for index, pid in enumerate(workers, start=1)})
    return named


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
