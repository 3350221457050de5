"""The call: its page, joining it, its numbered log, and its end."""

from functools import partial

from flask import Blueprint, jsonify, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from werkzeug.exceptions import HTTPException, Unauthorized

from app.access import current_viewer, public
from app.context import engine, now, video
from app.i18n import _
from app.services.boards.subscription import Wish
from app.services.calling import call_end, calls, signals
from app.services.calling.calls import CallEnded, CallFull, Claim
from app.services.calling.signals import TakenOver, TooMuch
from app.services.scope import NotVisible
from app.services.tickets.links import LIVE_CALLS
from app.web.addresses import number_asked
from app.web.stream import position_asked, stream
from models.call import CallOutcome, SignalKind
from models.database import reading, retry_on_conflict, transaction
from models.workforce import viewer_of

bp = Blueprint("calls", __name__, url_prefix="/calls")
# Links that this browser has opened with a tap; a signed session holds their row ids.
OPENED = "call_links"
MAX_INSTANCE = 40


def claim() -> Claim:
    """As whom this request comes: by the link in ``?via=`` that was tapped here, else logged in.

    Raises
    ------
    NotVisible
        If this browser has never opened that link.
    Unauthorized
        If it is neither.
    """
    via = request.args.get("via", type=int)
    if via is not None:
        if via not in session.get(OPENED, []):
            raise NotVisible(f"link {via}")
        return Claim(link_id=via)
    if not current_user.is_authenticated:
        raise Unauthorized
    return Claim(viewer=current_viewer())


def refuse(error: Exception) -> ResponseReturnValue:
    """What a refused step means to the page's script."""
    for kind, status, word in (
        (CallEnded, 410, "ended"),
        (CallFull, 409, "full"),
        (TakenOver, 409, "taken_over"),
        (TooMuch, 429, "too_much"),
        (NotVisible, 404, "gone"),
        (Unauthorized, 401, "gone"),
        (ValueError, 422, "invalid"),
    ):
        if isinstance(error, kind):
            return jsonify({"error": word}), status
    raise error


@bp.get("/<int:call_id>")
@public
def show(call_id: int) -> ResponseReturnValue:
    """The page of a call: before it, in it, and after its end."""
    return _page(call_id)


def _page(
    call_id: int, *, error: str = "", note: str = "", status: int = 200
) -> ResponseReturnValue:
    try:
        with reading(engine()) as database:
            call, caller = calls.find_call(database, call_id, claim=claim(), now=now())
            is_over = call.state not in LIVE_CALLS
            page = render_template(
                "calls/ended.html" if is_over else "calls/show.html",
                call=call,
                caller=caller,
                ticket=call.ticket,
                commune=call.ticket.commune,
                category=call.ticket.category,
                via=request.args.get("via", type=int),
                outcomes=CallOutcome,
                error=error,
                note=note,
            )
    except Unauthorized:
        return redirect(url_for("accounts.log_in", next=request.path))
    return page, status


@bp.post("/<int:call_id>/join")
@public
def join(call_id: int) -> ResponseReturnValue:
    """Come in with a page; the answer says who is there and where the log stands."""
    try:
        return jsonify(retry_on_conflict(partial(_join, call_id, _instance())))
    except (CallEnded, CallFull, HTTPException, LookupError, ValueError) as error:
        return refuse(error)


def _join(call_id: int, instance: str) -> dict[str, object]:
    with transaction(engine()) as database:
        call, caller = calls.find_call(database, call_id, claim=claim(), now=now())
        if not caller.may_join:
            raise NotVisible(f"call {call_id}")
        joined = calls.join(database, call, caller, instance=instance, now=now())
        started_at = call.started_at or now()
        room = video().room(call.room)
        return {
            "participant": joined.participant.id,
            "name": joined.participant.name,
            "number": joined.cursor,
            "now_ms": round(now().timestamp() * 1000),
            "elapsed_s": max(0, round((now() - started_at).total_seconds())),
            "present": [
                {"participant": one.participant_id, "instance": one.instance, "name": one.name}
                for one in joined.present
            ],
            "chat": [line.data() for line in signals.chat_of(database, call_id)],
            "ice_servers": [{"urls": url} for url in room.ice_servers],
            "camera_kbps": room.camera_kbps,
            "screen_kbps": room.screen_kbps,
        }


