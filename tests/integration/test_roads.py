"""Closed roads: how they are filed and lifted, who sees them, and what plans make of them."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from app.services.planning.placement import place_ticket
from app.services.planning.replanning import replan_when_due
from app.services.reference import forget, reference, up_to_date
from app.services.tickets.refusals import NotAllowedError
from app.services.world.closures import (
    ClosureDraft,
    file_closure,
    lift_closure,
    plan_begun_closures,
)
from app.services.world.log import WorldError
from dispatch.travel import NEVER_S
from models.account import Viewer
from models.database import connect, reading, transaction
from models.lifecycle import Status
from models.plan import Assignment, Outcome, PlanRun
from models.roads import WorldEvent, WorldKind
from tests.door import Caller, a_token, an_app
from tests.factories import (
    CAM_THANH,
    KON_TUM,
    MORNING,
    NOON,
    TRA_BONG,
    a_lead,
    a_province,
    a_technician,
    a_ticket,
    a_user,
    at,
    viewer,
)
from tests.pages import a_visitor, counted_queries, words

WEDNESDAY = date(2026, 11, 25)


@pytest.fixture
def lead(session: Session) -> Iterator[Viewer]:
    yield viewer(session, a_lead(session))
    forget(session)


@pytest.fixture
def app(engine: Engine, tmp_path: Path) -> Iterator[Flask]:
    with an_app(engine, tmp_path) as made:
        yield made


def a_draft(**fields: object) -> ClosureDraft:
    draft = ClosureDraft(key="0123456789", from_code=CAM_THANH, to_code=TRA_BONG)
    return replace(draft, **fields)  # type: ignore[arg-type]  # a test states what matters


def leg_s(session: Session, one: str, other: str, *, on: date = WEDNESDAY) -> int:
    """The way between two communes as a plan of that day made now has it."""
    facts = up_to_date(session)
    travel = facts.travel_on(on, now=MORNING)
    return travel.travel_s[facts.places[one].index][facts.places[other].index]


def around(session: Session, code: str, half: float = 0.02) -> tuple[tuple[float, float], ...]:
    """A square around a commune's seat."""
    place = reference(session).places[code]
    corners = ((-1, -1), (-1, 1), (1, 1), (1, -1))
    return tuple((place.lat + y * half, place.lon + x * half) for y, x in corners)


def test_a_closed_road_counts_at_once_and_asks_for_a_new_plan(session: Session, lead: Viewer):
    open_s = leg_s(session, CAM_THANH, TRA_BONG)

    closure, _ = file_closure(session, a_draft(), viewer=lead, now=MORNING)

    assert open_s < leg_s(session, CAM_THANH, TRA_BONG) < NEVER_S
    run = session.exec(select(PlanRun).where(col(PlanRun.started_at).is_(None))).one()
    assert run.cause == "closure"
    lift_closure(session, closure.id or 0, viewer=lead, now=NOON)
    assert leg_s(session, CAM_THANH, TRA_BONG) == open_s


def test_the_same_key_closes_nothing_twice(session: Session, lead: Viewer):
    first, _ = file_closure(session, a_draft(), viewer=lead, now=MORNING)

    again, is_new = file_closure(session, a_draft(note="x"), viewer=lead, now=NOON)

    assert (again.id, is_new) == (first.id, False)


def test_every_process_plans_with_it_from_the_same_minute(engine: Engine):
    with transaction(engine) as session:
        person = viewer(session, a_lead(session))
    # Another process has a pool and a memory of its own.
    other = connect(engine.url.render_as_string(hide_password=False))
    with reading(other) as session:
        before = leg_s(session, CAM_THANH, TRA_BONG)

    with transaction(engine) as session:
        file_closure(session, a_draft(), viewer=person, now=MORNING)

    with reading(other) as session:
        assert reference(session).world.closures == ()
        assert leg_s(session, CAM_THANH, TRA_BONG) > before
    other.dispose()


def test_a_closure_counts_on_the_days_that_it_lasts(session: Session, lead: Viewer):
    open_s = leg_s(session, CAM_THANH, TRA_BONG)
    draft = a_draft(
        from_at=at("00:00", "2026-11-26"), until_at=at("23:00", "2026-11-26"), note=" sạt lở "
    )

    closure, _ = file_closure(session, draft, viewer=lead, now=MORNING)

    assert closure.note == "sạt lở"
    assert leg_s(session, CAM_THANH, TRA_BONG) == open_s
    assert leg_s(session, CAM_THANH, TRA_BONG, on=date(2026, 11, 26)) > open_s
    assert leg_s(session, CAM_THANH, TRA_BONG, on=date(2026, 11, 27)) == open_s


