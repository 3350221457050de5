"""The web killed amid submissions: what was acknowledged is there, a repeat files none (F1)."""

import http.client
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlmodel import select

from app.services.demo.clock import set_clock
from models.database import reading, transaction
from models.ticket import Ticket
from scripts.processes import Child
from tests.door import a_body, a_token
from tests.factories import MORNING, a_clerk, a_technician
from tests.faults.processes import Processes, kill, post_json, violations

DEMO = {"DEMO": "1"}


def file_until_killed(
    address: str, web: Child, bodies: list[dict[str, Any]], *, token: str, after: int
) -> dict[str, int]:
    """File all at once and kill the web at the n-th answer; number by key of what was answered."""
    filed: dict[str, int] = {}
    enough = threading.Event()

    def submit(body: dict[str, Any]) -> None:
        try:
            answer = post_json(address, "/api/v1/tickets", body, token=token)
        except (OSError, http.client.HTTPException):
            return
        if answer.status == 201:
            filed[body["key"]] = answer.json["number"]
            if len(filed) >= after:
                enough.set()

    threads = [threading.Thread(target=submit, args=(body,)) for body in bodies]
    for thread in threads:
        thread.start()
    assert enough.wait(60)
    kill(web)
    for thread in threads:
        thread.join()
    return filed


def test_killed_amid_twenty_submissions_it_keeps_what_it_acknowledged_and_doubles_none(
    processes: Processes, tmp_path: Path
):
    with transaction(processes.engine) as session:
        a_technician(session)
        token = a_token(session, a_clerk(session))
        set_clock(session, MORNING, machine_now=datetime.now(UTC))
    bodies = [a_body(title=f"Mất mạng ở bàn {desk}") for desk in range(20)]
    address, web = processes.web(DEMO)

    filed = file_until_killed(address, web, bodies, token=token, after=3)
    with reading(processes.engine) as session:
        kept = dict(session.exec(select(Ticket.key, Ticket.number)).all())
    address, _ = processes.web(DEMO)
    repeats = {
        body["key"]: post_json(address, "/api/v1/tickets", body, token=token) for body in bodies
    }

    with reading(processes.engine) as session:
        keys = session.exec(select(Ticket.key)).all()
    assert filed.items() <= kept.items()
    for key, answer in repeats.items():
        assert answer.status == (200 if key in kept else 201)
        assert answer.json["number"] == kept.get(key, answer.json["number"])
    assert sorted(keys) == sorted(repeats)
    assert violations(processes.engine, tmp_path, now=MORNING) == []
