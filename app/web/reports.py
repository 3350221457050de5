"""Reports on replayed months: ask for one, follow it, read it, print it."""

from collections.abc import Mapping

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.access import current_viewer, requires
from app.context import engine, now
from app.i18n import _, mark
from app.services.reference import reference
from app.services.studies import queue as studies
from app.services.studies.history_page import ReportView, load_report, load_reports, proposed_period
from app.services.studies.history_question import read_history_question
from app.services.studies.what_if_question import Wrong
from models.account import Role
from models.database import reading, retry_on_conflict, transaction
from models.study import StudyKind

bp = Blueprint("reports", __name__, url_prefix="/reports")
READ = (Role.LEAD, Role.DISPATCHER, Role.ADMIN, Role.AUDITOR)
ASK = (Role.LEAD, Role.DISPATCHER, Role.ADMIN)
LABELS = {
    "from_on": mark("Từ ngày"),
    "until_on": mark("Đến ngày"),
    "people": mark("Số người"),
    "base_code": mark("Điểm xuất phát thứ hai"),
    "base_people": mark("Số người ở điểm đó"),
}


@bp.get("")
@requires(*READ)
def index() -> ResponseReturnValue:
    """The reports there are, and the form for another."""
    with reading(engine()) as session:
        first, last = proposed_period(session, now=now())
    return _page({"from_on": first.isoformat(), "until_on": last.isoformat()}, {})


@bp.post("")
@requires(*ASK)
def ask() -> ResponseReturnValue:
    """Queue a report and go to where it will stand."""
    viewer, at = current_viewer(), now()

    def once() -> int:
        with transaction(engine()) as session:
            row = read_history_question(session, request.form, now=at).to_json()
            study = studies.ask(session, StudyKind.HISTORY, row, viewer=viewer, now=at)
            return study.id or 0

    try:
        report_id = retry_on_conflict(once)
    except Wrong as wrong:
        return _page(request.form, wrong.errors), 422
    except studies.QueueFull:
        words = _("Đang có nhiều báo cáo chờ tính. Vui lòng gửi lại sau.")
        return _page(request.form, {"from_on": words}), 429
    return redirect(url_for("reports.show", report_id=report_id), code=303)


@bp.get("/<int:report_id>")
@requires(*READ)
def show(report_id: int) -> ResponseReturnValue:
    """The report, or how far it is."""
    view = _view(report_id)
    template = "reports/show.html" if view.report else "reports/progress.html"
    return render_template(template, view=view, here="reports", now=now())


@bp.get("/<int:report_id>/live")
@requires(*READ)
def live(report_id: int) -> ResponseReturnValue:
    """How far it is, alone; when it is over the page loads itself anew."""
    view = _view(report_id)
    return render_template("reports/_progress.html", view=view)


@bp.post("/<int:report_id>/cancel")
@requires(*ASK)
def cancel(report_id: int) -> ResponseReturnValue:
    """Stop making it."""
    viewer, at = current_viewer(), now()

    def once() -> None:
        with transaction(engine()) as session:
            study = studies.get_study(session, report_id, StudyKind.HISTORY, viewer=viewer)
            studies.cancel(study, viewer=viewer, now=at)

    try:
        retry_on_conflict(once)
    except studies.NoStudy:
        abort(404)
    return redirect(url_for("reports.show", report_id=report_id), code=303)


def _view(report_id: int) -> ReportView:
    with reading(engine()) as session:
        try:
            return load_report(session, report_id, viewer=current_viewer())
        except studies.NoStudy:
            abort(404)


def _page(form: Mapping[str, str], errors: dict[str, str]) -> str:
    viewer = current_viewer()
    with reading(engine()) as session:
        places = sorted(reference(session).places.values(), key=lambda place: place.name)
        reports = load_reports(session, viewer=viewer)
    return render_template(
        "reports/index.html",
        form=form,
        errors=errors,
        labels={name: _(text) for name, text in LABELS.items()},
        places=places,
        reports=reports,
        can_ask=viewer.role in ASK,
        here="reports",
        now=now(),
    )
