"""A ticket's page: what each role sees of it, and the steps that are taken on it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Engine
from sqlmodel import Session
from werkzeug.test import TestResponse

from app.services.tickets import fieldwork
from app.services.tickets.fieldwork import comment
from app.services.tickets.timeline import sentence
from models.account import Role, User
from models.call import CallState
from models.database import reading, transaction
from models.lifecycle import Action, Actor, Status
from models.ticket import EventKind, Ticket, TicketEvent
from models.workforce import Technician
from tests.door import an_app
from tests.factories import (
    MORNING,
    NGHIA_LO,
    NOON,
    a_call,
    a_clerk,
    a_lead,
    a_technician,
    a_ticket,
    a_user,
    viewer,
)
from tests.pages import Visitor, a_visitor, counted_queries, words

VERSION = re.compile(r'name="version" value="(\d+)"')
SEEN = re.compile(r'name="seen" value="(\d+)"')


@pytest.fixture
def app(engine: Engine, tmp_path: Path) -> Iterator[Flask]:
    with an_app(engine, tmp_path) as made:
        yield made


@dataclass
class Cast:
    """The people of a ticket, and the ticket."""

    clerk: User
    technician: Technician
    lead: User
    dispatcher: User
    ticket: Ticket

    @property
    def path(self) -> str:
        """The ticket's page."""
        return f"/tickets/{self.ticket.number}"


def a_cast(session: Session, status: Status = Status.ASSIGNED) -> Cast:
    technician = a_technician(session, name="Võ Thành Công")
    clerk = a_clerk(session, phone="+84912345678")
    ticket = a_ticket(session, status=status, technician=technician, created_by=clerk)
    lead = a_lead(session, technician.team)
    dispatcher = a_user(session, Role.DISPATCHER)
    return Cast(clerk, technician, lead, dispatcher, ticket)


@pytest.fixture
def cast(engine: Engine, app: Flask) -> Cast:
    with transaction(engine) as session:
        return a_cast(session)


def status_of(engine: Engine, cast: Cast) -> Status:
    with reading(engine) as session:
        return session.get_one(Ticket, cast.ticket.number).status


def take(visitor: Visitor, path: str, action: Action, **fields: object) -> TestResponse:
    """Take a step with the version that the page shows."""
    version = VERSION.search(visitor.get(path).get_data(as_text=True))
    sent = {"version": version[1] if version else "", **fields}
    return visitor.post(f"{path}/actions", action=action.value, **sent)


def test_commune_reads_who_comes_when_and_why(app: Flask, cast: Cast) -> None:
    page = words(a_visitor(app, cast.clerk).get(cast.path))

    assert "Kỹ thuật viên Võ Thành Công đến khoảng 09:01, cách 5,0 km" in page
    assert "thuận đường nhất" in page


def test_foreign_ticket_is_no_ticket(app: Flask, engine: Engine, cast: Cast) -> None:
    with transaction(engine) as session:
        stranger = a_clerk(session, NGHIA_LO)
    visitor = a_visitor(app, stranger)

    answers = [
        visitor.get(cast.path),
        visitor.get(f"{cast.path}/live"),
        visitor.post(f"{cast.path}/actions", action="cancel"),
        visitor.post(f"{cast.path}/comments", text="xin chào"),
        visitor.post(f"{cast.path}/call"),
        visitor.post(f"{cast.path}/files"),
        visitor.get(f"{cast.path}/files/1"),
    ]

    assert [answer.status_code for answer in answers] == [404] * 7


def test_internal_notes_never_reach_the_commune(app: Flask, engine: Engine, cast: Cast) -> None:
    lead = a_visitor(app, cast.lead)
    lead.post(f"{cast.path}/comments", text="Chuyển mạch cũ hỏng", is_internal="1")
    lead.post(f"{cast.path}/comments", text="Chúng tôi đang đến")

    seen_by_lead = words(lead.get(cast.path))
    clerk = a_visitor(app, cast.clerk)
    seen_by_clerk = words(clerk.get(cast.path)) + words(clerk.get(f"{cast.path}/live"))

    assert "Chuyển mạch cũ hỏng" in seen_by_lead
    assert "Chuyển mạch cũ hỏng" not in seen_by_clerk
    assert "Chúng tôi đang đến" in seen_by_clerk


def test_commune_cannot_write_an_internal_note(app: Flask, cast: Cast) -> None:
    response = a_visitor(app, cast.clerk).post(f"{cast.path}/comments", text="thử", is_internal="1")

    assert response.status_code == 403


def test_empty_comment_is_refused_at_its_field(app: Flask, cast: Cast) -> None:
    response = a_visitor(app, cast.clerk).post(f"{cast.path}/comments", text="   ")

    assert response.status_code == 422
    assert 'id="text-error"' in response.get_data(as_text=True)


