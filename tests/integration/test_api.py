"""The API: what each call answers, and to whom."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine
from sqlalchemy.event import listen
from sqlmodel import Session, func, select

from app.context import KEY
from models.account import Language, Role, User
from models.database import transaction
from models.lifecycle import Status
from models.ticket import Ticket
from tests.door import Caller, a_body, a_token, an_app
from tests.factories import (
    CAM_THANH,
    MORNING,
    TRA_BONG,
    a_clerk,
    a_lead,
    a_team,
    a_technician,
    a_ticket,
    a_user,
    an_assignment,
)

PROBLEM = "application/problem+json"


@pytest.fixture
def client(engine: Engine, tmp_path: Path) -> Iterator[FlaskClient]:
    """A client of the demo at 08:00."""
    with an_app(engine, tmp_path) as app:
        yield app.test_client()


@pytest.fixture
def people(engine: Engine, client: FlaskClient) -> "People":
    """One person of each kind, and technicians who can do everything."""
    with transaction(engine) as session:
        return People(session, client)


class People:
    """Callers by what they are; `technician` is the only one of team 1."""

    def __init__(self, session: Session, client: FlaskClient) -> None:
        team = a_team(session)
        other_team = a_team(session, "Tổ 2", base="23293")
        self.worker = a_technician(session, username="ktv-mot", team=team)
        self.clerk = self._caller(session, client, a_clerk(session))
        self.neighbour = self._caller(session, client, a_clerk(session, TRA_BONG))
        self.technician = self._caller(session, client, self.worker.user)
        self.lead = self._caller(session, client, a_lead(session, team))
        self.other_lead = self._caller(session, client, a_lead(session, other_team))
        self.desk = self._caller(session, client, a_user(session, Role.DISPATCHER))
        self.admin = self._caller(session, client, a_user(session, Role.ADMIN))
        self.auditor = self._caller(session, client, a_user(session, Role.AUDITOR))
        self.stranger = Caller(client)

    @staticmethod
    def _caller(session: Session, client: FlaskClient, user: User) -> Caller:
        return Caller(client, a_token(session, user))


def count_tickets(engine: Engine) -> int:
    """How many are stored."""
    with transaction(engine) as session:
        return session.exec(select(func.count()).select_from(Ticket)).one()


def test_a_filed_ticket_answers_who_comes_when_and_why(people: People):
    answer = people.clerk.post("/tickets", a_body())

    ticket = answer.json
    assert answer.status_code == 201
    assert set(ticket) == {
        "number", "code", "status", "version", "target_at", "assignment", "call",
    }  # fmt: skip
    assert ticket["code"].startswith(str(ticket["number"]))
    assert ticket["status"] == "assigned"
    assert ticket["assignment"]["technician"]["username"] == "ktv-mot"
    assert ticket["assignment"]["reasons"][0]["code"] == "CHOSEN"
    assert ticket["assignment"]["reasons"][0]["text"]
    assert ticket["call"] is None


def test_the_same_key_again_answers_the_same_ticket_and_files_nothing(
    people: People, engine: Engine
):
    body = a_body()
    first = people.clerk.post("/tickets", body)

    again = people.clerk.post("/tickets", body)

    assert (again.status_code, again.json) == (200, first.json)
    assert count_tickets(engine) == 1


def test_a_key_with_another_body_is_refused(people: People, engine: Engine):
    body = a_body()
    people.clerk.post("/tickets", body)

    other = people.clerk.post("/tickets", body | {"title": "Việc khác"})

    assert other.status_code == 409
    assert other.content_type == PROBLEM
    assert count_tickets(engine) == 1


def test_the_same_key_of_two_people_is_two_tickets(people: People, engine: Engine):
    body = a_body()

    answers = [people.clerk.post("/tickets", body), people.desk.post("/tickets", body)]

    assert [answer.status_code for answer in answers] == [201, 201]
    assert count_tickets(engine) == 2


def test_a_commune_files_for_no_other_commune(people: People, engine: Engine):
    answer = people.clerk.post("/tickets", a_body(commune=TRA_BONG))

    assert answer.status_code == 404
    assert count_tickets(engine) == 0


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("key", "short"),
        ("key", 7),
        ("category", "no-such"),
        ("category", None),
        ("title", ""),
        ("title", "x" * 121),
        ("title", "a\x00b"),
        ("description", ["a list"]),
        ("citizens_waiting", -1),
        ("citizens_waiting", "3"),
        ("citizens_waiting", True),
        ("citizens_waiting", 10**30),
        ("role", "admin"),
    ],
)
def test_a_wrong_field_is_named(people: People, engine: Engine, field: str, value: object):
    answer = people.clerk.post("/tickets", a_body(**{field: value}))

    assert answer.status_code == 422
    assert answer.content_type == PROBLEM
    assert field in [error["field"] for error in answer.json["errors"]]
    assert count_tickets(engine) == 0


def test_every_missing_field_is_named(people: People):
    answer = people.clerk.post("/tickets", {})

    named = {error["field"] for error in answer.json["errors"]}
    assert answer.status_code == 422
    assert named == {"key", "commune", "category", "title"}


@pytest.mark.parametrize("body", [b"{broken", b"", b"\xff\xfe", b"[" * 100_000])
def test_broken_json_is_told_from_a_wrong_field(people: People, body):
    answer = people.clerk.post_raw("/tickets", body)

    assert answer.status_code == 400
    assert answer.content_type == PROBLEM


@pytest.mark.parametrize("body", [[], 7, "text"])
def test_json_that_is_no_object_is_refused(people: People, body):
    assert people.clerk.post("/tickets", body).status_code == 422


def test_without_a_token_nothing_is_told(people: People):
    for answer in (
        people.stranger.get("/tickets"),
        people.stranger.get("/tickets/1001"),
        people.stranger.post("/tickets", a_body()),
        people.stranger.post_raw("/tickets", b"{broken"),
        Caller(people.stranger.client, "uc_wrong").get("/plan"),
        people.stranger.get("/messages", Authorization="Basic dTpw"),
    ):
        assert answer.status_code == 401
        assert answer.content_type == PROBLEM
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_session_is_no_token(people: People):
    with people.stranger.client.session_transaction() as cookie:
        cookie["_user_id"] = "1.0"

    assert people.stranger.get("/tickets").status_code == 401


def test_problems_are_told_in_the_owners_language_unless_another_is_asked_for(
    engine: Engine, client: FlaskClient
):
    with transaction(engine) as session:
        english = a_user(session, Role.DISPATCHER, language=Language.EN)
        caller = Caller(client, a_token(session, english))

    own = caller.get("/tickets/9999").json["title"]
    asked = caller.get("/tickets/9999", Accept_Language="vi").json["title"]

    assert asked == "Không có trang hoặc phiếu này"
    assert own != asked


def test_a_foreign_ticket_is_not_found(people: People):
    number = people.clerk.post("/tickets", a_body()).json["number"]

    assert people.neighbour.get(f"/tickets/{number}").status_code == 404
    assert people.neighbour.get("/tickets").json["items"] == []
    answer = people.neighbour.post(f"/tickets/{number}/actions", {"action": "cancel", "version": 1})
    assert answer.status_code == 404


@pytest.mark.parametrize("number", [0, 10**6, 2**31, 10**40])
def test_a_number_that_nothing_has_is_not_found(people: People, number):
    assert people.desk.get(f"/tickets/{number}").status_code == 404


def test_a_ticket_tells_everything_about_itself(people: People):
    filed = people.clerk.post("/tickets", a_body(citizens_waiting=12)).json

    ticket = people.clerk.get(f"/tickets/{filed['number']}").json

    assert {name: ticket[name] for name in filed} == filed
    assert ticket["commune"] == CAM_THANH
    assert ticket["category"] == "network"
    assert ticket["title"] == "Mất mạng ở một cửa"
    assert ticket["priority"] == "P1"
    assert ticket["citizens_waiting"] == 12
    assert ticket["created_at"].endswith("Z")


def test_a_step_changes_the_ticket_and_its_version(people: People):
    filed = people.clerk.post("/tickets", a_body()).json

    answer = people.technician.post(
        f"/tickets/{filed['number']}/actions",
        {"action": "accept", "version": filed["version"]},
    )

    assert answer.status_code == 200
    assert answer.json["status"] == "accepted"
    assert answer.json["version"] > filed["version"]


def test_a_stale_version_is_refused_and_changes_nothing(people: People):
    filed = people.clerk.post("/tickets", a_body()).json
    path = f"/tickets/{filed['number']}"
    step = {"action": "accept", "version": filed["version"]}
    people.technician.post(f"{path}/actions", step)

    late = people.lead.post(
        f"{path}/actions", {"action": "cancel", "version": filed["version"], "reason": "nhầm"}
    )

    assert late.status_code == 409
    assert people.desk.get(path).json["status"] == "accepted"


def test_a_step_that_the_life_does_not_have_is_refused(people: People):
    filed = people.clerk.post("/tickets", a_body()).json

    answer = people.clerk.post(
        f"/tickets/{filed['number']}/actions", {"action": "confirm", "version": filed["version"]}
    )

    assert answer.status_code == 409


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"action": "fly"}, "action"),
        ({"action": "assign", "technician": "nobody"}, "technician"),
        ({"action": "assign"}, "technician"),
        ({"action": "merge"}, "into"),
        ({"action": "merge", "into": "1002"}, "into"),
        ({"action": "wait", "date": 20261126}, "date"),
        ({"action": "wait", "date": "tomorrow"}, "date"),
        ({"action": "cancel", "version": "1"}, "version"),
        ({"action": "cancel", "status": "closed"}, "status"),
    ],
)
def test_a_wrong_field_of_a_step_is_named(people: People, fields, named):
    filed = people.clerk.post("/tickets", a_body()).json

    answer = people.desk.post(
        f"/tickets/{filed['number']}/actions", {"version": filed["version"]} | fields
    )

    assert answer.status_code == 422
    assert named in [error["field"] for error in answer.json["errors"]]


def test_a_dispatcher_assigns_by_user_name(people: People, engine: Engine):
    with transaction(engine) as session:
        a_technician(session, username="ktv-hai")
        number = a_ticket(session).number
    version = people.desk.get(f"/tickets/{number}").json["version"]

    answer = people.desk.post(
        f"/tickets/{number}/actions",
        {"action": "assign", "version": version, "technician": "ktv-hai"},
    )

    assert answer.status_code == 200
    assert answer.json["assignment"]["technician"]["username"] == "ktv-hai"


def test_admins_and_auditors_read_and_change_nothing(people: People, engine: Engine):
    filed = people.clerk.post("/tickets", a_body()).json
    path = f"/tickets/{filed['number']}"

    for caller in (people.admin, people.auditor):
        assert caller.get(path).status_code == 200
        assert caller.post("/tickets", a_body()).status_code == 403
        step = {"action": "cancel", "version": filed["version"]}
        assert caller.post(f"{path}/actions", step).status_code == 403
    assert count_tickets(engine) == 1


def test_lists_are_paged_and_every_ticket_comes_once(people: People, engine: Engine):
    with transaction(engine) as session:
        clerk = a_clerk(session)
        numbers = {a_ticket(session, created_by=clerk).number for _ in range(30)}

    first = people.desk.get("/tickets").json
    second = people.desk.get(f"/tickets?after={first['next']}").json

    seen = [ticket["number"] for ticket in first["items"] + second["items"]]
    assert second["next"] is None
    assert seen == sorted(numbers, reverse=True)


def test_a_search_finds_any_spelling(people: People):
    people.clerk.post("/tickets", a_body(title="Chữ ký số bị khóa", category="signature-unlock"))
    people.clerk.post("/tickets", a_body())

    for words in ("chữ ký số", "chu ky so", "chuwx kys soos"):
        items = people.clerk.get(f"/tickets?q={words}").json["items"]
        assert [ticket["title"] for ticket in items] == ["Chữ ký số bị khóa"]


def test_a_list_is_narrowed_by_status(people: People, engine: Engine):
    with transaction(engine) as session:
        closed = a_ticket(session, status=Status.CLOSED).number
        cancelled = a_ticket(session, status=Status.CANCELLED).number
        a_ticket(session)

    one = people.desk.get("/tickets?status=closed").json["items"]
    two = people.desk.get("/tickets?status=closed,cancelled").json["items"]

    assert [ticket["number"] for ticket in one] == [closed]
    assert [ticket["number"] for ticket in two] == [cancelled, closed]


@pytest.mark.parametrize("query", ["status=gone", "after=abc", "after=-1", "after=1e9", "page=2"])
def test_a_wrong_query_is_ignored_or_named_but_never_a_fault(people: People, query):
    assert people.desk.get(f"/tickets?{query}").status_code in (200, 422)


def test_the_plan_shows_each_their_own(people: People):
    number = people.clerk.post("/tickets", a_body()).json["number"]

    for caller in (people.clerk, people.technician, people.lead, people.desk, people.auditor):
        (route,) = caller.get("/plan").json["routes"]
        assert route["technicians"] == ["ktv-mot"]
        assert [stop["number"] for stop in route["stops"]] == [number]
        assert route["stops"][0]["zone"] in {"committed", "promised", "movable"}
    for caller in (people.neighbour, people.other_lead):
        assert caller.get("/plan").json["routes"] == []


def test_a_planned_visit_hardens_as_its_time_comes(people: People, engine: Engine):
    with transaction(engine) as session:
        for minutes in (5, 60, 300):
            starts_at = MORNING + timedelta(minutes=minutes)
            an_assignment(session, a_ticket(session), people.worker, starts_at=starts_at)

    (route,) = people.desk.get("/plan").json["routes"]

    assert [stop["zone"] for stop in route["stops"]] == ["committed", "promised", "movable"]


def test_the_description_is_open_and_names_every_call(people: People):
    answer = people.stranger.get("/openapi.json")

    assert answer.status_code == 200
    assert answer.json["openapi"] == "3.1.0"
    assert set(answer.json["paths"]) == {
        "/api/v1/tickets",
        "/api/v1/tickets/{number}",
        "/api/v1/tickets/{number}/actions",
        "/api/v1/plan",
        "/api/v1/closures",
        "/api/v1/closures/{closure_id}/lift",
        "/api/v1/messages",
        "/api/v1/demo/sms",
    }


def test_a_page_of_tickets_takes_as_many_statements_as_one(people: People, engine: Engine):
    with transaction(engine) as session:
        for _ in range(30):
            ticket = a_ticket(session)
            an_assignment(session, ticket, people.worker)
    served = people.desk.client.application.extensions[KEY].engine
    seen: list[str] = []
    listen(served, "before_cursor_execute", lambda *event: seen.append(event[2]))

    counts = []
    for path in ("/tickets", "/tickets?q=mang", "/tickets/1001"):
        people.desk.get(path)
        seen.clear()
        people.desk.get(path)
        counts.append(len([text for text in seen if not text.startswith("BEGIN")]))

    assert max(counts) <= 6


def test_a_text_of_the_demo_is_answered_as_a_phone_would_be(people: People):
    filed = people.clerk.post("/tickets", a_body()).json
    phone = filed["assignment"]["technician"]["phone"]

    answer = people.clerk.post("/demo/sms", {"from": phone, "body": f"nhan {filed['number']}"})

    assert answer.status_code == 200
    assert filed["code"] in answer.json["answer"]
    assert people.clerk.get(f"/tickets/{filed['number']}").json["status"] == "accepted"


def test_machines_are_not_answered(people: People):
    answer = people.clerk.post("/demo/sms", {"from": "VIETTEL", "body": "Ban con 5000 dong"})

    assert (answer.status_code, answer.json) == (200, {"answer": None})


def test_outside_a_demo_there_is_no_phone_to_type_on(engine: Engine, tmp_path: Path):
    with transaction(engine) as session:
        token = a_token(session, a_user(session))

    with an_app(engine, tmp_path, now=None, demo="") as app:
        caller = Caller(app.test_client(), token)
        answer = caller.post("/demo/sms", {"from": "0912345678", "body": "?"})

    assert answer.status_code == 404


def test_texts_are_told_oldest_first_and_only_to_whom_they_concern(people: People):
    filed = people.clerk.post("/tickets", a_body()).json
    phone = filed["assignment"]["technician"]["phone"]
    people.clerk.post("/demo/sms", {"from": phone, "body": f"nhan {filed['number']}"})

    for caller in (people.technician, people.lead, people.desk, people.admin):
        items = caller.get(f"/messages?phone={phone[1:]}").json["items"]
        assert [text["direction"] for text in items] == ["out", "in", "out"]
        assert {text["ticket"] for text in items} == {filed["number"]}
    assert people.clerk.get(f"/messages?phone={phone[1:]}").status_code == 404
    assert people.other_lead.get(f"/messages?phone={phone[1:]}").json["items"] == []


def test_an_auditor_sees_that_texts_were_sent_and_not_what_they_said(people: People):
    people.clerk.post("/tickets", a_body())

    (text, *_) = people.auditor.get("/messages").json["items"]

    assert text["body"] == "…"
    assert "+84" not in text["phone"]


def test_texts_go_on_after_the_last_one_seen(people: People):
    for _ in range(2):
        people.clerk.post("/tickets", a_body())
    first, second = people.technician.get("/messages").json["items"]

    later = people.technician.get(f"/messages?after={first['id']}").json

    assert later == {"items": [second], "next": None}
    assert people.technician.get("/messages?after=x9").status_code == 422
