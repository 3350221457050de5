"""The second factor: who must have it, what a code opens and how often, and who may end it."""

import base64
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyotp
import pytest
import time_machine
from flask import Flask
from sqlalchemy import Engine
from sqlmodel import col, select

from app.access import step_of_code
from app.services.people import second_factor
from models.account import Role, User
from models.database import reading, transaction
from scripts import manage
from tests.door import a_token, an_app
from tests.factories import MORNING, a_lead, a_user
from tests.pages import Visitor, words

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
WRONG = "000000"
SHOWN_SECRET = re.compile(r'<code class="secret"[^>]*>([A-Z2-7 ]+)</code>')


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """The machine's time, standing still at the beginning of a step."""
    with time_machine.travel(datetime(2026, 11, 25, 1, tzinfo=UTC), tick=False) as traveller:
        yield traveller


@pytest.fixture
def app(engine: Engine, tmp_path: Path, clock: time_machine.Traveller) -> Iterator[Flask]:
    """Real work: no demo."""
    with an_app(engine, tmp_path, now=None, demo="") as made:
        yield made


@pytest.fixture
def admin(engine: Engine, app: Flask) -> User:
    """An administrator who has set it up."""
    with transaction(engine) as session:
        user = a_user(session, Role.ADMIN, username="quantri")
        user.totp_secret = SECRET
        return user


@pytest.fixture
def lead(engine: Engine, app: Flask) -> User:
    with transaction(engine) as session:
        return a_lead(session, username="totruong")


def code_of(secret: str = SECRET) -> str:
    """What the app on the phone shows now."""
    return pyotp.TOTP(secret).at(datetime.now(UTC))


def stored(engine: Engine, user: User) -> User:
    """That user, as the database has them now."""
    with reading(engine) as session:
        return session.get_one(User, user.id)


def shown_secret(visitor: Visitor, path: str) -> str:
    """The secret that the page shows as text."""
    found = SHOWN_SECRET.search(visitor.get(path).get_data(as_text=True))
    assert found is not None
    return found[1].replace(" ", "")


def test_an_administrator_logs_in_with_password_and_code(app: Flask, admin: User) -> None:
    visitor = Visitor(app)

    asked = visitor.log_in("quantri", next="/tickets?status=active")
    page = visitor.get(asked.headers["Location"]).get_data(as_text=True)
    entered = visitor.post("/log-in/code", code=code_of())

    assert asked.headers["Location"] == "/log-in/code"
    assert 'inputmode="numeric" autocomplete="one-time-code"' in page
    assert entered.headers["Location"] == "/tickets?status=active"
    assert visitor.get("/tickets").status_code == 200


def test_an_administrator_without_a_secret_sets_it_up_before_anything_else(
    app: Flask, engine: Engine
) -> None:
    with transaction(engine) as session:
        user = a_user(session, Role.ADMIN, username="moi")
    visitor = Visitor(app)
    visitor.log_in("moi")

    led_to = visitor.get("/log-in/code").headers["Location"]
    elsewhere = visitor.get("/tickets")
    page = visitor.get(led_to).get_data(as_text=True)
    secret = shown_secret(visitor, led_to)
    wrong = visitor.post(led_to, code=WRONG)
    entered = visitor.post(led_to, code=code_of(secret))

    assert led_to == "/log-in/set-up"
    assert elsewhere.headers["Location"].startswith("/log-in?")
    assert 'src="data:image/svg+xml' in page
    assert (wrong.status_code, entered.headers["Location"]) == (422, "/")
    assert visitor.get("/tickets").status_code == 200
    assert stored(engine, user).totp_secret == secret


def test_a_session_of_an_administrator_without_a_secret_counts_for_nothing(
    app: Flask, engine: Engine, admin: User
) -> None:
    visitor = Visitor(app)
    visitor.log_in("quantri")
    visitor.get("/log-in/code")
    visitor.post("/log-in/code", code=code_of())
    with transaction(engine) as session:
        session.get_one(User, admin.id).totp_secret = None

    assert visitor.get("/tickets").headers["Location"].startswith("/log-in?")


def test_the_proposed_secret_stays_out_of_the_cookie_and_differs_for_each_session(
    app: Flask, lead: User
) -> None:
    secrets = []
    for _session in range(2):
        visitor = Visitor(app)
        visitor.log_in("totruong")
        secrets.append(shown_secret(visitor, "/second-factor"))
        with visitor.client.session_transaction() as kept:
            assert secrets[-1] not in json.dumps(dict(kept))

    assert secrets[0] != secrets[1]
    assert len(base64.b32decode(secrets[0])) == 20


