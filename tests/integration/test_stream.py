"""The live stream: what reaches whom, once, and in time."""

import json
import queue
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from app.services.boards.stream import STREAMS_PER_OWNER, Hub
from app.services.boards.subscription import Position, StreamEvent, Subscriber, Wish
from app.services.scope import NotVisible
from app.services.texts import live_messages
from models.account import Language, Role, User, Viewer
from models.catalog import Category, CategoryGroup, Priority, Skill
from models.database import transaction
from models.geography import Commune, CommuneKind, Terrain
from models.lifecycle import Action, Actor, Status
from models.message import InboundMessage
from models.ticket import Channel, EventKind, Ticket
from models.workforce import Team
from tests.door import an_app
from tests.factories import a_ticket, a_user
from tests.pages import a_visitor

NOW = datetime(2026, 11, 25, 1, 0, tzinfo=UTC)
HOME, AWAY = "21025", "21028"
SOURCES = {one.kind: one for one in (live_messages.SENT, live_messages.HEARD)}


@pytest.fixture
def hub(engine: Engine) -> Iterator[Hub]:
    with transaction(engine) as session:
        _a_province(session)
    made = Hub(engine, SOURCES)
    yield made
    made.close()


def test_an_event_reaches_who_may_see_the_ticket_and_nobody_else(engine: Engine, hub: Hub) -> None:
    home = hub.subscribe(_viewer(Role.COMMUNE, HOME), Wish(), owner="home")
    away = hub.subscribe(_viewer(Role.COMMUNE, AWAY), Wish(), owner="away")
    desk = hub.subscribe(_viewer(Role.DISPATCHER), Wish(), owner="desk")

    number = _file(engine, HOME)

    expected = {"number": number, "version": 2, "status": "open", "kind": "filed"}
    assert _next(home).data == expected
    assert _next(desk).data == expected
    assert away.waiting.empty()


def test_an_internal_note_never_reaches_a_commune(engine: Engine, hub: Hub) -> None:
    number = _file(engine, HOME)
    home = hub.subscribe(_viewer(Role.COMMUNE, HOME), Wish(), owner="home")
    desk = hub.subscribe(_viewer(Role.DISPATCHER), Wish(), owner="desk")

    _record(engine, number, EventKind.NOTE, is_internal=True)
    _record(engine, number, EventKind.COMMENT)

    assert [_next(desk).data["kind"] for _ in range(2)] == ["note", "comment"]
    assert _next(home).data["kind"] == "comment"


def test_a_stream_that_comes_back_misses_nothing_and_hears_nothing_twice(
    engine: Engine, hub: Hub
) -> None:
    desk = _viewer(Role.DISPATCHER)
    first = hub.subscribe(desk, Wish(), owner="desk")
    number = _file(engine, HOME)
    place = _next(first).position
    hub.leave(first)
    _record(engine, number, EventKind.COMMENT)

    again = hub.subscribe(desk, Wish(after=place), owner="desk")
    _record(engine, number, EventKind.FILE_ADDED)

    assert [_next(again).data["kind"] for _ in range(2)] == ["comment", "file_added"]
    with pytest.raises(queue.Empty):
        again.waiting.get(timeout=1)


def test_a_ticket_that_leaves_the_scope_is_told_once(engine: Engine, hub: Hub) -> None:
    number = _file(engine, HOME)
    lead = hub.subscribe(_viewer(Role.LEAD, team_id=1), Wish(), owner="lead")

    with transaction(engine) as session:
        ticket = session.get_one(Ticket, number)
        ticket.team_id = 2
        session.add(ticket.apply(Action.ASSIGN, Actor.SCHEDULER, now=NOW))
    _record(engine, number, EventKind.COMMENT)
    other = _file(engine, AWAY)

    assert _next(lead).data == {"number": number, "kind": "gone"}
    assert _next(lead).data["number"] == other


