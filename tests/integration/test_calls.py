"""The call: who may be in it, what joining means, and a log that loses nothing."""

from datetime import timedelta

import pytest
from sqlmodel import Session, col, select

from app.services.calling import calls, signals
from app.services.calling.calls import CallEnded, Caller, CallFull
from app.services.calling.signals import TakenOver, TooMuch
from app.services.scope import NotVisible
from app.services.tickets.links import LinkKind, make_link, open_link
from models.account import Role, User
from models.call import CallState, Participant, SignalKind, VideoCall
from models.ticket import EventKind, ResponseTarget, TicketEvent
from models.workforce import Technician
from tests.factories import (
    KON_TUM,
    LY_SON,
    MORNING,
    a_call,
    a_clerk,
    a_lead,
    a_team,
    a_technician,
    a_user,
    viewer,
)

SOON = MORNING + timedelta(minutes=5)


def as_caller(session: Session, call: VideoCall, who: User | Technician) -> Caller:
    """What this person may do in the call."""
    return calls.caller_of(session, call.id or 0, viewer=viewer(session, who))[1]


def enter(
    session: Session, call: VideoCall, who: User | Technician, *, page: str, now=MORNING
) -> calls.Joined:
    """The person joins with that page."""
    return calls.join(session, call, as_caller(session, call, who), instance=page, now=now)


def tell(
    session: Session,
    call: VideoCall,
    participant: Participant,
    body: str = "{}",
    *,
    kind: SignalKind = SignalKind.CHAT,
    to: str | None = None,
    now=MORNING,
) -> int:
    """A line from the page that the person holds now."""
    return signals.say(
        session,
        call,
        participant,
        instance=participant.instance,
        kind=kind,
        to_instance=to,
        body=body,
        now=now,
    )


def heard(session: Session, call: VideoCall, page: str, *, after: int = 0) -> list[str]:
    """Bodies of the lines that a page hears."""
    lines = signals.lines_after(session, call.id or 0, number=after, instance=page)
    return [line.body for line in lines]


def clerk_of(session: Session, call: VideoCall) -> User:
    """The commune's own log-in."""
    return call.ticket.created_by


def target_of(session: Session, call: VideoCall) -> ResponseTarget:
    """The response target of the call's ticket."""
    return session.exec(
        select(ResponseTarget).where(col(ResponseTarget.ticket_number) == call.ticket_number)
    ).one()


def a_link(session: Session, call: VideoCall, *, user: User | None = None) -> tuple[str, int]:
    """Token and row id of a link to the call, for that person or for a phone without account."""
    token = make_link(
        session,
        kind="call",
        ticket_number=call.ticket_number,
        call_id=call.id,
        user_id=user.id if user else None,
        phone="+84912345678",
        now=call.starts_at,
        secret="secret of the tests",
    )
    link = open_link(session, token, kind=LinkKind.CALL, now=call.starts_at)
    return token, link.id or 0


# ---- Who


def test_both_sides_and_the_teams_lead_may_join_and_only_the_host_and_lead_end(session: Session):
    host = a_technician(session)
    call = a_call(session, host=host)

    allowed = {
        name: (caller.may_join, caller.may_end)
        for name, who in {
            "commune": clerk_of(session, call),
            "host": host,
            "lead": a_lead(session),
            "dispatcher": a_user(session, Role.DISPATCHER),
        }.items()
        for caller in [as_caller(session, call, who)]
    }

    assert allowed == {
        "commune": (True, False),
        "host": (True, True),
        "lead": (True, True),
        "dispatcher": (False, False),
    }


def test_a_call_is_not_there_for_anybody_else(session: Session):
    call = a_call(session)
    strangers = [
        a_clerk(session, LY_SON),
        a_technician(session, name="Người Khác"),
        a_lead(session, a_team(session, "Tổ 2", base=KON_TUM)),
        a_user(session, Role.ADMIN),
        a_user(session, Role.AUDITOR),
    ]

    for stranger in strangers:
        with pytest.raises(NotVisible):
            as_caller(session, call, stranger)


def test_a_phone_without_an_account_joins_by_its_link_under_the_communes_name(session: Session):
    call = a_call(session)
    _, link_id = a_link(session, call)

    _, caller = calls.find_call(
        session, call.id or 0, claim=calls.Claim(link_id=link_id), now=MORNING
    )

    assert caller.is_commune
    assert (caller.may_join, caller.may_end) == (True, False)
    assert caller.name == "Phường Cẩm Thành …678"


def test_a_link_is_good_for_its_own_call_alone(session: Session):
    _, link_id = a_link(session, a_call(session))
    other = a_call(session)

    with pytest.raises(NotVisible):
        calls.find_call(session, other.id or 0, claim=calls.Claim(link_id=link_id), now=MORNING)


# ---- Joining


def test_the_first_to_join_starts_the_call_and_both_sides_meet_the_target(session: Session):
    host = a_technician(session)
    call = a_call(session, host=host)

    enter(session, call, host, page="page-of-host")
    after_one = (call.state, call.started_at, target_of(session, call).met_at)
    enter(session, call, clerk_of(session, call), page="page-of-clerk", now=SOON)

    assert after_one == (CallState.RUNNING, MORNING, None)
    assert call.started_at == MORNING
    assert target_of(session, call).met_at == SOON


def test_two_of_the_same_side_meet_no_target(session: Session):
    host = a_technician(session)
    call = a_call(session, host=host)

    enter(session, call, host, page="page-of-host")
    enter(session, call, a_lead(session), page="page-of-lead")

    assert target_of(session, call).met_at is None


