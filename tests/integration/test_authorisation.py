"""Every route of the URL map × every role × own and foreign, against `tests/access_table.py`."""

from __future__ import annotations

import io
import shutil
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlmodel import Session
from werkzeug.test import TestResponse

from app.context import KEY
from app.services.studies.history_question import HistoryQuestion
from app.services.studies.what_if_question import FactKind, Question
from models.account import Role, User
from models.call import CallState
from models.database import connect, transaction
from models.lifecycle import Status
from models.plan import PlanRun
from models.study import Study, StudyKind
from models.ticket import Attachment, Ticket
from tests.access_table import ROLES, Row, rows
from tests.door import a_body, a_token, an_app
from tests.factories import (
    CAM_THANH,
    KON_TUM,
    MORNING,
    TRA_BONG,
    a_call,
    a_clerk,
    a_closure,
    a_factor,
    a_lead,
    a_pause,
    a_team,
    a_technician,
    a_ticket,
    a_user,
    a_window,
)

TABLE = rows()
LET_IN = frozenset({200, 201, 204, 302, 303, 409, 410, 422, 429})
CONTENT = b"noi dung"
# A page of a call, by its own name; who speaks or listens has joined with it before.
PAGE = "page-of-the-test"
AFTER_JOINING = ("/calls/<int:call_id>/signals", "/calls/<int:call_id>/stream")


@dataclass(frozen=True)
class Side:
    """The numbers of what belongs to one commune, technician and team."""

    number: int
    call_id: int
    file_id: int
    commune: str
    phones: dict[Role, str]
    question_id: int
    report_id: int
    technician_id: int
    team_id: int


@dataclass(frozen=True)
class World:
    """Everything that the requests are about, and who sends them."""

    database: Path
    files: Path
    ids: dict[Role, int]
    tokens: dict[Role, str]
    own: Side
    foreign: Side
    run_id: int
    closure_id: int
    pause_id: int
    factor_id: int