def test_the_clock_asks_for_a_plan_once_when_a_closure_begins_and_when_it_ends(
    session: Session, lead: Viewer
):
    draft = a_draft(from_at=at("10:00"), until_at=at("15:00"))
    file_closure(session, draft, viewer=lead, now=MORNING)

    began = [plan_begun_closures(session, now=at(clock)) for clock in ("09:59", "10:00", "10:01")]
    ended = [plan_begun_closures(session, now=at(clock)) for clock in ("14:59", "15:00", "15:01")]

    assert (began, ended) == ([0, 1, 0], [0, 1, 0])
    kinds = [event.kind for event in session.exec(select(WorldEvent).order_by(col(WorldEvent.id)))]
    assert kinds == [WorldKind.CLOSURE_FILED, WorldKind.CLOSURE_BEGAN, WorldKind.CLOSURE_ENDED]


def test_a_commune_in_a_closed_area_is_out_of_reach(session: Session, lead: Viewer):
    a_technician(session)
    file_closure(session, a_draft(corners=around(session, TRA_BONG)), viewer=lead, now=at("07:40"))
    ticket = a_ticket(session, commune=TRA_BONG, category="one-stop")

    decision = place_ticket(session, ticket, now=MORNING)

    assert decision.outcome is Outcome.UNREACHABLE
    assert ticket.status is Status.VIDEO


def test_the_ticket_tells_which_closed_road_stood_in_the_way(app: Flask, engine: Engine):
    with transaction(engine) as session:
        a_technician(session)
        user = a_lead(session)
        person = viewer(session, user)
        file_closure(
            session, a_draft(corners=around(session, TRA_BONG)), viewer=person, now=at("07:40")
        )
        ticket = a_ticket(session, commune=TRA_BONG, category="one-stop")
        place_ticket(session, ticket, now=MORNING)
        number = ticket.number

    page = words(a_visitor(app, user).get(f"/tickets/{number}"))

    assert "Đường bị chặn lúc đó: Vùng Xã Trà Bồng." in page


def test_a_visit_that_cannot_be_reached_any_more_is_freed_by_the_next_plan(engine: Engine):
    with transaction(engine) as session:
        technician = a_technician(session)
        ticket = a_ticket(session, commune=TRA_BONG, status=Status.ACCEPTED, technician=technician)
        held = session.exec(select(Assignment)).one()
        held.starts_at = held.told_starts_at = at("14:00")
        held.ends_at = at("15:30")
        number = ticket.number
        person = viewer(session, a_lead(session))
        file_closure(
            session, a_draft(corners=around(session, TRA_BONG)), viewer=person, now=MORNING
        )

    replan_when_due(engine, now=MORNING)

    with reading(engine) as session:
        active = session.exec(select(Assignment).where(col(Assignment.is_active))).all()
    assert [row.ticket_number for row in active if row.ticket_number == number] == []


def test_a_journey_that_has_begun_is_left_alone(engine: Engine):
    with transaction(engine) as session:
        technician = a_technician(session)
        ticket = a_ticket(session, commune=TRA_BONG, status=Status.EN_ROUTE, technician=technician)
        later = a_ticket(session, commune=KON_TUM, status=Status.ACCEPTED, technician=technician)
        number = ticket.number or 0
        person = viewer(session, a_lead(session))
        file_closure(
            session, a_draft(corners=around(session, TRA_BONG)), viewer=person, now=MORNING
        )
        assert later.number is not None

    run = replan_when_due(engine, now=at("08:10"))

    assert run is not None
    assert not run.figures.get("failed")
    with reading(engine) as session:
        row = session.exec(select(Assignment).where(Assignment.ticket_number == number)).one()
    assert row.is_active


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"from_code": ""}, "from_code"),
        ({"to_code": "99999"}, "to_code"),
        ({"to_code": CAM_THANH}, "to_code"),
        ({"until_at": at("07:00")}, "until_at"),
        ({"from_at": at("12:00"), "until_at": at("11:00")}, "until_at"),
        ({"until_at": at("12:00", "2028-01-01")}, "until_at"),
        ({"corners": ((15.0, 108.0), (15.1, 108.0))}, "area"),
        ({"corners": ((15.0, 108.0), (15.1, 108.0), (float("nan"), 108.1))}, "area"),
        ({"corners": tuple((15 + i / 100, 108.0) for i in range(61))}, "area"),
        ({"note": "x" * 201}, "note"),
        ({"key": "short"}, "key"),
    ],
)
def test_what_is_wrong_with_a_closure_is_told_at_its_field(
    session: Session, lead: Viewer, fields: dict[str, object], field: str
):
    with pytest.raises(WorldError) as refused:
        file_closure(session, a_draft(**fields), viewer=lead, now=MORNING)

    assert list(refused.value.errors) == [field]


def test_a_technician_files_a_pair_and_draws_no_area(session: Session, lead: Viewer):
    technician = viewer(session, a_technician(session))

    closure, _ = file_closure(session, a_draft(), viewer=technician, now=MORNING)

    drawn = a_draft(corners=around(session, TRA_BONG))
    with pytest.raises(NotAllowedError):
        file_closure(session, drawn, viewer=technician, now=MORNING)
    with pytest.raises(NotAllowedError):
        lift_closure(session, closure.id or 0, viewer=technician, now=MORNING)


