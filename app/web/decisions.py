"""What a lead decides in a ticket's drawer, and what a technician reports: swap, skill, delay."""

from datetime import datetime

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.access import current_viewer, requires
from app.context import engine, now
from app.i18n import _
from app.services.planning.lateness import report_late, was_reported
from app.services.planning.needs import ask_for_skill
from app.services.planning.swapping import carry_out
from app.services.tickets.refusals import ActionRefused, StaleVersionError
from app.web.board import DECIDE, attempt
from models.account import Role, Viewer
from models.database import reading, retry_on_conflict, transaction

bp = Blueprint("decisions", __name__)


@bp.post("/board/tickets/<int:number>/swap")
@requires(*DECIDE)
def swap(number: int) -> ResponseReturnValue:
    """Carry out the swap that admits a crowded-out ticket."""

    def work(viewer: Viewer, at: datetime, version: int | None, _note: str) -> None:
        with transaction(engine()) as session:
            carry_out(session, number, viewer=viewer, now=at, expected_version=version)

    return attempt(number, _("Đã đổi. Những người liên quan nhận tin nhắn ngay."), work)


@bp.post("/board/tickets/<int:number>/needs")
@requires(*DECIDE)
def needs(number: int) -> ResponseReturnValue:
    """Ask for a further skill, or no longer."""
    skill = request.form.get("skill", "")
    level = request.form.get("level", type=int)

    def work(viewer: Viewer, at: datetime, version: int | None, _note: str) -> None:
        with transaction(engine()) as session:
            ask_for_skill(
                session,
                number,
                skill=skill,
                level=-1 if level is None else level,
                viewer=viewer,
                now=at,
                expected_version=version,
            )

    return attempt(number, _("Đã ghi kỹ năng cần thêm và tìm lại người đi."), work)


@bp.post("/board/tickets/<int:number>/late")
@requires(*DECIDE)
def late(number: int) -> ResponseReturnValue:
    """Write down that the visit begins later."""
    minutes = _minutes()

    def work(viewer: Viewer, at: datetime, version: int | None, _note: str) -> None:
        with transaction(engine()) as session:
            report_late(session, number, minutes, viewer=viewer, now=at, expected_version=version)

    return attempt(number, _("Đã ghi đến trễ; kế hoạch được tính lại ngay."), work)


@bp.post("/tickets/<int:number>/late")
@requires(Role.TECHNICIAN)
def late_myself(number: int) -> ResponseReturnValue:
    """A technician reports their own delay; the same form again reports nothing more."""
    viewer, minutes, at = current_viewer(), _minutes(), now()
    version = request.form.get("version", type=int)

    def work() -> None:
        with transaction(engine()) as session:
            report_late(session, number, minutes, viewer=viewer, now=at, expected_version=version)

    done = _("Đã ghi đến trễ; kế hoạch được tính lại ngay.")
    try:
        retry_on_conflict(work)
        flash(done, "success")
    except ActionRefused as refused:
        flash(refused.message, "error")
    except StaleVersionError:
        with reading(engine()) as session:
            is_repeat = was_reported(session, number, user_id=viewer.user_id, now=at)
        if not is_repeat:
            raise
        flash(done, "success")
    return redirect(url_for("tickets.show", number=number), code=303)


def _minutes() -> int:
    return request.form.get("minutes", type=int) or 0
