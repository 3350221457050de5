"""Workers killed and paused while they hand a text over: the provider gets it once (F3, F5)."""

import signal
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from app.services.texts.outbox import say
from models.database import reading, transaction
from models.lease import Lease
from models.lifecycle import Status
from models.message import OutboundMessage, OutboundState
from scripts.processes import Child
from tests.factories import a_technician, a_ticket
from tests.fakes.twilio_api import Fault, TwilioApi
from tests.faults.processes import (
    PATIENCE_S,
    Processes,
    kill,
    let_leases_run_out,
    pause,
    signal_all,
    twilio_settings,
    violations,
    wait_until,
)

NOTHING_FOUND = '{"messages": [], "page": 0, "page_size": 50, "next_page_uri": null, "uri": "/"}'


def a_due_text(engine: Engine, *, key: str = "text-1") -> int:
    """A text about a ticket that the clock has nothing more to do with; its id."""
    now = datetime.now(UTC)
    with transaction(engine) as session:
        technician = a_technician(session)
        ticket = a_ticket(session, status=Status.CANCELLED, created_at=now - timedelta(minutes=5))
        text = say(
            session,
            "list_empty",
            key=key,
            now=now,
            to=technician.user,
            ticket=ticket,
            body=f"{ticket.code} Mang, Cam Thanh. {key}. Tra loi 1 nhan, 2 tu choi. {{link}}",
            link_kind="ticket",
        )
        assert text is not None
        session.flush()
        return text.id or 0


def text_of(engine: Engine, text_id: int) -> OutboundMessage:
    with reading(engine) as session:
        return session.get_one(OutboundMessage, text_id)


def wait_sent(engine: Engine, text_id: int) -> None:
    """Return once a worker has written down that the text is sent."""
    wait_until(
        lambda: text_of(engine, text_id).state is OutboundState.SENT, f"text {text_id} is sent"
    )


def wait_fenced(first: Child) -> None:
    """Return once the paused worker's round of the outbox has ended at the lease's epoch."""

    def is_fenced() -> bool:
        lines = first.last_lines(1000).splitlines()
        return any("lease lost" in line and "job=outbox" in line for line in lines)

    wait_until(is_fenced, "the paused worker learns that it lost its lease")


def lease_of(engine: Engine) -> Lease:
    with reading(engine) as session:
        return session.exec(select(Lease)).one()


@pytest.mark.parametrize("takes", [True, False], ids=["accepted", "not-accepted"])
def test_a_worker_killed_while_it_hands_a_text_over_leaves_it_sent_once(
    processes: Processes, twilio: TwilioApi, takes: bool, tmp_path: Path
):
    engine = processes.engine
    text_id = a_due_text(engine)
    twilio.fails(Fault(hangs=True, takes=takes))
    first = processes.worker(twilio_settings(twilio))
    assert twilio.hanging.wait(PATIENCE_S), first.last_lines()

    kill(first)
    assert text_of(engine, text_id).state is OutboundState.SENDING
    let_leases_run_out(engine)
    processes.worker(twilio_settings(twilio))
    wait_sent(engine, text_id)

    assert len(twilio.texts) == 1
    assert text_of(engine, text_id).provider_id == twilio.texts[0].sid
    assert violations(engine, tmp_path) == []


def test_a_worker_paused_beyond_its_lease_writes_nothing_when_it_goes_on(
    processes: Processes, twilio: TwilioApi, tmp_path: Path
):
    engine = processes.engine
    text_ids = [a_due_text(engine, key=key) for key in ("text-1", "text-2")]
    # The answer that reaches the paused worker at last is a refusal that must not be believed.
    twilio.fails(Fault(status=400, code=21610, takes=True, hangs=True))
    first = processes.worker(twilio_settings(twilio))
    assert twilio.hanging.wait(PATIENCE_S), first.last_lines()
    pause(first, engine)
    let_leases_run_out(engine)
    processes.worker(twilio_settings(twilio))
    for text_id in text_ids:
        wait_sent(engine, text_id)
    before = [text_of(engine, text_id) for text_id in text_ids]

    twilio.released.set()
    signal_all(first, signal.SIGCONT)
    wait_fenced(first)

    lease = lease_of(engine)
    assert [text_of(engine, text_id) for text_id in text_ids] == before
    assert len(twilio.texts) == 2
    assert lease.epoch == 2
    assert not lease.owner.endswith(f":{first.pid}")
    assert violations(engine, tmp_path) == []


def test_a_worker_paused_between_looking_up_and_sending_does_not_send(
    processes: Processes, twilio: TwilioApi, tmp_path: Path
):
    engine = processes.engine
    text_id = a_due_text(engine)
    with transaction(engine) as session:
        # Left over by a worker that died: the next one asks the provider first.
        session.get_one(OutboundMessage, text_id).state = OutboundState.SENDING
    twilio.fails(Fault(status=200, body=NOTHING_FOUND, hangs=True))
    first = processes.worker(twilio_settings(twilio))
    assert twilio.hanging.wait(PATIENCE_S), first.last_lines()
    pause(first, engine)
    let_leases_run_out(engine)
    processes.worker(twilio_settings(twilio))
    wait_sent(engine, text_id)

    twilio.released.set()
    signal_all(first, signal.SIGCONT)
    wait_fenced(first)

    assert len(twilio.texts) == 1
    assert violations(engine, tmp_path) == []
