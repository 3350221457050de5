"""What must be said is handed over once, whatever dies in between (F3, F12)."""

from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from app.services.texts.outbox import LEASE, deliver_due, record_receipt, say
from app.sms.provider import Inbound, Message, Receipt, Retry, Sent, SentState, WebhookRequest
from models.account import User
from models.database import reading, transaction
from models.lease import LeaseLostError
from models.message import OutboundMessage, OutboundState
from models.ticket import Ticket
from tests.factories import MORNING, a_technician, a_ticket


@dataclass
class Vendor:
    """A vendor at the network's edge: keeps what it accepted, and can lose its answers."""

    name: str = "vendor"
    accepted: list[Message] = field(default_factory=list)
    answers: list[Sent] = field(default_factory=list)
    dies: str = ""

    def send(self, message: Message) -> Sent:
        if self.dies == "before":
            raise Killed
        answer = self.answers.pop(0) if self.answers else Sent(SentState.QUEUED, "id-1")
        if answer.state is not SentState.FAILED:
            self.accepted.append(message)
        if self.dies == "after":
            raise Killed
        return answer

    def look_up(self, message: Message) -> Sent | None:
        found = [known for known in self.accepted if known.outbox_id == message.outbox_id]
        return Sent(SentState.SENT, f"id-{message.outbox_id}") if found else None

    def verify(self, request: WebhookRequest) -> bool:
        return False

    def parse_inbound(self, request: WebhookRequest) -> Inbound:
        raise ValueError("none")

    def parse_receipt(self, request: WebhookRequest) -> Receipt:
        raise ValueError("none")

    def health(self) -> bool:
        return True


class Killed(BaseException):
    """The process ends here."""


@pytest.fixture
def text_id(engine: Engine) -> int:
    with transaction(engine) as session:
        technician = a_technician(session)
        ticket = a_ticket(session)
        message = a_text_to(session, technician.user, ticket)
        session.flush()
        number = message.id or 0
    return number


def a_text_to(session: Session, user: User, ticket: Ticket) -> OutboundMessage:
    message = say(
        session,
        "list_empty",
        key="text-1",
        now=MORNING,
        to=user,
        ticket=ticket,
        body="1042R Mang, Tra Bong. Tra loi 1 nhan, 2 tu choi. {link}",
        link_kind="ticket",
    )
    assert message is not None
    return message


def deliver(engine: Engine, vendor: Vendor, *, minutes: float = 0) -> int:
    return deliver_due(
        engine,
        vendor,
        now=MORNING + timedelta(minutes=minutes),
        secret="secret",
        public_url="http://127.0.0.1:8000",
    )


def state_of(engine: Engine, text_id: int) -> OutboundState:
    with reading(engine) as session:
        return session.get_one(OutboundMessage, text_id).state


def test_a_due_text_is_handed_over_with_its_link(engine: Engine, text_id: int):
    vendor = Vendor()

    sent = deliver(engine, vendor)

    assert sent == 1
    assert "http://127.0.0.1:8000/t/" in vendor.accepted[0].body
    assert state_of(engine, text_id) is OutboundState.SENT
    assert deliver(engine, vendor, minutes=10) == 0
    assert len(vendor.accepted) == 1


def test_the_same_key_is_said_once(engine: Engine, text_id: int):
    with transaction(engine) as session:
        user = session.exec(select(User).where(col(User.role) == "technician")).one()
        again = a_text_to(session, user, session.exec(select(Ticket)).one())

        assert again.id == text_id


def test_killed_after_the_provider_accepted_it_is_looked_up_not_sent_again(
    engine: Engine, text_id: int
):
    vendor = Vendor()

    deliver_and_die(engine, vendor, after_accepting=True)
    assert state_of(engine, text_id) is OutboundState.SENDING
    deliver(engine, vendor, minutes=LEASE.total_seconds() / 60 + 1)

    assert len(vendor.accepted) == 1
    assert state_of(engine, text_id) is OutboundState.SENT