def test_a_stream_of_a_foreign_ticket_is_refused(engine: Engine, hub: Hub) -> None:
    number = _file(engine, HOME)

    with pytest.raises(NotVisible):
        hub.subscribe(_viewer(Role.COMMUNE, AWAY), Wish(ticket=number), owner="away")


def test_a_stream_of_one_ticket_hears_of_no_other(engine: Engine, hub: Hub) -> None:
    number = _file(engine, HOME)
    stream = hub.subscribe(_viewer(Role.COMMUNE, HOME), Wish(ticket=number), owner="home")

    _file(engine, HOME)
    _record(engine, number, EventKind.COMMENT)

    assert _next(stream).data["number"] == number


def test_the_oldest_stream_of_a_person_is_closed_with_a_reason(engine: Engine, hub: Hub) -> None:
    desk = _viewer(Role.DISPATCHER)

    streams = [hub.subscribe(desk, Wish(), owner="desk") for _ in range(STREAMS_PER_OWNER + 1)]

    assert [event.kind for event in hub.events(streams[0]) if event] == ["closed"]
    assert streams[1].waiting.empty()


def test_who_missed_too_much_is_told_to_begin_anew(engine: Engine, hub: Hub) -> None:
    place = Position(10_000)

    stream = hub.subscribe(_viewer(Role.DISPATCHER), Wish(after=place), owner="desk")

    assert _next(stream).kind == "reset"


def test_a_source_is_heard_by_who_asks_for_it_alone(engine: Engine, hub: Hub) -> None:
    wish = Wish(sources={"sent": None, "heard": None})
    phones = hub.subscribe(_viewer(Role.DISPATCHER), wish, owner="phones")
    board = hub.subscribe(_viewer(Role.DISPATCHER), Wish(), owner="board")

    with transaction(engine) as session:
        session.add(
            InboundMessage(
                provider="console",
                provider_message_id="1",
                phone="+84900000001",
                body="OK 1001",
                folded="ok 1001",
                received_at=NOW,
            )
        )

    event = _next(phones)
    assert event.kind == "message"
    assert event.data == {"direction": "in", "id": 1, "phone": "+84900000001"}
    assert str(event.position) == "0;sent=0;heard=1"
    assert board.waiting.empty()


def test_a_stream_ends_when_the_server_stops(engine: Engine, hub: Hub) -> None:
    stopping = Hub(engine, {}, is_stopping=lambda: True)

    stream = stopping.subscribe(_viewer(Role.DISPATCHER), Wish(), owner="desk")

    assert list(stopping.events(stream)) == []


def test_an_idle_stream_holds_no_connection(engine: Engine, hub: Hub) -> None:
    stream = hub.subscribe(_viewer(Role.DISPATCHER), Wish(), owner="desk")
    _file(engine, HOME)

    _next(stream)
    hub.leave(stream)

    assert engine.pool.checkedout() == 0  # type: ignore[attr-defined]  # both pools are QueuePools


@pytest.mark.parametrize("text", ["", "x", "1;signal", "1;signal=x", "-1", "9" * 30, "1²"])
def test_a_position_that_was_not_ours_is_refused(text: str) -> None:
    assert Position.parse(text) is None


@pytest.mark.postgres
def test_an_event_that_commits_after_a_later_one_is_told_all_the_same(
    postgres_engine: Engine,
) -> None:
    with transaction(postgres_engine) as session:
        _a_province(session)
    first, second = _file(postgres_engine, HOME), _file(postgres_engine, HOME)
    hub = Hub(postgres_engine, {})
    stream = hub.subscribe(_viewer(Role.DISPATCHER), Wish(), owner="desk")

    with transaction(postgres_engine) as slow:
        slow.add(slow.get_one(Ticket, first).record(EventKind.COMMENT, now=NOW))
        slow.flush()
        _record(postgres_engine, second, EventKind.COMMENT)
        later = _next(stream)
    earlier = _next(stream)
    hub.close()

    assert (later.data["number"], earlier.data["number"]) == (second, first)
    assert earlier.position == later.position


