"""Steps of a ticket's life: who may take them, and all that each brings along."""

import itertools
from datetime import date, timedelta

import pytest
from sqlmodel import Session, col, select

from app.services.planning.assigning import active_assignment
from app.services.planning.by_hand import HardRuleBroken, RuleBroken
from app.services.scope import NotVisible
from app.services.tickets import fieldwork
from app.services.tickets.refusals import ActionRefused, NotAllowedError, StaleVersionError
from models.account import Role
from models.call import CallOutcome, VideoCall
from models.lifecycle import Action, Status, TransitionError
from models.message import OutboundMessage
from models.ticket import ResponseTarget, Ticket, TicketEvent
from tests.factories import (
    CAM_THANH,
    KON_TUM,
    MORNING,
    TRA_BONG,
    a_clerk,
    a_lead,
    a_team,
    a_technician,
    a_ticket,
    a_user,
    at,
    viewer,
)

NINE = at("09:00")


def texts(session: Session, event: str) -> list[OutboundMessage]:
    return list(session.exec(select(OutboundMessage).where(OutboundMessage.event == event)))


def test_arriving_meets_the_target_and_gives_the_commune_its_code(session: Session):
    technician = a_technician(session)
    ticket = a_ticket(session, status=Status.EN_ROUTE, technician=technician)

    fieldwork.act(
        session, ticket.number or 0, Action.ARRIVE, viewer=viewer(session, technician), now=NINE
    )

    target = session.exec(select(ResponseTarget)).one()
    assert target.met_at == NINE
    assert ticket.close_code is not None
    assert len(ticket.close_code) == 4
    assert ticket.close_code in texts(session, "commune_arrived")[0].body
    assert technician.at_code == ticket.commune_code


def test_a_foreign_technician_does_not_even_see_the_ticket(session: Session):
    ticket = a_ticket(session, status=Status.ASSIGNED)
    stranger = a_technician(session)

    with pytest.raises(NotVisible):
        fieldwork.act(
            session, ticket.number or 0, Action.ACCEPT, viewer=viewer(session, stranger), now=NINE
        )


@pytest.mark.parametrize("role", [Role.ADMIN, Role.AUDITOR])
def test_roles_without_a_say_are_refused(session: Session, role: Role):
    ticket = a_ticket(session)
    reader = a_user(session, role)

    with pytest.raises(NotAllowedError):
        fieldwork.act(
            session, ticket.number or 0, Action.CANCEL, viewer=viewer(session, reader), now=NINE
        )


def test_a_stale_version_loses_and_changes_nothing(session: Session):
    ticket = a_ticket(session, status=Status.RESOLVED)
    clerk = session.get_one(type(ticket.created_by), ticket.created_by_id)

    with pytest.raises(StaleVersionError):
        fieldwork.act(
            session,
            ticket.number or 0,
            Action.CONFIRM,
            viewer=viewer(session, clerk),
            now=NINE,
            expected_version=ticket.version - 1,
        )

    assert ticket.status is Status.RESOLVED


def test_a_refusal_needs_a_reason_tells_the_lead_and_finds_somebody_else(session: Session):
    team = a_team(session)
    a_lead(session, team)
    first, second = a_technician(session, team=team), a_technician(session, team=team)
    ticket = a_ticket(session, status=Status.ASSIGNED, technician=first, commune=TRA_BONG)
    me = viewer(session, first)

    with pytest.raises(ActionRefused):
        fieldwork.act(session, ticket.number or 0, Action.UNASSIGN, viewer=me, now=NINE)
    fieldwork.act(session, ticket.number or 0, Action.UNASSIGN, viewer=me, now=NINE, reason="Ốm")

    assignment = active_assignment(session, ticket.number or 0)
    assert assignment is not None
    assert assignment.technician_id == second.id
    assert len(texts(session, "lead_declined")) == 1
    assert texts(session, "unassigned") == []


def test_done_with_the_communes_code_is_closed_with_proof(session: Session):
    technician = a_technician(session)
    ticket = a_ticket(session, status=Status.ON_SITE, technician=technician)
    ticket.close_code = "4821"
    me = viewer(session, technician)

    fieldwork.act(
        session,
        ticket.number or 0,
        Action.RESOLVE,
        viewer=me,
        now=NINE,
        note="Thay dây",
        code="4821",
    )

    assert ticket.status is Status.CLOSED
    assert ticket.closed_at == NINE


def test_a_wrong_code_is_refused_and_changes_nothing(session: Session):
    technician = a_technician(session)
    ticket = a_ticket(session, status=Status.ON_SITE, technician=technician)
    ticket.close_code = "4821"

    with pytest.raises(ActionRefused) as refused:
        fieldwork.act(
            session,
            ticket.number or 0,
            Action.RESOLVE,
            viewer=viewer(session, technician),
            now=NINE,
            code="1111",
        )

    assert refused.value.field == "code"
    assert ticket.status is Status.ON_SITE