@pytest.fixture(scope="module")
def world(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> World:
    """Two communes, two teams, a ticket and a call of each, and one person of each role."""
    folder = tmp_path_factory.mktemp("access")
    database = folder / "world.sqlite3"
    shutil.copyfile(sqlite_template, database)
    engine = connect(f"sqlite:///{database}")
    with transaction(engine) as session:
        made = _populate(session, folder, database)
    engine.dispose()
    return made


def _populate(session: Session, folder: Path, database: Path) -> World:
    team, other_team = a_team(session), a_team(session, "Tổ 2", base=KON_TUM)
    technician = a_technician(session, team=team)
    other_technician = a_technician(session, team=other_team, home=KON_TUM)
    people = {
        Role.COMMUNE: a_clerk(session),
        Role.TECHNICIAN: technician.user,
        Role.LEAD: a_lead(session, team),
        Role.DISPATCHER: a_user(session, Role.DISPATCHER),
        Role.ADMIN: a_user(session, Role.ADMIN),
        Role.AUDITOR: a_user(session, Role.AUDITOR),
    }
    others = {
        Role.COMMUNE: a_clerk(session, TRA_BONG),
        Role.TECHNICIAN: other_technician.user,
        Role.LEAD: a_lead(session, other_team),
    }
    sides = []
    for commune, worker, users in (
        (CAM_THANH, technician, people),
        (TRA_BONG, other_technician, others),
    ):
        ticket = a_ticket(
            session,
            status=Status.ON_SITE,
            commune=commune,
            technician=worker,
            created_by=users[Role.COMMUNE],
        )
        call = a_call(session, ticket=ticket, host=worker, state=CallState.RUNNING)
        phones = {role: user.phone or "" for role, user in (people | users).items()}
        sides.append(
            Side(
                number=ticket.number or 0,
                call_id=call.id or 0,
                file_id=_attach(session, ticket, users[Role.COMMUNE]),
                commune=commune,
                phones=phones,
                question_id=_study(session, StudyKind.WHAT_IF, users[Role.LEAD]),
                report_id=_study(session, StudyKind.HISTORY, users[Role.LEAD]),
                technician_id=worker.id or 0,
                team_id=worker.team_id,
            )
        )
    run = PlanRun(asked_at=MORNING, cause="test")
    session.add(run)
    session.flush()
    return World(
        database=database,
        files=folder,
        ids={role: user.id or 0 for role, user in people.items()},
        tokens={role: a_token(session, user) for role, user in people.items()},
        own=sides[0],
        foreign=sides[1],
        run_id=run.id or 0,
        closure_id=a_closure(session, people[Role.LEAD]).id or 0,
        pause_id=a_pause(session, people[Role.LEAD]).id or 0,
        factor_id=a_factor(session, people[Role.ADMIN]).id or 0,
    )


def _study(session: Session, kind: StudyKind, by: User) -> int:
    question = {
        StudyKind.WHAT_IF: Question(FactKind.CLOSED, commune_code=KON_TUM, other_code=TRA_BONG),
        StudyKind.HISTORY: HistoryQuestion(MORNING.date(), MORNING.date(), people=1),
    }[kind]
    study = Study(
        kind=kind,
        asked_at=MORNING,
        by_id=by.id,
        team_id=by.team_id,
        question=question.to_json(),
    )
    session.add(study)
    session.flush()
    return study.id or 0


def _attach(session: Session, ticket: Ticket, by: User) -> int:
    file = Attachment(
        ticket_number=ticket.number or 0,
        sha256="a" * 64,
        original_sha256="a" * 64,
        filename="ghi-chu.txt",
        media_type="text/plain",
        size=len(CONTENT),
        uploaded_by_id=by.id or 0,
        uploaded_at=MORNING,
    )
    session.add(file)
    session.flush()
    return file.id or 0


@pytest.fixture
def app(world: World, tmp_path: Path) -> Iterator[Flask]:
    """The application on a copy of that world; forms need no token here."""
    copy = tmp_path / "copy.sqlite3"
    shutil.copyfile(world.database, copy)
    path = tmp_path / "files" / "aa"
    path.mkdir(parents=True)
    (path / ("a" * 64)).write_bytes(CONTENT)
    engine = connect(f"sqlite:///{copy}")
    with an_app(engine, tmp_path) as made:
        made.config["WTF_CSRF_ENABLED"] = False
        yield made
    engine.dispose()


def send(app: Flask, world: World, row: Row, role: Role | None, side: Side) -> TestResponse:
    """The request of that route about that side's things, sent by that person."""
    client = app.test_client()
    headers = {}
    if role is not None:
        log_in(client, world.ids[role])
        headers["Authorization"] = f"Bearer {world.tokens[role]}"
    phone = side.phones[role or Role.COMMUNE]
    path = (
        row.route.replace("<int:number>", str(side.number))
        .replace("<int:call_id>", str(side.call_id))
        .replace("<int:file_id>", str(side.file_id))
        .replace("<int:run_id>", str(world.run_id))
        .replace("<int:question_id>", str(side.question_id))
        .replace("<int:report_id>", str(side.report_id))
        .replace("<int:text_id>", "1")
        .replace("<int:closure_id>", str(world.closure_id))
        .replace("<int:pause_id>", str(world.pause_id))
        .replace("<int:factor_id>", str(world.factor_id))
        .replace("<int:team_id>", str(side.team_id))
        .replace("<int:technician_id>", str(side.technician_id))
        .replace("<int:window_id>", _a_window(app))
        .replace("<number>", phone)
        .replace("<token>", "x" * 12)
        .replace("<digest>", "0" * 12)
        .replace("<path:filename>", "vendor/manifest.json")
    )
    if row.route in AFTER_JOINING:
        client.post(f"/calls/{side.call_id}/join", json={"instance": PAGE})
    query, body = _content(row, side, phone)
    answer = client.open(
        path, method=row.method, query_string=query, headers=headers, buffered=False, **body
    )
    answer.close()
    return answer


def _a_window(app: Flask) -> str:
    """A rule of its own for each request: whoever removes one leaves none for the next."""
    with transaction(app.extensions[KEY].engine) as session:
        return str(a_window(session).id)


def log_in(client: FlaskClient, user_id: int) -> None:
    """A session as the log-in page leaves it."""
    with client.session_transaction() as session:
        session["_user_id"] = f"{user_id}.0"
        session["_fresh"] = True


def _content(row: Row, side: Side, phone: str) -> tuple[dict[str, str], dict[str, object]]:
    """Query and body with which the route could be taken; steps are stale: nothing moves."""
    queries = {
        "/stream": {"ticket": str(side.number)},
        "/calls/<int:call_id>/stream": {"instance": PAGE},
        "/api/v1/messages": {"phone": phone},
    }
    step = {"action": "cancel", "version": 0, "reason": "thử"}
    bodies: dict[str, dict[str, object]] = {
        "/tickets/new": {"data": {"key": uuid.uuid4().hex, "description": "x"}},
        "/tickets/<int:number>/actions": {"data": step},
        "/tickets/<int:number>/comments": {"data": {"text": "x"}},
        "/tickets/<int:number>/files": {
            "data": {"files": (io.BytesIO(CONTENT), "a.txt")},
            "content_type": "multipart/form-data",
        },
        "/board/tickets/<int:number>/assign": {"data": {"technician": "1", "version": "0"}},
        "/board/tickets/<int:number>/act": {"data": step},
        "/board/tickets/<int:number>/call": {"data": {"version": "0"}},
        "/calls/<int:call_id>/join": {"json": {"instance": PAGE}},
        "/calls/<int:call_id>/signals": {"json": {"instance": PAGE, "kind": "chat", "body": "x"}},
        "/calls/<int:call_id>/end": {"data": {"outcome": "visit_needed", "note": "x"}},
        "/phones/<number>": {"data": {"body": "?"}},
        "/api/v1/closures": {"json": {"key": uuid.uuid4().hex, "from": CAM_THANH, "to": TRA_BONG}},
        "/api/v1/closures/<int:closure_id>/lift": {"json": {}},
        "/api/v1/tickets": {"json": a_body(commune=side.commune)},
        "/api/v1/tickets/<int:number>/actions": {"json": step},
        "/api/v1/demo/sms": {"json": {"from": phone, "body": "?"}},
        "/log-in": {"data": {"username": "nobody", "password": "x"}},
        "/language": {"data": {"language": "en"}},
    }
    body = bodies.get(row.route, {}) if row.method == "POST" else {}
    return queries.get(row.route, {}), body


def mark_of(answer: TestResponse) -> str:
    """The table's mark for what was answered."""
    to_log_in = answer.headers.get("Location", "").startswith("/log-in?")
    if answer.status_code == 401 or to_log_in:
        return "L"
    if answer.status_code in LET_IN:
        return "+"
    return {403: "-", 404: "0"}.get(answer.status_code, str(answer.status_code))


def test_the_table_names_every_route_and_nothing_else(app: Flask):
    there = {
        (method, rule.rule)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }

    assert {(row.method, row.route) for row in TABLE} == there


@pytest.mark.parametrize("row", TABLE, ids=str)
def test_each_route_lets_in_whom_the_table_names(app: Flask, world: World, row: Row):
    told = {"stranger": mark_of(send(app, world, row, None, world.own))}
    # What is foreign first: whatever that changed would show in what is own.
    for role in ROLES:
        told[f"{role} foreign"] = mark_of(send(app, world, row, role, world.foreign))
    for role in ROLES:
        told[f"{role} own"] = mark_of(send(app, world, row, role, world.own))

    expected = {"stranger": row.stranger}
    expected |= {f"{role} foreign": row.foreign[role] for role in ROLES}
    expected |= {f"{role} own": row.own[role] for role in ROLES}
    assert {who: mark for who, mark in told.items() if mark != expected[who]} == {}


@pytest.mark.parametrize("row", TABLE, ids=str)
def test_a_view_is_marked_with_the_roles_that_it_lets_in(app: Flask, row: Row):
    rule = next(
        rule
        for rule in app.url_map.iter_rules()
        if rule.rule == row.route and row.method in (rule.methods or ())
    )

    access = getattr(app.view_functions[rule.endpoint], "access", None)
    if isinstance(access, frozenset):
        assert access == {role for role in ROLES if row.own[role] != "-"}


def test_a_foreign_number_in_a_side_parameter_is_no_way_in(app: Flask, world: World):
    client = app.test_client()
    log_in(client, world.ids[Role.COMMUNE])
    lead = {"Authorization": f"Bearer {world.tokens[Role.LEAD]}"}
    own = client.get(f"/api/v1/tickets/{world.own.number}", headers=lead).json
    merge = {"action": "merge", "version": own["version"], "into": world.foreign.number}

    merged = client.post(f"/api/v1/tickets/{world.own.number}/actions", json=merge, headers=lead)
    file = client.get(f"/tickets/{world.own.number}/files/{world.foreign.file_id}")
    linked = client.get(f"/calls/{world.foreign.call_id}?via=1")

    assert merged.status_code in (404, 409)
    assert file.status_code == 404
    assert linked.status_code == 404


def test_a_lead_assigns_nobody_of_the_other_team(app: Flask, world: World):
    headers = {"Authorization": f"Bearer {world.tokens[Role.LEAD]}"}
    with transaction(app.extensions[KEY].engine) as session:
        number = a_ticket(session, commune=CAM_THANH).number
        team = a_team(session, "Tổ 2")
        stranger = a_technician(session, team=team).user.username
    client = app.test_client()
    version = client.get(f"/api/v1/tickets/{number}", headers=headers).json["version"]

    answer = client.post(
        f"/api/v1/tickets/{number}/actions",
        json={"action": "assign", "version": version, "technician": stranger, "note": "thử"},
        headers=headers,
    )

    assert answer.status_code in (403, 404, 422)
    assert client.get(f"/api/v1/tickets/{number}", headers=headers).json["status"] == "open"