def test_a_reload_is_the_same_person_and_one_event(session: Session):
    host = a_technician(session)
    call = a_call(session, host=host)

    first = enter(session, call, host, page="page-one")
    second = enter(session, call, host, page="page-two", now=SOON)

    joined = session.exec(
        select(TicketEvent).where(col(TicketEvent.kind) == EventKind.CALL_JOINED.value)
    ).all()
    assert second.participant is first.participant
    assert second.participant.instance == "page-two"
    assert second.present == []
    assert [event.data["name"] for event in joined] == ["Nguyễn Văn Thành"]


def test_the_newcomer_is_told_who_is_there_and_the_others_hear_of_the_newcomer(session: Session):
    host = a_technician(session)
    call = a_call(session, host=host)
    first = enter(session, call, host, page="page-of-host")

    second = enter(session, call, clerk_of(session, call), page="page-of-clerk")

    lines = signals.lines_after(session, call.id or 0, number=first.cursor, instance="page-of-host")
    assert [one.instance for one in second.present] == ["page-of-host"]
    assert [(line.kind, line.sender, line.name) for line in lines] == [
        (SignalKind.JOIN, "page-of-clerk", "Phạm Thị Lệ")
    ]


def test_who_left_or_was_not_heard_for_long_is_not_there(session: Session):
    host, lead = a_technician(session), a_lead(session)
    call = a_call(session, host=host)
    enter(session, call, host, page="page-of-host")
    leaver = enter(session, call, lead, page="page-of-lead", now=SOON).participant
    tell(session, call, leaver, kind=SignalKind.LEAVE, now=SOON)

    joined = enter(session, call, clerk_of(session, call), page="page-of-clerk", now=SOON)

    assert joined.present == []


def test_a_fifth_is_turned_away(session: Session):
    host = a_technician(session)
    call = a_call(session, host=host)
    enter(session, call, host, page="page-of-host")
    for number in range(3):
        enter(session, call, a_lead(session), page=f"page-of-lead-{number}")

    with pytest.raises(CallFull):
        enter(session, call, clerk_of(session, call), page="page-of-clerk")


@pytest.mark.parametrize("state", [CallState.ENDED, CallState.DROPPED])
def test_nobody_joins_a_call_that_is_over(session: Session, state: CallState):
    host = a_technician(session)
    call = a_call(session, host=host, state=state)

    with pytest.raises(CallEnded):
        enter(session, call, host, page="page-of-host")


# ---- The log


def test_a_page_hears_what_is_said_to_all_and_to_it_but_not_itself(session: Session):
    host = a_technician(session)
    call = a_call(session, host=host)
    mine = enter(session, call, host, page="mine")
    theirs = enter(session, call, clerk_of(session, call), page="theirs").participant
    third = enter(session, call, a_lead(session), page="third")

    tell(session, call, theirs, "to all")
    tell(session, call, theirs, "to me", kind=SignalKind.DESCRIPTION, to="mine")
    tell(session, call, theirs, "to third", kind=SignalKind.DESCRIPTION, to="third")
    tell(session, call, mine.participant, "my own")

    assert heard(session, call, "mine", after=third.cursor) == ["to all", "to me"]


def test_after_a_break_the_log_goes_on_where_the_page_was(session: Session):
    host = a_technician(session)
    call = a_call(session, host=host)
    enter(session, call, host, page="mine")
    theirs = enter(session, call, clerk_of(session, call), page="theirs").participant
    number = tell(session, call, theirs, "before")
    tell(session, call, theirs, "meanwhile")

    assert heard(session, call, "mine", after=number) == ["meanwhile"]


def test_the_page_of_before_has_no_voice_once_another_is_open(session: Session):
    host = a_technician(session)
    call = a_call(session, host=host)
    participant = enter(session, call, host, page="old").participant
    enter(session, call, host, page="new")

    with pytest.raises(TakenOver):
        signals.say(
            session,
            call,
            participant,
            instance="old",
            kind=SignalKind.CHAT,
            to_instance=None,
            body="{}",
            now=MORNING,
        )


def test_who_says_too_much_is_stopped_for_a_while(session: Session):
    host = a_technician(session)
    call = a_call(session, host=host)
    participant = enter(session, call, host, page="mine").participant
    for _number in range(signals.RATE - 1):
        tell(session, call, participant)

    with pytest.raises(TooMuch):
        tell(session, call, participant)

    assert tell(session, call, participant, now=MORNING + signals.RATE_WINDOW)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (SignalKind.JOIN, "{}"),
        (SignalKind.DESCRIPTION, "x" * (signals.MAX_BODY + 1)),
        (SignalKind.CHAT, "x" * (signals.MAX_CHAT + 1)),
    ],
)
def test_what_a_page_may_not_say_is_refused(session: Session, kind: SignalKind, body: str):
    host = a_technician(session)
    call = a_call(session, host=host)
    participant = enter(session, call, host, page="mine").participant

    with pytest.raises(ValueError):
        tell(session, call, participant, body, kind=kind)


def test_nothing_is_said_in_a_call_that_is_over(session: Session):
    host = a_technician(session)
    call = a_call(session, host=host)
    participant = enter(session, call, host, page="mine").participant
    call.state = CallState.ENDED
    session.flush()

    with pytest.raises(CallEnded):
        tell(session, call, participant)
