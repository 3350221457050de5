"""The board: map, queue and timeline of a lead or dispatcher, and the drawer over them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from flask import (
    Blueprint,
    abort,
    flash,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from app.access import current_viewer, requires
from app.context import engine, now
from app.i18n import _, label
from app.services.boards import board, board_actions
from app.services.boards.board_page import load_board, load_changes
from app.services.planning.by_hand import HardRuleBroken, RuleBroken
from app.services.planning.placement import request_replan
from app.services.reference import reference
from app.services.scope import get_visible
from app.services.tickets import fieldwork
from app.services.tickets.refusals import ActionRefused, StaleVersionError
from app.services.tickets.ticket_page import load_page
from app.web.board_view import board_data, changes_data
from app.web.roads import board_roads, map_data
from app.web.roads import shown as roads_shown
from models.account import Role, Viewer
from models.database import reading, transaction
from models.lifecycle import Action, Status, TransitionError

bp = Blueprint("board", __name__, url_prefix="/board")
WATCH = (Role.LEAD, Role.DISPATCHER, Role.ADMIN, Role.AUDITOR)
DECIDE = (Role.LEAD, Role.DISPATCHER)
# One request of a busy minute; a board that lost more than that loads anew.
NUMBERS_AT_ONCE = 200
# What needs more than a reason has its form on the ticket's own page.
ON_THE_PAGE = frozenset({Action.ASSIGN, Action.ESCALATE, Action.MERGE, Action.WAIT})

Attempt = Callable[[Viewer, datetime, int | None, str], None]


@dataclass(frozen=True)
class Trouble:
    """What stood against an attempt: in words, at which candidate, and what had been written."""

    words: str
    status: int
    technician_id: int | None = None
    note: str = ""
    is_hard: bool = False


@bp.get("")
@requires(*WATCH)
def show() -> ResponseReturnValue:
    """The whole board."""
    viewer, at = current_viewer(), now()
    with reading(engine()) as session:
        line = board_actions.plan_line(session)
        view = load_board(session, viewer=viewer, now=at, team_id=_team_wanted())
        closed = board_roads(reference(session))
    return render_template(
        "board/show.html",
        view=view,
        plan_line=line,
        data=board_data(view, now=at) | {"roads": map_data(closed)},
        **roads_shown(closed),
        can_decide=viewer.role in DECIDE,
        here="board",
    )


@bp.get("/tickets.json")
@requires(*WATCH)
def changed() -> ResponseReturnValue:
    """What changed: rows, markers and lines of these tickets, and which of them have gone."""
    numbers = [int(text) for text in request.args.get("numbers", "").split(",") if text.isdecimal()]
    if len(numbers) > NUMBERS_AT_ONCE or any(number > 10**9 for number in numbers):
        abort(400)
    viewer, at = current_viewer(), now()
    with reading(engine()) as session:
        changes = load_changes(
            session,
            numbers,
            viewer=viewer,
            now=at,
            team_id=_team_wanted(),
            hours=_hours_shown(),
        )
    return jsonify(changes_data(changes, now=at))


@bp.get("/tickets/<int:number>")
@requires(*WATCH)
def ticket(number: int) -> ResponseReturnValue:
    """The drawer of a ticket; a whole page for who comes by the address."""
    return _drawer(number)


@bp.post("/tickets/<int:number>/assign")
@requires(*DECIDE)
def assign(number: int) -> ResponseReturnValue:
    """Give the ticket to the technician who was chosen, or say which rule stands against it."""
    viewer, at = current_viewer(), now()
    technician_id = request.form.get("technician", type=int)
    note = request.form.get("note", "").strip()
    try:
        with transaction(engine()) as session:
            fieldwork.act(
                session,
                number,
                Action.ASSIGN,
                viewer=viewer,
                now=at,
                expected_version=request.form.get("version", type=int),
                technician_id=technician_id,
                note=note,
            )
    except RuleBroken as rule:
        return _drawer(number, Trouble(str(rule), 422, technician_id, note))
    except HardRuleBroken as rule:
        return _drawer(number, Trouble(str(rule), 422, technician_id, note, is_hard=True))
    except ActionRefused as refused:
        return _drawer(number, Trouble(refused.message, 422, technician_id, note, is_hard=True))
    except (StaleVersionError, StaleDataError, IntegrityError, TransitionError):
        return _drawer(number, _stale())
    return _done(number, _("Đã phân công. Kỹ thuật viên nhận tin nhắn ngay."))


@bp.post("/tickets/<int:number>/call")
@requires(*DECIDE)
def call(number: int) -> ResponseReturnValue:
    """Open a call: instead of the visit where that can solve it, else beside it."""
    return attempt(
        number,
        _("Đã mời gọi video. Hai bên nhận liên kết qua tin nhắn."),
        lambda viewer, at, version, note: _open_call(number, viewer, at, version, note),
    )


@bp.post("/tickets/<int:number>/act")
@requires(*DECIDE)
def act(number: int) -> ResponseReturnValue:
    """Any other step that needs a reason at most."""
    wanted = request.form.get("action", "")
    if wanted not in set(Action) or Action(wanted) in ON_THE_PAGE:
        abort(400)
    action = Action(wanted)
    return attempt(
        number,
        _("Đã ghi: %(action)s.", action=label(action).lower()),
        lambda viewer, at, version, note: _act(number, action, viewer, at, version, note),
    )


@bp.post("/replan")
@requires(*DECIDE)
def replan() -> ResponseReturnValue:
    """Ask for a new plan now; the page asks how it goes."""
    with transaction(engine()) as session:
        run = request_replan(session, cause="person", now=now(), viewer=current_viewer())
        run_id = run.id or 0
    if _wants_fragment():
        return jsonify({"id": run_id, "progress": url_for("board.progress", run_id=run_id)}), 202
    flash(_("Đã gửi yêu cầu lập lại kế hoạch."), "success")
    return redirect(url_for("board.show"), code=303)


@bp.get("/replan/<int:run_id>.json")
@requires(*DECIDE)
def progress(run_id: int) -> ResponseReturnValue:
    """How the re-planning stands, in words."""
    with reading(engine()) as session:
        view = board_actions.run_view(session, run_id)
    if view is None:
        abort(404)
    return jsonify({"is_finished": view.is_finished, "words": view.words})


def _open_call(number: int, viewer: Viewer, at: datetime, version: int | None, note: str) -> None:
    with transaction(engine()) as session:
        board_actions.open_call(
            session, number, viewer=viewer, now=at, expected_version=version, note=note
        )


def _act(
    number: int, action: Action, viewer: Viewer, at: datetime, version: int | None, note: str
) -> None:
    with transaction(engine()) as session:
        fieldwork.act(
            session, number, action, viewer=viewer, now=at, expected_version=version, reason=note
        )


def attempt(number: int, done: str, work: Attempt) -> ResponseReturnValue:
    """Do it in one transaction of its own; what stands against it is told in the drawer."""
    version, note = request.form.get("version", type=int), request.form.get("note", "").strip()
    try:
        work(current_viewer(), now(), version, note)
    except ActionRefused as refused:
        return _drawer(number, Trouble(refused.message, 422, note=note))
    except (StaleVersionError, StaleDataError, IntegrityError, TransitionError):
        return _drawer(number, _stale())
    return _done(number, done)


def _stale() -> Trouble:
    return Trouble(
        _("Phiếu vừa được người khác thay đổi. Chưa có gì bị ghi đè; đây là phiếu như bây giờ."),
        409,
    )


def _done(number: int, words: str) -> ResponseReturnValue:
    if _wants_fragment():
        return _drawer(number, done=words)
    flash(words, "success")
    return redirect(url_for("board.ticket", number=number), code=303)


def _drawer(number: int, trouble: Trouble | None = None, *, done: str = "") -> ResponseReturnValue:
    viewer, at = current_viewer(), now()
    with reading(engine()) as session:
        page = load_page(session, number, viewer=viewer, now=at)
        row = next(iter(board.queue(session, viewer=viewer, now=at, numbers=[number])), None)
        people = board_actions.candidates(
            session, get_visible(session, number, viewer=viewer), viewer=viewer, now=at
        )
    template = "board/_drawer.html" if _wants_fragment() else "board/ticket.html"
    response = make_response(
        render_template(
            template,
            page=page,
            row=row,
            able=[one for one in people if one.is_feasible],
            unable=[one for one in people if not one.is_feasible],
            trouble=trouble,
            done=done,
            now=at,
            can_decide=viewer.role in DECIDE,
            can_call=board_actions.can_call(
                page.status, viewer=viewer, has_call=page.call is not None
            ),
            steps=[action for action in page.actions if action not in ON_THE_PAGE],
            is_moving=page.status in (Status.ASSIGNED, Status.ACCEPTED, Status.EN_ROUTE),
            here="board",
        )
    )
    response.status_code = trouble.status if trouble else 200
    return response


def _wants_fragment() -> bool:
    return request.headers.get("X-Requested-With") == "fetch"


def _team_wanted() -> int | None:
    return board.team_shown(current_viewer(), request.args.get("team", type=int))


def _hours_shown() -> tuple[int, int] | None:
    first, _sign, last = request.args.get("hours", "").partition("-")
    if not (first.isdecimal() and last.isdecimal() and int(first) < int(last) <= 24):
        return None
    return int(first), int(last)