def test_half_way_reaches_no_page(app: Flask, admin: User) -> None:
    visitor = Visitor(app)
    visitor.log_in("quantri")

    for path in ("/", "/tickets", "/board", "/second-factor", "/stream"):
        assert visitor.get(path).headers["Location"].startswith("/log-in?"), path
    assert visitor.get("/log-in/set-up").headers["Location"] == "/log-in"


def test_without_a_password_first_no_code_opens_anything(app: Flask, admin: User) -> None:
    visitor = Visitor(app)

    asked = visitor.get("/log-in/code")
    entered = visitor.post("/log-in/code", code=code_of())

    assert asked.headers["Location"] == entered.headers["Location"] == "/log-in"


def test_half_way_is_over_after_five_minutes(
    app: Flask, admin: User, clock: time_machine.Traveller
) -> None:
    visitor = Visitor(app)
    visitor.log_in("quantri")
    visitor.get("/log-in/code")
    clock.shift(timedelta(minutes=5))

    entered = visitor.post("/log-in/code", code=code_of())

    assert entered.headers["Location"] == "/log-in"
    assert visitor.get("/tickets").status_code == 302


def test_a_new_password_ends_half_way_too(app: Flask, engine: Engine, admin: User) -> None:
    visitor = Visitor(app)
    visitor.log_in("quantri")
    visitor.get("/log-in/code")
    with transaction(engine) as session:
        session.get_one(User, admin.id).session_epoch += 1

    assert visitor.post("/log-in/code", code=code_of()).headers["Location"] == "/log-in"


def test_a_code_is_taken_once(app: Flask, admin: User, clock: time_machine.Traveller) -> None:
    first, second = Visitor(app), Visitor(app)
    for visitor in (first, second):
        visitor.log_in("quantri")
        visitor.get("/log-in/code")
    code = code_of()
    first.post("/log-in/code", code=code)

    again = second.post("/log-in/code", code=code)
    clock.shift(timedelta(seconds=30))
    replayed = second.post("/log-in/code", code=code)
    fresh = second.post("/log-in/code", code=code_of())

    assert (again.status_code, replayed.status_code, fresh.status_code) == (422, 422, 303)
    assert "đã dùng rồi" in words(again)


@pytest.mark.parametrize(
    ("late_s", "is_taken"), [(-31, False), (-30, True), (0, True), (59, True), (60, False)]
)
def test_a_code_is_good_for_one_step_either_way(late_s: int, is_taken: bool) -> None:
    shown_at = datetime(2026, 11, 25, 1, tzinfo=UTC)
    code = pyotp.TOTP(SECRET).at(shown_at)

    step = step_of_code(SECRET, code, now=shown_at + timedelta(seconds=late_s))

    assert (step == int(shown_at.timestamp()) // 30) == is_taken


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "sáu số", "١٢٣٤٥٦"])
def test_what_is_no_code_is_refused_quietly(typed: str) -> None:
    assert step_of_code(SECRET, typed, now=MORNING) is None


def test_spaces_in_a_code_do_not_matter() -> None:
    code = pyotp.TOTP(SECRET).at(MORNING)

    assert step_of_code(SECRET, f" {code[:3]} {code[3:]}", now=MORNING) is not None


def test_wrong_codes_are_throttled_and_a_new_log_in_does_not_help(
    app: Flask, admin: User, clock: time_machine.Traveller
) -> None:
    visitor = Visitor(app)
    visitor.log_in("quantri")
    visitor.get("/log-in/code")
    wrong = [visitor.post("/log-in/code", code=WRONG).status_code for _try in range(5)]
    visitor.log_in("quantri")
    visitor.get("/log-in/code")

    closed = visitor.post("/log-in/code", code=code_of())
    clock.shift(timedelta(minutes=1))
    opened = visitor.post("/log-in/code", code=code_of())

    assert wrong == [422] * 5
    assert closed.status_code == 429
    assert "Hãy đợi" in words(closed)
    assert opened.status_code == 303


