"""Search and lists: the same hits on both databases, pages of one cost, each their own tickets."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Engine
from sqlmodel import Session

from app.services.tickets.listing import find_rows, find_tickets
from app.services.tickets.matching import STATUSES, Filters, StatusGroup
from models.account import Role, User
from models.catalog import Priority
from models.database import transaction
from models.lifecycle import Action, Actor, Status
from models.numbers import written
from models.ticket import Ticket
from tests.door import an_app
from tests.factories import (
    MORNING,
    NGHIA_LO,
    TRA_BONG,
    a_clerk,
    a_technician,
    a_ticket,
    a_user,
    an_assignment,
    at,
    viewer,
)
from tests.pages import a_visitor, counted_queries, words


@pytest.fixture
def reader(session: Session) -> User:
    return a_user(session, Role.AUDITOR)


def found(session: Session, who: User, q: str, **filters: object) -> list[int]:
    """Numbers of the first page."""
    page = find_rows(
        session,
        viewer=viewer(session, who),
        filters=Filters(q=q, **filters),  # type: ignore[arg-type]  # whatever the test states
        now=MORNING,
    )
    return [row.number for row in page.rows]


@pytest.mark.parametrize(
    "q", ["chu ky so", "chữ ký số", "CHỮ KÝ SỐ", "chuwx kys soos", "chu74 ky1 so61", "ky so chu"]
)
def test_search_finds_the_words_however_they_are_typed(
    session: Session, reader: User, q: str
) -> None:
    wanted = a_ticket(session, title="Chữ ký số bị khóa")
    a_ticket(session, title="Máy in kẹt giấy", description="")

    assert found(session, reader, q) == [wanted.number]


def test_search_finds_beginnings_of_words(session: Session, reader: User) -> None:
    wanted = a_ticket(session, title="Đường truyền chập chờn", description="")

    assert found(session, reader, "duong tru") == [wanted.number]
    assert found(session, reader, "đường truyềnx") == [wanted.number]
    assert found(session, reader, "truong") == []


@pytest.mark.parametrize("q", ['"', "*", "a OR b", "NEAR(", "x' --", "&|!():", "   ", "%", "\\"])
def test_search_takes_any_text(session: Session, reader: User, q: str) -> None:
    a_ticket(session)

    assert isinstance(found(session, reader, q), list)


def test_number_finds_its_ticket_with_and_without_the_letter(
    session: Session, reader: User
) -> None:
    wanted = a_ticket(session)
    a_ticket(session, title="Phòng 1001")
    number = wanted.number or 0

    for q in (str(number), written(number), f"#{number}", written(number).lower()):
        assert found(session, reader, q) == [number]


def test_number_of_no_ticket_is_searched_as_a_word(session: Session, reader: User) -> None:
    wanted = a_ticket(session, title="Cài Windows 11", description="")

    assert found(session, reader, "11") == [wanted.number]


def test_filters_narrow_and_can_be_combined(session: Session, reader: User) -> None:
    wanted = a_ticket(session, commune=TRA_BONG, category="hardware", status=Status.RESOLVED)
    a_ticket(session, commune=TRA_BONG, category="hardware")
    a_ticket(session, category="hardware", status=Status.RESOLVED)
    a_ticket(session, commune=TRA_BONG, status=Status.RESOLVED)

    numbers = found(
        session,
        reader,
        "",
        statuses=STATUSES[StatusGroup.RESOLVED],
        commune_code=TRA_BONG,
        category_code="hardware",
        priority=Priority.P3,
    )

    assert numbers == [wanted.number]


@pytest.mark.parametrize("q", ["", "mất mạng"])
def test_pages_follow_each_other_without_gap_or_repeat(
    session: Session, reader: User, q: str
) -> None:
    made = [a_ticket(session, created_by=reader).number or 0 for _one in range(8)]
    who = viewer(session, reader)

    numbers: list[int] = []
    after: int | None = None
    while True:
        page = find_rows(
            session, viewer=who, filters=Filters(q=q), now=MORNING, after=after, limit=3
        )
        numbers += [row.number for row in page.rows]
        after = page.next
        if after is None:
            break

    assert numbers == sorted(made, reverse=True)


def test_rows_say_who_comes_and_when(session: Session, reader: User) -> None:
    technician = a_technician(session, name="Võ Thành Công")
    a_ticket(session, status=Status.ASSIGNED, technician=technician)

    page = find_rows(session, viewer=viewer(session, reader), filters=Filters(), now=MORNING)

    assert page.rows[0].technician == "Võ Thành Công"
    assert page.rows[0].headline.startswith("Kỹ thuật viên Võ Thành Công đến khoảng 09:01")


def test_commune_finds_its_own_tickets_alone(session: Session) -> None:
    clerk = a_clerk(session)
    own, foreign = a_ticket(session), a_ticket(session, commune=NGHIA_LO)

    assert found(session, clerk, "") == found(session, clerk, "mất mạng") == [own.number]
    assert found(session, clerk, str(foreign.number)) == []


def test_technician_finds_own_visits_alone(session: Session) -> None:
    mine, other = a_technician(session), a_technician(session)
    own = a_ticket(session, status=Status.ASSIGNED, technician=mine)
    a_ticket(session, status=Status.ASSIGNED, technician=other)
    a_ticket(session)

    assert found(session, mine.user, "") == [own.number]


def test_whole_tickets_come_by_the_same_search(session: Session, reader: User) -> None:
    made = [a_ticket(session, created_by=reader) for _one in range(3)]

    page = find_tickets(session, viewer=viewer(session, reader), q="mat mang", limit=2)

    assert [ticket.number for ticket in page.tickets] == [made[2].number, made[1].number]
    assert page.next == str(made[1].number)


@pytest.fixture
def app(engine: Engine, tmp_path: Path) -> Iterator[Flask]:
    with an_app(engine, tmp_path) as made:
        yield made


@pytest.mark.parametrize(
    "address", ["/tickets", "/tickets?q=mat+mang", "/tickets?after=1030", "/tickets?q=1003"]
)
def test_list_needs_few_queries_however_deep(app: Flask, engine: Engine, address: str) -> None:
    with transaction(engine) as session:
        dispatcher = a_user(session)
        for _one in range(30):
            a_ticket(session, created_by=dispatcher)
    visitor = a_visitor(app, dispatcher)

    with counted_queries(app) as queries:
        response = visitor.get(address)

    assert response.status_code == 200
    assert len(queries) <= 3


def test_page_keeps_the_filters_in_its_address(app: Flask, engine: Engine) -> None:
    with transaction(engine) as session:
        dispatcher = a_user(session)
        for _one in range(27):
            a_ticket(session, created_by=dispatcher)

    page = a_visitor(app, dispatcher).get("/tickets?q=mang&status=active&priority=P1")

    text = page.get_data(as_text=True)
    assert "q=mang&amp;status=active&amp;priority=P1" in text
    assert 'value="P1" selected' in text


@pytest.mark.parametrize(
    "address", ["?after=abc", "?status=bịa", "?priority=P9", "?after=99999999999"]
)
def test_senseless_filters_are_passed_over(app: Flask, engine: Engine, address: str) -> None:
    with transaction(engine) as session:
        dispatcher = a_user(session)
        a_ticket(session, title="Vẫn thấy")

    assert "Vẫn thấy" in words(a_visitor(app, dispatcher).get(f"/tickets{address}"))


def test_empty_list_says_what_would_stand_there(app: Flask, engine: Engine) -> None:
    with transaction(engine) as session:
        clerk = a_clerk(session)
    visitor = a_visitor(app, clerk)

    assert "Không có phiếu nào đang xử lý" in words(visitor.get("/"))
    assert "Chưa có phiếu nào" in words(visitor.get("/tickets"))
    assert "Không có phiếu nào khớp" in words(visitor.get("/tickets?q=gì đó"))


def test_what_people_write_is_shown_as_text(app: Flask, engine: Engine) -> None:
    payload = '<script>alert(1)</script>"><img src=x onerror=alert(1)>'
    with transaction(engine) as session:
        dispatcher = a_user(session, name=payload)
        ticket: Ticket = a_ticket(session, title=payload, description=payload)
    visitor = a_visitor(app, dispatcher)

    for address in ("/tickets", f"/tickets/{ticket.number}", f"/tickets?q={payload}"):
        text = visitor.get(address).get_data(as_text=True)
        assert "<script>alert" not in text
        assert "<img src=x" not in text


def test_home_shows_what_is_open_and_can_fetch_its_cards_alone(app: Flask, engine: Engine) -> None:
    with transaction(engine) as session:
        clerk = a_clerk(session)
        a_ticket(session, title="Còn mở", created_by=clerk)
        a_ticket(session, title="Đã xong", status=Status.CLOSED, created_by=clerk)
    visitor = a_visitor(app, clerk)

    page, part = words(visitor.get("/")), visitor.get("/home/live").get_data(as_text=True)

    assert "Còn mở" in page
    assert "Đã xong" not in page
    assert part.strip().startswith("<section")
    assert "Còn mở" in part


def test_technician_sees_own_visits_in_the_order_of_the_route(app: Flask, engine: Engine) -> None:
    with transaction(engine) as session:
        technician = a_technician(session)
        for title, clock in (("Chiều", "14:00"), ("Sáng", "09:00")):
            ticket = a_ticket(session, title=title, status=Status.OPEN)
            visit = an_assignment(session, ticket, technician, starts_at=at(clock))
            session.add(ticket.apply(Action.ASSIGN, Actor.SCHEDULER, now=MORNING))
            assert visit.is_active
    visitor = a_visitor(app, technician.user)

    page, part = words(visitor.get("/")), words(visitor.get("/home/live"))

    assert page.index("Sáng") < page.index("Chiều")
    assert part.startswith("09:00")