def test_a_done_visit_keeps_what_the_trip_report_needs(session: Session):
    technician = a_technician(session)
    ticket = a_ticket(session, status=Status.ON_SITE, technician=technician)
    assignment = active_assignment(session, ticket.number or 0)

    fieldwork.act(
        session,
        ticket.number or 0,
        Action.RESOLVE,
        viewer=viewer(session, technician),
        now=NINE,
        note="Thay bộ chia mạng",
    )

    assert assignment is not None
    assert not assignment.is_active
    assert assignment.finished_at == NINE
    assert assignment.work_done == "Thay bộ chia mạng"
    assert assignment.travel_m > 0


def test_reopening_starts_a_new_full_target(session: Session):
    ticket = a_ticket(session, status=Status.RESOLVED)
    a_technician(session)
    clerk = viewer(session, ticket.created_by)

    fieldwork.act(session, ticket.number or 0, Action.REOPEN, viewer=clerk, now=NINE)

    assert ticket.status is Status.ASSIGNED
    assert ticket.target_at == at("15:00")
    assert len(session.exec(select(ResponseTarget)).all()) == 2


def test_closed_for_more_than_seven_days_cannot_be_reopened(session: Session):
    ticket = a_ticket(session, status=Status.CLOSED)

    with pytest.raises(ActionRefused):
        fieldwork.act(
            session,
            ticket.number or 0,
            Action.REOPEN,
            viewer=viewer(session, ticket.created_by),
            now=MORNING + timedelta(days=9),
        )


def test_cancelling_tells_whoever_is_on_the_way(session: Session):
    technician = a_technician(session)
    ticket = a_ticket(session, status=Status.EN_ROUTE, technician=technician)

    fieldwork.act(
        session,
        ticket.number or 0,
        Action.CANCEL,
        viewer=viewer(session, ticket.created_by),
        now=NINE,
    )

    assert ticket.status is Status.CANCELLED
    assert texts(session, "cancelled")[0].phone == technician.user.phone
    assert active_assignment(session, ticket.number or 0) is None


def test_merging_points_to_the_survivor(session: Session):
    dispatcher = a_user(session)
    survivor, twin = a_ticket(session), a_ticket(session)

    fieldwork.act(
        session,
        twin.number or 0,
        Action.MERGE,
        viewer=viewer(session, dispatcher),
        now=NINE,
        into=survivor.number,
    )

    assert twin.status is Status.MERGED
    assert twin.merged_into == survivor.number


def test_waiting_stops_the_target_until_the_next_working_day(session: Session):
    technician = a_technician(session)
    ticket = a_ticket(session, status=Status.ON_SITE, technician=technician)

    fieldwork.act(
        session,
        ticket.number or 0,
        Action.WAIT,
        viewer=viewer(session, technician),
        now=NINE,
        reason="Chờ bo mạch",
    )

    assert ticket.target_at is None
    assert ticket.waiting_until_at == at("07:30", on="2026-11-26")


def test_waiting_until_a_past_day_is_refused(session: Session):
    technician = a_technician(session)
    ticket = a_ticket(session, status=Status.ON_SITE, technician=technician)

    with pytest.raises(ActionRefused) as refused:
        fieldwork.act(
            session,
            ticket.number or 0,
            Action.WAIT,
            viewer=viewer(session, technician),
            now=NINE,
            reason="Chờ bo mạch",
            until_on=date(2026, 11, 25),
        )

    assert refused.value.field == "date"


def test_a_lead_assigns_own_members_only(session: Session):
    team, other = a_team(session), a_team(session, "Tổ 2", base=KON_TUM)
    lead = viewer(session, a_lead(session, team))
    theirs = a_technician(session, team=other, home=KON_TUM)
    ticket = a_ticket(session)

    with pytest.raises(NotAllowedError):
        fieldwork.act(
            session,
            ticket.number or 0,
            Action.ASSIGN,
            viewer=lead,
            now=NINE,
            technician_id=theirs.id,
        )


def test_a_broken_rule_needs_a_note_and_then_passes(session: Session):
    team = a_team(session)
    lead = viewer(session, a_lead(session, team))
    unskilled = a_technician(session, team=team, skills={"hardware": 1})
    a_technician(session, team=team)
    ticket = a_ticket(session, category="network")
    number = ticket.number or 0

    with pytest.raises(RuleBroken):
        fieldwork.act(
            session, number, Action.ASSIGN, viewer=lead, now=NINE, technician_id=unskilled.id
        )
    fieldwork.act(
        session,
        number,
        Action.ASSIGN,
        viewer=lead,
        now=NINE,
        technician_id=unskilled.id,
        note="Đã được hướng dẫn qua điện thoại",
    )

    assignment = active_assignment(session, number)
    assert assignment is not None
    assert assignment.is_by_hand
    assert assignment.technician_id == unskilled.id