def test_visit_is_taken_step_by_step_and_confirmed(app: Flask, engine: Engine, cast: Cast) -> None:
    technician = a_visitor(app, cast.technician.user)
    for action in (Action.ACCEPT, Action.DEPART, Action.ARRIVE):
        assert take(technician, cast.path, action).status_code == 303
    clerk = a_visitor(app, cast.clerk)
    with reading(engine) as session:
        code = session.get_one(Ticket, cast.ticket.number).close_code or "none"
    assert f"Mã xác nhận của xã: {code}" in words(clerk.get(cast.path))
    assert "close-code" not in technician.get(cast.path).get_data(as_text=True)

    take(technician, cast.path, Action.RESOLVE, note="Thay dây mạng")
    assert "Bạn xác nhận giúp" in words(clerk.get(cast.path))
    take(clerk, cast.path, Action.CONFIRM)

    assert status_of(engine, cast) is Status.CLOSED
    assert "Thay dây mạng" in words(clerk.get(cast.path))


def test_technician_closes_with_the_code_of_the_commune(
    app: Flask, engine: Engine, cast: Cast
) -> None:
    technician = a_visitor(app, cast.technician.user)
    take(technician, cast.path, Action.ARRIVE)
    with reading(engine) as session:
        code = session.get_one(Ticket, cast.ticket.number).close_code
    wrong = "0000" if code != "0000" else "1111"

    refused = take(technician, cast.path, Action.RESOLVE, note="Xong", code=wrong)

    assert refused.status_code == 422
    assert 'id="resolve-code-error"' in refused.get_data(as_text=True)
    assert ">Xong</textarea>" in refused.get_data(as_text=True)
    take(technician, cast.path, Action.RESOLVE, note="Xong", code=code)
    assert status_of(engine, cast) is Status.CLOSED


def test_second_of_two_is_shown_what_changed_and_overwrites_nothing(
    app: Flask, engine: Engine, cast: Cast
) -> None:
    dispatcher = a_visitor(app, cast.dispatcher)
    page = dispatcher.get(cast.path).get_data(as_text=True)
    version, seen = VERSION.search(page), SEEN.search(page)
    assert version
    assert seen
    take(a_visitor(app, cast.technician.user), cast.path, Action.ACCEPT)

    response = dispatcher.post(
        f"{cast.path}/actions", action="cancel", version=version[1], seen=seen[1]
    )

    assert response.status_code == 409
    assert "Phiếu vừa được người khác thay đổi" in words(response)
    assert "nhận phiếu Mới" in words(response)
    assert status_of(engine, cast) is Status.ACCEPTED


def test_lead_acts_for_a_technician_with_a_reason_alone(
    app: Flask, engine: Engine, cast: Cast
) -> None:
    lead = a_visitor(app, cast.lead)

    refused = take(lead, cast.path, Action.ACCEPT)
    take(lead, cast.path, Action.ACCEPT, reason="Máy của anh Công hết pin")

    assert refused.status_code == 422
    assert 'id="accept-reason-error"' in refused.get_data(as_text=True)
    assert "nhận phiếu (làm thay Võ Thành Công)" in words(lead.get(cast.path))


@pytest.mark.parametrize(
    ("field", "value"), [("date", "ngày mai"), ("into", "abc"), ("into", "99999999999")]
)
def test_what_is_no_date_or_number_is_refused(
    app: Flask, cast: Cast, field: str, value: str
) -> None:
    action = Action.WAIT if field == "date" else Action.MERGE

    refused = take(a_visitor(app, cast.dispatcher), cast.path, action, **{field: value})

    assert refused.status_code == 422


def test_unknown_action_is_refused(app: Flask, cast: Cast) -> None:
    response = a_visitor(app, cast.dispatcher).post(f"{cast.path}/actions", action="explode")

    assert response.status_code == 422


@pytest.mark.parametrize("role", [Role.ADMIN, Role.AUDITOR])
def test_who_has_no_say_sees_no_forms(app: Flask, engine: Engine, cast: Cast, role: Role) -> None:
    with transaction(engine) as session:
        reader = a_user(session, role)
    visitor = a_visitor(app, reader)

    text = visitor.get(cast.path).get_data(as_text=True)

    assert f"{cast.path}/actions" not in text
    assert f"{cast.path}/comments" not in text
    assert visitor.post(f"{cast.path}/actions", action="cancel").status_code == 403


def test_phone_is_shown_to_those_who_call_and_masked_for_the_auditor(
    app: Flask, engine: Engine, cast: Cast
) -> None:
    with transaction(engine) as session:
        auditor = a_user(session, Role.AUDITOR)

    assert "0912 345 678" in words(a_visitor(app, cast.technician.user).get(cast.path))
    seen = a_visitor(app, auditor).get(cast.path).get_data(as_text=True)
    assert "•••• ••• 678" in seen
    assert "912345678" not in seen.replace(" ", "")


