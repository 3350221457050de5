"""What the clock does: targets pass, waits end, silence confirms, silence is reminded of."""

from datetime import timedelta

from sqlmodel import Session, col, select

from app.services.tickets import clockwork
from models.call import VideoCall
from models.lifecycle import Status
from models.message import OutboundMessage
from models.plan import Assignment
from models.ticket import ResponseTarget, TicketEvent
from tests.factories import (
    MORNING,
    NGHIA_LO,
    a_lead,
    a_technician,
    a_ticket,
    at,
)

# Factories' tickets have a target four hours after 08:00.
AFTER_TARGET = at("13:31")


def kinds(session: Session) -> list[str]:
    return list(session.exec(select(TicketEvent.kind).order_by(col(TicketEvent.id))))


def test_a_missed_target_of_a_remote_category_becomes_a_call_once(session: Session):
    technician = a_technician(session)
    ticket = a_ticket(session, category="one-stop", status=Status.ASSIGNED, technician=technician)

    first = clockwork.escalate_overdue(session, now=AFTER_TARGET)
    second = clockwork.escalate_overdue(session, now=AFTER_TARGET + timedelta(minutes=1))

    assert (first, second) == (1, 0)
    assert ticket.status is Status.VIDEO
    assert session.exec(select(VideoCall)).one().reason == "target_passed"
    assert session.exec(select(ResponseTarget)).one().escalated_at == AFTER_TARGET


def test_a_missed_target_of_a_visit_only_category_keeps_its_visit_and_tells_the_lead(
    session: Session,
):
    a_lead(session)
    ticket = a_ticket(
        session, category="network", status=Status.ACCEPTED, technician=a_technician(session)
    )

    clockwork.escalate_overdue(session, now=AFTER_TARGET)

    told = session.exec(select(OutboundMessage.event)).all()
    assert ticket.status is Status.ACCEPTED
    assert told == ["lead_nobody"]
    assert "target_missed" in kinds(session)


def test_who_is_on_the_way_goes_on_when_the_target_passes(session: Session):
    a_lead(session)
    ticket = a_ticket(
        session, category="one-stop", status=Status.EN_ROUTE, technician=a_technician(session)
    )

    clockwork.escalate_overdue(session, now=AFTER_TARGET)

    assert ticket.status is Status.EN_ROUTE
    assert session.exec(select(VideoCall)).first() is None


def test_a_target_that_was_met_is_not_missed(session: Session):
    ticket = a_ticket(session, status=Status.ON_SITE)

    assert clockwork.escalate_overdue(session, now=AFTER_TARGET) == 0
    assert ticket.status is Status.ON_SITE


def test_a_late_open_ticket_is_planned_as_soon_as_possible(session: Session):
    a_lead(session)
    technician = a_technician(session)
    ticket = a_ticket(session, category="network", commune=NGHIA_LO)

    clockwork.escalate_overdue(session, now=AFTER_TARGET)

    assert ticket.status is Status.ASSIGNED
    assert ticket.team_id == technician.team_id


def test_a_wait_ends_on_its_day_with_a_new_target(session: Session):
    a_technician(session)
    ticket = a_ticket(session, status=Status.WAITING, commune=NGHIA_LO)
    ticket.waiting_until_at = at("07:30", on="2026-11-26")
    session.flush()

    early = clockwork.resume_waiting(session, now=at("16:00"))
    due = clockwork.resume_waiting(session, now=at("07:31", on="2026-11-26"))

    assert (early, due) == (0, 1)
    assert ticket.status is Status.ASSIGNED
    assert ticket.target_at is not None


def test_two_working_days_of_silence_confirm(session: Session):
    ticket = a_ticket(session, status=Status.RESOLVED)

    # Resolved on a Wednesday: Thursday and Friday are the commune's.
    on_friday = clockwork.confirm_silent(session, now=at("16:59", on="2026-11-27"))
    on_monday = clockwork.confirm_silent(session, now=at("08:00", on="2026-11-30"))

    assert (on_friday, on_monday) == (0, 1)
    assert ticket.status is Status.CLOSED


def test_silence_before_leaving_is_reminded_of_once(session: Session):
    ticket = a_ticket(session, status=Status.ASSIGNED)
    answered = a_ticket(session, status=Status.ACCEPTED)

    for minute in (20, 25, 26):
        clockwork.remind_silent(session, now=MORNING + timedelta(minutes=minute))
        session.flush()

    texts = session.exec(select(OutboundMessage)).all()
    assert [(text.event, text.ticket_number) for text in texts] == [("reminder", ticket.number)]
    assert texts[0].prompt == {"1": "accept", "2": "decline"}
    assert answered.status is Status.ACCEPTED


def test_an_open_ticket_is_looked_at_again_but_not_all_the_time(session: Session):
    ticket = a_ticket(session, category="hardware", commune=NGHIA_LO)
    a_lead(session)
    nobody = clockwork.place_waiting(session, now=MORNING)
    a_technician(session)

    too_soon = clockwork.place_waiting(session, now=MORNING + timedelta(minutes=5))
    again = clockwork.place_waiting(session, now=MORNING + timedelta(minutes=16))

    assert (nobody, too_soon, again) == (0, 0, 1)
    assert ticket.status is Status.ASSIGNED


def test_a_visit_of_more_than_a_day_is_told_to_the_lead_once(session: Session):
    a_lead(session)
    ticket = a_ticket(session, status=Status.ON_SITE)
    assignment = session.exec(select(Assignment)).one()
    assignment.arrived_at = MORNING
    session.flush()

    same_day = clockwork.tell_long_visits(session, now=MORNING + timedelta(hours=8))
    next_day = clockwork.tell_long_visits(session, now=MORNING + timedelta(hours=25))
    again = clockwork.tell_long_visits(session, now=MORNING + timedelta(hours=26))

    texts = session.exec(select(OutboundMessage.event)).all()
    assert (same_day, next_day, again) == (0, 1, 0)
    assert texts == ["lead_long_visit"]
    assert ticket.status is Status.ON_SITE
