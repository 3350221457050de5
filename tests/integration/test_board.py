"""The board: what it shows to whom, what one may do from it, and what it costs."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Engine
from sqlmodel import Session, col, select
from werkzeug.test import TestResponse

from app.maps import province_map
from app.services.boards import board
from app.services.boards.board import Timing, figures_of
from app.services.boards.board_day import timeline_day
from app.services.boards.board_people import TechnicianState, lines
from app.services.reference import reference
from models.account import Role, User
from models.call import CallState, VideoCall
from models.database import reading, transaction
from models.lifecycle import Status
from models.plan import Assignment, PlanRun
from models.ticket import Ticket
from models.workforce import Leave, Technician
from tests.door import an_app
from tests.factories import (
    KON_TUM,
    MORNING,
    NGHIA_LO,
    NOON,
    TRA_BONG,
    a_clerk,
    a_lead,
    a_team,
    a_technician,
    a_ticket,
    a_user,
    an_assignment,
    at,
    viewer,
)
from tests.pages import Visitor, a_visitor, counted_queries, words

FRAGMENT = {"X-Requested-With": "fetch"}


@dataclass
class Cast:
    """Two teams, their leads and people, and one open ticket in Cẩm Thành."""

    lead: User
    other_lead: User
    dispatcher: User
    near: Technician
    far: Technician
    number: int


@pytest.fixture
def app(engine: Engine, tmp_path: Path) -> Iterator[Flask]:
    with an_app(engine, tmp_path) as made:
        yield made


@pytest.fixture
def cast(engine: Engine) -> Cast:
    with transaction(engine) as session:
        second = a_team(session, "Tổ 2", base=KON_TUM)
        return Cast(
            lead=a_lead(session),
            other_lead=a_lead(session, second, name="Rơ Châm Lan"),
            dispatcher=a_user(session),
            near=a_technician(session, name="Nguyễn Văn Thành"),
            far=a_technician(session, name="A Khoa", team=second, home=KON_TUM),
            number=a_ticket(session).number or 0,
        )


# What stands on it ------------------------------------------------------------------------


def test_rows_stand_by_the_nearest_unmet_target_and_what_is_done_stands_last(
    session: Session,
) -> None:
    done = a_ticket(session, status=Status.RESOLVED)
    met = a_ticket(session, status=Status.ON_SITE)
    later = a_ticket(session, created_at=MORNING + timedelta(hours=1))
    first = a_ticket(session)

    rows = board.queue(session, viewer=viewer(session, a_user(session)), now=MORNING)

    numbers = [ticket.number for ticket in (first, later, met, done)]
    assert [row.number for row in rows] == numbers


@pytest.mark.parametrize(
    ("clock", "starts", "timing"),
    [
        ("08:30", None, Timing.IN_TIME),
        ("11:15", None, Timing.SOON),
        ("12:01", None, Timing.LATE),
        ("08:30", "12:30", Timing.WILL_BE_LATE),
    ],
)
def test_a_row_says_how_it_stands_to_its_target(
    session: Session, clock: str, starts: str | None, timing: Timing
) -> None:
    ticket = a_ticket(session)  # its target is noon
    if starts:
        an_assignment(session, ticket, a_technician(session), starts_at=at(starts))

    [row] = board.queue(session, viewer=viewer(session, a_user(session)), now=at(clock))

    assert row.timing is timing


def test_figures_count_what_their_filters_show(session: Session) -> None:
    for status in (Status.OPEN, Status.OPEN, Status.EN_ROUTE, Status.ON_SITE, Status.RESOLVED):
        a_ticket(session, status=status)

    rows = board.queue(session, viewer=viewer(session, a_user(session)), now=NOON)

    figures = figures_of(rows)
    assert (figures.all, figures.open, figures.field, figures.done) == (5, 2, 2, 1)


def test_a_lead_sees_own_team_and_the_open_pool_alone(session: Session) -> None:
    own, other = a_team(session, "Tổ 1"), a_team(session, "Tổ 2", base=KON_TUM)
    pool = a_ticket(session)
    ours = a_ticket(session, status=Status.ACCEPTED, technician=a_technician(session, team=own))
    a_ticket(session, status=Status.ACCEPTED, technician=a_technician(session, team=other))
    lead = viewer(session, a_lead(session, own))

    rows = board.queue(session, viewer=lead, now=MORNING, team_id=own.id)
    people = lines(session, viewer=lead, now=MORNING, team_id=own.id)

    assert {row.number for row in rows} == {pool.number, ours.number}
    assert {line.team_id for line in people} == {own.id}


def test_people_stand_at_their_last_known_place_with_what_they_do(session: Session) -> None:
    on_site, driving, free, away = (a_technician(session) for _ in range(4))
    a_ticket(session, status=Status.ON_SITE, technician=on_site)
    a_ticket(session, status=Status.EN_ROUTE, technician=driving, commune=TRA_BONG)
    free.at_code, free.seen_at = NGHIA_LO, MORNING
    session.add(Leave(technician_id=away.id or 0, from_at=MORNING, until_at=NOON))
    session.flush()

    found = {
        line.id: line
        for line in lines(session, viewer=viewer(session, a_user(session)), now=MORNING)
    }

    assert [found[person.id or 0].state for person in (on_site, driving, free, away)] == [
        TechnicianState.ON_SITE,
        TechnicianState.DRIVING,
        TechnicianState.FREE,
        TechnicianState.OFF,
    ]
    assert found[driving.id or 0].heading_for == "Xã Trà Bồng"
    assert found[free.id or 0].place == "Phường Nghĩa Lộ"
    assert found[on_site.id or 0].place == "Phường Cẩm Thành"


def test_a_day_shows_way_visit_and_lunch(session: Session) -> None:
    person = a_technician(session)
    ticket = a_ticket(session, status=Status.ASSIGNED, technician=person)
    row = session.exec(
        select(Assignment).where(col(Assignment.ticket_number) == ticket.number)
    ).one()
    row.starts_at, row.ends_at, row.travel_s = at("10:45"), at("11:45"), 1800
    session.flush()

    [line] = lines(session, viewer=viewer(session, a_user(session)), now=MORNING)

    [bar] = line.bars
    assert (bar.travel_from_at, bar.starts_at, bar.ends_at) == (
        at("10:15"),
        at("10:45"),
        at("11:45"),
    )
    assert line.lunch_at == at("11:45")


def test_after_work_the_timeline_shows_the_next_working_day(session: Session) -> None:
    a_ticket(session)
    calendar = reference(session).calendar

    assert timeline_day(calendar, now=at("16:59")).isoformat() == "2026-11-25"
    assert timeline_day(calendar, now=at("19:00", on="2026-11-27")).isoformat() == "2026-11-30"


# The pages --------------------------------------------------------------------------------


def test_the_list_says_all_that_the_map_says(app: Flask, cast: Cast) -> None:
    page = words(a_visitor(app, cast.dispatcher).get("/board"))

    assert "Khẩn cấp" in page
    assert "Mất mạng ở một cửa" in page
    assert "Phường Cẩm Thành" in page
    assert "Nguyễn Văn Thành" in page
    assert "Sẵn sàng" in page


def test_a_communes_wish_for_a_call_stands_in_its_row_until_a_call_is_offered(
    app: Flask, engine: Engine, cast: Cast
) -> None:
    with transaction(engine) as session:
        clerk = a_clerk(session)
        ticket = a_ticket(session, status=Status.ASSIGNED, technician=cast.near, created_by=clerk)
    a_visitor(app, clerk).post(f"/tickets/{ticket.number}/call")
    lead = a_visitor(app, cast.lead)

    wished = words(lead.get("/board"))
    lead.post(f"/board/tickets/{ticket.number}/call", version="")

    assert "đề nghị gọi video" in wished
    assert "đề nghị gọi video" not in words(lead.get("/board"))


def test_an_empty_board_says_what_would_stand_there(app: Flask, engine: Engine) -> None:
    with transaction(engine) as session:
        dispatcher = a_user(session)

    page = words(a_visitor(app, dispatcher).get("/board"))

    assert "Không có phiếu nào đang chờ" in page
    assert "Tổ chưa có kỹ thuật viên" in page


@pytest.mark.parametrize(
    ("role", "status"),
    [
        (Role.LEAD, 200),
        (Role.DISPATCHER, 200),
        (Role.ADMIN, 200),
        (Role.AUDITOR, 200),
        (Role.COMMUNE, 403),
        (Role.TECHNICIAN, 403),
    ],
)
def test_the_board_is_for_who_watches_over_tickets(
    app: Flask, engine: Engine, role: Role, status: int
) -> None:
    with transaction(engine) as session:
        people = {Role.COMMUNE: a_clerk, Role.LEAD: a_lead}
        user = people[role](session) if role in people else a_user(session, role)

    assert a_visitor(app, user).get("/board").status_code == status


@pytest.mark.parametrize("role", [Role.ADMIN, Role.AUDITOR])
def test_who_only_reads_finds_the_way_to_the_board(app: Flask, engine: Engine, role: Role) -> None:
    with transaction(engine) as session:
        reader = a_user(session, role)

    page = a_visitor(app, reader).get("/tickets").get_data(as_text=True)

    assert '<a href="/board"' in page


def test_who_only_reads_finds_nothing_to_press(app: Flask, engine: Engine, cast: Cast) -> None:
    with transaction(engine) as session:
        auditor = a_user(session, Role.AUDITOR)
    visitor = a_visitor(app, auditor)

    drawer = visitor.get(f"/board/tickets/{cast.number}").get_data(as_text=True)
    refused = visitor.post(f"/board/tickets/{cast.number}/assign", technician=cast.near.id)

    assert "/assign" not in drawer
    assert refused.status_code == 403


def test_the_map_asks_no_other_host_and_is_kept(app: Flask, cast: Cast) -> None:
    script = province_map()
    board = a_visitor(app, cast.dispatcher).get("/board").get_data(as_text=True)

    assert "http" not in script
    assert script.count('"code"') == 96
    assert re.search(r'src="/static/vendor/province-map[-.][0-9a-f]+\.js"', board)


def test_the_board_costs_a_few_queries_however_many_tickets_it_shows(
    app: Flask, engine: Engine, cast: Cast
) -> None:
    with transaction(engine) as session:
        for _ in range(30):
            a_ticket(session, status=Status.ACCEPTED, technician=cast.near)
    visitor = a_visitor(app, cast.dispatcher)
    visitor.get("/board")

    with counted_queries(app) as statements:
        page = visitor.get("/board")

    assert page.get_data(as_text=True).count('class="row row-') == 31
    assert len(statements) <= 9


# Changes ----------------------------------------------------------------------------------


def test_what_changed_comes_with_the_markup_that_the_page_has(app: Flask, cast: Cast) -> None:
    visitor = a_visitor(app, cast.dispatcher)
    page = visitor.get("/board").get_data(as_text=True)

    changes = visitor.get(f"/board/tickets.json?numbers={cast.number},999999").get_json()

    [ticket] = changes["tickets"]
    assert ticket["number"] == cast.number
    assert ticket["html"].strip() in page
    assert changes["gone"] == [999999]


def test_a_ticket_of_the_other_team_has_gone_for_a_lead(
    app: Flask, engine: Engine, cast: Cast
) -> None:
    with transaction(engine) as session:
        ticket = a_ticket(session, status=Status.ACCEPTED, technician=cast.far)
    visitor = a_visitor(app, cast.lead)

    changes = visitor.get(f"/board/tickets.json?numbers={ticket.number}").get_json()

    assert changes["tickets"] == []
    assert changes["gone"] == [ticket.number]
    assert visitor.get(f"/board/tickets/{ticket.number}").status_code == 404


# What one does ----------------------------------------------------------------------------


def test_the_drawer_names_who_could_go_with_minutes_and_hour(app: Flask, cast: Cast) -> None:
    drawer = words(_fragment(a_visitor(app, cast.dispatcher), cast.number))

    assert "Nguyễn Văn Thành" in drawer
    assert "đi thêm" in drawer
    assert "phù hợp nhất" in drawer


def test_a_lead_is_shown_own_members_alone(app: Flask, cast: Cast) -> None:
    drawer = words(_fragment(a_visitor(app, cast.lead), cast.number))

    assert "Nguyễn Văn Thành" in drawer
    assert "A Khoa" not in drawer


def test_a_chosen_technician_gets_the_ticket(app: Flask, engine: Engine, cast: Cast) -> None:
    visitor = a_visitor(app, cast.dispatcher)

    response = _assign(visitor, engine, cast, cast.near)

    assert response.status_code == 200
    assert "Đã phân công" in words(response)
    with reading(engine) as session:
        ticket = session.get_one(Ticket, cast.number)
        assert ticket.status is Status.ASSIGNED
        assert ticket.team_id == cast.near.team_id


def test_without_scripts_the_form_leads_back_to_the_ticket(
    app: Flask, engine: Engine, cast: Cast
) -> None:
    visitor = a_visitor(app, cast.dispatcher)

    response = visitor.post(
        f"/board/tickets/{cast.number}/assign",
        technician=cast.near.id,
        version=_version(engine, cast),
    )

    assert "Đã phân công" in visitor.follow(response)


def test_a_broken_rule_is_told_in_words_and_a_note_lets_it_pass(
    app: Flask, engine: Engine, cast: Cast
) -> None:
    with transaction(engine) as session:
        unskilled = a_technician(session, skills={"training": 1}, name="Lê Chưa Học")
    visitor = a_visitor(app, cast.dispatcher)

    warned = _assign(visitor, engine, cast, unskilled)
    passed = _assign(visitor, engine, cast, unskilled, note="Đi cùng kỹ sư VNPT")

    assert warned.status_code == 422
    assert "Trái quy định: chưa có kỹ năng cần thiết" in words(warned)
    assert passed.status_code == 200
    assert "Đi cùng kỹ sư VNPT" in words(passed)


def test_who_is_away_is_refused_in_words_even_with_a_note(
    app: Flask, engine: Engine, cast: Cast
) -> None:
    with transaction(engine) as session:
        away = a_technician(session, name="Trần Đang Nghỉ")
        session.add(Leave(technician_id=away.id or 0, from_at=at("07:00"), until_at=at("18:00")))
    visitor = a_visitor(app, cast.dispatcher)

    response = _assign(visitor, engine, cast, away, note="Vẫn đi")

    assert response.status_code == 422
    assert "đang nghỉ" in words(response)


def test_a_stale_assignment_changes_nothing_and_shows_the_fresh_drawer(
    app: Flask, engine: Engine, cast: Cast
) -> None:
    old = _version(engine, cast)
    first, second = a_visitor(app, cast.dispatcher), a_visitor(app, cast.dispatcher)
    _assign(first, engine, cast, cast.near)

    response = _assign(second, engine, cast, cast.far, version=old)

    assert response.status_code == 409
    assert "vừa được người khác thay đổi" in words(response)
    assert f'data-version="{_version(engine, cast)}"' in response.get_data(as_text=True)


def test_a_call_takes_the_place_of_a_visit_where_it_can_solve_the_matter(
    app: Flask, engine: Engine, cast: Cast
) -> None:
    with transaction(engine) as session:
        number = a_ticket(session, category="signature-unlock").number or 0

    _act(a_visitor(app, cast.dispatcher), f"/board/tickets/{number}/call", engine, number)

    with reading(engine) as session:
        assert session.get_one(Ticket, number).status is Status.VIDEO


def test_a_call_stands_beside_the_visit_where_it_cannot(
    app: Flask, engine: Engine, cast: Cast
) -> None:
    visitor = a_visitor(app, cast.dispatcher)
    path = f"/board/tickets/{cast.number}/call"

    response = _act(visitor, path, engine, cast.number)
    again = _act(visitor, path, engine, cast.number)

    assert "Đã mời gọi video" in words(response)
    assert again.status_code == 422
    with reading(engine) as session:
        assert session.get_one(Ticket, cast.number).status is Status.OPEN
        call = session.exec(select(VideoCall)).one()
        assert call.is_beside_visit
        assert call.state is CallState.BOOKED


def test_a_step_on_somebodys_behalf_needs_its_reason(
    app: Flask, engine: Engine, cast: Cast
) -> None:
    visitor = a_visitor(app, cast.lead)
    _assign(visitor, engine, cast, cast.near)
    path = f"/board/tickets/{cast.number}/act"

    refused = _act(visitor, path, engine, cast.number, action="accept")
    done = _act(visitor, path, engine, cast.number, action="accept", note="Báo qua điện thoại")

    assert refused.status_code == 422
    assert "cần ghi lý do" in words(refused)
    assert done.status_code == 200
    with reading(engine) as session:
        assert session.get_one(Ticket, cast.number).status is Status.ACCEPTED


def test_asking_twice_for_a_new_plan_is_one_run(app: Flask, engine: Engine, cast: Cast) -> None:
    visitor = a_visitor(app, cast.dispatcher)

    answers = [
        visitor.client.post(
            "/board/replan", data={"csrf_token": visitor._token}, headers=FRAGMENT
        ).get_json()
        for _ in range(2)
    ]

    assert answers[0] == answers[1]
    assert visitor.get(answers[0]["progress"]).get_json() == {
        "is_finished": False,
        "words": "Đã gửi yêu cầu, chờ tính toán…",
    }
    with reading(engine) as session:
        assert session.exec(select(PlanRun.cause)).all() == ["person"]


def _fragment(visitor: Visitor, number: int) -> TestResponse:
    return visitor.client.get(f"/board/tickets/{number}", headers=FRAGMENT)


def _assign(
    visitor: Visitor,
    engine: Engine,
    cast: Cast,
    technician: Technician,
    *,
    note: str = "",
    version: int | None = None,
) -> TestResponse:
    return visitor.client.post(
        f"/board/tickets/{cast.number}/assign",
        data={
            "csrf_token": visitor._token,
            "technician": technician.id,
            "version": version if version is not None else _version(engine, cast),
            "note": note,
        },
        headers=FRAGMENT,
    )


def _act(visitor: Visitor, path: str, engine: Engine, number: int, **fields: str) -> TestResponse:
    with reading(engine) as session:
        version = session.get_one(Ticket, number).version
    data = {"csrf_token": visitor._token, "version": version, **fields}
    return visitor.client.post(path, data=data, headers=FRAGMENT)


def _version(engine: Engine, cast: Cast) -> int:
    with reading(engine) as session:
        return session.get_one(Ticket, cast.number).version