def test_who_is_off_duty_cannot_be_assigned_even_with_a_note(session: Session):
    team = a_team(session)
    lead = viewer(session, a_lead(session, team))
    away = a_technician(session, team=team, is_on_duty=False)
    ticket = a_ticket(session)

    with pytest.raises(HardRuleBroken):
        fieldwork.act(
            session,
            ticket.number or 0,
            Action.ASSIGN,
            viewer=lead,
            now=NINE,
            technician_id=away.id,
            note="Cứ đi",
        )


def test_handing_over_tells_both_and_leaves_one_active_assignment(session: Session):
    team = a_team(session)
    lead = viewer(session, a_lead(session, team))
    first, second = a_technician(session, team=team), a_technician(session, team=team)
    ticket = a_ticket(session, status=Status.ASSIGNED, technician=first)
    number = ticket.number or 0

    fieldwork.act(session, number, Action.ASSIGN, viewer=lead, now=NINE, technician_id=second.id)

    assignment = active_assignment(session, number)
    assert assignment is not None
    assert assignment.technician_id == second.id
    assert texts(session, "unassigned")[0].phone == first.user.phone
    assert texts(session, "assigned")[0].phone == second.user.phone


def test_a_leads_step_on_behalf_needs_its_reason(session: Session):
    team = a_team(session)
    lead = viewer(session, a_lead(session, team))
    technician = a_technician(session, team=team)
    ticket = a_ticket(session, status=Status.ASSIGNED, technician=technician)
    number = ticket.number or 0

    with pytest.raises(ActionRefused):
        fieldwork.act(session, number, Action.ACCEPT, viewer=lead, now=NINE)
    fieldwork.act(session, number, Action.ACCEPT, viewer=lead, now=NINE, reason="Đã gọi điện")

    assert ticket.status is Status.ACCEPTED


def test_a_technicians_video_releases_the_visit_and_books_a_call(session: Session):
    technician = a_technician(session)
    ticket = a_ticket(
        session, status=Status.ACCEPTED, technician=technician, category="signature-unlock"
    )

    fieldwork.act(
        session, ticket.number or 0, Action.ESCALATE, viewer=viewer(session, technician), now=NINE
    )

    call = session.exec(select(VideoCall)).one()
    assert ticket.status is Status.VIDEO
    assert call.reason == "technician"
    assert active_assignment(session, ticket.number or 0) is None


def test_sent_back_from_a_call_is_planned_as_a_visit_and_never_called_by_itself_again(
    session: Session,
):
    technician = a_technician(session)
    ticket = a_ticket(
        session, status=Status.ACCEPTED, technician=technician, category="signature-unlock"
    )
    me, number = viewer(session, technician), ticket.number or 0
    fieldwork.act(session, number, Action.ESCALATE, viewer=me, now=NINE)

    fieldwork.act(
        session, number, Action.SEND_BACK, viewer=me, now=at("09:30"), note="Đã cài lại, vẫn lỗi"
    )

    call = session.exec(select(VideoCall)).one()
    assert call.outcome is CallOutcome.VISIT_NEEDED
    assert ticket.status is Status.ASSIGNED
    assert ticket.target_at is not None
    assert ticket.target_at > at("12:00")


def test_a_commune_writes_no_internal_notes(session: Session):
    ticket = a_ticket(session)

    with pytest.raises(NotAllowedError):
        fieldwork.comment(
            session,
            ticket.number or 0,
            viewer=viewer(session, ticket.created_by),
            now=NINE,
            text="ghi chú",
            is_internal=True,
        )


def test_another_commune_sees_nothing(session: Session):
    ticket = a_ticket(session, commune=TRA_BONG)
    neighbour = viewer(session, a_clerk(session, CAM_THANH))

    with pytest.raises(NotVisible):
        fieldwork.act(session, ticket.number or 0, Action.CANCEL, viewer=neighbour, now=NINE)


def test_an_impossible_step_is_refused_by_the_life_of_the_ticket(session: Session):
    ticket = a_ticket(session, status=Status.CLOSED)
    clerk = viewer(session, ticket.created_by)

    with pytest.raises(TransitionError):
        fieldwork.act(session, ticket.number or 0, Action.CONFIRM, viewer=clerk, now=NINE)


def test_every_step_writes_one_event_and_the_chain_goes_on(session: Session):
    technician = a_technician(session)
    ticket = a_ticket(session, status=Status.ASSIGNED, technician=technician)
    me, number = viewer(session, technician), ticket.number or 0
    for action in (Action.ACCEPT, Action.DEPART, Action.ARRIVE, Action.RESOLVE):
        fieldwork.act(session, number, action, viewer=me, now=NINE, note="xong")

    events = session.exec(
        select(TicketEvent)
        .where(col(TicketEvent.ticket_number) == number)
        .order_by(col(TicketEvent.sequence))
    ).all()
    assert [event.kind for event in events][-4:] == ["accept", "depart", "arrive", "resolve"]
    assert [event.sequence for event in events] == list(range(1, len(events) + 1))
    assert all(later.previous_hash == earlier.hash for earlier, later in itertools.pairwise(events))
    assert session.get_one(Ticket, number).chain_tip == events[-1].hash
