"""What if: a lead or dispatcher asks about one fact; the answer changes nothing."""

from collections.abc import Mapping

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.access import current_viewer, requires
from app.context import engine, now
from app.i18n import _, mark
from app.services.studies import queue as studies
from app.services.studies.what_if_page import WhatIfView, choices, view_of
from app.services.studies.what_if_question import FactKind, Wrong, read_question
from models.account import Role
from models.database import reading, retry_on_conflict, transaction
from models.study import Study, StudyKind

bp = Blueprint("what_if", __name__, url_prefix="/what-if")
ASK = (Role.LEAD, Role.DISPATCHER)
SHOWN_BEFORE = 5
KINDS = (
    (FactKind.FEWER, "user-minus", mark("Bớt một người"), mark("Nghỉ ốm, đi họp, chuyển tổ")),
    (FactKind.MORE, "user-plus", mark("Thêm một người"), mark("Xuất phát từ nơi tùy chọn")),
    (FactKind.SKILLED, "school", mark("Thêm kỹ năng"), mark("Một người được đào tạo thêm")),
    (FactKind.CLOSED, "barrier-block", mark("Một đường bị chặn"), mark("Sạt lở, ngập, cấm xe")),
    (FactKind.BY_HAND, "hand-click", mark("Phân công một phiếu"), mark("Cho người và giờ đã chọn")),
)
LABELS = {
    "kind": mark("Điều muốn thử"),
    "fewer_technician": mark("Người không đi làm"),
    "more_commune": mark("Nơi xuất phát"),
    "more_like": mark("Kỹ năng như"),
    "skill_technician": mark("Kỹ thuật viên"),
    "skill_code": mark("Kỹ năng"),
    "skill_level": mark("Bậc"),
    "road_from": mark("Từ"),
    "road_to": mark("Đến"),
    "hand_number": mark("Số phiếu"),
    "hand_technician": mark("Giao cho"),
    "hand_time": mark("Bắt đầu lúc"),
}


@bp.get("")
@requires(*ASK)
def new() -> ResponseReturnValue:
    """The form; an address may bring what is asked, such as a ticket from the board."""
    form = {name: request.args[name] for name in ("kind", *LABELS) if name in request.args}
    if "ticket" in request.args:
        form |= {"kind": FactKind.BY_HAND.value, "hand_number": request.args["ticket"]}
    return _page(form, {})


@bp.post("")
@requires(*ASK)
def ask() -> ResponseReturnValue:
    """Queue the question and go to where its answer will stand."""
    viewer, at = current_viewer(), now()

    def once() -> int:
        with transaction(engine()) as session:
            question = read_question(session, request.form, viewer=viewer, now=at)
            row = question.to_json()
            study = studies.ask(session, StudyKind.WHAT_IF, row, viewer=viewer, now=at)
            return study.id or 0

    try:
        question_id = retry_on_conflict(once)
    except Wrong as wrong:
        return _page(request.form, wrong.errors), 422
    except studies.QueueFull:
        words = _("Đang có quá nhiều yêu cầu tính thử. Vui lòng chờ một phút rồi gửi lại.")
        return _page(request.form, {"kind": words}), 429
    return redirect(url_for("what_if.show", question_id=question_id), code=303)


@bp.get("/<int:question_id>")
@requires(*ASK)
def show(question_id: int) -> ResponseReturnValue:
    """The answer, or that it is being worked on."""
    return render_template("what_if/show.html", view=_view(question_id), here="board", now=now())


@bp.get("/<int:question_id>/live")
@requires(*ASK)
def live(question_id: int) -> ResponseReturnValue:
    """The answer alone, for the page that waits for it."""
    return render_template("what_if/_answer.html", view=_view(question_id), now=now())


def _view(question_id: int) -> WhatIfView:
    viewer = current_viewer()
    with reading(engine()) as session:
        try:
            study = studies.get_study(session, question_id, StudyKind.WHAT_IF, viewer=viewer)
        except studies.NoStudy:
            abort(404)
        return view_of(session, study, viewer=viewer, now=now())


def _page(form: Mapping[str, str], errors: dict[str, str]) -> str:
    viewer = current_viewer()
    with reading(engine()) as session:
        offered = choices(session, viewer=viewer)
        before: list[Study] = studies.newest(
            session, StudyKind.WHAT_IF, viewer=viewer, most=SHOWN_BEFORE
        )
        asked = [view_of(session, study, viewer=viewer, now=now()) for study in before]
    return render_template(
        "what_if/new.html",
        form=form,
        errors=errors,
        labels={name: _(text) for name, text in LABELS.items()},
        kinds=[(kind.value, icon, _(name), _(hint)) for kind, icon, name, hint in KINDS],
        choices=offered,
        asked=asked,
        now=now(),
        here="board",
    )
