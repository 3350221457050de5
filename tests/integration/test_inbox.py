"""A text in: one effect, one answer, nothing guessed, nothing revealed (F14)."""

from datetime import timedelta

import pytest
from sqlmodel import Session, col, select

from app.services.texts.inbox import receive
from models.lifecycle import Status
from models.message import InboundMessage, InboundState, OutboundMessage
from models.plan import Assignment
from models.ticket import Ticket, TicketEvent
from models.workforce import Technician
from tests.factories import (
    MORNING,
    TRA_BONG,
    a_clerk,
    a_lead,
    a_technician,
    a_text,
    a_ticket,
    at,
)


def answer_of(
    session: Session, body: str, sender: object, *, now: object = MORNING, message_id: str = ""
) -> str | None:
    text = a_text(body, sender=sender, message_id=message_id)  # type: ignore[arg-type]  # user or phone
    said = receive(session, text, now=now)  # type: ignore[arg-type]  # always a moment
    return said.body if said else None


@pytest.fixture
def technician(session: Session) -> Technician:
    a_lead(session)
    return a_technician(session)


def assigned(session: Session, technician: Technician, **fields: object) -> Ticket:
    wanted = {"status": Status.ASSIGNED, "commune": TRA_BONG, **fields}
    return a_ticket(session, technician=technician, **wanted)  # type: ignore[arg-type]  # fields of it


def test_a_technicians_whole_visit_by_text(session: Session, technician: Technician):
    ticket = assigned(session, technician)
    statuses = []

    for body in ("nhan", "di", "den", "xong da thay day mang"):
        answer_of(session, body, technician, now=at("09:00"))
        statuses.append(ticket.status)

    assert statuses == [Status.ACCEPTED, Status.EN_ROUTE, Status.ON_SITE, Status.RESOLVED]
    assignment = session.exec(select(Assignment)).one()
    assert assignment.work_done == "da thay day mang"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("accept", Status.ACCEPTED),
        ("Đồng ý", Status.ACCEPTED),
        ("nhaanj vieecj", Status.ACCEPTED),
        ("on the way", Status.EN_ROUTE),
        ("arrived", Status.ON_SITE),
    ],
)
def test_words_with_and_without_marks_and_in_english(
    session: Session, technician: Technician, body: str, status: Status
):
    ticket = assigned(session, technician)

    answer_of(session, body, technician)

    assert ticket.status is status


def test_a_text_is_taken_in_once_and_answered_as_the_first_time(
    session: Session, technician: Technician
):
    ticket = assigned(session, technician)

    first = answer_of(session, "nhan", technician, message_id="SM1")
    again = answer_of(session, "nhan", technician, message_id="SM1")

    kinds = session.exec(select(TicketEvent.kind)).all()
    assert first == again
    assert kinds.count("accept") == 1
    assert len(session.exec(select(InboundMessage)).all()) == 1
    assert ticket.status is Status.ACCEPTED


def test_the_same_words_twice_give_the_same_answer_and_one_step(
    session: Session, technician: Technician
):
    ticket = assigned(session, technician)

    first = answer_of(session, f"nhan {ticket.number}", technician)
    later = MORNING + timedelta(minutes=30)
    again = answer_of(session, f"nhan {ticket.number}", technician, now=later)

    assert first == again
    assert session.exec(select(TicketEvent.kind)).all().count("accept") == 1


def test_a_foreign_ticket_is_refused_without_revealing_it(session: Session, technician: Technician):
    foreign = a_ticket(session, commune=TRA_BONG, title="Chuyện riêng")
    assigned(session, technician)

    real = answer_of(session, f"nhan {foreign.number}", technician)
    invented = answer_of(session, "nhan 99887", technician)

    assert real is not None
    assert invented is not None
    assert real.replace(str(foreign.number), "X") == invented.replace("99887", "X")
    assert foreign.status is Status.OPEN


def test_two_open_tickets_are_asked_about_never_guessed(session: Session, technician: Technician):
    first, second = assigned(session, technician), assigned(session, technician)

    answer = answer_of(session, "nhan", technician)

    assert answer is not None
    assert first.code in answer
    assert second.code in answer
    assert {first.status, second.status} == {Status.ASSIGNED}


def test_a_wrong_check_letter_does_nothing(session: Session, technician: Technician):
    ticket = assigned(session, technician)
    wrong = next(letter for letter in "ACDEK" if letter != ticket.code[-1])

    answer_of(session, f"nhan {ticket.number}{wrong}", technician)

    assert ticket.status is Status.ASSIGNED


