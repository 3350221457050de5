"""Short links: for one person and one thing, at their time, and dead afterwards."""

import re
from datetime import timedelta

import pytest
from sqlmodel import Session, select

from app.services.tickets.links import Death, LinkDead, LinkKind, make_link, open_link
from models.call import CallState, VideoCall
from models.lifecycle import Action, Actor
from models.message import Link
from models.ticket import Ticket
from tests.factories import MORNING, a_call, a_ticket, at

SECRET = "secret of the tests"


def a_call_link(session: Session, call: VideoCall, *, phone: str = "+84912345678", **other) -> str:
    """A link of that call for somebody's phone."""
    return make_link(
        session,
        kind="call",
        ticket_number=call.ticket_number,
        call_id=call.id,
        user_id=None,
        phone=phone,
        **{"now": MORNING, "secret": SECRET, **other},
    )


def a_ticket_link(session: Session, ticket: Ticket, *, now=MORNING) -> str:
    """A link of that ticket for somebody's phone."""
    return make_link(
        session,
        kind="ticket",
        ticket_number=ticket.number or 0,
        call_id=None,
        user_id=None,
        phone="+84912345678",
        now=now,
        secret=SECRET,
    )


def why_dead(session: Session, token: str, *, kind: LinkKind = LinkKind.CALL, now=MORNING) -> Death:
    """The reason that a dead link gives."""
    with pytest.raises(LinkDead) as dead:
        open_link(session, token, kind=kind, now=now)
    return dead.value.reason


def test_a_link_is_eleven_letters_and_digits_of_which_only_a_hash_is_stored(session: Session):
    token = a_call_link(session, a_call(session))

    stored = session.exec(select(Link)).one()
    assert re.fullmatch(r"[A-Za-z0-9]{11}", token)
    assert token not in repr(stored)


def test_the_same_text_sent_again_carries_the_same_link(session: Session):
    call = a_call(session)

    tokens = {a_call_link(session, call), a_call_link(session, call, now=at("09:00"))}

    assert len(tokens) == 1
    assert len(session.exec(select(Link)).all()) == 1


def test_links_of_two_people_two_calls_two_nonces_and_two_secrets_differ(session: Session):
    call = a_call(session)

    tokens = {
        a_call_link(session, call),
        a_call_link(session, call, phone="+84987654321"),
        a_call_link(session, a_call(session)),
        a_call_link(session, call, nonce="again"),
        a_call_link(session, call, secret="another"),
    }

    assert len(tokens) == 5


def test_a_call_link_opens_half_an_hour_before_and_says_so_earlier(session: Session):
    call = a_call(session, starts_at=at("10:00"))
    token = a_call_link(session, call)

    with pytest.raises(LinkDead) as early:
        open_link(session, token, kind=LinkKind.CALL, now=at("09:29"))
    link = open_link(session, token, kind=LinkKind.CALL, now=at("09:30"))

    assert early.value.reason is Death.EARLY
    assert early.value.opens_at == at("09:30")
    assert link.call_id == call.id


@pytest.mark.parametrize("state", [CallState.ENDED, CallState.DROPPED])
def test_a_call_link_dies_with_its_call(session: Session, state: CallState):
    call = a_call(session)
    token = a_call_link(session, call)
    call.state = state
    session.flush()

    assert why_dead(session, token) is Death.ENDED


def test_a_call_link_dies_with_its_ticket(session: Session):
    call = a_call(session)
    token = a_call_link(session, call)
    session.add(call.ticket.apply(Action.CANCEL, Actor.COMMUNE, now=MORNING))
    session.flush()

    assert why_dead(session, token) is Death.ENDED


def test_a_ticket_link_expires_after_seven_days(session: Session):
    token = a_ticket_link(session, a_ticket(session))
    last = MORNING + timedelta(days=7) - timedelta(seconds=1)

    assert open_link(session, token, kind=LinkKind.TICKET, now=last)
    after = why_dead(session, token, kind=LinkKind.TICKET, now=last + timedelta(seconds=1))

    assert after is Death.EXPIRED


def test_a_link_opens_nothing_of_another_kind(session: Session):
    call_token = a_call_link(session, a_call(session))
    ticket_token = a_ticket_link(session, a_ticket(session))

    assert why_dead(session, call_token, kind=LinkKind.TICKET) is Death.UNKNOWN
    assert why_dead(session, ticket_token, kind=LinkKind.CALL) is Death.UNKNOWN


@pytest.mark.parametrize("token", ["", "x", "AAAAAAAAAAA", "' or 1=1 --", "é" * 11])
def test_a_made_up_link_is_unknown(session: Session, token: str):
    a_call_link(session, a_call(session))

    assert why_dead(session, token) is Death.UNKNOWN