def test_completion_begins_a_new_session(app: Flask, admin: User) -> None:
    visitor = Visitor(app)
    visitor.log_in("quantri")
    visitor.get("/log-in/code")
    with visitor.client.session_transaction() as kept:
        kept["planted"] = "by somebody else"

    visitor.post("/log-in/code", code=code_of())

    with visitor.client.session_transaction() as kept:
        assert not {"planted", "half_way"} & set(kept)
        assert kept.permanent


@pytest.mark.parametrize("target", ["//evil.example/", "https://evil.example/", "/\\evil.example"])
def test_the_code_never_leads_to_another_host(app: Flask, admin: User, target: str) -> None:
    visitor = Visitor(app)
    visitor.log_in("quantri", next=target)
    visitor.get("/log-in/code")

    assert visitor.post("/log-in/code", code=code_of()).headers["Location"] == "/"


def test_a_lead_switches_it_on_and_is_asked_from_then_on(
    app: Flask, engine: Engine, lead: User
) -> None:
    other_window, visitor = Visitor(app), Visitor(app)
    for one in (other_window, visitor):
        assert one.log_in("totruong").headers["Location"] == "/"
    assert "Xác thực hai bước" in words(visitor.get("/board"))
    secret = shown_secret(visitor, "/second-factor")

    wrong = visitor.post("/second-factor", want="on", code=WRONG)
    unchanged = stored(engine, lead).totp_secret
    switched = visitor.post("/second-factor", want="on", code=code_of(secret))

    assert (wrong.status_code, unchanged) == (422, None)
    assert "Đã bật" in visitor.follow(switched)
    assert other_window.get("/board").status_code == 302
    assert Visitor(app).log_in("totruong").headers["Location"] == "/log-in/code"


def test_a_lead_switches_it_off_with_a_code(
    app: Flask, engine: Engine, lead: User, clock: time_machine.Traveller
) -> None:
    with transaction(engine) as session:
        second_factor.switch_on(session, lead.id or 0, secret=SECRET, step=0)
    visitor = Visitor(app)
    visitor.log_in("totruong")
    visitor.get("/log-in/code")
    visitor.post("/log-in/code", code=code_of())
    visitor.get("/second-factor")

    without = visitor.post("/second-factor", want="off", code=WRONG)
    spent = visitor.post("/second-factor", want="off", code=code_of())
    clock.shift(timedelta(seconds=30))
    switched = visitor.post("/second-factor", want="off", code=code_of())

    assert (without.status_code, spent.status_code) == (422, 422)
    assert "Đã tắt" in visitor.follow(switched)
    assert stored(engine, lead).totp_secret is None
    assert Visitor(app).log_in("totruong").headers["Location"] == "/"


def test_an_administrator_cannot_switch_it_off(app: Flask, engine: Engine, admin: User) -> None:
    visitor = Visitor(app)
    visitor.log_in("quantri")
    visitor.get("/log-in/code")
    visitor.post("/log-in/code", code=code_of())
    visitor.get("/tickets")

    assert visitor.post("/second-factor", want="off", code=WRONG).status_code == 403
    assert stored(engine, admin).totp_secret == SECRET


def test_tokens_of_the_api_need_no_code(app: Flask, engine: Engine, admin: User) -> None:
    with transaction(engine) as session:
        token = a_token(session, admin)

    answer = app.test_client().get("/api/v1/tickets", headers={"Authorization": f"Bearer {token}"})

    assert answer.status_code == 200


def test_the_demos_administrator_logs_in_with_the_password_alone(
    engine: Engine, tmp_path: Path
) -> None:
    with an_app(engine, tmp_path) as app:
        with transaction(engine) as session:
            a_user(session, Role.ADMIN, username="mau")
        visitor = Visitor(app)

        entered = visitor.log_in("mau")

        assert entered.headers["Location"] == "/"
        assert visitor.get("/tickets").status_code == 200


def test_a_lost_phone_is_forgotten_by_a_command_that_ends_sessions(
    empty_installation: Path, installed: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    with transaction(installed) as session:
        user = session.exec(select(User).where(col(User.username) == "chi-huy")).one()
        user.totp_secret, user.totp_last_step = SECRET, 1

    code = manage.main(["--data", str(empty_installation), "user", "reset-totp", "chi-huy"])
    unknown = manage.main(["--data", str(empty_installation), "user", "reset-totp", "ai-do"])

    after = stored(installed, user)
    assert (code, unknown) == (0, 1)
    assert (after.totp_secret, after.totp_last_step, after.session_epoch) == (None, None, 1)
    assert "there is no user ai-do" in capsys.readouterr().err
