"""The clock re-plans: what may not move stays, what did not change says nothing (F4)."""

from datetime import timedelta

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from app.services.planning.assigning import active_assignment
from app.services.planning.placement import request_replan
from app.services.planning.replanning import replan_when_due
from app.services.tickets import fieldwork
from app.services.tickets.intake import TicketDraft, open_ticket
from models.database import reading, transaction
from models.lifecycle import Action, Status
from models.message import OutboundMessage
from models.plan import Assignment, PlanRun
from models.ticket import Ticket, TicketEvent
from tests.factories import (
    MORNING,
    NGHIA_LO,
    TRA_BONG,
    a_clerk,
    a_province,
    a_technician,
    a_ticket,
    at,
    viewer,
)


def filed(
    session: Session, key: str, *, category: str = "hardware", commune: str = TRA_BONG
) -> int:
    clerk = viewer(session, a_clerk(session, commune))
    draft = TicketDraft(
        key=key, commune_code=commune, category_code=category, title="Máy in không in được"
    )
    return open_ticket(session, draft, viewer=clerk, now=MORNING).ticket.number or 0


def routes(engine: Engine) -> dict[int, tuple[int, str]]:
    with reading(engine) as session:
        rows = session.exec(select(Assignment).where(col(Assignment.is_active))).all()
    return {row.ticket_number: (row.technician_id, row.starts_at.isoformat()) for row in rows}


def test_a_plan_that_is_good_stays_and_nobody_is_told(engine: Engine):
    with transaction(engine) as session:
        a_technician(session)
        a_technician(session, home=TRA_BONG)
        numbers = [filed(session, f"form-key-{index}") for index in range(3)]
        said = len(session.exec(select(OutboundMessage)).all())
    before = routes(engine)

    run = replan_when_due(engine, now=MORNING + timedelta(minutes=1))

    with reading(engine) as session:
        after_said = len(session.exec(select(OutboundMessage)).all())
    assert run is not None
    assert run.figures["reassigned"] == run.figures["dropped"] == 0
    assert {number: person for number, (person, _at) in routes(engine).items()} == {
        number: before[number][0] for number in numbers
    }
    assert after_said == said


def test_an_open_ticket_is_taken_up(engine: Engine):
    with transaction(engine) as session:
        technician = a_technician(session)
        waiting = a_ticket(session, commune=NGHIA_LO, category="hardware")
        request_replan(session, cause="test", now=MORNING)
        number, expected = waiting.number or 0, technician.id

    run = replan_when_due(engine, now=MORNING)

    with reading(engine) as session:
        ticket = session.get_one(Ticket, number)
        assignment = active_assignment(session, number)
        told = session.exec(select(OutboundMessage.event)).all()
    assert run is not None
    assert run.figures["assigned"] == 1
    assert ticket.status is Status.ASSIGNED
    assert assignment is not None
    assert assignment.technician_id == expected
    assert "assigned" in told


def test_who_is_on_the_way_or_on_site_keeps_person_and_time(engine: Engine):
    with transaction(engine) as session:
        a_technician(session)
        a_technician(session, home=TRA_BONG)
        driving, working = filed(session, "form-key-1"), filed(session, "form-key-2")
        for number, actions in (
            (driving, [Action.DEPART]),
            (working, [Action.DEPART, Action.ARRIVE]),
        ):
            assignment = active_assignment(session, number)
            assert assignment is not None
            person = viewer(session, assignment.technician)
            for action in actions:
                fieldwork.act(session, number, action, viewer=person, now=MORNING)
        for index in range(4):
            filed(session, f"other-key-{index}", commune=NGHIA_LO)
    before = routes(engine)

    replan_when_due(engine, now=MORNING + timedelta(minutes=2))

    after = routes(engine)
    assert after[driving] == before[driving]
    assert after[working] == before[working]


def test_a_ticket_changed_meanwhile_is_skipped(engine: Engine, monkeypatch):
    with transaction(engine) as session:
        a_technician(session)
        number = a_ticket(session, commune=NGHIA_LO, category="hardware").number or 0

    solve = replan_when_due.__globals__["solve_apart"]

    def solve_while_somebody_cancels(problem, **options):
        plan = solve(problem, **options)
        with transaction(engine) as session:
            ticket = session.get_one(Ticket, number)
            if ticket.status is Status.OPEN:
                clerk = viewer(session, ticket.created_by)
                fieldwork.act(session, number, Action.CANCEL, viewer=clerk, now=MORNING)
        return plan

    monkeypatch.setitem(replan_when_due.__globals__, "solve_apart", solve_while_somebody_cancels)
    run = replan_when_due(engine, now=MORNING)

    with reading(engine) as session:
        assert session.get_one(Ticket, number).status is Status.CANCELLED
        assert active_assignment(session, number) is None
    assert run is not None
    assert run.figures["skipped"] == 1


def test_without_a_request_it_runs_every_fifteen_minutes_of_working_time(engine: Engine):
    with transaction(engine) as session:
        a_province(session)

    first = replan_when_due(engine, now=MORNING)
    soon = replan_when_due(engine, now=MORNING + timedelta(minutes=14))
    due = replan_when_due(engine, now=MORNING + timedelta(minutes=15))
    at_night = replan_when_due(engine, now=at("22:00"))

    assert first is not None
    assert soon is None
    assert due is not None
    assert at_night is None


def test_a_run_left_over_by_a_killed_worker_is_done_again(engine: Engine):
    with transaction(engine) as session:
        a_technician(session)
        a_ticket(session, commune=NGHIA_LO, category="hardware")
        session.add(PlanRun(asked_at=MORNING, cause="clock", started_at=MORNING))

    run = replan_when_due(engine, now=MORNING + timedelta(minutes=1))

    with reading(engine) as session:
        runs = session.exec(select(PlanRun)).all()
        kinds = session.exec(select(TicketEvent.kind)).all()
    assert run is not None
    assert len(runs) == 1
    assert kinds.count("assign") == 1
