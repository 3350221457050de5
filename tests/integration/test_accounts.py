"""Log-in, log-out and the language, through the real pages."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Engine
from sqlmodel import select

from app.services.people.throttling import ADDRESS
from models.account import Language, LoginThrottle, Role, User
from models.database import reading, transaction
from tests.door import an_app
from tests.factories import PASSWORD, a_clerk, a_lead, a_technician, a_user
from tests.pages import Visitor, a_visitor, words


@pytest.fixture
def app(engine: Engine, tmp_path: Path) -> Iterator[Flask]:
    with an_app(engine, tmp_path) as made:
        yield made


@pytest.fixture
def clerk(engine: Engine, app: Flask) -> User:
    with transaction(engine) as session:
        return a_clerk(session, username="xa21025")


def test_right_password_leads_to_the_first_page(app: Flask, clerk: User) -> None:
    visitor = Visitor(app)

    response = visitor.log_in("xa21025")

    assert "Gửi yêu cầu hỗ trợ" in visitor.follow(response)


def test_unknown_account_and_wrong_password_get_the_same_answer(app: Flask, clerk: User) -> None:
    unknown = Visitor(app).log_in("khong-co")
    wrong = Visitor(app).log_in("xa21025", "sai")

    assert unknown.status_code == wrong.status_code == 422
    assert words(unknown).replace("khong-co", "") == words(wrong).replace("xa21025", "")


def test_account_that_was_switched_off_stays_out(app: Flask, engine: Engine) -> None:
    with transaction(engine) as session:
        a_user(session, username="cu", is_active=False)

    assert Visitor(app).log_in("cu").status_code == 422


def test_many_wrong_passwords_close_the_account_for_a_while(app: Flask, clerk: User) -> None:
    visitor = Visitor(app)
    for _attempt in range(5):
        visitor.log_in("xa21025", "sai")

    response = visitor.log_in("xa21025")

    assert response.status_code == 429
    assert "Hãy đợi" in words(response)


def test_closing_one_account_leaves_the_others_open(
    app: Flask, engine: Engine, clerk: User
) -> None:
    with transaction(engine) as session:
        a_clerk(session, username="khac")
    visitor = Visitor(app)
    for _attempt in range(6):
        visitor.log_in("xa21025", "sai")

    assert visitor.log_in("khac").status_code == 303


def test_success_forgets_the_accounts_failures_and_no_name_is_stored(
    app: Flask, engine: Engine, clerk: User
) -> None:
    visitor = Visitor(app)
    visitor.log_in("xa21025", "sai")
    with reading(engine) as session:
        subjects = [row.subject for row in session.exec(select(LoginThrottle))]

    visitor.log_in("xa21025")

    assert all(len(subject) == 64 for subject in subjects)
    with reading(engine) as session:
        left = [(row.kind, row.failures) for row in session.exec(select(LoginThrottle))]
    assert left == [(ADDRESS, 1)]


@pytest.mark.parametrize(
    "target",
    ["//evil.example/", "https://evil.example/", "/\\evil.example", "javascript:alert(1)", ""],
)
def test_log_in_never_leads_to_another_host(app: Flask, clerk: User, target: str) -> None:
    response = Visitor(app).log_in("xa21025", next=target)

    assert response.headers["Location"] == "/"


def test_log_in_leads_back_to_the_page_that_asked_for_it(app: Flask, clerk: User) -> None:
    visitor = Visitor(app)

    asked = visitor.get("/tickets?status=active")

    assert asked.status_code == 302
    assert "next=" in asked.headers["Location"]
    assert "Please" not in words(visitor.get(asked.headers["Location"]))
    response = Visitor(app).log_in("xa21025", next="/tickets?status=active")
    assert response.headers["Location"] == "/tickets?status=active"


def test_log_in_begins_a_new_session(app: Flask, clerk: User) -> None:
    visitor = Visitor(app)
    visitor.get("/log-in")
    with visitor.client.session_transaction() as kept:
        kept["planted"] = "by somebody else"

    visitor.log_in("xa21025")

    with visitor.client.session_transaction() as kept:
        assert "planted" not in kept
        assert kept.permanent


def test_log_out_ends_the_session(app: Flask, clerk: User) -> None:
    visitor = a_visitor(app, clerk)

    visitor.post("/log-out")

    assert visitor.get("/").status_code == 302


def test_raising_the_epoch_ends_every_session(app: Flask, engine: Engine, clerk: User) -> None:
    visitor = a_visitor(app, clerk)
    with transaction(engine) as session:
        session.get_one(User, clerk.id).session_epoch += 1

    assert visitor.get("/").status_code == 302


def test_forms_without_the_token_are_refused(app: Flask, clerk: User) -> None:
    response = app.test_client().post("/log-in", data={"username": "xa21025", "password": PASSWORD})

    assert response.status_code == 400


def test_language_is_switched_for_the_session_and_survives_log_in(app: Flask, clerk: User) -> None:
    visitor = Visitor(app)

    response = visitor.post("/language", language="en", next="/log-in")

    assert response.headers["Location"] == "/log-in"
    assert 'lang="en"' in visitor.get("/log-in").get_data(as_text=True)
    visitor.log_in("xa21025")
    assert '<html lang="en">' in visitor.get("/").get_data(as_text=True)


def test_account_in_english_is_answered_in_english(app: Flask, engine: Engine) -> None:
    with transaction(engine) as session:
        reader = a_user(session, Role.AUDITOR, language=Language.EN)

    assert '<html lang="en">' in a_visitor(app, reader).get("/tickets").get_data(as_text=True)


def test_each_role_has_its_first_page(app: Flask, engine: Engine, clerk: User) -> None:
    with transaction(engine) as session:
        people = {
            "technician": a_technician(session).user,
            "lead": a_lead(session),
            "dispatcher": a_user(session, Role.DISPATCHER),
            "auditor": a_user(session, Role.AUDITOR),
        }

    first = {role: a_visitor(app, user).get("/") for role, user in people.items()}

    assert "Các điểm đến của tôi" in words(first["technician"])
    assert first["lead"].headers["Location"] == first["dispatcher"].headers["Location"] == "/board"
    assert first["auditor"].headers["Location"] == "/tickets"


def test_demo_says_so_with_its_own_clock(app: Flask, clerk: User) -> None:
    page = words(a_visitor(app, clerk).get("/"))

    assert "Dữ liệu mẫu. Đồng hồ của hệ thống:" in page
    assert "thứ Tư 25/11/2026" in page