def deliver_and_die(engine: Engine, vendor: Vendor, *, after_accepting: bool) -> None:
    """The worker is killed while it hands the text over, before or after the vendor took it."""
    vendor.dies = "after" if after_accepting else "before"
    with pytest.raises(Killed):
        deliver(engine, vendor)
    vendor.dies = ""


def test_killed_before_the_provider_had_it_is_sent_by_the_next_worker(engine: Engine, text_id: int):
    vendor = Vendor()

    deliver_and_die(engine, vendor, after_accepting=False)
    deliver(engine, vendor, minutes=2)

    assert len(vendor.accepted) == 1
    assert state_of(engine, text_id) is OutboundState.SENT


def test_while_a_worker_has_the_text_nobody_else_takes_it(engine: Engine, text_id: int):
    vendor = Vendor()

    deliver_and_die(engine, vendor, after_accepting=True)
    deliver(engine, vendor, minutes=0.5)

    assert state_of(engine, text_id) is OutboundState.SENDING
    assert len(vendor.accepted) == 1


def test_a_lost_answer_is_looked_up_before_anything_else(engine: Engine, text_id: int):
    vendor = Vendor(answers=[Sent(SentState.UNKNOWN, code="timeout", retry=Retry.CHECK)])

    deliver(engine, vendor)
    deliver(engine, vendor, minutes=5)

    assert len(vendor.accepted) == 1
    assert state_of(engine, text_id) is OutboundState.SENT


def test_a_refusal_for_now_is_tried_again_and_one_for_good_is_not(engine: Engine, text_id: int):
    vendor = Vendor(
        answers=[
            Sent(SentState.FAILED, code="20429", retry=Retry.LATER),
            Sent(SentState.FAILED, code="21610", retry=Retry.NO),
        ]
    )

    deliver(engine, vendor)
    first = state_of(engine, text_id)
    deliver(engine, vendor, minutes=5)
    deliver(engine, vendor, minutes=60)

    assert first is OutboundState.QUEUED
    assert state_of(engine, text_id) is OutboundState.FAILED
    assert vendor.accepted == []


def test_a_worker_without_its_lease_sends_nothing(engine: Engine, text_id: int):
    vendor = Vendor()

    def fence(_session: Session) -> None:
        raise LeaseLostError("passed on")

    with pytest.raises(LeaseLostError):
        deliver_due(
            engine,
            vendor,
            now=MORNING,
            secret="secret",
            public_url="http://127.0.0.1:8000",
            fence=fence,
        )

    assert vendor.accepted == []
    assert state_of(engine, text_id) is OutboundState.QUEUED


@pytest.mark.parametrize(
    ("reported", "kept"),
    [
        (["sent", "delivered"], OutboundState.DELIVERED),
        (["delivered", "sent"], OutboundState.DELIVERED),
        (["delivered", "delivered", "queued"], OutboundState.DELIVERED),
        (["undelivered", "delivered"], OutboundState.UNDELIVERED),
    ],
)
def test_receipts_only_climb(
    engine: Engine, text_id: int, reported: list[str], kept: OutboundState
):
    deliver(engine, Vendor())

    for state in reported:
        with transaction(engine) as session:
            assert record_receipt(session, Receipt(text_id, "id-1", state), now=MORNING)

    assert state_of(engine, text_id) is kept


def test_a_receipt_for_an_unknown_text_changes_nothing(engine: Engine, text_id: int):
    with transaction(engine) as session:
        known = record_receipt(session, Receipt(None, "nobody", "delivered"), now=MORNING)

    assert not known
    assert state_of(engine, text_id) is OutboundState.QUEUED


def test_who_opted_out_gets_nothing_but_answers(engine: Engine, text_id: int):
    with transaction(engine) as session:
        technician = a_technician(session)
        technician.user.sms_stopped_at = MORNING
        told = say(session, "list_empty", key="told", now=MORNING, to=technician.user)
        answered = say(
            session, "started", key="answer", now=MORNING, to=technician.user, is_answer=True
        )

    assert told is None
    assert answered is not None
