"""A car with several people: each is told of the others, any of them answers, all are shown."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from app.services.boards.board import queue
from app.services.boards.board_people import lines
from app.services.planning.absence import let_share
from app.services.planning.assigning import active_assignment
from app.services.planning.horizon import read_horizon
from app.services.planning.needs import ask_for_skill
from app.services.planning.placement import place_ticket, request_replan
from app.services.planning.plan_runs import forms_crews
from app.services.planning.replanning import replan_when_due
from app.services.planning.route_data import routes_for
from app.services.texts import inbox
from app.services.tickets.listing import own_visits
from app.services.tickets.ticket_page import load_page
from models.account import Role
from models.database import reading, transaction
from models.lifecycle import Status
from models.message import OutboundMessage
from models.plan import Assignment, AssignmentMember, Outcome, PlanRun
from models.ticket import Ticket
from models.workforce import Technician
from tests.factories import (
    MORNING,
    NGHIA_LO,
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


def a_pair(session: Session) -> tuple[Technician, Technician]:
    """Two of one base; neither can do alone what both can."""
    driver = a_technician(session, name="Nguyễn Văn Thành", skills={"network": 2})
    rider = a_technician(session, name="Trần Thị Vinh", skills={"security": 2})
    return driver, rider


def a_crew_visit(
    session: Session,
    pair: tuple[Technician, Technician],
    *,
    clock: str = "10:00",
    status: Status = Status.ASSIGNED,
) -> Assignment:
    """A ticket that needs both, given to both."""
    driver, rider = pair
    ticket = a_ticket(session, commune=NGHIA_LO, category="network")
    ticket.also_needs = {"security": 2}
    ticket.status = status
    assignment = an_assignment(session, ticket, driver, starts_at=at(clock))
    session.add(AssignmentMember(assignment_id=assignment.id or 0, technician_id=rider.id or 0))
    session.flush()
    session.refresh(assignment)
    return assignment


def texts(session: Session) -> list[tuple[str, str, str]]:
    """Event, phone and words of every text but answers."""
    rows = session.exec(select(OutboundMessage).order_by(col(OutboundMessage.id)))
    return [(row.event, row.phone, row.body) for row in rows if not row.key.startswith("answer:")]


def test_either_of_the_car_takes_the_next_step_and_it_counts_once(session: Session):
    driver, rider = pair = a_pair(session)
    visit = a_crew_visit(session, pair)
    ticket = session.get_one(Ticket, visit.ticket_number)

    inbox.receive(session, a_text("nhan", sender=rider), now=MORNING)
    inbox.receive(session, a_text("di", sender=driver), now=MORNING + timedelta(minutes=5))
    again = inbox.receive(session, a_text("di", sender=rider), now=MORNING + timedelta(minutes=6))
    inbox.receive(session, a_text("den", sender=rider), now=MORNING + timedelta(minutes=30))

    assert ticket.status is Status.ON_SITE
    assert again is not None
    assert again.event == "departed"
    assert texts(session)[0][0] == "commune_arrived"
    assert {driver.at_code, rider.at_code} == {NGHIA_LO}


def test_one_declines_for_the_car_and_the_other_is_told(session: Session):
    driver, rider = pair = a_pair(session)
    visit = a_crew_visit(session, pair)
    other = a_technician(session, name="Lê Văn Ba")

    inbox.receive(session, a_text("tu choi ban", sender=rider), now=MORNING)

    assignment = active_assignment(session, visit.ticket_number)
    told = [(event, phone) for event, phone, _body in texts(session)]
    assert assignment is not None
    assert [member.technician_id for member in assignment.members] == [other.id]
    assert ("unassigned", driver.user.phone) in told
    assert ("unassigned", rider.user.phone) not in told


def test_car_whose_member_declined_is_not_asked_again(session: Session):
    pair = a_pair(session)
    a_lead(session)
    visit = a_crew_visit(session, pair)

    inbox.receive(session, a_text("tu choi ban", sender=pair[1]), now=MORNING)

    ticket = session.get_one(Ticket, visit.ticket_number)
    assert ticket.status is Status.OPEN
    assert active_assignment(session, visit.ticket_number) is None


def test_board_page_route_and_list_show_everybody_in_the_car(session: Session):
    driver, rider = pair = a_pair(session)
    visit = a_crew_visit(session, pair)
    lead = viewer(session, a_lead(session))
    number = visit.ticket_number

    row = queue(session, viewer=lead, now=MORNING, numbers=[number])[0]
    bars = {line.name: line.bars for line in lines(session, viewer=lead, now=MORNING)}
    page = load_page(session, number, viewer=lead, now=MORNING)
    route = routes_for(session, viewer=lead, now=MORNING)[0]
    today = own_visits(session, viewer=viewer(session, rider), now=MORNING)

    names = "Nguyễn Văn Thành, Trần Thị Vinh"
    assert row.technician == names
    assert [bar.others for bar in bars["Trần Thị Vinh"]] == ["Nguyễn Văn Thành"]
    assert page.visit is not None
    assert page.visit.everybody == names
    assert names in page.headline
    assert route.usernames == (driver.user.username, rider.user.username)
    assert [row.number for row in today] == [number]


def test_crew_that_was_told_stands_in_the_problem_as_one_route(session: Session):
    pair = a_pair(session)
    a_crew_visit(session, pair)

    day = read_horizon(session, now=MORNING, forms_crews=False).day

    assert day.plan.routes[0].technicians == tuple(person.id for person in pair)
    assert day.problem.crews is False


def test_crew_on_the_way_is_committed_together(session: Session):
    pair = a_pair(session)
    visit = a_crew_visit(session, pair, clock="08:30", status=Status.EN_ROUTE)

    problem = read_horizon(session, now=MORNING).day.problem

    assert [work.visit for work in problem.committed] == [visit.ticket_number]
    assert problem.committed[0].technicians == tuple(person.id for person in pair)


def test_ticket_filed_beside_a_crew_joins_its_car(session: Session):
    pair = a_pair(session)
    a_crew_visit(session, pair)
    ticket = a_ticket(session, commune=NGHIA_LO, category="security")

    decision = place_ticket(session, ticket, now=MORNING)

    assignment = active_assignment(session, ticket.number or 0)
    assert decision.outcome is Outcome.ASSIGNED
    assert assignment is not None
    assert {member.technician_id for member in assignment.members} == {p.id for p in pair}
    bodies = {phone: body for event, phone, body in texts(session) if event == "assigned"}
    assert "cung Thi Vinh" in bodies[pair[0].user.phone or ""]
    assert "cung Van Thanh" in bodies[pair[1].user.phone or ""]


def test_team_without_crews_forms_none_and_keeps_what_was_told(session: Session):
    team = a_team(session)
    pair = a_pair(session)
    alone = a_technician(session)
    lead = viewer(session, a_lead(session, team))
    a_crew_visit(session, pair)

    let_share(session, team.id or 0, viewer=lead, now=MORNING, may=False)

    problem = read_horizon(session, now=MORNING).day.problem
    seats = {entry.id: entry.seats for entry in problem.technicians}
    assert seats[alone.id or 0] == 1
    assert seats[pair[0].id or 0] == 4
    assert problem.crews is False


def test_trainee_stands_with_the_mentor(session: Session):
    mentor = a_technician(session)
    trainee = a_technician(session, skills={})
    trainee.mentor_id = mentor.id
    ticket = a_ticket(session, commune=NGHIA_LO, category="hardware")

    place_ticket(session, ticket, now=MORNING)

    assignment = active_assignment(session, ticket.number or 0)
    assert assignment is not None
    assert assignment.technician_id == mentor.id
    assert {member.technician_id for member in assignment.members} == {mentor.id, trainee.id}


def test_skill_that_a_lead_asks_for_is_had_by_a_crew(engine: Engine):
    with transaction(engine) as session:
        driver, rider = a_pair(session)
        lead = viewer(session, a_lead(session))
        ticket = a_ticket(session, commune=NGHIA_LO, category="network")
        ticket.target_at = at("17:00")
        number, people = ticket.number or 0, {driver.id, rider.id}
        place_ticket(session, ticket, now=MORNING)
        ask_for_skill(session, number, skill="security", level=2, viewer=lead, now=MORNING)

    replan_when_due(engine, now=MORNING)

    with reading(engine) as session:
        assignment = active_assignment(session, number)
        told = [event for event, _phone, _body in texts(session)]
        members = {m.technician_id for m in assignment.members} if assignment else set()
    assert members == people
    assert told.count("assigned") == 3  # one alone at first, then both


def test_crews_are_formed_by_the_first_run_of_the_morning_and_of_noon(session: Session):
    def run(clock: str, *, cause: str = "clock", is_over: bool = True) -> int:
        started_at = at(clock)
        row = PlanRun(asked_at=started_at, started_at=started_at, cause=cause)
        row.finished_at = started_at if is_over else None
        session.add(row)
        session.flush()
        return row.id or 0

    clocks = ("07:30", "07:45", "11:05", "11:20")

    formed = [forms_crews(session, run(clock), now=at(clock)) for clock in clocks]

    assert formed == [True, False, True, False]
    assert forms_crews(session, run("14:00", cause="person"), now=at("14:00"))


def test_request_that_may_form_crews_is_not_lost_in_one_that_waits(session: Session):
    request_replan(session, cause="crowded_out", now=MORNING)

    run = request_replan(session, cause="needs", now=MORNING)

    assert forms_crews(session, run.id or 0, now=at("10:00"))
    assert run.cause == "needs"


def test_lead_asks_for_a_skill_and_strangers_may_not(session: Session):
    a_pair(session)
    ticket = a_ticket(session, commune=NGHIA_LO, category="network")
    auditor = viewer(session, a_user(session, Role.AUDITOR))

    with pytest.raises(PermissionError):
        ask_for_skill(
            session, ticket.number or 0, skill="security", level=2, viewer=auditor, now=MORNING
        )