# The doors ------------------------------------------------------------------------------------


def test_a_technician_reports_from_the_light_page_and_the_board_shows_who(
    app: Flask, engine: Engine
):
    with transaction(engine) as session:
        technician, lead_user = a_technician(session, name="Trần Văn Sửu"), a_lead(session)
    person = a_visitor(app, technician.user)

    sent = person.post(
        "/roads", key="a-key-of-the-form", from_code=CAM_THANH, to_code=TRA_BONG, note="Sạt lở"
    )

    assert "Phường Cẩm Thành – Xã Trà Bồng" in person.follow(sent)
    board = a_visitor(app, lead_user).get("/board")
    assert "Trần Văn Sửu báo lúc" in words(board)
    assert "Thông đường" in words(board)


def test_a_form_with_a_mistake_keeps_what_was_typed(app: Flask, engine: Engine):
    with transaction(engine) as session:
        technician = a_technician(session)
    person = a_visitor(app, technician.user)

    answer = person.post("/roads", key="a-key-of-the-form", from_code=CAM_THANH, note="Ngập sâu")

    assert answer.status_code == 422
    assert "Hãy chọn một xã" in words(answer)
    assert 'value="Ngập sâu"' in answer.get_data(as_text=True)


def test_the_board_files_an_area_and_lifts_it_without_leaving(app: Flask, engine: Engine):
    with transaction(engine) as session:
        user = a_lead(session)
    visitor = a_visitor(app, user)
    token = visitor.get("/board").get_data(as_text=True).split('csrf-token" content="')[1]
    headers = {"X-Requested-With": "fetch", "X-CSRFToken": token.split('"')[0]}
    form = {"key": "a-key-of-the-form", "area": "[[15.2,108.4],[15.2,108.6],[15.4,108.6]]"}

    filed = visitor.client.post("/roads", data=form, headers=headers)
    wrong = visitor.client.post("/roads", data={**form, "area": "x"}, headers=headers)
    number = filed.get_json()["closures"][0]["id"]
    lifted = visitor.client.post(f"/roads/{number}/lift", headers=headers)

    assert filed.status_code == 201
    assert filed.get_json()["closed"] == 1
    assert "Thông đường" in filed.get_json()["html"]
    assert (wrong.status_code, list(wrong.get_json()["errors"])) == (422, ["area"])
    assert lifted.get_json()["closures"] == []


def test_what_is_closed_costs_the_board_no_query(app: Flask, engine: Engine):
    with transaction(engine) as session:
        user, person = a_user(session), viewer(session, a_lead(session))
        file_closure(session, a_draft(), viewer=person, now=MORNING)
    visitor = a_visitor(app, user)
    visitor.get("/board")

    with counted_queries(app) as statements:
        page = visitor.get("/board")

    assert "Phường Cẩm Thành – Xã Trà Bồng" in words(page)
    assert not any("road_closure" in one or "world_event" in one for one in statements)


def test_the_stream_of_a_board_begins_where_its_roads_stand(app: Flask, engine: Engine):
    with transaction(engine) as session:
        user, person = a_user(session), viewer(session, a_lead(session))
        file_closure(session, a_draft(), viewer=person, now=MORNING)
    page = a_visitor(app, user).get("/board").get_data(as_text=True)

    assert ";world=1" in page.replace("%3B", ";").replace("%3D", "=")


def test_a_closure_over_the_api_is_filed_once_read_and_lifted(app: Flask, engine: Engine):
    with transaction(engine) as session:
        caller = Caller(app.test_client(), a_token(session, a_lead(session)))
    body = {"key": "a-key-of-the-caller", "from": CAM_THANH, "to": TRA_BONG}

    first = caller.post("/closures", body)
    again = caller.post("/closures", body)
    read = caller.get("/closures").get_json()["items"]
    caller.post(f"/closures/{read[0]['id']}/lift", {})

    assert (first.status_code, again.status_code) == (201, 200)
    assert [row["title"] for row in read] == ["Phường Cẩm Thành – Xã Trà Bồng"]
    assert caller.get("/closures").get_json()["items"] == []


def test_the_api_tells_the_field_that_is_wrong(app: Flask, engine: Engine):
    with transaction(engine) as session:
        a_province(session)
        caller = Caller(app.test_client(), a_token(session, a_technician(session)))

    none = caller.post("/closures", {"key": "a-key-of-the-caller", "from": "1", "to": TRA_BONG})
    area = [{"lat": 15, "lon": 108}, {"lat": 15.1, "lon": 108}, {"lat": 15, "lon": 108.1}]
    drawn = caller.post("/closures", {"key": "a-key-of-the-caller", "area": area})

    assert [row["field"] for row in none.get_json()["errors"]] == ["from"]
    assert drawn.status_code == 403
