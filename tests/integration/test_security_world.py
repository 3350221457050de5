"""What an attacker tries at roads, boats, rosters, what-ifs and reports, and what they get."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Engine
from sqlmodel import Session, col, select
from werkzeug.test import TestResponse

from app.services.planning.reasons import explained
from app.services.studies.queue import ask
from app.services.texts import inbox
from app.services.world import closures
from dispatch.plan import Code
from models.account import Role, User
from models.database import reading, transaction
from models.geography import CommuneWindow, FerryPause, RoadClosure
from models.lifecycle import Status
from models.plan import Assignment, AssignmentMember, Decision, Outcome
from models.roads import WorldEvent, WorldKind
from models.study import StudyKind
from models.workforce import Leave
from tests.door import Caller, a_token, an_app
from tests.factories import (
    CAM_THANH,
    KON_TUM,
    MORNING,
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
from tests.integration.test_two_at_once import at_once
from tests.pages import Visitor, a_visitor, counted_queries, words

BEYOND = "9" * 20
ENDLESS = "9" * 5000
XSS = "<img src=x onerror=alert(1)>"


@pytest.fixture
def app(engine: Engine, tmp_path: Path) -> Iterator[Flask]:
    with an_app(engine, tmp_path) as made:
        yield made


@pytest.fixture
def lead(app: Flask, engine: Engine) -> User:
    with transaction(engine) as session:
        return a_lead(session)


def close_road(visitor: Visitor, **fields: str) -> TestResponse:
    """Send the form that closes a road."""
    form = {"key": str(uuid.uuid4()), "from_code": CAM_THANH, "to_code": TRA_BONG}
    return visitor.post("/roads", **(form | fields))


@pytest.mark.parametrize(
    "fields",
    [
        {"area": "[" * 9999},
        {"area": f"[[{'1' * 400},2],[1,2],[3,4]]"},
        {"area": f"[[{ENDLESS},2],[1,2],[3,4]]"},
        {"area": "[[NaN,2],[1,2],[3,4]]"},
        {"area": "[[1e999,2],[1,2],[3,4]]"},
        {"area": "null"},
        {"from_at": "0001-01-01T00:00"},
        {"from_at": "0002-01-01T00:00"},
        {"from_at": "9999-12-31T00:00", "until_at": "9999-12-31T23:59"},
        {"until_at": "9999-12-31T23:59"},
        {"note": "x" * 201},
    ],
)
def test_a_road_that_cannot_be_is_refused_in_words_and_nothing_is_lost(
    app: Flask, lead: User, fields: dict[str, str]
):
    response = close_road(a_visitor(app, lead), **({"note": "sạt lở ở Km 12"} | fields))

    assert response.status_code == 422
    assert "Nội dung đã nhập vẫn còn nguyên" in words(response)
    assert "note" in fields or "sạt lở ở Km 12" in response.get_data(as_text=True)


@pytest.mark.parametrize(
    "fields",
    [
        {"from_at": "9999-12-31T00:00:00Z", "until_at": "9999-12-31T23:00:00Z"},
        {"from_at": "0001-01-01T00:00:00+14:00"},
        {"until_at": "9999-12-31T23:59:00-14:00"},
        {"note": "a\x00b"},
        {"filed_by_id": 1},
    ],
)
def test_a_road_that_cannot_be_is_refused_over_the_api(
    app: Flask, engine: Engine, lead: User, fields: dict[str, object]
):
    with transaction(engine) as session:
        token = a_token(session, lead)
    body = {"key": "0123456789", "from": CAM_THANH, "to": TRA_BONG}

    response = Caller(app.test_client(), token).post("/closures", body | fields)

    assert response.status_code == 422


def test_a_key_closes_one_road_and_never_another_one_silently(
    app: Flask, engine: Engine, lead: User
):
    with transaction(engine) as session:
        other = a_user(session, Role.DISPATCHER)
    visitor, key = a_visitor(app, lead), str(uuid.uuid4())

    answers = [
        close_road(visitor, key=key),
        close_road(visitor, key=key),
        close_road(visitor, key=key, to_code=KON_TUM),
        close_road(a_visitor(app, other), key=key),
    ]

    assert [answer.status_code for answer in answers] == [303, 303, 422, 422]
    # The form comes back with a key of its own, so that sending it again closes the other road.
    assert key not in answers[2].get_data(as_text=True)
    assert f'value="{KON_TUM}" selected' in answers[2].get_data(as_text=True)


def test_nobody_closes_so_many_roads_that_planning_stands_still(
    app: Flask, lead: User, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(closures, "MOST_OPEN", 2)
    visitor = a_visitor(app, lead)

    answers = [close_road(visitor).status_code for _time in range(3)]

    assert answers == [303, 303, 422]


def test_what_somebody_wrote_about_a_road_is_text_everywhere(app: Flask, lead: User):
    visitor = a_visitor(app, lead)
    close_road(visitor, note=XSS)

    pages = [visitor.get(path) for path in ("/roads", "/board", "/roads/board.json")]

    for page in pages:
        shown = page.get_data(as_text=True) if page.mimetype == "text/html" else page.json["html"]
        assert page.status_code == 200
        assert "<img src=x" not in shown


def test_two_who_lift_the_same_road_lift_it_once(engine: Engine):
    with transaction(engine) as session:
        one, other = a_lead(session), a_user(session, Role.DISPATCHER)
        people = [viewer(session, one), viewer(session, other)]
        draft = closures.ClosureDraft(key="0123456789", from_code=CAM_THANH, to_code=TRA_BONG)
        closure, _ = closures.file_closure(session, draft, viewer=people[0], now=MORNING)
        closure_id = closure.id or 0

    def lift(index: int) -> None:
        with transaction(engine) as session:
            closures.lift_closure(session, closure_id, viewer=people[index], now=MORNING)

    results = at_once([lambda index=index: lift(index) for index in (0, 1)])

    assert results == [None, None]
    with reading(engine) as session:
        lifted = select(WorldEvent).where(col(WorldEvent.kind) == WorldKind.CLOSURE_LIFTED)
        assert len(session.exec(lifted).all()) == 1


def test_two_who_stop_the_boats_stop_them_once(app: Flask, engine: Engine, lead: User):
    with transaction(engine) as session:
        other = a_user(session, Role.DISPATCHER)
    visitors = [a_visitor(app, lead), a_visitor(app, other)]

    answers = at_once([lambda one=one: one.post("/roads/boats") for one in visitors])

    assert [answer.status_code for answer in answers] == [303, 303]
    with reading(engine) as session:
        assert len(session.exec(select(FerryPause)).all()) == 1


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "x"])
def test_boats_stop_on_no_day_that_is_far_away(app: Flask, lead: User, day: str):
    response = a_visitor(app, lead).post("/roads/boats", from_on=day, until_on=day)

    assert response.status_code == 422


def test_numbers_beyond_every_row_are_refused_in_words(app: Flask, engine: Engine):
    with transaction(engine) as session:
        asker, admin = a_user(session, Role.DISPATCHER), a_user(session, Role.ADMIN)
        someone = a_technician(session).id
    visitor, chief = a_visitor(app, asker), a_visitor(app, admin)
    days = {"from_on": "2026-10-01", "until_on": "2026-10-02"}
    skill = {"kind": "skilled", "skill_technician": str(someone), "skill_code": "network"}

    answers = [
        *(
            visitor.post("/what-if", kind="fewer", fewer_technician=number)
            for number in (BEYOND, ENDLESS, "²", "-1")
        ),
        visitor.post("/what-if", kind="more", more_commune=CAM_THANH, more_like=BEYOND),
        visitor.post("/what-if", **skill, skill_level=ENDLESS),
        visitor.post("/what-if", kind="by-hand", hand_number=ENDLESS, hand_technician=ENDLESS),
        visitor.post("/reports", **days, people=ENDLESS),
        visitor.post("/reports", from_on="0001-01-01", until_on="0001-01-02", people="5"),
        chief.post("/admin/roads/homes", technician=BEYOND, code=CAM_THANH),
    ]

    assert {answer.status_code for answer in answers} == {422}


def a_report_of(session: Session, user: User) -> int:
    """A report that this person asked for."""
    question = {
        "from_on": "2026-10-01",
        "until_on": "2026-10-02",
        "people": 5,
        "base_code": "",
        "base_people": 0,
    }
    who = viewer(session, user)
    return ask(session, StudyKind.HISTORY, question, viewer=who, now=MORNING).id or 0


def test_a_lead_stops_own_reports_alone(app: Flask, engine: Engine, lead: User):
    with transaction(engine) as session:
        other = a_lead(session, a_team(session, "Tổ 2", base=KON_TUM))
        own, foreign = a_report_of(session, lead), a_report_of(session, other)
    visitor = a_visitor(app, lead)

    answers = [visitor.post(f"/reports/{number}/cancel") for number in (foreign, own)]

    assert [answer.status_code for answer in answers] == [403, 303]
    assert f"/reports/{foreign}/cancel" not in visitor.get(f"/reports/{foreign}").get_data(True)


def test_the_list_of_reports_asks_no_more_for_more_of_them(app: Flask, engine: Engine, lead: User):
    visitor = a_visitor(app, lead)
    counts = []
    for more in (1, 3):
        with transaction(engine) as session:
            for _number in range(more):
                a_report_of(session, a_user(session, Role.ADMIN))
        with counted_queries(app) as statements:
            assert visitor.get("/reports").status_code == 200
        counts.append(len(statements))

    assert counts[0] == counts[1]


def test_the_roster_asks_no_more_for_more_trainees(app: Flask, engine: Engine, lead: User):
    visitor = a_visitor(app, lead)
    counts = []
    for trainees in (1, 4):
        with transaction(engine) as session:
            for _number in range(trainees):
                a_technician(session).mentor_id = a_technician(session, name="Lê Thị Mẫn").id
        with counted_queries(app) as statements:
            assert "đi cùng Lê Thị Mẫn" in words(visitor.get("/board/people"))
        counts.append(len(statements))

    assert counts[0] >= counts[1]


def test_a_form_that_is_sent_twice_asks_and_rules_once(app: Flask, engine: Engine):
    with transaction(engine) as session:
        asker, admin = a_user(session, Role.DISPATCHER), a_user(session, Role.ADMIN)
    visitor, chief = a_visitor(app, asker), a_visitor(app, admin)
    question = {"kind": "closed", "road_from": CAM_THANH, "road_to": TRA_BONG}
    rule = {"commune": CAM_THANH, "weekdays": "1", "is_closed": "1"}

    asked = [visitor.post("/what-if", **question).headers["Location"] for _time in range(2)]
    ruled = [chief.post("/admin/roads/hours", **rule).status_code for _time in range(2)]

    assert asked[0] == asked[1]
    assert ruled == [303, 303]
    with reading(engine) as session:
        assert len(session.exec(select(CommuneWindow)).all()) == 1


def test_a_delay_that_is_sent_twice_is_one_delay(app: Flask, engine: Engine):
    with transaction(engine) as session:
        technician = a_technician(session)
        ticket = a_ticket(session, category="hardware")
        ticket.target_at, ticket.status = at("17:00"), Status.ACCEPTED
        number = an_assignment(session, ticket, technician, starts_at=at("10:00")).ticket_number
        session.flush()
        version, user = ticket.version, technician.user
    visitor = a_visitor(app, user)

    answers = [
        visitor.post(f"/tickets/{number}/late", minutes="30", version=str(version))
        for _time in range(2)
    ]

    assert [answer.status_code for answer in answers] == [303, 303]
    with reading(engine) as session:
        visit = session.exec(select(Assignment)).one()
    assert visit.starts_at == at("10:30")


def test_two_who_mark_somebody_absent_write_one_leave(app: Flask, engine: Engine, lead: User):
    with transaction(engine) as session:
        admin = a_user(session, Role.ADMIN)
        person = a_technician(session).id
    visitors = [a_visitor(app, lead), a_visitor(app, admin)]
    path = f"/board/people/{person}/absence"

    answers = at_once([lambda one=one: one.post(path, note=XSS) for one in visitors])

    assert sorted(answer.status_code for answer in answers) == [303, 422]
    assert all("<img src=x" not in answer.get_data(as_text=True) for answer in answers)
    with reading(engine) as session:
        assert len(session.exec(select(Leave)).all()) == 1


def test_an_absence_that_is_refused_keeps_what_was_typed(app: Flask, engine: Engine, lead: User):
    with transaction(engine) as session:
        person = a_technician(session).id
    visitor = a_visitor(app, lead)

    response = visitor.post(f"/board/people/{person}/absence", until_on="2027-11-25", note="đi học")

    page = response.get_data(as_text=True)
    assert response.status_code == 422
    assert 'value="2027-11-25"' in page
    assert 'value="đi học"' in page


def test_a_commune_reads_no_other_tickets_number_and_nobodys_absence(session: Session):
    people = [a_technician(session, name=name).id for name in ("Lê Một", "Lê Hai", "Lê Ba")]
    chosen, displaced, away = (
        {"code": code, "technician_id": person, "by_s": 600, "number": 1042, "joins": 1042}
        for code, person in zip(
            (Code.CHOSEN, Code.WOULD_DISPLACE, Code.ABSENT), people, strict=True
        )
    )
    assigned = Decision(outcome=Outcome.ASSIGNED, reasons=[chosen, displaced, away])
    crowded = Decision(
        outcome=Outcome.CROWDED_OUT, reasons=[displaced], swap={"out": 1042, "technician_id": 1}
    )

    told = [" ".join(explained(session, row, is_commune=True)) for row in (assigned, crowded)]
    inside = [" ".join(explained(session, row)) for row in (assigned, crowded)]

    assert not [words_ for words_ in told if "1042" in words_ or "Lê Ba" in words_]
    assert all("1042" in words_ for words_ in inside)
    assert "Lê Một" in told[0]


@pytest.mark.parametrize(
    "body", ["nhan {number}", "di {number}", "tre 30p", "tu choi {number} ban"]
)
def test_who_left_a_car_no_longer_answers_for_it(session: Session, body: str):
    driver, left = a_technician(session), a_technician(session)
    ticket = a_ticket(session, category="hardware")
    ticket.status = Status.ASSIGNED
    visit = an_assignment(session, ticket, driver, starts_at=at("10:00"))
    rider = AssignmentMember(assignment_id=visit.id or 0, technician_id=left.id or 0)
    session.add(rider)
    session.flush()
    session.delete(rider)
    session.flush()
    session.expire_all()

    text = a_text(body.format(number=ticket.code), sender=left)
    answer = inbox.receive(session, text, now=MORNING)

    assert answer is not None
    assert answer.event in ("not_yours", "no_ticket")
    assert ticket.status is Status.ASSIGNED
    assert visit.starts_at == at("10:00")


def test_closures_stay_until_somebody_lifts_them(app: Flask, engine: Engine, lead: User):
    visitor = a_visitor(app, lead)
    close_road(visitor)
    with reading(engine) as session:
        closure = session.exec(select(RoadClosure)).one()

    answers = [visitor.post(f"/roads/{closure.id}/lift").status_code for _time in range(2)]

    assert answers == [303, 303]
