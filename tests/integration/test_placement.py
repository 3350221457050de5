"""A filed ticket finds help: in time, late, by a call, or as a decision of the lead."""

from datetime import timedelta

from sqlmodel import Session, select

from app.services.planning.assigning import active_assignment, latest_decision
from app.services.planning.reasons import explained
from app.services.tickets.intake import TicketDraft, open_ticket
from models.call import CallState, VideoCall
from models.lifecycle import Status
from models.message import OutboundMessage
from models.plan import Outcome
from models.ticket import Ticket
from models.workforce import Technician
from tests.factories import (
    KON_TUM,
    LY_SON,
    NGHIA_LO,
    TRA_BONG,
    a_clerk,
    a_lead,
    a_team,
    a_technician,
    at,
    viewer,
)


def file_ticket(
    session: Session,
    *,
    category: str = "network",
    commune: str = TRA_BONG,
    clock: str = "08:00",
    citizens_waiting: int = 0,
    key: str = "form-key-1",
) -> Ticket:
    clerk = a_clerk(session, commune)
    draft = TicketDraft(
        key=key,
        commune_code=commune,
        category_code=category,
        title="Máy không vào được mạng",
        citizens_waiting=citizens_waiting,
    )
    return open_ticket(session, draft, viewer=viewer(session, clerk), now=at(clock)).ticket


def test_the_nearest_qualified_technician_gets_the_ticket_with_three_reasons(session: Session):
    for _number in range(2):
        a_technician(session)
    near = a_technician(session, home=TRA_BONG)

    ticket = file_ticket(session)

    decision = latest_decision(session, ticket.number or 0)
    assignment = active_assignment(session, ticket.number or 0)
    assert ticket.status is Status.ASSIGNED
    assert assignment is not None
    assert assignment.technician_id == near.id
    assert decision is not None
    assert [row["code"] for row in decision.reasons] == ["CHOSEN", "FARTHER", "FARTHER"]
    assert len(explained(session, decision)) == 3


def test_who_lacks_the_skill_is_never_chosen(session: Session):
    a_technician(session, skills={"network": 1})
    able = a_technician(session, skills={"network": 2}, home=KON_TUM)

    ticket = file_ticket(session, category="network", commune=KON_TUM)

    assignment = active_assignment(session, ticket.number or 0)
    assert assignment is not None
    assert assignment.technician_id == able.id


def test_the_technician_is_told_in_one_text_with_number_place_and_answers(session: Session):
    technician = a_technician(session)

    ticket = file_ticket(session)

    text = session.exec(select(OutboundMessage)).one()
    assert text.phone == technician.user.phone
    assert text.body.startswith(f"{ticket.code} Mang, Tra Bong.")
    assert text.prompt == {"1": "accept", "2": "decline"}


def test_nobody_on_the_island_in_time_becomes_a_call_at_once(session: Session):
    technician = a_technician(session)

    ticket = file_ticket(
        session, category="signature-unlock", commune=LY_SON, clock="13:45", citizens_waiting=4
    )

    call = session.exec(select(VideoCall)).one()
    decision = latest_decision(session, ticket.number or 0)
    assert ticket.priority.value == "P1"
    assert ticket.target_at == at("08:15", on="2026-11-26")
    assert ticket.status is Status.VIDEO
    assert decision is not None
    assert decision.outcome is Outcome.UNREACHABLE
    assert call.host_id == technician.user_id
    assert call.starts_at == at("13:45")


def test_nobody_in_time_for_a_visit_only_category_is_planned_late_with_a_call_beside(
    session: Session,
):
    a_technician(session)

    ticket = file_ticket(session, category="network", commune=LY_SON, clock="13:45")

    call = session.exec(select(VideoCall)).one()
    assignment = active_assignment(session, ticket.number or 0)
    decision = latest_decision(session, ticket.number or 0)
    assert ticket.status is Status.ASSIGNED
    assert decision is not None
    assert decision.outcome is Outcome.LATE
    assert assignment is not None
    assert ticket.target_at is not None
    assert assignment.starts_at > ticket.target_at
    assert call.is_beside_visit


def test_without_anybody_qualified_the_lead_takes_the_call(session: Session):
    lead = a_lead(session)
    a_technician(session, skills={"hardware": 1})

    ticket = file_ticket(session, category="one-stop")

    call = session.exec(select(VideoCall)).one()
    assert ticket.status is Status.VIDEO
    assert call.host_id == lead.id
    assert call.technician_id is None


def test_crowded_out_stays_open_with_the_lead_told_and_no_call_booked(session: Session):
    team = a_team(session)
    lead = a_lead(session, team)
    a_technician(session, team=team, skills={"network": 2, "training": 1})
    first = file_ticket(session, category="training", key="form-key-1", clock="07:00")

    second = file_ticket(
        session, category="network", commune=NGHIA_LO, key="form-key-2", clock="07:10"
    )

    decision = latest_decision(session, second.number or 0)
    told = session.exec(select(OutboundMessage.phone).where(OutboundMessage.event == "lead_nobody"))
    assert first.status is Status.ASSIGNED
    assert second.status is Status.OPEN
    assert decision is not None
    assert decision.outcome is Outcome.CROWDED_OUT
    assert list(told) == [lead.phone]
    assert session.exec(select(VideoCall)).first() is None


def test_a_ticket_filed_at_night_is_booked_from_the_next_opening(session: Session):
    a_technician(session)

    ticket = file_ticket(session, category="hardware", clock="21:10")

    assignment = active_assignment(session, ticket.number or 0)
    assert assignment is not None
    assert assignment.starts_at >= at("07:30", on="2026-11-26")


def test_a_call_waits_for_a_host_who_is_on_the_road(session: Session):
    technician = a_technician(session)
    visit = file_ticket(session, category="hardware", commune=NGHIA_LO, clock="13:40")
    busy_until = active_assignment(session, visit.number or 0)

    file_ticket(
        session,
        category="signature-unlock",
        commune=LY_SON,
        clock="13:45",
        citizens_waiting=1,
        key="form-key-2",
    )

    call = session.exec(select(VideoCall).where(VideoCall.state == CallState.BOOKED)).one()
    assert busy_until is not None
    assert call.technician_id == technician.id
    assert call.starts_at >= busy_until.ends_at


def test_whoever_is_away_is_not_planned(session: Session):
    away = a_technician(session)
    away.is_on_duty = False
    there = a_technician(session, home=KON_TUM)

    ticket = file_ticket(session, category="hardware", commune=KON_TUM)

    assignment = active_assignment(session, ticket.number or 0)
    assert assignment is not None
    assert assignment.technician_id == there.id


def test_the_visit_begins_in_working_time_and_leaves_time_to_get_home(session: Session):
    a_technician(session)

    ticket = file_ticket(session, category="training", commune=TRA_BONG, clock="13:30")

    assignment = active_assignment(session, ticket.number or 0)
    assert assignment is not None
    technician = session.get_one(Technician, assignment.technician_id)
    home_by = assignment.ends_at + timedelta(seconds=assignment.travel_s)
    assert technician.is_on_duty
    assert home_by.astimezone(at("08:00").tzinfo) <= at("17:00", on="2026-11-26")
