"""The doors of a call: its page, its log over HTTP, its links, its end."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from app.config import Settings
from app.factory import create_app
from app.services.tickets.links import make_link
from models.account import Role, User
from models.call import CallOutcome, CallState, VideoCall
from models.database import transaction
from models.lifecycle import Status
from models.ticket import Ticket
from tests.factories import LY_SON, a_call, a_clerk, a_technician, a_user

PAGE = "page-of-the-tests"
Browser = Callable[..., FlaskClient]


@pytest.fixture
def open_browser(engine: Engine, tmp_path: Path) -> Browser:
    """Opens a browser at the real application, logged in as somebody or as nobody."""
    url = engine.url.render_as_string(hide_password=False)
    app = create_app(Settings(data_dir=str(tmp_path), database_url=url, secret_key="k" * 32))
    app.config["WTF_CSRF_ENABLED"] = False

    def browse(username: str = "") -> FlaskClient:
        client = app.test_client()
        if username:
            with transaction(engine) as session:
                user = session.exec(select(User).where(col(User.username) == username)).one()
            with client.session_transaction() as kept:
                kept["_user_id"] = f"{user.id}.{user.session_epoch}"
        return client

    return browse


@pytest.fixture
def call(engine: Engine) -> VideoCall:
    """A call that starts now, between the log-ins `clerk` and `host`."""
    with transaction(engine) as session:
        made = a_call(
            session,
            host=a_technician(session, username="host"),
            starts_at=datetime.now(UTC),
        )
        made.ticket.created_by.username = "clerk"
        a_clerk(session, LY_SON, username="stranger")
        a_user(session, Role.DISPATCHER, username="dispatcher")
    return made


def a_token(engine: Engine, call: VideoCall, *, kind: str = "call", username: str = "") -> str:
    """A link for that person, or for a phone without an account."""
    with transaction(engine) as session:
        user = session.exec(select(User).where(col(User.username) == username)).first()
        return make_link(
            session,
            kind=kind,
            ticket_number=call.ticket_number,
            call_id=call.id if kind == "call" else None,
            user_id=user.id if user else None,
            phone="+84912345678",
            now=datetime.now(UTC),
            secret="secret of the tests",
        )


def join(browser: FlaskClient, address: str) -> int:
    """Status of joining there."""
    return browser.post(address, json={"instance": PAGE}).status_code


def status_of(engine: Engine, call: VideoCall) -> Status:
    """Where the call's ticket stands."""
    with transaction(engine) as session:
        return session.get_one(Ticket, call.ticket_number).status


def state_of(engine: Engine, call: VideoCall) -> CallState:
    """Where the call stands."""
    with Session(engine) as session:
        return session.get_one(VideoCall, call.id).state


def test_without_a_log_in_or_a_link_the_way_leads_to_the_log_in(open_browser, call):
    answer = open_browser().get(f"/calls/{call.id}")

    assert answer.status_code == 302
    assert "/log-in" in answer.location


@pytest.mark.parametrize("call_id", ["own", "none"])
def test_a_foreign_call_and_one_that_is_not_there_look_the_same(open_browser, call, call_id):
    stranger = open_browser("stranger")
    address = f"/calls/{call.id if call_id == 'own' else 99999}"

    answers = [
        stranger.get(address).status_code,
        join(stranger, f"{address}/join"),
        stranger.post(f"{address}/signals", json={"instance": PAGE, "kind": "chat"}).status_code,
        stranger.get(f"{address}/stream?instance={PAGE}").status_code,
        stranger.post(
            f"{address}/end", data={"outcome": "solved", "note": "không có gì"}
        ).status_code,
    ]

    assert answers == [404] * 5


def test_a_dispatcher_sees_the_call_and_does_not_join(open_browser, call):
    dispatcher = open_browser("dispatcher")

    page = dispatcher.get(f"/calls/{call.id}")

    assert page.status_code == 200
    assert 'id="join"' not in page.text
    assert join(dispatcher, f"/calls/{call.id}/join") == 404


def test_a_page_joins_speaks_and_is_heard(open_browser, call):
    host, clerk = open_browser("host"), open_browser("clerk")
    host.post(f"/calls/{call.id}/join", json={"instance": "page-of-host"})
    said = host.post(
        f"/calls/{call.id}/signals",
        json={"instance": "page-of-host", "kind": "chat", "to": "", "body": '{"text": "chào"}'},
    )

    joined = clerk.post(f"/calls/{call.id}/join", json={"instance": "page-of-clerk"}).get_json()

    assert said.status_code == 201
    assert [one["name"] for one in joined["present"]] == ["Nguyễn Văn Thành"]
    assert [line["body"] for line in joined["chat"]] == ['{"text": "chào"}']
    assert joined["camera_kbps"] == 150


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'{"instance": 7}',
        b'{"instance": "page-of-the-tests", "kind": "shout"}',
        b'{"instance": "page-of-the-tests", "kind": "join"}',
    ],
)
def test_a_broken_line_is_refused_and_kept_nowhere(open_browser, call, body):
    host = open_browser("host")
    join(host, f"/calls/{call.id}/join")

    answer = host.post(f"/calls/{call.id}/signals", data=body, content_type="application/json")

    assert answer.status_code in (409, 422)


def test_only_the_page_that_the_person_holds_may_listen(open_browser, call):
    host = open_browser("host")
    join(host, f"/calls/{call.id}/join")

    answer = host.get(f"/calls/{call.id}/stream?instance=another-page")

    assert answer.status_code == 409


