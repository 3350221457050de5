"""Several people, one ticket: one wins, the other is told, nothing is stored twice (F6, F7)."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine, func
from sqlmodel import col, select

from app.services.tickets import fieldwork
from app.services.tickets.intake import Filed, KeyReusedError, TicketDraft, open_ticket
from app.services.tickets.refusals import StaleVersionError
from models.account import Viewer
from models.database import reading, retry_on_conflict, transaction
from models.lifecycle import Action, TransitionError
from models.plan import Assignment
from models.ticket import Ticket, TicketEvent
from tests.factories import (
    MORNING,
    TRA_BONG,
    a_clerk,
    a_lead,
    a_team,
    a_technician,
    a_ticket,
    viewer,
)


def at_once(works: list[Callable[[], Any]]) -> list[Any]:
    """Run all of them at the same moment; each result, or the error that it raised."""
    gate = threading.Barrier(len(works))
    results: list[Any] = [None] * len(works)

    def run(index: int) -> None:
        gate.wait(timeout=30)
        try:
            results[index] = works[index]()
        except Exception as error:
            results[index] = error

    threads = [threading.Thread(target=run, args=(index,)) for index in range(len(works))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return results


def a_draft(title: str = "Mất mạng") -> TicketDraft:
    return TicketDraft(
        key="one-key-for-all", commune_code=TRA_BONG, category_code="network", title=title
    )


def file_once(engine: Engine, clerk: Viewer, draft: TicketDraft) -> Filed:
    def once() -> Filed:
        with transaction(engine) as session:
            return open_ticket(session, draft, viewer=clerk, now=MORNING)

    return retry_on_conflict(once)


def test_the_same_form_twenty_times_in_parallel_is_one_ticket(engine: Engine):
    with transaction(engine) as session:
        a_technician(session)
        clerk = viewer(session, a_clerk(session, TRA_BONG))

    results = at_once([lambda: file_once(engine, clerk, a_draft())] * 20)

    with reading(engine) as session:
        tickets = session.exec(select(Ticket)).all()
        assignments = session.exec(select(func.count(col(Assignment.id)))).one()
    assert [error for error in results if isinstance(error, Exception)] == []
    assert len(tickets) == 1
    assert assignments == 1
    assert sum(filed.is_new for filed in results) == 1
    assert {filed.ticket.number for filed in results} == {tickets[0].number}


def test_another_body_under_the_same_key_is_refused(engine: Engine):
    with transaction(engine) as session:
        a_technician(session)
        clerk = viewer(session, a_clerk(session, TRA_BONG))
    file_once(engine, clerk, a_draft())

    with pytest.raises(KeyReusedError):
        file_once(engine, clerk, a_draft(title="Chuyện khác"))


def test_of_two_leads_one_assigns_and_the_other_learns_that_it_changed(engine: Engine):
    with transaction(engine) as session:
        team = a_team(session)
        leads = [viewer(session, a_lead(session, team)) for _ in range(2)]
        technicians = [a_technician(session, team=team).id for _ in range(2)]
        ticket = a_ticket(session)
        number, version = ticket.number or 0, ticket.version

    def assign(index: int) -> Ticket:
        def once() -> Ticket:
            with transaction(engine) as session:
                return fieldwork.act(
                    session,
                    number,
                    Action.ASSIGN,
                    viewer=leads[index],
                    now=MORNING,
                    expected_version=version,
                    technician_id=technicians[index],
                )

        return retry_on_conflict(once)

    results = at_once([lambda: assign(0), lambda: assign(1)])

    with reading(engine) as session:
        active = session.exec(select(Assignment).where(col(Assignment.is_active))).all()
    assert sum(isinstance(result, Ticket) for result in results) == 1
    assert sum(isinstance(result, StaleVersionError) for result in results) == 1
    assert len(active) == 1


def test_the_same_step_twice_at_once_is_one_step(engine: Engine):
    with transaction(engine) as session:
        technician = a_technician(session)
        ticket = a_ticket(session)
        me, number = viewer(session, technician), ticket.number or 0
        team_lead = viewer(session, a_lead(session))
        fieldwork.act(
            session,
            number,
            Action.ASSIGN,
            viewer=team_lead,
            now=MORNING,
            technician_id=technician.id,
        )

    def accept() -> Ticket:
        def once() -> Ticket:
            with transaction(engine) as session:
                return fieldwork.act(session, number, Action.ACCEPT, viewer=me, now=MORNING)

        return retry_on_conflict(once)

    results = at_once([accept] * 4)

    with reading(engine) as session:
        kinds = session.exec(
            select(TicketEvent.kind).where(col(TicketEvent.ticket_number) == number)
        ).all()
    assert kinds.count("accept") == 1
    assert sum(isinstance(result, TransitionError) for result in results) == 3
