"""Many at once against gunicorn's two processes, and forged webhooks (F6, F7, F14)."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlmodel import col, select
from twilio.request_validator import RequestValidator

from app.services.demo.clock import set_clock
from models.database import reading, transaction
from models.lifecycle import Status
from models.message import InboundMessage, OutboundMessage
from models.plan import Assignment
from models.ticket import Ticket, TicketEvent
from tests.door import a_body, a_token
from tests.factories import MORNING, a_clerk, a_technician, a_ticket, a_user
from tests.fakes.twilio_api import TOKEN, TwilioApi
from tests.faults.processes import (
    PATIENCE_S,
    PUBLIC,
    Answer,
    Processes,
    post_form,
    post_json,
    twilio_settings,
    violations,
)

DEMO = {"DEMO": "1"}
SMS_PATH = "/hooks/twilio/sms"


def at_once(works: list[Callable[[], Answer]]) -> list[Answer]:
    """Run all of them at the same moment; their answers, in order."""
    gate = threading.Barrier(len(works))
    answers: dict[int, Answer] = {}

    def run(index: int) -> None:
        gate.wait(PATIENCE_S)
        answers[index] = works[index]()

    threads = [threading.Thread(target=run, args=(index,)) for index in range(len(works))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [answers[index] for index in range(len(works))]


def test_the_same_submission_twenty_times_at_once_is_one_ticket(
    processes: Processes, tmp_path: Path
):
    with transaction(processes.engine) as session:
        a_technician(session)
        token = a_token(session, a_clerk(session))
        set_clock(session, MORNING, machine_now=datetime.now(UTC))
    address, _ = processes.web(DEMO)
    body = a_body()

    answers = at_once([lambda: post_json(address, "/api/v1/tickets", body, token=token)] * 20)
    other = post_json(address, "/api/v1/tickets", body | {"title": "Chuyện khác"}, token=token)

    with reading(processes.engine) as session:
        numbers = session.exec(select(Ticket.number)).all()
        assignments = session.exec(select(Assignment)).all()
    assert sorted(answer.status for answer in answers) == [200] * 19 + [201]
    assert {answer.json["number"] for answer in answers} == set(numbers)
    assert (len(numbers), len(assignments)) == (1, 1)
    assert other.status == 409
    assert violations(processes.engine, tmp_path, now=MORNING) == []


def test_of_two_dispatchers_at_once_one_assigns_and_the_other_gets_409(
    processes: Processes, tmp_path: Path
):
    with transaction(processes.engine) as session:
        names = ("ktv-mot", "ktv-hai")
        for name in names:
            a_technician(session, username=name)
        tokens = [a_token(session, a_user(session)) for _ in names]
        ticket = a_ticket(session)
        path = f"/api/v1/tickets/{ticket.number}/actions"
        step: dict[str, Any] = {"action": "assign", "version": ticket.version}
        set_clock(session, MORNING, machine_now=datetime.now(UTC))
    address, _ = processes.web(DEMO)

    def assign(token: str, name: str) -> Callable[[], Answer]:
        return lambda: post_json(address, path, step | {"technician": name}, token=token)

    answers = at_once([assign(*pair) for pair in zip(tokens, names, strict=True)])

    with reading(processes.engine) as session:
        active = session.exec(select(Assignment).where(col(Assignment.is_active))).all()
    assert sorted(answer.status for answer in answers) == [200, 409]
    assert len(active) == 1
    assert violations(processes.engine, tmp_path, now=MORNING) == []


def test_a_webhook_is_believed_only_when_signed_and_only_once(
    processes: Processes, twilio: TwilioApi, tmp_path: Path
):
    with transaction(processes.engine) as session:
        technician = a_technician(session)
        now = datetime.now(UTC)
        ticket = a_ticket(session, status=Status.ASSIGNED, technician=technician, created_at=now)
    address, _ = processes.web(twilio_settings(twilio))
    form = {
        "MessageSid": "SM1",
        "From": technician.user.phone or "",
        "Body": f"nhan {ticket.number}",
    }

    def hook(secret: str) -> Answer:
        signature = RequestValidator(secret).compute_signature(PUBLIC + SMS_PATH, form)
        return post_form(address, SMS_PATH, form, {"X-Twilio-Signature": signature})

    def stored() -> tuple[int, int, list[str]]:
        with reading(processes.engine) as session:
            heard = session.exec(select(InboundMessage)).all()
            said = session.exec(select(OutboundMessage)).all()
            kinds = session.exec(select(TicketEvent.kind).order_by(col(TicketEvent.id))).all()
        return len(heard), len(said), [str(kind) for kind in kinds if kind == "accept"]

    forged = hook("somebody else's secret")
    unsigned = post_form(address, SMS_PATH, form, {})
    nothing = stored()
    answers = [*at_once([lambda: hook(TOKEN)] * 4), hook(TOKEN)]

    assert (forged.status, unsigned.status) == (403, 403)
    assert nothing == (0, 0, [])
    assert [answer.status for answer in answers] == [200] * 5
    assert stored() == (1, 1, ["accept"])
    assert violations(processes.engine, tmp_path) == []
