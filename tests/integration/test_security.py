"""What an attacker tries at the doors, and what they get."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Engine

from models.account import Role
from models.call import CallState
from models.database import transaction
from models.lifecycle import Status
from tests.door import Caller, a_token, an_app
from tests.factories import (
    KON_TUM,
    MORNING,
    a_call,
    a_clerk,
    a_lead,
    a_team,
    a_technician,
    a_ticket,
    a_user,
)
from tests.pages import Visitor, a_visitor

BEYOND = "99999999999999999999"


@pytest.fixture
def app(engine: Engine, tmp_path: Path) -> Iterator[Flask]:
    with an_app(engine, tmp_path) as made:
        yield made


@pytest.mark.parametrize(
    "path",
    [
        f"/tickets/{BEYOND}",
        f"/tickets/{BEYOND}/live",
        f"/tickets/1/files/{BEYOND}",
        f"/board/tickets/{BEYOND}",
        f"/board/replan/{BEYOND}.json",
        f"/calls/{BEYOND}",
        f"/stream?ticket={BEYOND}",
        "/tickets/2147483648",
    ],
)
def test_a_number_that_no_row_can_have_is_not_found(app: Flask, engine: Engine, path: str):
    with transaction(engine) as session:
        lead = a_lead(session)

    assert a_visitor(app, lead).get(path).status_code == 404


@pytest.mark.parametrize("query", ["numbers=²", "hours=²-³", f"numbers={BEYOND}"])
def test_the_board_takes_only_digits_for_numbers(app: Flask, engine: Engine, query: str):
    with transaction(engine) as session:
        lead = a_lead(session)

    response = a_visitor(app, lead).get(f"/board/tickets.json?{query}")

    assert response.status_code in (200, 400)


def test_a_version_of_thousands_of_digits_is_a_stale_one(app: Flask, engine: Engine):
    with transaction(engine) as session:
        clerk = a_clerk(session)
        number = a_ticket(session, created_by=clerk).number
    visitor = a_visitor(app, clerk)

    for field in ({"version": "9" * 5000}, {"version": "0", "seen": "9" * 5000}):
        response = visitor.post(f"/tickets/{number}/actions", action="cancel", **field)

        assert response.status_code == 409


def test_a_technician_of_twenty_digits_is_refused(app: Flask, engine: Engine):
    with transaction(engine) as session:
        lead = a_lead(session)
        number = a_ticket(session).number

    response = a_visitor(app, lead).post(f"/board/tickets/{number}/assign", technician=BEYOND)

    assert response.status_code in (400, 422)


def test_a_nul_in_a_form_is_no_fault_of_the_server(app: Flask, engine: Engine):
    with transaction(engine) as session:
        clerk = a_clerk(session)
        number = a_ticket(session, created_by=clerk).number
    visitor = a_visitor(app, clerk)

    sent = [
        visitor.post(f"/tickets/{number}/comments", text="a\x00b").status_code,
        visitor.post("/language", language="\x00").status_code,
        visitor.get("/tickets?q=%00&category=%00&commune=%00").status_code,
        Visitor(app).log_in("a\x00b").status_code,
    ]

    assert [status for status in sent if status >= 500] == []


def test_own_log_ins_between_do_not_free_an_address_that_tries_other_accounts(
    app: Flask, engine: Engine
):
    with transaction(engine) as session:
        own = a_clerk(session)
    visitor = Visitor(app)

    answers = []
    for attempt in range(40):
        answers.append(visitor.log_in(f"xa{attempt}", "sai").status_code)
        if attempt % 10 == 9:
            Visitor(app).log_in(own.username)

    assert answers[:29] == [422] * 29
    assert answers[-1] == 429


def test_an_office_behind_one_address_logs_in_as_often_as_it_likes(app: Flask, engine: Engine):
    with transaction(engine) as session:
        clerk = a_clerk(session)

    answers = [Visitor(app).log_in(clerk.username).status_code for _time in range(35)]

    assert set(answers) == {303}


def test_a_call_that_was_called_off_shows_its_host_nothing(app: Flask, engine: Engine):
    with transaction(engine) as session:
        host = a_technician(session)
        ticket = a_ticket(session, status=Status.WAITING)
        call = a_call(session, ticket=ticket, host=host, state=CallState.ENDED)
        call.ended_at = MORNING
        session.add(call)
        number, user = ticket.number, host.user

    assert a_visitor(app, user).get(f"/tickets/{number}").status_code == 404


def test_an_auditor_learns_no_phone_over_the_api(app: Flask, engine: Engine):
    with transaction(engine) as session:
        auditor = a_user(session, Role.AUDITOR)
        token = a_token(session, auditor)
        host = a_technician(session)
        assigned = a_ticket(session, status=Status.ASSIGNED)
        call = a_call(session, host=host)
        numbers = [assigned.number, call.ticket_number]
    caller = Caller(app.test_client(), token)

    told = [caller.get(f"/tickets/{number}").get_json() for number in numbers]

    assert told[0]["assignment"]["technician"]["phone"] is None
    assert told[1]["call"]["technician"]["phone"] is None


def test_a_lead_only_takes_over_what_another_team_left_open(app: Flask, engine: Engine):
    with transaction(engine) as session:
        own, other = a_team(session), a_team(session, "Tổ 2", base=KON_TUM)
        lead = a_lead(session, own)
        ticket = a_ticket(session)
        ticket.team_id = other.id
        session.add(ticket)
        number = ticket.number
    visitor = a_visitor(app, lead)

    told = {
        "cancel": visitor.post(f"/tickets/{number}/actions", action="cancel", reason="x"),
        "comment": visitor.post(f"/tickets/{number}/comments", text="x"),
        "file": visitor.post(f"/tickets/{number}/files"),
        "call": visitor.post(f"/board/tickets/{number}/call"),
        "read": visitor.get(f"/board/tickets/{number}"),
    }

    assert {name: answer.status_code for name, answer in told.items()} == {
        "cancel": 403,
        "comment": 403,
        "file": 403,
        "call": 403,
        "read": 200,
    }
