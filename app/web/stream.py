"""The live stream: one EventSource for a page, over what `services.stream` passes on."""

import json
import signal
from collections.abc import Iterator

from flask import Blueprint, Response, abort, current_app, request
from flask.typing import ResponseReturnValue

from app.access import current_viewer, requires
from app.context import engine, settings
from app.services.boards.stream import Hub
from app.services.boards.subscription import Position, Source, StreamEvent, Wish
from app.services.calling import signals
from app.services.texts import live_messages
from app.services.world import live_world
from app.web.addresses import number_asked
from models.account import Role, Viewer

bp = Blueprint("stream", __name__)
KEY = "stream"
RETRY_MS = 2000

# What a stream may ask for beside tickets; services/boards/stream.py says how to add one.
SOURCES: dict[str, Source] = {
    source.kind: source
    for source in (live_messages.SENT, live_messages.HEARD, signals.SIGNALS, live_world.WORLD)
}


@bp.get("/stream")
@requires(*Role)
def listen() -> ResponseReturnValue:
    """Events of the tickets in scope, or of ``?ticket=1042``, from ``?after=``.

    ``?messages=1`` adds the demo's texts, ``?world=1`` closed roads and boats.
    """
    sources: dict[str, int | None] = {}
    if request.args.get("messages") == "1" and settings().is_demo:
        sources |= {live_messages.SENT.kind: None, live_messages.HEARD.kind: None}
    if request.args.get("world") == "1":
        sources |= {live_world.WORLD.kind: None}
    wish = Wish(
        ticket=number_asked("ticket"),
        after=position_asked(),
        sources=sources,
    )
    viewer = current_viewer()
    return stream(viewer, wish, owner=f"user {viewer.user_id}")


def position_asked() -> Position | None:
    """Where the browser left off: its own header when it comes back, else what the page said."""
    text = request.headers.get("Last-Event-ID") or request.args.get("after")
    if not text:
        return None
    position = Position.parse(text)
    if position is None:
        abort(400)
    return position


def stream(viewer: Viewer | None, wish: Wish, *, owner: str) -> Response:
    """The stream as a response; a guest with a signed link (no viewer) hears sources alone."""
    hub = _hub()
    subscriber = hub.subscribe(viewer, wish, owner=owner)

    def lines() -> Iterator[str]:
        # The first bytes open the stream in the browser and in every proxy on the way.
        yield f"retry: {RETRY_MS}\n\n"
        for event in hub.events(subscriber):
            yield _written(event)

    response = Response(lines(), mimetype="text/event-stream")
    response.headers["X-Accel-Buffering"] = "no"
    response.call_on_close(lambda: hub.leave(subscriber))
    return response


def _written(event: StreamEvent | None) -> str:
    if event is None:
        return ": still here\n\n"
    place = f"id: {event.position}\n" if event.position else ""
    data = json.dumps(event.data, ensure_ascii=False, separators=(",", ":"))
    return f"{place}event: {event.kind}\ndata: {data}\n\n"


def _hub() -> Hub:
    hub = current_app.extensions.get(KEY)
    if not isinstance(hub, Hub):
        # Two first requests may race: setdefault lets one win, and the other has not started yet.
        made = Hub(engine(), SOURCES, is_stopping=_is_stopping)
        hub = current_app.extensions.setdefault(KEY, made)
    return hub


def _is_stopping() -> bool:
    """Whether gunicorn wants this worker to end; it tells no thread, so its own flag is read."""
    worker = getattr(signal.getsignal(signal.SIGTERM), "__self__", None)
    return getattr(worker, "alive", True) is False
