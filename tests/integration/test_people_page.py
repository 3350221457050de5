"""People of the teams: who is away, who has done how much, who may share a car; and the swap."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from app.services.boards.board_actions import plan_line
from app.services.planning.assigning import active_assignment, latest_decision
from app.services.planning.fairness import Load, carried, keep_carried, loads, spread
from app.services.planning.horizon import read_horizon
from app.services.planning.placement import place_ticket
from app.services.planning.swapping import carry_out
from app.services.tickets.refusals import ActionRefused
from dispatch.places import Terrain
from models.account import Role
from models.database import reading, transaction
from models.lifecycle import Status
from models.message import OutboundMessage
from models.plan import Outcome, PlanRun
from models.ticket import Ticket
from models.workforce import Leave, Team, Technician
from tests.door import an_app
from tests.factories import (
    CAM_THANH,
    KON_TUM,
    MORNING,
    NGHIA_LO,
    TRA_BONG,
    a_lead,
    a_team,
    a_technician,
    a_ticket,
    a_user,
    an_assignment,
    at,
    viewer,
)
from tests.pages import a_visitor


@pytest.fixture
def app(sqlite_engine: Engine, tmp_path: Path) -> Iterator[Flask]:
    with an_app(sqlite_engine, tmp_path) as made:
        yield made


def a_load(person: int, hours: int, *, highland: int = 0, skills: str = "network") -> Load:
    return Load(
        technician_id=person,
        team_id=1,
        name=f"Người {person}",
        home=Terrain.PLAIN,
        skills=frozenset(skills.split()),
        busy_s=hours * 3600,
        highland=highland,
    )


def test_hours_and_trips_are_carried_beyond_the_least_loaded_of_equal_skill():
    busy, idle, other = a_load(1, 20, highland=2), a_load(2, 8), a_load(3, 0, skills="data")

    people = [busy, idle, other]

    assert carried(busy, people) == (3 * 3600, 2, 0)
    assert carried(idle, people) == (0, 0, 0)
    assert carried(other, people) == (0, 0, 0)
    assert (spread(people).hours, spread(people).highland) == (12, 2)


def test_what_is_carried_never_weighs_more_than_an_afternoon():
    people = [a_load(1, 80, highland=9), a_load(2, 0)]

    assert carried(people[0], people) == (4 * 3600, 3, 0)


def test_visits_of_a_day_in_the_mountains_are_one_trip(session: Session):
    technician = a_technician(session)
    for clock in ("09:00", "10:30"):
        ticket = a_ticket(session, commune=TRA_BONG)
        an_assignment(session, ticket, technician, starts_at=at(clock))

    load = loads(session, now=MORNING)[0]

    assert load.highland == 1
    assert load.busy_s == 2 * (3600 + 600)


def test_clock_keeps_what_people_carry_and_the_planner_reads_it(session: Session):
    busy, idle = a_technician(session), a_technician(session)
    for day in ("2026-11-23", "2026-11-26", "2026-11-27"):
        ticket = a_ticket(session, commune=TRA_BONG)
        ticket.status = Status.ASSIGNED
        an_assignment(session, ticket, busy, starts_at=at("09:00", day))

    figures = keep_carried(session, now=MORNING)
    session.flush()

    entries = read_horizon(session, now=MORNING).day.problem.technicians
    kept = {entry.id: entry.carried for entry in entries}
    assert figures == {"hours": 4, "highland": 3, "island": 0}
    assert kept[busy.id or 0].highland == 3
    assert kept[busy.id or 0].busy_s == 2700
    assert kept[idle.id or 0].busy_s == 0


def test_lead_marks_somebody_absent_on_the_page(app: Flask, sqlite_engine: Engine):
    with transaction(sqlite_engine) as session:
        lead, person = a_lead(session), a_technician(session, name="Trần Văn Ốm")
        stranger = a_technician(session, team=a_team(session, "Tổ 2", base=KON_TUM))
        number, foreign = person.id, stranger.id
    visitor = a_visitor(app, lead)

    before = visitor.get("/board/people").text
    done = visitor.post(f"/board/people/{number}/absence", note="ốm")
    refused = visitor.post(f"/board/people/{foreign}/absence")
    after = visitor.get("/board/people").text

    with reading(sqlite_engine) as session:
        leave = session.exec(select(Leave)).one()
        causes = list(session.exec(select(PlanRun.cause)))
    assert "Báo nghỉ" in before
    assert "Tổ 2" not in before
    assert done.status_code == 303
    assert refused.status_code == 404
    assert "Đi làm lại" in after
    assert (leave.technician_id, leave.filed_by_id) == (number, lead.id)
    assert causes == ["absent"]


def test_lead_switches_crews_of_the_own_team_off(app: Flask, sqlite_engine: Engine):
    with transaction(sqlite_engine) as session:
        team, other = a_team(session), a_team(session, "Tổ 2", base=KON_TUM)
        lead = a_lead(session, team)
        own, foreign = team.id, other.id
    visitor = a_visitor(app, lead)

    done = visitor.post(f"/board/people/teams/{own}/crews", may="0")
    refused = visitor.post(f"/board/people/teams/{foreign}/crews", may="0")

    with reading(sqlite_engine) as session:
        shares = dict(session.exec(select(Team.id, Team.has_crews)).all())
    assert (done.status_code, refused.status_code) == (303, 404)
    assert shares == {own: False, foreign: True}


def a_crowded_out_ticket(session: Session) -> tuple[Ticket, Ticket, Technician]:
    """A network ticket for which the only technician would have to give up a training."""
    technician = a_technician(session, skills={"network": 2, "training": 1})
    training = a_ticket(session, commune=CAM_THANH, category="training")
    training.status = Status.ASSIGNED
    training.target_at = at("08:50")
    visit = an_assignment(session, training, technician, starts_at=at("08:40"))
    visit.ends_at = at("11:40")
    wanted = a_ticket(session, commune=NGHIA_LO, category="network")
    wanted.target_at = at("09:30")
    session.flush()
    return training, wanted, technician


def test_swap_that_was_found_is_carried_out_by_one_step(session: Session):
    training, wanted, technician = a_crowded_out_ticket(session)
    lead = viewer(session, a_lead(session))
    now = at("07:00")
    decision = place_ticket(session, wanted, now=now)

    carry_out(session, wanted.number or 0, viewer=lead, now=now)

    assignment = active_assignment(session, wanted.number or 0)
    moved = active_assignment(session, training.number or 0)
    told = session.exec(
        select(OutboundMessage.event).where(col(OutboundMessage.user_id) == technician.user_id)
    ).all()
    assert decision.outcome is Outcome.CROWDED_OUT
    assert decision.swap == {"out": training.number, "technician_id": technician.id}
    assert assignment is not None
    assert assignment.technician_id == technician.id
    assert assignment.starts_at <= at("09:30")
    assert moved is None or moved.starts_at > assignment.starts_at
    assert "unassigned" in told


def test_swap_is_refused_once_the_day_went_on(session: Session):
    training, wanted, _technician = a_crowded_out_ticket(session)
    lead = viewer(session, a_lead(session))
    place_ticket(session, wanted, now=at("07:00"))
    training.status = Status.EN_ROUTE

    with pytest.raises(ActionRefused):
        carry_out(session, wanted.number or 0, viewer=lead, now=at("07:10"))

    decision = latest_decision(session, wanted.number or 0)
    assert decision is not None
    assert active_assignment(session, wanted.number or 0) is None


def test_board_says_what_the_planner_does_without(session: Session):
    a_user(session, Role.DISPATCHER)
    run = PlanRun(asked_at=MORNING, started_at=MORNING, finished_at=MORNING, cause="clock")
    session.add(run)
    session.flush()

    fine = plan_line(session)
    run.figures = {"missing": ["numba", "pyvroom"]}
    slow = plan_line(session)
    run.figures = {"failed": True}
    failed = plan_line(session)

    assert fine is not None
    assert slow is not None
    assert failed is not None
    assert fine.trouble == ""
    assert "numba, pyvroom" in slow.trouble
    assert "kế hoạch cũ giữ nguyên" in failed.trouble
