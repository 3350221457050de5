"""The commune's code proves that it is done; it cannot be found by trying."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from app.services.texts.inbox import receive
from app.services.tickets import fieldwork
from app.services.tickets.close_code import TRIES
from app.services.tickets.refusals import ActionRefused
from models.account import Viewer
from models.database import transaction
from models.lifecycle import Action, Status
from models.ticket import Ticket
from tests.factories import MORNING, a_technician, a_text, a_ticket, viewer

RIGHT = "4821"


@pytest.fixture
def at_hand(engine: Engine) -> tuple[int, Viewer]:
    """A ticket on site and its technician."""
    with transaction(engine) as session:
        technician = a_technician(session)
        ticket = a_ticket(session, status=Status.ON_SITE, technician=technician)
        ticket.close_code = RIGHT
        return ticket.number or 0, viewer(session, technician)


def try_code(engine: Engine, at_hand: tuple[int, Viewer], code: str, *, minutes: int = 0) -> Ticket:
    number, technician = at_hand
    now = MORNING + timedelta(minutes=minutes)
    with transaction(engine) as session:
        return fieldwork.act(session, number, Action.RESOLVE, viewer=technician, now=now, code=code)


def test_after_five_wrong_codes_the_right_one_is_refused_too(engine: Engine, at_hand):
    for _number in range(TRIES):
        with pytest.raises(ActionRefused):
            try_code(engine, at_hand, "0000")

    with pytest.raises(ActionRefused) as refused:
        try_code(engine, at_hand, RIGHT)

    assert refused.value.field == "code"
    assert "5 lần" in refused.value.message


def test_a_wrong_code_changes_neither_the_ticket_nor_its_version(engine: Engine, at_hand):
    number, _technician = at_hand
    with transaction(engine) as session:
        before = session.get_one(Ticket, number).version

    with pytest.raises(ActionRefused):
        try_code(engine, at_hand, "0000")

    with transaction(engine) as session:
        ticket = session.get_one(Ticket, number)
        assert (ticket.version, ticket.status) == (before, Status.ON_SITE)


def test_misheard_codes_are_forgotten_after_an_hour(engine: Engine, at_hand):
    for _number in range(TRIES):
        with pytest.raises(ActionRefused):
            try_code(engine, at_hand, "0000")

    ticket = try_code(engine, at_hand, RIGHT, minutes=61)

    assert ticket.status is Status.CLOSED


def test_codes_tried_by_sms_count_as_well(session: Session):
    technician = a_technician(session)
    ticket = a_ticket(session, status=Status.ON_SITE, technician=technician)
    ticket.close_code = RIGHT
    session.flush()
    for code in ("0000", "0001", "0002", "0003", "0004"):
        receive(session, a_text(f"xong {ticket.number} {code}", sender=technician), now=MORNING)

    receive(session, a_text(f"xong {ticket.number} {RIGHT}", sender=technician), now=MORNING)

    assert ticket.status is Status.ON_SITE