def test_the_stream_opens_at_once_and_tells_what_happens(engine: Engine, tmp_path: Path) -> None:
    with an_app(engine, tmp_path) as app:
        with transaction(engine) as session:
            ticket, dispatcher = a_ticket(session), a_user(session)
        visitor = a_visitor(app, dispatcher)
        response = visitor.client.get("/stream?after=0", buffered=False)
        chunks = iter(response.iter_encoded())

        opening, event = next(chunks), next(chunks)
        response.close()

    assert response.mimetype == "text/event-stream"
    assert response.headers["X-Accel-Buffering"] == "no"
    assert opening == b"retry: 2000\n\n"
    told = {"number": ticket.number, "version": ticket.version, "status": "open", "kind": "filed"}
    assert event.startswith(b"id: 1\nevent: ticket\ndata: ")
    assert json.loads(event.split(b"data: ")[1]) == told


@pytest.mark.parametrize(
    ("address", "status"), [("/stream?after=x", 400), ("/stream?ticket=999999", 404)]
)
def test_a_stream_that_cannot_be_is_refused(
    engine: Engine, tmp_path: Path, address: str, status: int
) -> None:
    with an_app(engine, tmp_path) as app:
        with transaction(engine) as session:
            dispatcher = a_user(session)

        response = a_visitor(app, dispatcher).get(address)

    assert response.status_code == status


def _next(stream: Subscriber) -> StreamEvent:
    event = stream.waiting.get(timeout=10)
    assert event is not None
    return event


def _viewer(role: Role, commune: str | None = None, *, team_id: int | None = None) -> Viewer:
    return Viewer(
        user_id=hash((role, commune, team_id)),
        username="x",
        name="X",
        role=role,
        language=Language.VI,
        commune_code=commune,
        team_id=team_id,
    )


def _file(engine: Engine, commune: str) -> int:
    with transaction(engine) as session:
        ticket = Ticket(
            key=str(datetime.now(UTC)),
            body_digest="",
            channel=Channel.WEB,
            status=Status.OPEN,
            commune_code=commune,
            category_code="network",
            priority=Priority.P1,
            title="Mất mạng",
            created_by_id=1,
            created_at=NOW,
        )
        session.add(ticket)
        session.flush()
        session.add(ticket.record(EventKind.FILED, now=NOW))
        assert ticket.number is not None
        return ticket.number


def _record(engine: Engine, number: int, kind: EventKind, *, is_internal: bool = False) -> None:
    with transaction(engine) as session:
        ticket = session.get_one(Ticket, number)
        session.add(ticket.record(kind, now=NOW, is_internal=is_internal))


def _a_province(session: Session) -> None:
    for code, name in ((HOME, "Cẩm Thành"), (AWAY, "Nghĩa Lộ")):
        session.add(
            Commune(
                code=code,
                name=name,
                kind=CommuneKind.WARD,
                folded=name,
                former_province="Quảng Ngãi",
                terrain=Terrain.PLAIN,
                lat=15.1,
                lon=108.8,
                area_km2=8,
                population=60_000,
            )
        )
    session.add(Skill(code="network", name_vi="Mạng", name_en="Network"))
    session.flush()
    session.add_all(Team(id=at, name_vi="Tổ", name_en="Team", base_code=HOME) for at in (1, 2))
    session.add(
        Category(
            code="network",
            group=CategoryGroup.NETWORK,
            position=1,
            name_vi="Mạng",
            name_en="Network",
            hint_vi="",
            hint_en="",
            sms_label="mang",
            sms_label_en="network",
            skill_code="network",
            skill_level=2,
            visit_min=90,
            is_remote=False,
            priority=Priority.P1,
        )
    )
    session.add(
        User(id=1, username="x", name="X", role=Role.COMMUNE, commune_code=HOME, password_hash="")
    )