def test_not_yet_done_is_a_note_and_never_done(session: Session, technician: Technician):
    ticket = assigned(session, technician, status=Status.ON_SITE)

    answer_of(session, "chua xong, con cho khoi dong lai", technician)

    assert ticket.status is Status.ON_SITE
    assert session.exec(select(TicketEvent.kind)).all()[-1] == "comment"


def test_done_without_arrived_fills_the_gap(session: Session, technician: Technician):
    ticket = assigned(session, technician, status=Status.EN_ROUTE)

    answer_of(session, f"xong {ticket.number}", technician)

    kinds = session.exec(select(TicketEvent.kind).order_by(col(TicketEvent.id))).all()
    assert kinds[-2:] == ["arrive", "resolve"]
    assert ticket.status is Status.RESOLVED


def test_done_with_a_wrong_code_leaves_nothing_behind(session: Session, technician: Technician):
    ticket = assigned(session, technician, status=Status.EN_ROUTE)

    answer = answer_of(session, f"xong {ticket.number} 0000", technician)

    assert answer is not None
    assert "ma xac nhan" in answer
    assert ticket.status is Status.EN_ROUTE


def test_declining_asks_for_the_reason_first(session: Session, technician: Technician):
    ticket = assigned(session, technician)

    asked = answer_of(session, "tu choi", technician)
    before = ticket.status
    answer_of(session, f"2 {ticket.number} xa", technician)

    assert asked is not None
    assert "vi sao" in asked
    assert before is Status.ASSIGNED
    assert "unassign" in session.exec(select(TicketEvent.kind)).all()


def test_the_commune_confirms_or_reopens_by_its_digit(session: Session, technician: Technician):
    clerk = a_clerk(session, TRA_BONG)
    ticket = assigned(session, technician, status=Status.ON_SITE, created_by=clerk)
    answer_of(session, "xong", technician)

    answer_of(session, "1", clerk)

    assert ticket.status is Status.CLOSED


def test_a_stranger_gets_one_answer_a_day_and_is_kept_for_a_person(session: Session):
    phone = "+84995999888"

    first = answer_of(session, "alo", phone)
    second = answer_of(session, "alo alo", phone, now=MORNING + timedelta(hours=1))

    states = session.exec(select(InboundMessage.state)).all()
    assert first is not None
    assert second is None
    assert states == [InboundState.KEPT, InboundState.KEPT]


def test_machines_are_never_answered(session: Session):
    assert answer_of(session, "Quang cao khuyen mai", "VIETTEL") is None
    assert session.exec(select(InboundMessage.state)).one() is InboundState.IGNORED


def test_help_comes_twice_then_a_person_looks(session: Session, technician: Technician):
    answers = [answer_of(session, f"blah {word}", technician) for word in "abc"]

    assert answers[0] == answers[1] is not None
    assert answers[2] is None
    states = session.exec(select(InboundMessage.state)).all()
    assert states[-1] is InboundState.KEPT


def test_a_flood_from_one_number_is_held(session: Session, technician: Technician):
    answers = [answer_of(session, "ds", technician) for _number in range(25)]

    assert answers[19] is not None
    assert answers[20:] == [None] * 5


def test_stop_and_start_are_obeyed_and_answered(session: Session, technician: Technician):
    stopped = answer_of(session, "STOP", technician)
    was_stopped = technician.user.sms_stopped_at
    started = answer_of(session, "START", technician)

    assert stopped is not None
    assert was_stopped == MORNING
    assert started is not None
    assert technician.user.sms_stopped_at is None


@pytest.mark.parametrize(
    "body", ["", " ", "\u0000", "💥" * 400, "1" * 5000, "'; DROP TABLE ticket"]
)
def test_any_text_is_stored_and_answered_or_kept(
    session: Session, technician: Technician, body: str
):
    assigned(session, technician)

    answer_of(session, body, technician)

    assert session.exec(select(InboundMessage)).one().state is not InboundState.NEW


def test_every_answer_is_tied_to_its_text(session: Session, technician: Technician):
    assigned(session, technician)
    answer_of(session, "ds", technician)

    heard = session.exec(select(InboundMessage)).one()
    said = session.get_one(OutboundMessage, heard.answer_id)
    assert heard.state is InboundState.ANSWERED
    assert said.phone == heard.phone
