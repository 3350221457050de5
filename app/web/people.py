"""The people of the teams, for who watches the board; leads and administrators edit the roster."""

from collections.abc import Callable
from datetime import date, datetime

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.access import current_viewer, requires
from app.context import engine, now
from app.i18n import _
from app.services.boards.people_page import roster
from app.services.planning.absence import let_share, mark_absent, mark_back
from app.services.tickets.refusals import ActionRefused
from models.account import Role, Viewer
from models.database import reading, retry_on_conflict, transaction

bp = Blueprint("people", __name__, url_prefix="/board/people")
WATCH = (Role.LEAD, Role.DISPATCHER, Role.ADMIN, Role.AUDITOR)
EDIT = (Role.LEAD, Role.ADMIN)


@bp.get("")
@requires(*WATCH)
def show() -> ResponseReturnValue:
    """Who is on, off, where, with what skill, and who has done how much."""
    return _page()


@bp.post("/<int:technician_id>/absence")
@requires(*EDIT)
def absence(technician_id: int) -> ResponseReturnValue:
    """From now on the technician is away; others take over what they had."""
    until = request.form.get("until_on", "").strip()
    note = request.form.get("note", "")
    try:
        until_on = date.fromisoformat(until) if until else None
    except ValueError:
        return _page(technician_id, _("Hãy chọn ngày từ hôm nay đến 60 ngày tới."))

    def work(viewer: Viewer, at: datetime) -> None:
        with transaction(engine()) as session:
            mark_absent(session, technician_id, viewer=viewer, now=at, until_on=until_on, note=note)

    return _do(
        work, _("Đã ghi nghỉ. Việc của người này được giao lại trong vài giây."), technician_id
    )


@bp.post("/<int:technician_id>/back")
@requires(*EDIT)
def back(technician_id: int) -> ResponseReturnValue:
    """The technician works again."""

    def work(viewer: Viewer, at: datetime) -> None:
        with transaction(engine()) as session:
            mark_back(session, technician_id, viewer=viewer, now=at)

    return _do(work, _("Đã ghi làm việc trở lại."), technician_id)


@bp.post("/teams/<int:team_id>/crews")
@requires(*EDIT)
def crews(team_id: int) -> ResponseReturnValue:
    """Whether people of the team may share a car."""
    may = request.form.get("may") == "1"

    def work(viewer: Viewer, at: datetime) -> None:
        with transaction(engine()) as session:
            let_share(session, team_id, viewer=viewer, now=at, may=may)

    words = _("Đã bật đi chung xe.") if may else _("Đã tắt đi chung xe.")
    return _do(work, words)


def _do(
    work: Callable[[Viewer, datetime], None], words: str, technician_id: int | None = None
) -> ResponseReturnValue:
    """Do it; what stands against it is told at the person's row."""
    viewer, at = current_viewer(), now()
    try:
        retry_on_conflict(lambda: work(viewer, at))
    except ActionRefused as refused:
        return _page(technician_id, refused.message)
    flash(words, "success")
    anchor = f"person-{technician_id}" if technician_id else None
    return redirect(url_for("people.show", _anchor=anchor), code=303)


def _page(technician_id: int | None = None, trouble: str = "") -> ResponseReturnValue:
    viewer, at = current_viewer(), now()
    with reading(engine()) as session:
        views = roster(session, viewer=viewer, now=at)
    shown = render_template(
        "board/people.html",
        teams=views,
        now=at,
        trouble=trouble,
        wrong=technician_id,
        sent=request.form,
        here="board",
    )
    return shown, 422 if trouble else 200
