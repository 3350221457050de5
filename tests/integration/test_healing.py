"""The plan heals when the day goes another way, and tells only those for whom something changed."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from app.services.planning.absence import mark_absent, mark_back
from app.services.planning.assigning import active_assignment
from app.services.planning.lateness import heal, report_late
from app.services.planning.replanning import replan_when_due
from app.services.scope import NotVisible
from app.services.texts import inbox
from app.services.tickets.refusals import ActionRefused, NotAllowedError
from models.account import Role
from models.database import reading, transaction
from models.lifecycle import Status
from models.message import OutboundMessage
from models.plan import Assignment, PlanRun
from models.workforce import Technician
from tests.factories import (
    CAM_THANH,
    KON_TUM,
    MORNING,
    NGHIA_LO,
    TRA_BONG,
    a_lead,
    a_team,
    a_technician,
    a_text,
    a_ticket,
    a_user,
    an_assignment,
    at,
    viewer,
)


def given(
    session: Session,
    technician: Technician,
    clock: str,
    *,
    commune: str = NGHIA_LO,
    status: Status = Status.ACCEPTED,
) -> Assignment:
    """A visit of today that the technician was told of."""
    ticket = a_ticket(session, commune=commune, category="hardware")
    ticket.target_at = at("17:00")
    ticket.status = status
    return an_assignment(session, ticket, technician, starts_at=at(clock))


def told(session: Session) -> list[tuple[str, str]]:
    """Event and phone of every text, in order."""
    rows = session.exec(select(OutboundMessage).order_by(col(OutboundMessage.id)))
    return [(row.event, row.phone) for row in rows]


def asked(session: Session) -> list[str]:
    """Why the planner was asked, runs that wait."""
    rows = session.exec(select(PlanRun.cause).where(col(PlanRun.finished_at).is_(None)))
    return list(rows)


def test_visits_of_who_falls_ill_go_to_others_and_only_these_are_told(engine: Engine):
    with transaction(engine) as session:
        lead = viewer(session, a_lead(session))
        ill, there, apart = a_technician(session), a_technician(session), a_technician(session)
        moved = given(session, ill, "10:30")
        given(session, there, "09:30")
        given(session, apart, "09:30", commune=CAM_THANH)
        mark_absent(session, ill.id or 0, viewer=lead, now=MORNING, note="ốm")
        number, phones = moved.ticket_number, (ill.user.phone, there.user.phone)
        ill_id = ill.id

    run = replan_when_due(engine, now=MORNING)

    with reading(engine) as session:
        assignment = active_assignment(session, number)
        texts = told(session)
    assert run is not None
    assert run.cause == "absent"
    assert assignment is not None
    assert assignment.technician_id != ill_id
    assert [event for event, _phone in texts] == ["unassigned", "assigned"]
    assert texts[0][1] == phones[0]


def test_who_is_on_the_way_finishes_although_absent_from_now(engine: Engine):
    with transaction(engine) as session:
        lead = viewer(session, a_lead(session))
        ill = a_technician(session)
        a_technician(session)
        begun = given(session, ill, "08:15", status=Status.EN_ROUTE)
        mark_absent(session, ill.id or 0, viewer=lead, now=MORNING)
        number, ill_id = begun.ticket_number, ill.id

    replan_when_due(engine, now=MORNING)

    with reading(engine) as session:
        assignment = active_assignment(session, number)
        assert told(session) == []
    assert assignment is not None
    assert assignment.technician_id == ill_id


def test_who_comes_back_is_planned_again(session: Session):
    lead = viewer(session, a_lead(session))
    technician = a_technician(session)
    leave = mark_absent(session, technician.id or 0, viewer=lead, now=MORNING)

    mark_back(session, technician.id or 0, viewer=lead, now=at("10:00"))

    assert leave.until_at == at("10:00")
    assert asked(session) == ["absent"]
    with pytest.raises(ActionRefused):
        mark_back(session, technician.id or 0, viewer=lead, now=at("10:05"))


def test_only_the_own_lead_or_an_administrator_marks_somebody_absent(session: Session):
    technician = a_technician(session)
    stranger = viewer(session, a_lead(session, a_team(session, "Tổ 2", base=KON_TUM)))
    dispatcher = viewer(session, a_user(session, Role.DISPATCHER))

    with pytest.raises(NotVisible):
        mark_absent(session, technician.id or 0, viewer=stranger, now=MORNING)
    with pytest.raises(NotAllowedError):
        mark_absent(session, technician.id or 0, viewer=dispatcher, now=MORNING)
    assert asked(session) == []


def test_delay_that_is_reported_moves_what_follows_and_tells_nobody_else(engine: Engine):
    with transaction(engine) as session:
        late, other = a_technician(session), a_technician(session)
        first = given(session, late, "08:30", status=Status.EN_ROUTE)
        given(session, other, "09:00", commune=CAM_THANH)
        report_late(session, first.ticket_number, 20, viewer=viewer(session, late), now=MORNING)
        number = first.ticket_number

    run = replan_when_due(engine, now=MORNING)

    with reading(engine) as session:
        assignment = active_assignment(session, number)
        assert told(session) == []
    assert run is not None
    assert run.cause == "late"
    assert assignment is not None
    assert assignment.starts_at == assignment.told_starts_at == at("08:50")


def test_text_of_a_delay_is_answered_once_and_counted_once(session: Session):
    technician = a_technician(session)
    visit = given(session, technician, "10:00")
    number = visit.ticket_number

    first = inbox.receive(session, a_text("tre 30p", sender=technician), now=MORNING)
    again = inbox.receive(
        session, a_text("tre 30p", sender=technician), now=MORNING + timedelta(seconds=40)
    )

    assert first is not None
    assert again is not None
    assert first.event == "late"
    assert "10:30" in first.body
    assert str(number) in again.body
    assert visit.starts_at == at("10:30")
    assert asked(session) == ["late"]


@pytest.mark.parametrize("body", ["khong tre", "tre 30p?", "tre", "co tre bao lau"])
def test_what_reports_no_delay_moves_nothing(session: Session, body: str):
    technician = a_technician(session)
    visit = given(session, technician, "10:00")

    inbox.receive(session, a_text(body, sender=technician), now=MORNING)

    assert visit.starts_at == at("10:00")
    assert asked(session) == []


def test_visit_that_takes_longer_asks_once_for_every_quarter_of_an_hour(session: Session):
    technician = a_technician(session)
    visit = given(session, technician, "08:00", status=Status.ON_SITE)
    visit.arrived_at = at("08:00")
    session.flush()

    before = heal(session, now=at("08:59"))
    over = heal(session, now=at("09:01"))
    again = heal(session, now=at("09:05"))
    later = heal(session, now=at("09:20"))

    assert (before, over, again, later) == (0, 1, 0, 1)
    assert visit.ends_at == at("09:35")
    assert asked(session) == ["longer"]


def test_visit_after_one_that_takes_longer_begins_later_and_minutes_are_not_told(engine: Engine):
    now = at("10:10")
    with transaction(engine) as session:
        technician = a_technician(session)
        a_technician(session, skills={"training": 1})
        long = given(session, technician, "08:00", status=Status.ON_SITE, commune=TRA_BONG)
        long.arrived_at = at("08:00")
        following = given(session, technician, "10:15", commune=TRA_BONG)
        following.travel_s = 0
        number = following.ticket_number
        heal(session, now=now)

    run = replan_when_due(engine, now=now)

    with reading(engine) as session:
        assignment = active_assignment(session, number)
        assert told(session) == []
    assert run is not None
    assert run.cause == "longer"
    assert assignment is not None
    assert assignment.starts_at == at("10:25")
    assert assignment.told_starts_at == at("10:15")


def test_end_of_the_shift_asks_once_for_what_nobody_set_off_for(session: Session):
    technician = a_technician(session)
    given(session, technician, "16:30")

    at_noon = heal(session, now=at("12:00"))
    evening = heal(session, now=at("17:01"))
    again = heal(session, now=at("17:02"))

    assert (at_noon, evening, again) == (0, 1, 0)
    assert asked(session) == ["shift_end"]
