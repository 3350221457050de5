"""The demo's phones: every text is read there and answered as the phone's owner."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Engine
from sqlmodel import select

from app.services.texts.outbox import say
from models.account import Role, User
from models.database import reading, transaction
from models.lifecycle import Status
from models.message import InboundMessage, OutboundMessage, OutboundState
from models.ticket import Ticket
from models.workforce import Technician
from tests.door import an_app
from tests.factories import MORNING, a_technician, a_ticket, a_user
from tests.pages import a_visitor, words

PHONE = "+84995020101"


@pytest.fixture
def app(engine: Engine, tmp_path: Path) -> Iterator[Flask]:
    with an_app(engine, tmp_path) as made:
        yield made


@pytest.fixture
def reader(engine: Engine, app: Flask) -> User:
    with transaction(engine) as session:
        return a_user(session, Role.AUDITOR)


@pytest.fixture
def ticket(engine: Engine, app: Flask) -> Ticket:
    with transaction(engine) as session:
        technician = a_technician(session, name="Võ Thành Công", phone=PHONE)
        ticket = a_ticket(session, status=Status.ASSIGNED, technician=technician)
        say_it(session, ticket, technician)
        return ticket


def say_it(session: object, ticket: Ticket, technician: Technician) -> OutboundMessage:
    """A text about the visit that has left the outbox."""
    message = say(
        session,  # type: ignore[arg-type]  # the test's session
        "unassigned",
        key=f"test:{ticket.number}",
        now=MORNING,
        to=technician.user,
        ticket=ticket,
        link_kind="ticket",
        values={"number": ticket.code, "commune": "Cam Thanh"},
    )
    assert message is not None
    message.body += " {link}"
    message.state = OutboundState.SENT
    return message


def test_newest_text_is_open_and_every_phone_is_listed(
    app: Flask, reader: User, ticket: Ticket
) -> None:
    page = words(a_visitor(app, reader).get("/phones"))

    assert "Võ Thành Công 0995 020 101" in page
    assert ticket.code in page
    assert "{link}" not in page
    assert "Mở liên kết trong tin" in page


def test_text_in_the_outbox_is_not_on_the_phone_yet(
    app: Flask, engine: Engine, reader: User, ticket: Ticket
) -> None:
    with transaction(engine) as session:
        session.exec(select(OutboundMessage)).one().state = OutboundState.QUEUED

    assert "Chưa có tin nhắn nào" in words(a_visitor(app, reader).get(f"/phones/{PHONE}"))


def test_answer_is_taken_in_as_the_owners(
    app: Flask, engine: Engine, reader: User, ticket: Ticket
) -> None:
    visitor = a_visitor(app, reader)

    page = visitor.follow(visitor.post(f"/phones/{PHONE}", body=f"NHAN {ticket.code}"))

    assert f"NHAN {ticket.code}" in page
    with reading(engine) as session:
        heard = session.exec(select(InboundMessage)).one()
        assert heard.phone == PHONE
        assert session.get_one(Ticket, ticket.number).status is Status.ACCEPTED


def test_conversation_alone_can_be_fetched(app: Flask, reader: User, ticket: Ticket) -> None:
    text = a_visitor(app, reader).get(f"/phones/{PHONE}/live").get_data(as_text=True)

    assert text.strip().startswith("<ol")
    assert "<html" not in text


def test_link_of_a_text_is_followed(app: Flask, reader: User, ticket: Ticket) -> None:
    response = a_visitor(app, reader).post(f"/phones/{PHONE}/open/1")

    assert response.status_code == 303
    assert response.headers["Location"].startswith("/t/")


def test_unknown_phones_and_texts_are_not_found(app: Flask, reader: User, ticket: Ticket) -> None:
    visitor = a_visitor(app, reader)

    assert visitor.get("/phones/+84999999999").status_code == 404
    assert visitor.post("/phones/+84999999999", body="NHAN").status_code == 404
    assert visitor.post(f"/phones/{PHONE}/open/99").status_code == 404
    assert visitor.post("/phones/+84999999999/open/1").status_code == 404


def test_empty_answer_sends_nothing(
    app: Flask, engine: Engine, reader: User, ticket: Ticket
) -> None:
    a_visitor(app, reader).post(f"/phones/{PHONE}", body="  ")

    with reading(engine) as session:
        assert session.exec(select(InboundMessage)).all() == []


def test_real_work_has_no_such_page(engine: Engine, tmp_path: Path) -> None:
    with an_app(engine, tmp_path, demo="") as app:
        with transaction(engine) as session:
            user = a_user(session)

        assert a_visitor(app, user).get("/phones").status_code == 404
