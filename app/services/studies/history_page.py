"""Reports on replayed months as their pages show them: the list, the progress, the report."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlmodel import Session, col, select

from app.i18n import _
from app.services.studies import queue as studies
from app.services.studies.history_figures import read_figures
from app.services.studies.history_question import (
    MOST_DAYS,
    HistoryQuestion,
    change_words,
    last_month,
)
from app.services.studies.history_report import Report, report_of
from models.account import User, Viewer
from models.calendar import local_date, moment_of
from models.study import ENDED, Study, StudyKind, StudyState
from models.ticket import Ticket

SHOWN = 30


@dataclass(frozen=True)
class ReportView:
    """A report as far as it is; ``report`` when it is done, ``trouble`` when there is none."""

    id: int
    state: StudyState
    title: str
    question: HistoryQuestion
    asked_at: datetime
    asked_by: str
    done: int
    total: int
    can_cancel: bool
    trouble: str = ""
    report: Report | None = None

    @property
    def is_over(self) -> bool:
        """Whether nothing more will come."""
        return self.state in ENDED


def proposed_period(session: Session, *, now: datetime) -> tuple[date, date]:
    """The month before this one; all that there is up to yesterday where it has no ticket."""
    first, last = last_month(now)
    in_it = (
        col(Ticket.created_at) >= moment_of(first, 0),
        col(Ticket.created_at) < moment_of(last + timedelta(days=1), 0),
    )
    if session.exec(select(Ticket.number).where(*in_it).limit(1)).first() is not None:
        return first, last
    by_age = select(Ticket.created_at).order_by(col(Ticket.created_at))
    oldest_at = session.exec(by_age.limit(1)).first()
    yesterday = local_date(now) - timedelta(days=1)
    if oldest_at is None or local_date(oldest_at) > yesterday:
        return first, last
    return max(local_date(oldest_at), yesterday - timedelta(days=MOST_DAYS - 1)), yesterday


def load_report(session: Session, study_id: int, *, viewer: Viewer) -> ReportView:
    """One report; `studies.NoStudy` if there is none."""
    study = studies.get_study(session, study_id, StudyKind.HISTORY, viewer=viewer)
    return _view(session, study, _names(session, [study]), viewer)


def load_reports(session: Session, *, viewer: Viewer) -> list[ReportView]:
    """The last reports, newest first."""
    found = studies.newest(session, StudyKind.HISTORY, viewer=viewer, most=SHOWN)
    names = _names(session, found)
    return [_view(session, study, names, viewer) for study in found]


def _names(session: Session, found: Sequence[Study]) -> dict[int | None, str]:
    """Who asked, by user."""
    asked = select(User.id, User.name).where(col(User.id).in_({row.by_id for row in found}))
    return dict(session.exec(asked).all())


def _view(
    session: Session, study: Study, names: Mapping[int | None, str], viewer: Viewer
) -> ReportView:
    question = HistoryQuestion.from_json(study.question)
    report = None
    if study.state is StudyState.DONE and study.result is not None:
        report = report_of(session, question, read_figures(study.result))
    return ReportView(
        id=study.id or 0,
        state=study.state,
        title=title_of(session, question),
        question=question,
        asked_at=study.asked_at,
        asked_by=names.get(study.by_id, ""),
        done=study.done,
        total=study.total,
        can_cancel=studies.may_cancel(study, viewer),
        trouble=_trouble(study) if study.is_over and report is None else "",
        report=report,
    )


def title_of(session: Session, question: HistoryQuestion) -> str:
    """``Với 18 người, 01/10/2026 – 31/10/2026``."""
    return _(
        "%(change)s, %(first)s – %(last)s",
        change=change_words(session, question),
        first=question.from_on.strftime("%d/%m/%Y"),
        last=question.until_on.strftime("%d/%m/%Y"),
    )


def _trouble(study: Study) -> str:
    if study.state is StudyState.CANCELLED:
        return _("Báo cáo này đã dừng theo yêu cầu.")
    return {
        "no-tickets": _("Không có phiếu nào được gửi trong những ngày này; hãy chọn kỳ khác."),
        "no-people": _("Chưa có kỹ thuật viên nào đang trực để tính lại."),
    }.get((study.result or {}).get("reason", ""), _("Một ngày không tính được; hãy thử lại."))