def test_live_call_is_offered_to_the_commune(app: Flask, engine: Engine, cast: Cast) -> None:
    with transaction(engine) as session:
        ticket = a_ticket(
            session, status=Status.VIDEO, category="signature-unlock", created_by=cast.clerk
        )
        call = a_call(session, ticket=ticket, host=cast.technician, state=CallState.RUNNING)

    page = a_visitor(app, cast.clerk).get(f"/tickets/{ticket.number}")

    assert f'href="/calls/{call.id}"' in page.get_data(as_text=True)
    assert "Mời vào cuộc gọi video với Võ Thành Công" in words(page)


def test_who_joins_a_call_is_named_once_in_the_story(
    app: Flask, engine: Engine, cast: Cast
) -> None:
    with transaction(engine) as session:
        ticket = session.get_one(Ticket, cast.ticket.number)
        clerk = session.get_one(User, cast.clerk.id)
        joined = EventKind.CALL_JOINED.value
        ticket.record(joined, actor=Actor.COMMUNE, now=NOON, by=clerk, data={"name": clerk.name})
        ticket.record(joined, actor=Actor.COMMUNE, now=NOON, data={"name": "0912 345 678"})

    page = words(a_visitor(app, cast.lead).get(cast.path))

    assert "Phạm Thị Lệ vào cuộc gọi video" in page
    assert "Phạm Thị Lệ Phạm Thị Lệ" not in page
    assert "0912 345 678 vào cuộc gọi video" in page


def test_wish_for_a_call_is_written_down_once(app: Flask, engine: Engine, cast: Cast) -> None:
    clerk = a_visitor(app, cast.clerk)

    clerk.post(f"{cast.path}/call")
    clerk.post(f"{cast.path}/call")

    page = words(clerk.get(cast.path))
    assert page.count("Phạm Thị Lệ đề nghị gọi video") == 1
    assert "Đề nghị gọi video" not in page
    assert status_of(engine, cast) is Status.ASSIGNED


@pytest.mark.parametrize("who", ["clerk", "lead", "dispatcher"])
def test_page_needs_at_most_six_queries(app: Flask, cast: Cast, who: str) -> None:
    visitor = a_visitor(app, getattr(cast, who))

    with counted_queries(app) as queries:
        response = visitor.get(cast.path)

    assert response.status_code == 200
    assert len(queries) <= 6, "\n".join(queries)


@pytest.mark.parametrize("status", list(Status))
def test_page_of_every_status_answers_every_role(
    app: Flask, engine: Engine, status: Status
) -> None:
    with transaction(engine) as session:
        cast = a_cast(session, status)
        auditor = a_user(session, Role.AUDITOR)

    for user in (cast.clerk, cast.lead, cast.dispatcher, auditor):
        assert a_visitor(app, user).get(cast.path).status_code == 200


def test_every_kind_of_event_has_its_sentence(session: Session) -> None:
    ticket = a_ticket(session)
    kinds = [*Action, *EventKind]

    sentences = [
        sentence(TicketEvent(ticket_number=ticket.number or 0, kind=kind, data={}), now=MORNING)
        for kind in kinds
    ]

    assert all(told and told != kind.value for told, kind in zip(sentences, kinds, strict=True))


def test_comment_survives_in_the_story(app: Flask, engine: Engine, cast: Cast) -> None:
    with transaction(engine) as session:
        comment(
            session,
            cast.ticket.number or 0,
            viewer=viewer(session, cast.clerk),
            now=NOON,
            text="Đã cắm lại dây",
        )

    assert "Đã cắm lại dây" in words(a_visitor(app, cast.technician.user).get(cast.path))


def test_reading_of_the_administrator_leaves_a_trace(
    app: Flask, engine: Engine, cast: Cast, capsys: pytest.CaptureFixture[str]
) -> None:
    with transaction(engine) as session:
        admin = a_user(session, Role.ADMIN)

    a_visitor(app, admin).get(cast.path)

    out = capsys.readouterr().out
    assert f"phone of ticket {cast.ticket.number} read by user {admin.id}" in out
    assert "912345678" not in out


def test_why_somebody_did_not_go_is_not_told_to_the_commune(app: Flask, engine: Engine) -> None:
    with transaction(engine) as session:
        cast = a_cast(session, Status.ASSIGNED)
        fieldwork.act(
            session,
            cast.ticket.number or 0,
            Action.UNASSIGN,
            viewer=viewer(session, cast.technician),
            now=MORNING + timedelta(minutes=5),
            reason="Bị ốm nặng",
        )

    assert "Bị ốm nặng" not in words(a_visitor(app, cast.clerk).get(cast.path))
    assert "Bị ốm nặng" in words(a_visitor(app, cast.dispatcher).get(cast.path))
