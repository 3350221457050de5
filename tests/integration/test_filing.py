"""Filing a ticket through the form: nothing lost, nothing filed twice."""

import io
import re
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import Engine
from sqlmodel import select

from models.account import Role, User
from models.catalog import Priority
from models.database import reading, transaction
from models.ticket import Attachment, Channel, Ticket
from tests.door import an_app
from tests.factories import LY_SON, NGHIA_LO, a_clerk, a_technician, a_user, at
from tests.pages import Visitor, a_visitor, counted_queries, words

KEY = re.compile(r'name="key" value="([^"]+)"')


@pytest.fixture
def app(engine: Engine, tmp_path: Path) -> Iterator[Flask]:
    with an_app(engine, tmp_path) as made:
        yield made


@pytest.fixture
def clerk(engine: Engine, app: Flask) -> User:
    with transaction(engine) as session:
        a_technician(session, name="Võ Thành Công")
        return a_clerk(session, phone="+84912345678")


def a_form(**fields: object) -> dict[str, object]:
    return {
        "key": str(uuid.uuid4()),
        "group": "network",
        "description": "Cả trụ sở mất mạng từ 8 giờ.",
        "contact_phone": "0912 345 678",
    } | fields


def tickets(engine: Engine) -> list[Ticket]:
    with reading(engine) as session:
        return list(session.exec(select(Ticket)))


def test_form_knows_the_phone_and_offers_every_group(app: Flask, clerk: User) -> None:
    page = a_visitor(app, clerk).get("/tickets/new").get_data(as_text=True)

    assert 'value="0912 345 678"' in page
    assert page.count('name="group"') == 10
    assert "91/2025/QH15" in page


def test_answer_says_who_comes_when_and_why(app: Flask, engine: Engine, clerk: User) -> None:
    visitor = a_visitor(app, clerk)

    answer = visitor.follow(visitor.post("/tickets/new", **a_form()))

    assert "Đã nhận yêu cầu. Phiếu 1001" in answer
    assert "Kỹ thuật viên Võ Thành Công đến khoảng" in answer
    assert "Võ Thành Công đủ kỹ năng" in answer
    ticket = tickets(engine)[0]
    assert (ticket.channel, ticket.title) == (Channel.WEB, "Cả trụ sở mất mạng từ 8 giờ.")


def test_answer_offers_a_call_where_nobody_can_come(engine: Engine, tmp_path: Path) -> None:
    with an_app(engine, tmp_path, now=at("13:45")) as app:
        with transaction(engine) as session:
            clerk = a_clerk(session, LY_SON)
            a_technician(session, name="Võ Thành Công")
        visitor = a_visitor(app, clerk)
        form = a_form(group="signature", is_waiting="1", citizens_waiting="4")
        form["kind-signature"] = "signature-unlock"

        answer = visitor.follow(visitor.post("/tickets/new", **form))

    assert tickets(engine)[0].priority is Priority.P1
    assert "Mời vào cuộc gọi video với Võ Thành Công" in answer
    assert "Không kỹ thuật viên nào đến kịp hạn" in answer


def test_group_with_several_categories_asks_once_more_and_loses_nothing(
    app: Flask, engine: Engine, clerk: User
) -> None:
    visitor = a_visitor(app, clerk)
    form = a_form(group="signature", village="thôn Đông", is_waiting="1", citizens_waiting="3")

    response = visitor.post("/tickets/new", **form)

    page = response.get_data(as_text=True)
    assert response.status_code == 422
    assert 'href="#category"' in page
    assert 'value="signature" checked' in page
    assert "Cả trụ sở mất mạng từ 8 giờ." in page
    assert 'value="thôn Đông"' in page
    assert 'name="is_waiting" value="1" checked' in page
    assert 'value="3"' in page
    assert KEY.findall(page)[0] == form["key"]
    assert tickets(engine) == []


def test_extra_fields_of_the_chosen_category_alone_are_kept(
    app: Flask, engine: Engine, clerk: User
) -> None:
    fields = {"extra-network-operator": "vnpt", "extra-hardware-device": "Máy in"}

    a_visitor(app, clerk).post("/tickets/new", **a_form(), **fields)

    assert tickets(engine)[0].extra == {"operator": "vnpt"}


@pytest.mark.parametrize(
    ("field", "value", "anchor"),
    [
        ("contact_phone", "12", "contact_phone"),
        ("description", "", "description"),
        ("group", "bịa", "category"),
        ("citizens_waiting", "nhiều", "citizens_waiting"),
        ("citizens_waiting", "99999999", "citizens_waiting"),
    ],
)
def test_what_is_wrong_is_said_at_the_field_and_on_top(
    app: Flask, engine: Engine, clerk: User, field: str, value: str, anchor: str
) -> None:
    form = a_form(is_waiting="1", citizens_waiting="2") | {field: value}

    response = a_visitor(app, clerk).post("/tickets/new", **form)

    page = response.get_data(as_text=True)
    assert response.status_code == 422
    assert f'href="#{anchor}"' in page
    assert f'id="{anchor}-error"' in page
    assert tickets(engine) == []