def test_looking_at_a_link_joins_nothing_and_a_tap_leads_in_without_the_link(
    open_browser, engine, call
):
    token = a_token(engine, call)
    browser = open_browser()

    looked = browser.get(f"/c/{token}")
    before = state_of(engine, call)
    tapped = browser.post(f"/c/{token}")
    joined = join(browser, tapped.location.replace("?", "/join?"))

    assert looked.status_code == 200
    assert before is CallState.BOOKED
    assert tapped.status_code == 303
    assert token not in tapped.location
    assert joined == 200
    assert state_of(engine, call) is CallState.RUNNING


def test_the_number_of_a_link_is_no_key(open_browser, engine, call):
    tapped = open_browser()
    address = tapped.post(f"/c/{a_token(engine, call)}").location

    assert join(open_browser(), address.replace("?", "/join?")) == 404
    assert join(open_browser("stranger"), address.replace("?", "/join?")) == 404


def test_a_link_is_no_log_in(open_browser, engine, call):
    browser = open_browser()
    browser.post(f"/c/{a_token(engine, call, username='host')}")

    assert browser.get(f"/calls/{call.id}").status_code == 302


def test_a_dead_link_says_why(open_browser, engine, call):
    token = a_token(engine, call)
    early = a_token_of_tomorrow(engine)
    with transaction(engine) as session:
        session.get_one(VideoCall, call.id).state = CallState.ENDED

    answers = [open_browser().get(f"/c/{one}") for one in (token, early, "AAAAAAAAAAAA")]

    assert [answer.status_code for answer in answers] == [410, 410, 404]
    assert "đã kết thúc" in answers[0].text
    assert "Chưa đến giờ gọi" in answers[1].text
    assert "Không có liên kết này" in answers[2].text


def a_token_of_tomorrow(engine: Engine) -> str:
    """A link to a call that is booked for tomorrow."""
    with transaction(engine) as session:
        booked = a_call(session, starts_at=datetime.now(UTC) + timedelta(days=1))
    return a_token(engine, booked)


def test_the_host_ends_the_call_as_solved_and_the_ticket_is_resolved(open_browser, engine, call):
    host = open_browser("host")
    join(host, f"/calls/{call.id}/join")

    answer = host.post(
        f"/calls/{call.id}/end", data={"outcome": "solved", "note": "Đã mở khóa thiết bị."}
    )

    assert answer.status_code == 303
    assert state_of(engine, call) is CallState.ENDED
    assert status_of(engine, call) is Status.RESOLVED
    assert "Đã mở khóa thiết bị." in open_browser("clerk").get(f"/calls/{call.id}").text


def test_a_host_without_a_log_in_ends_the_call_by_the_link(open_browser, engine, call):
    browser = open_browser()
    address = browser.post(f"/c/{a_token(engine, call, username='host')}").location

    answer = browser.post(
        address.replace("?", "/end?"), data={"outcome": "visit_needed", "note": "Thử ba lần."}
    )

    assert answer.status_code == 303
    # Back to open, and planned for anew at once where somebody has time.
    assert status_of(engine, call) in {Status.OPEN, Status.ASSIGNED}
    with Session(engine) as session:
        assert session.get_one(VideoCall, call.id).outcome is CallOutcome.VISIT_NEEDED


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"outcome": "solved"},
        {"outcome": "won", "note": "x"},
        {"outcome": "solved", "note": " "},
    ],
)
def test_an_end_without_outcome_or_note_is_asked_for_again(open_browser, engine, call, form):
    answer = open_browser("host").post(f"/calls/{call.id}/end", data=form)

    assert answer.status_code == 422
    assert "data-open" in answer.text
    assert state_of(engine, call) is CallState.BOOKED


def test_the_commune_does_not_end_the_call(open_browser, engine, call):
    answer = open_browser("clerk").post(
        f"/calls/{call.id}/end", data={"outcome": "solved", "note": "xong"}
    )

    assert answer.status_code == 404
    assert state_of(engine, call) is CallState.BOOKED


def test_a_call_that_has_ended_is_ended_once(open_browser, engine, call):
    host = open_browser("host")
    form = {"outcome": "solved", "note": "Đã mở khóa."}
    host.post(f"/calls/{call.id}/end", data=form)

    again = host.post(f"/calls/{call.id}/end", data={"outcome": "visit_needed", "note": "khác"})

    assert again.status_code == 303
    assert status_of(engine, call) is Status.RESOLVED
    assert join(host, f"/calls/{call.id}/join") == 410


def test_a_ticket_link_shows_that_ticket_to_read(open_browser, engine, call):
    token = a_token(engine, call, kind="ticket", username="host")

    page = open_browser().get(f"/t/{token}")

    assert page.status_code == 200
    assert "Phường Cẩm Thành" in page.text
    assert "<form" not in page.text.split("<main", 1)[1]


def test_a_ticket_link_of_somebody_who_lost_the_ticket_is_dead(open_browser, engine, call):
    with transaction(engine) as session:
        a_technician(session, username="other")
    token = a_token(engine, call, kind="ticket", username="other")

    assert open_browser().get(f"/t/{token}").status_code == 410


def test_camera_and_microphone_open_on_the_call_page_alone(open_browser, engine, call):
    on_call = open_browser("clerk").get(f"/calls/{call.id}").headers["Permissions-Policy"]
    on_link = open_browser().get(f"/c/{a_token(engine, call)}").headers["Permissions-Policy"]

    assert "camera=(self)" in on_call
    assert "camera=()" in on_link
