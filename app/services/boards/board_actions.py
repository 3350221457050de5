"""What a lead or dispatcher does from the board: candidates, a call, a new plan."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from app.i18n import _, clock
from app.services.calling import escalation
from app.services.planning.by_hand import CandidateRow, candidates_for
from app.services.reference import reference
from app.services.scope import get_visible, has_say
from app.services.tickets import fieldwork
from app.services.tickets.refusals import ActionRefused, NotAllowedError, StaleVersionError
from models.account import Role, Viewer
from models.lifecycle import Action, Status
from models.plan import PlanRun
from models.ticket import Ticket

DECIDES = frozenset({Role.LEAD, Role.DISPATCHER})
ASSIGNABLE = frozenset({Status.OPEN, Status.ASSIGNED, Status.ACCEPTED, Status.EN_ROUTE})
# A call beside the visit helps while somebody is awaited or at work, and while parts are.
CALLABLE = ASSIGNABLE | {Status.ON_SITE, Status.WAITING}


@dataclass(frozen=True)
class RunView:
    """How a re-planning stands: asked for, running, or finished with its figures."""

    id: int
    is_started: bool
    is_finished: bool
    words: str


def candidates(
    session: Session, ticket: Ticket, *, viewer: Viewer, now: datetime
) -> list[CandidateRow]:
    """Who could go, best first: a lead's own members, anybody for a dispatcher."""
    if viewer.role not in DECIDES or ticket.status not in ASSIGNABLE:
        return []
    return [
        row
        for row in candidates_for(session, ticket, now=now)
        if viewer.role is Role.DISPATCHER or row.technician.team_id == viewer.team_id
    ]


def can_call(ticket_status: Status, *, viewer: Viewer, has_call: bool) -> bool:
    """Whether a call can be opened from the board."""
    return viewer.role in DECIDES and ticket_status in CALLABLE and not has_call


def open_call(
    session: Session,
    number: int,
    *,
    viewer: Viewer,
    now: datetime,
    expected_version: int | None,
    note: str = "",
) -> Ticket:
    """Turn the ticket into a call where a call can solve it; else book one beside the visit.

    Raises as `fieldwork.act` does.
    """
    ticket = get_visible(session, number, viewer=viewer)
    if viewer.role not in DECIDES:
        raise NotAllowedError("only leads and dispatchers open calls from the board")
    if not has_say(ticket, viewer):
        raise NotAllowedError("the ticket is another team's")
    is_remote = reference(session).categories[ticket.category_code].is_remote
    if is_remote and Action.ESCALATE in fieldwork.allowed_actions(session, ticket, viewer=viewer):
        return fieldwork.act(
            session,
            number,
            Action.ESCALATE,
            viewer=viewer,
            now=now,
            expected_version=expected_version,
            note=note,
        )
    if expected_version is not None and expected_version != ticket.version:
        raise StaleVersionError(ticket)
    live = escalation.live_call(session, number)
    if not can_call(ticket.status, viewer=viewer, has_call=live is not None):
        raise ActionRefused("call", _("Không mở thêm cuộc gọi cho phiếu này được."))
    escalation.book_call(session, ticket, reason="beside", now=now, is_beside_visit=True)
    session.flush()
    return ticket


@dataclass(frozen=True)
class PlanLine:
    """When the plan was made last, in words, and what is wrong with it if anything is."""

    words: str
    trouble: str


def plan_line(session: Session) -> PlanLine | None:
    """The last re-planning that ended; None before the first."""
    run = session.exec(
        select(PlanRun)
        .where(col(PlanRun.finished_at).is_not(None))
        .order_by(col(PlanRun.id).desc())
        .limit(1)
    ).first()
    if run is None or run.finished_at is None:
        return None
    absent = run.figures.get("missing", ())
    missing = ", ".join(_("mã biên dịch sẵn") if name == "kernels" else name for name in absent)
    trouble = ""
    if run.figures.get("failed"):
        trouble = _("Lần tính gần nhất không xong; kế hoạch cũ giữ nguyên.")
    elif missing:
        trouble = _(
            "Máy thiếu %(missing)s: vẫn lập kế hoạch được, nhưng chậm hơn.", missing=missing
        )
    return PlanLine(_("Kế hoạch tính lúc %(time)s", time=clock(run.finished_at)), trouble)


def run_view(session: Session, run_id: int) -> RunView | None:
    """How that re-planning stands."""
    run = session.get(PlanRun, run_id)
    if run is None:
        return None
    return RunView(
        id=run_id,
        is_started=run.started_at is not None,
        is_finished=run.finished_at is not None,
        words=_words(session, run),
    )


def _words(session: Session, run: PlanRun) -> str:
    if run.started_at is None:
        ahead = session.exec(
            select(PlanRun.id).where(
                col(PlanRun.started_at).is_not(None), col(PlanRun.finished_at).is_(None)
            )
        ).first()
        return _("Đang chờ lần tính trước xong…") if ahead else _("Đã gửi yêu cầu, chờ tính toán…")
    if run.finished_at is None:
        return _("Đang tìm kế hoạch tốt hơn…")
    if run.figures.get("failed"):
        return _("Chưa tính được kế hoạch mới; kế hoạch cũ giữ nguyên.")
    parts = [
        words
        for key, words in (
            ("assigned", _("%(count)s phiếu được giao", count=run.figures.get("assigned", 0))),
            ("reassigned", _("%(count)s phiếu đổi người", count=run.figures.get("reassigned", 0))),
            ("shifted", _("%(count)s phiếu đổi giờ", count=run.figures.get("shifted", 0))),
            ("dropped", _("%(count)s phiếu trở lại hàng chờ", count=run.figures.get("dropped", 0))),
        )
        if run.figures.get(key)
    ]
    if not parts:
        return _("Kế hoạch hiện tại đã là tốt nhất, không đổi gì.")
    return _("Đã lập lại kế hoạch: %(changes)s.", changes=", ".join(parts))