@bp.post("/<int:call_id>/signals")
@public
def say(call_id: int) -> ResponseReturnValue:
    """Append a line to the log: ``{"instance", "kind", "to", "body"}``."""
    try:
        number = retry_on_conflict(partial(_say, call_id, _fields()))
    except (CallEnded, TakenOver, TooMuch, HTTPException, LookupError, ValueError) as error:
        return refuse(error)
    return jsonify({"number": number}), 201


def _say(call_id: int, fields: dict[str, str]) -> int:
    with transaction(engine()) as database:
        call, caller = calls.find_call(database, call_id, claim=claim(), now=now())
        participant = calls.participant_of(database, call, caller)
        if participant is None or not caller.may_join:
            raise NotVisible(f"call {call_id}")
        return signals.say(
            database,
            call,
            participant,
            instance=fields.get("instance", ""),
            kind=SignalKind(fields.get("kind", "")),
            to_instance=fields.get("to") or None,
            body=fields.get("body", ""),
            now=now(),
        )


@bp.get("/<int:call_id>/stream")
@public
def listen(call_id: int) -> ResponseReturnValue:
    """The call's own events on the one stream, for this page of this person."""
    instance = request.args.get("instance", "")[:MAX_INSTANCE]
    try:
        with reading(engine()) as database:
            call, caller = calls.find_call(database, call_id, claim=claim(), now=now())
            participant = calls.participant_of(database, call, caller)
            if participant is None or participant.instance != instance:
                raise TakenOver
            owner = f"participant {participant.id}"
    except (TakenOver, NotVisible, Unauthorized) as error:
        return refuse(error)
    wish = Wish(
        after=position_asked(),
        sources={signals.SIGNALS.kind: number_asked("signals_after")},
        call_id=call_id,
        instance=instance,
    )
    return stream(None, wish, owner=owner)


@bp.post("/<int:call_id>/end")
@public
def end(call_id: int) -> ResponseReturnValue:
    """End the call with its outcome; leaving it is another thing."""
    note = request.form.get("note", "").strip()
    outcome = request.form.get("outcome", "")
    if outcome not in set(CallOutcome):
        return _page(call_id, error=_("Hãy chọn kết quả của cuộc gọi."), note=note, status=422)
    if not note:
        return _page(call_id, error=_("Hãy ghi lại đã làm những gì."), status=422)
    retry_on_conflict(partial(_end, call_id, CallOutcome(outcome), note))
    return redirect(_address(call_id), code=303)


def _end(call_id: int, outcome: CallOutcome, note: str) -> None:
    with transaction(engine()) as database:
        call, caller = calls.find_call(database, call_id, claim=claim(), now=now())
        if caller.user is None or not caller.may_end:
            raise NotVisible(f"call {call_id}")
        if call.state not in LIVE_CALLS:
            return
        viewer = viewer_of(database, caller.user)
        call_end.end_call(database, call_id, viewer=viewer, now=now(), outcome=outcome, note=note)


def _address(call_id: int) -> str:
    return url_for("calls.show", call_id=call_id, via=request.args.get("via", type=int))


def _fields() -> dict[str, str]:
    """The JSON object of the request; only text is taken."""
    body = request.get_json(silent=True)
    if not isinstance(body, dict):
        raise ValueError("not an object")
    return {str(name): value for name, value in body.items() if isinstance(value, str)}


def _instance() -> str:
    instance = _fields().get("instance", "")
    if not 8 <= len(instance) <= MAX_INSTANCE:
        raise ValueError("no instance")
    return instance
