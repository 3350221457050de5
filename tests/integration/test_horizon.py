"""Several days ahead: what can wait joins the trip that passes by; days are planned together."""

from datetime import timedelta

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from app.services.planning.assigning import active_assignment, latest_decision
from app.services.planning.horizon import read_horizon
from app.services.planning.placement import place_ticket, request_replan
from app.services.planning.reasons import explained
from app.services.planning.replanning import replan_when_due
from models.calendar import local_date
from models.catalog import Priority
from models.database import reading, transaction
from models.lifecycle import Status
from models.message import OutboundMessage
from models.plan import Assignment
from models.ticket import Ticket
from tests.factories import (
    CAM_THANH,
    MORNING,
    NGHIA_LO,
    TRA_BONG,
    a_technician,
    a_ticket,
    an_assignment,
    at,
)

TOMORROW = "2026-11-26"
IN_A_WEEK = at("17:00", "2026-12-03")


def a_trip_tomorrow(session: Session) -> Assignment:
    """Somebody of Cẩm Thành goes up to Trà Bồng tomorrow morning."""
    technician = a_technician(session)
    planned = a_ticket(session, commune=TRA_BONG, category="hardware", priority=Priority.P4)
    planned.target_at = IN_A_WEEK
    planned.status = Status.ASSIGNED
    return an_assignment(session, planned, technician, starts_at=at("10:00", TOMORROW))


def a_low_ticket(session: Session, *, priority: Priority = Priority.P4) -> Ticket:
    ticket = a_ticket(session, commune=TRA_BONG, category="hardware", priority=priority)
    ticket.target_at = IN_A_WEEK
    session.flush()
    return ticket


def test_ticket_that_may_wait_joins_the_trip_that_passes_by(session: Session):
    trip = a_trip_tomorrow(session)
    ticket = a_low_ticket(session)

    place_ticket(session, ticket, now=MORNING)

    assignment = active_assignment(session, ticket.number or 0)
    decision = latest_decision(session, ticket.number or 0)
    assert assignment is not None
    assert decision is not None
    assert local_date(assignment.starts_at) == local_date(trip.starts_at)
    assert assignment.joins_number == trip.ticket_number
    assert assignment.added_travel_s < 600
    assert "không phải đi thêm" in explained(session, decision)[0]


def test_urgent_ticket_does_not_wait_for_a_trip(session: Session):
    a_trip_tomorrow(session)
    ticket = a_low_ticket(session, priority=Priority.P2)

    place_ticket(session, ticket, now=MORNING)

    assignment = active_assignment(session, ticket.number or 0)
    assert assignment is not None
    assert local_date(assignment.starts_at) == local_date(MORNING)


def test_ticket_near_by_is_not_put_off(session: Session):
    a_trip_tomorrow(session)
    ticket = a_ticket(session, commune=NGHIA_LO, category="hardware", priority=Priority.P4)
    ticket.target_at = IN_A_WEEK

    place_ticket(session, ticket, now=MORNING)

    assignment = active_assignment(session, ticket.number or 0)
    assert assignment is not None
    assert local_date(assignment.starts_at) == local_date(MORNING)


def test_decision_says_whose_trip_is_joined_and_what_it_adds(session: Session):
    trip = a_trip_tomorrow(session)
    ticket = a_ticket(session, commune="21127", category="hardware", priority=Priority.P4)
    ticket.target_at = IN_A_WEEK

    place_ticket(session, ticket, now=MORNING)

    assignment = active_assignment(session, ticket.number or 0)
    decision = latest_decision(session, ticket.number or 0)
    assert assignment is not None
    assert decision is not None
    assert assignment.joins_number == trip.ticket_number
    assert "ghép chuyến với phiếu" in explained(session, decision)[0]


def test_three_working_days_are_one_problem_and_everybody_has_an_entry_for_each(session: Session):
    technician = a_technician(session)
    a_low_ticket(session)

    day = read_horizon(session, now=MORNING).day

    entries = [entry.id for entry in day.problem.technicians]
    assert [on.isoformat() for on in day.days] == ["2026-11-25", "2026-11-26", "2026-11-27"]
    assert [entry % 1_000_000 for entry in entries] == [technician.id] * 3
    assert len(set(entries)) == 3
    assert {entry.person for entry in day.problem.technicians[1:]} == {technician.id}


def test_replanning_moves_nothing_between_days_without_a_gain(engine: Engine):
    with transaction(engine) as session:
        trip = a_trip_tomorrow(session)
        ticket = a_low_ticket(session)
        place_ticket(session, ticket, now=MORNING)
        numbers = (trip.ticket_number, ticket.number or 0)
        request_replan(session, cause="test", now=MORNING)
        said = len(session.exec(select(OutboundMessage)).all())

    run = replan_when_due(engine, now=MORNING)

    with reading(engine) as session:
        days = {
            local_date(row.starts_at)
            for row in session.exec(
                select(Assignment).where(col(Assignment.ticket_number).in_(numbers))
            )
        }
        assert len(session.exec(select(OutboundMessage)).all()) == said
    assert run is not None
    assert run.figures["failed"] is False
    assert {on.isoformat() for on in days} == {TOMORROW}


def test_what_a_shift_left_undone_goes_to_the_next_day_with_one_text(engine: Engine):
    evening = at("17:30")
    with transaction(engine) as session:
        technician = a_technician(session)
        ticket = a_ticket(session, commune=CAM_THANH, category="hardware", priority=Priority.P3)
        ticket.target_at = IN_A_WEEK
        ticket.status = Status.ACCEPTED
        an_assignment(session, ticket, technician, starts_at=at("16:30"))
        number = ticket.number or 0
        request_replan(session, cause="shift_end", now=evening)

    replan_when_due(engine, now=evening)

    with reading(engine) as session:
        assignment = active_assignment(session, number)
        told = session.exec(select(OutboundMessage.event)).all()
    assert assignment is not None
    assert assignment.technician_id == technician.id
    assert local_date(assignment.starts_at) == local_date(evening + timedelta(days=1))
    assert list(told) == ["rescheduled"]


def test_reasons_of_a_run_name_everybody_once_although_they_have_several_days(engine: Engine):
    with transaction(engine) as session:
        for _ in range(3):
            a_technician(session)
        number = a_low_ticket(session).number or 0
        request_replan(session, cause="test", now=MORNING)

    replan_when_due(engine, now=MORNING)

    with reading(engine) as session:
        decision = latest_decision(session, number)
        assert decision is not None
        named = [reason["technician_id"] for reason in decision.reasons]
    assert len(named) == len(set(named)) == 3