def test_same_form_again_lands_on_the_same_ticket(app: Flask, engine: Engine, clerk: User) -> None:
    visitor = a_visitor(app, clerk)
    form = a_form()

    first, second = visitor.post("/tickets/new", **form), visitor.post("/tickets/new", **form)

    assert first.headers["Location"] == second.headers["Location"]
    assert len(tickets(engine)) == 1


def test_same_form_twenty_times_at_once_files_one_ticket(
    app: Flask, engine: Engine, clerk: User
) -> None:
    visitor = a_visitor(app, clerk)
    cookie = visitor.client.get_cookie("session")
    assert cookie is not None
    form = a_form() | {"csrf_token": visitor._token}

    def send(_attempt: int) -> str:
        client = app.test_client()
        client.set_cookie("session", cookie.value)
        return client.post("/tickets/new", data=form).headers["Location"]

    with ThreadPoolExecutor(8) as pool:
        places = set(pool.map(send, range(20)))

    assert len(places) == 1
    assert len(tickets(engine)) == 1


def test_other_content_under_a_used_key_is_asked_about(
    app: Flask, engine: Engine, clerk: User
) -> None:
    visitor = a_visitor(app, clerk)
    form = a_form()
    visitor.post("/tickets/new", **form)

    response = visitor.post("/tickets/new", **form | {"description": "Việc khác hẳn"})

    page = response.get_data(as_text=True)
    assert response.status_code == 409
    assert "Việc khác hẳn" in page
    assert KEY.findall(page)[0] != form["key"]
    assert len(tickets(engine)) == 1


def test_photo_travels_with_the_ticket_and_a_bad_file_is_refused_alone(
    app: Flask, engine: Engine, clerk: User
) -> None:
    visitor = a_visitor(app, clerk)
    files = [(a_photo(), "man hinh.jpg"), (io.BytesIO(b"MZ\x00\x01"), "virus.jpg")]

    answer = visitor.follow(visitor.post("/tickets/new", **a_form(files=files)))

    assert "Không nhận tệp “virus.jpg”" in answer
    with reading(engine) as session:
        assert [row.filename for row in session.exec(select(Attachment))] == ["man hinh.jpg"]


def test_photo_is_kept_while_the_form_is_mended(app: Flask, engine: Engine, clerk: User) -> None:
    visitor = a_visitor(app, clerk)
    form = a_form(contact_phone="12")

    refused = visitor.post("/tickets/new", **form, files=[(a_photo(), "loi.jpg")])
    mended = visitor.post("/tickets/new", **form | {"contact_phone": "0912345678"})

    assert "loi.jpg" in words(refused)
    assert mended.status_code == 303
    with reading(engine) as session:
        assert [row.filename for row in session.exec(select(Attachment))] == ["loi.jpg"]


def test_dispatcher_files_for_a_commune(app: Flask, engine: Engine, clerk: User) -> None:
    with transaction(engine) as session:
        dispatcher = a_user(session, Role.DISPATCHER)
    visitor = a_visitor(app, dispatcher)

    response = visitor.post("/tickets/new", **a_form(commune=NGHIA_LO))

    assert response.status_code == 303
    ticket = tickets(engine)[0]
    assert (ticket.commune_code, ticket.channel) == (NGHIA_LO, Channel.ON_BEHALF)


def test_commune_cannot_file_for_another_one(app: Flask, engine: Engine, clerk: User) -> None:
    a_visitor(app, clerk).post("/tickets/new", **a_form(commune=NGHIA_LO))

    assert tickets(engine)[0].commune_code == clerk.commune_code


@pytest.mark.parametrize("role", [Role.ADMIN, Role.AUDITOR])
def test_who_files_nothing_has_no_form(app: Flask, engine: Engine, role: Role) -> None:
    with transaction(engine) as session:
        user = a_user(session, role)
    visitor: Visitor = a_visitor(app, user)

    assert visitor.get("/tickets/new").status_code == 403
    assert visitor.post("/tickets/new", **a_form()).status_code == 403


def test_form_is_small_and_asks_the_database_little(app: Flask, clerk: User) -> None:
    visitor = a_visitor(app, clerk)

    with counted_queries(app) as queries:
        visitor.get("/tickets/new")

    assert len(queries) <= 6


def a_photo() -> io.BytesIO:
    made = io.BytesIO()
    Image.new("RGB", (64, 48), "navy").save(made, "JPEG")
    made.seek(0)
    return made


def test_a_technician_who_files_for_a_commune_is_told_that_it_was_sent(
    app: Flask, engine: Engine, clerk: User
) -> None:
    with transaction(engine) as session:
        filer = a_technician(session, skills={"hardware": 1}, name="Trần Văn Ghé")
    visitor = a_visitor(app, filer.user)

    answer = visitor.post("/tickets/new", **a_form(commune=NGHIA_LO))

    filed = tickets(engine)[0]
    assert answer.headers["Location"] == "/"
    assert f"Đã gửi phiếu {filed.code}" in words(visitor.get("/"))
