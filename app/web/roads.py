"""Closed roads and boats: the light page for everyone in the field, and what the board asks for."""

from datetime import timedelta

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from app.access import current_viewer, requires
from app.context import engine, now
from app.i18n import _
from app.services.reference import Reference, reference, up_to_date
from app.services.world import closures, sailings
from app.services.world.log import WorldError
from app.services.world.roads_page import RoadsView, pause_words, roads_view
from app.web.roads_forms import closure_draft, day_typed, fresh_key
from models.account import Role
from models.calendar import local_date
from models.database import reading, retry_on_conflict, transaction
from models.geography import PauseReason
from models.types import JsonDict

bp = Blueprint("roads", __name__, url_prefix="/roads")
READ = (Role.TECHNICIAN, Role.LEAD, Role.DISPATCHER, Role.ADMIN, Role.AUDITOR)
WATCH = (Role.LEAD, Role.DISPATCHER, Role.ADMIN, Role.AUDITOR)


@bp.get("")
@requires(*READ)
def show() -> ResponseReturnValue:
    """What is closed, and the form to close a road."""
    return _page(MultiDict(), {})


@bp.post("")
@requires(*closures.MAY_FILE)
def close() -> ResponseReturnValue:
    """Close a road; a repeat of the form changes nothing."""
    try:
        draft = closure_draft(request.form)

        def work() -> bool:
            with transaction(engine()) as session:
                return closures.file_closure(session, draft, viewer=current_viewer(), now=now())[1]

        is_new = retry_on_conflict(work)
    except WorldError as error:
        if _wants_json():
            return jsonify({"errors": error.errors}), 422
        return _page(request.form, error.errors), 422
    words = (
        _("Đã ghi đường bị chặn. Kế hoạch được tính lại ngay.")
        if is_new
        else _("Đường này đã có người báo.")
    )
    return _done(words, status=201 if is_new else 200)


@bp.post("/<int:closure_id>/lift")
@requires(*closures.MAY_DRAW)
def lift(closure_id: int) -> ResponseReturnValue:
    """Open the road again."""
    with transaction(engine()) as session:
        closures.lift_closure(session, closure_id, viewer=current_viewer(), now=now())
    return _done(_("Đã thông đường. Kế hoạch được tính lại ngay."))


@bp.post("/boats")
@requires(*sailings.MAY_PAUSE)
def pause_boats() -> ResponseReturnValue:
    """No boat today, or on the days that were named."""
    reason = request.form.get("reason", PauseReason.STORM.value)
    try:
        first = day_typed(request.form, "from_on") or local_date(now())
        last = day_typed(request.form, "until_on") or first
        if reason not in set(PauseReason):
            raise WorldError({"reason": _("Hãy chọn lý do.")})

        def work() -> None:
            with transaction(engine()) as session:
                sailings.pause_boats(
                    session,
                    from_on=first,
                    until_on=last,
                    reason=PauseReason(reason),
                    viewer=current_viewer(),
                    now=now(),
                )

        retry_on_conflict(work)
    except WorldError as error:
        if _wants_json():
            return jsonify({"errors": error.errors}), 422
        return _page(request.form, error.errors), 422
    return _done(_("Đã ghi: tàu nghỉ. Phiếu trên đảo được sắp xếp lại ngay."))


@bp.post("/boats/<int:pause_id>/resume")
@requires(*sailings.MAY_PAUSE)
def resume_boats(pause_id: int) -> ResponseReturnValue:
    """The boats sail after all."""
    with transaction(engine()) as session:
        sailings.resume_boats(session, pause_id, viewer=current_viewer(), now=now())
    return _done(_("Đã ghi: tàu chạy lại."))


@bp.get("/board.json")
@requires(*WATCH)
def board_part() -> ResponseReturnValue:
    """The board's panel and what its map draws, as things are now."""
    with reading(engine()) as session:
        view = roads_view(up_to_date(session), now=now())
    return jsonify({**map_data(view), "html": render_template("board/_roads.html", **shown(view))})


def map_data(view: RoadsView) -> JsonDict:
    """What the map draws."""
    return {
        "stamp": view.stamp,
        "closed": view.closed_now,
        "boats": view.pause is None,
        "closures": [
            {
                "id": row.id,
                "title": row.title,
                "note": row.note,
                "isArea": row.is_area,
                "isNow": row.is_now,
                "points": row.points,
            }
            for row in view.closures
        ],
    }


def shown(view: RoadsView) -> JsonDict:
    """What the templates of the panel and of the page need."""
    viewer = current_viewer()
    return {
        "roads": view,
        "now": now(),
        "reasons": list(PauseReason),
        "pause_words": pause_words,
        "can_file": viewer.role in closures.MAY_FILE,
        "can_lift": viewer.role in closures.MAY_DRAW,
        "can_pause": viewer.role in sailings.MAY_PAUSE,
        "form_key": fresh_key(),
        "tomorrow": view.today + timedelta(days=1),
    }


def board_roads(facts: Reference) -> RoadsView:
    """The roads for a whole board page, from what is kept: it costs no query.

    The page's stream begins at the stamp of this view, so that nothing newer is missed.
    """
    return roads_view(facts, now=now())


def _page(form: MultiDict[str, str], errors: dict[str, str]) -> str:
    with reading(engine()) as session:
        facts = up_to_date(session)
        view = roads_view(facts, now=now())
    return render_template(
        "roads/index.html",
        **shown(view),
        places=facts.by_name,
        form=form,
        errors=errors,
        here="roads",
    )


def _done(words: str, *, status: int = 200) -> ResponseReturnValue:
    if _wants_json():
        with reading(engine()) as session:
            view = roads_view(reference(session), now=now())
        html = render_template("board/_roads.html", **shown(view))
        return jsonify({**map_data(view), "html": html, "words": words}), status
    flash(words, "success")
    back = request.form.get("back")
    return redirect(url_for("board.show" if back == "board" else "roads.show"), code=303)


def _wants_json() -> bool:
    return request.headers.get("X-Requested-With") == "fetch"
