"""A receipt that overtakes the record of the sending: the text's state only climbs (F13)."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import Engine, text
from sqlmodel import Session

from app.services.texts.outbox import ATTEMPTS, deliver_due, record_receipt, say
from app.sms.provider import Message, Receipt, Retry, Sent, SentState
from app.sms.providers.console import ConsoleProvider
from models.database import reading, transaction
from models.message import OutboundMessage, OutboundState
from tests.factories import MORNING, a_user
from tests.faults.processes import PATIENCE_S, wait_until

WAITERS = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")


class Busy(ConsoleProvider):
    """Hands the text over, and answers only when it is let go."""

    def __init__(self) -> None:
        self.handed_over = threading.Event()
        self.let_go = threading.Event()

    def send(self, message):
        self.handed_over.set()
        self.let_go.wait(PATIENCE_S)
        return super().send(message)


class Told(ConsoleProvider):
    """The receipt comes before the answer, and the answer knows less."""

    def __init__(self, engine: Engine, answer: Sent) -> None:
        self.engine = engine
        self.answer = answer

    def send(self, message):
        with transaction(self.engine) as session:
            record_receipt(session, Receipt(message.outbox_id, "id-1", "delivered"), now=MORNING)
        return self.answer


class Late(ConsoleProvider):
    """Its list does not show a text yet whose receipt comes in meanwhile."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.accepted: list[Message] = []

    def look_up(self, message):
        with transaction(self.engine) as session:
            record_receipt(session, Receipt(message.outbox_id, "id-1", "delivered"), now=MORNING)

    def send(self, message):
        self.accepted.append(message)
        return super().send(message)


@pytest.fixture
def text_id(engine: Engine) -> int:
    with transaction(engine) as session:
        message = say(session, "help", key="1", now=MORNING, to=a_user(session), body="Xin chao")
        assert message is not None
        session.flush()
        return message.id or 0


def deliver(engine: Engine, provider: ConsoleProvider) -> None:
    now = MORNING + timedelta(seconds=1)
    deliver_due(engine, provider, now=now, secret="secret", public_url="http://127.0.0.1:8000")


def state_of(engine: Engine, text_id: int) -> OutboundState:
    with reading(engine) as session:
        return session.get_one(OutboundMessage, text_id).state


@pytest.mark.parametrize(
    "answer",
    [
        Sent(SentState.QUEUED, "id-1"),
        Sent(SentState.UNKNOWN, code="ReadTimeout", retry=Retry.CHECK),
        Sent(SentState.FAILED, code="20429", retry=Retry.LATER),
        Sent(SentState.FAILED, code="30007", retry=Retry.NO),
    ],
    ids=["queued", "lost", "later", "never"],
)
def test_what_a_receipt_said_before_the_answer_came_stays(
    engine: Engine, text_id: int, answer: Sent
):
    with transaction(engine) as session:
        session.get_one(OutboundMessage, text_id).attempts = ATTEMPTS - 1

    deliver(engine, Told(engine, answer))

    assert state_of(engine, text_id) is OutboundState.DELIVERED


def test_a_text_whose_receipt_comes_during_the_look_up_is_not_sent_again(
    engine: Engine, text_id: int
):
    with transaction(engine) as session:
        session.get_one(OutboundMessage, text_id).state = OutboundState.SENDING
    provider = Late(engine)

    deliver(engine, provider)

    assert provider.accepted == []
    assert state_of(engine, text_id) is OutboundState.DELIVERED


def waits_for_a_lock(engine: Engine) -> bool:
    with Session(engine) as session:
        return bool(session.execute(WAITERS).scalar_one())


@pytest.mark.parametrize(
    "engine", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)
def test_a_receipt_being_written_is_not_overwritten_by_the_record_of_the_sending(
    engine: Engine, text_id: int
):
    provider = Busy()
    worker = threading.Thread(target=deliver, args=(engine, provider))
    worker.start()
    assert provider.handed_over.wait(PATIENCE_S)

    with transaction(engine) as session:
        record_receipt(session, Receipt(text_id, "id-1", "delivered"), now=MORNING)
        session.flush()
        provider.let_go.set()
        wait_until(lambda: waits_for_a_lock(engine), "the worker waits for the receipt")
    worker.join(PATIENCE_S)

    assert state_of(engine, text_id) is OutboundState.DELIVERED
