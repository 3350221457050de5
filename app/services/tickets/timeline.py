"""The ticket's story: each event as one sentence in the reader's language."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from app.i18n import _, clock_on, day, label, pick
from app.services.scope import can_see_notes
from models.account import Role, User, Viewer
from models.call import CallOutcome
from models.lifecycle import TECHNICIAN_STEPS, Action, Actor
from models.ticket import EventKind, EventText, Ticket, TicketEvent
from models.types import JsonDict


@dataclass(frozen=True)
class Entry:
    """One line of the timeline; ``text`` is what a person wrote."""

    sequence: int
    kind: str
    at: datetime
    who: str
    sentence: str
    text: str
    is_internal: bool


# Why somebody did not go ("I am ill"), or goes against a rule, is the working group's own matter.
STAFF_REASONS = frozenset({Action.ASSIGN.value, Action.UNASSIGN.value})


def timeline(session: Session, ticket: Ticket, *, viewer: Viewer, now: datetime) -> list[Entry]:
    """What this person may know of the ticket's story, oldest first: one query."""
    query = (
        select(TicketEvent, EventText.body, User.name)
        .outerjoin(EventText, col(EventText.event_id) == col(TicketEvent.id))
        .outerjoin(User, col(User.id) == col(TicketEvent.by_id))
        .where(col(TicketEvent.ticket_number) == ticket.number)
        .order_by(col(TicketEvent.sequence))
    )
    if not can_see_notes(viewer):
        query = query.where(col(TicketEvent.is_internal).is_(False))
    hides = viewer.role is Role.COMMUNE
    return [
        _entry(event, "" if hides and event.kind in STAFF_REASONS else body or "", name, now)
        for event, body, name in session.exec(query)
    ]


def _entry(event: TicketEvent, body: str, name: str | None, now: datetime) -> Entry:
    return Entry(
        sequence=event.sequence,
        kind=event.kind,
        at=event.at,
        who=name or event.data.get("name") or _("Hệ thống"),
        sentence=sentence(event, now=now),
        text=body,
        is_internal=event.is_internal,
    )


def sentence(event: TicketEvent, *, now: datetime) -> str:
    """What happened, without who did it."""
    tell = _SENTENCES.get(event.kind)
    told = tell(event, now) if tell else event.kind
    name = event.data.get("technician")
    if name and event.kind in TECHNICIAN_STEPS:
        return _("%(told)s (làm thay %(name)s)", told=told, name=name)
    return told


Teller = Callable[[TicketEvent, datetime], str]


def _moment(data: JsonDict, name: str, now: datetime) -> str:
    written = data.get(name)
    return clock_on(datetime.fromisoformat(str(written)), now) if written else "?"


def _filed(event: TicketEvent, _now: datetime) -> str:
    waiting = int(event.data.get("citizens_waiting") or 0)
    if waiting:
        return _("gửi yêu cầu, có %(count)s người dân đang chờ", count=waiting)
    return _("gửi yêu cầu")


def _assigned(event: TicketEvent, now: datetime) -> str:
    return _(
        "phân công cho %(name)s, đến khoảng %(time)s",
        name=event.data.get("technician", "?"),
        time=_moment(event.data, "starts_at", now),
    )


def _unassigned(event: TicketEvent, _now: datetime) -> str:
    if event.actor == Actor.TECHNICIAN:
        return _("không đi được, phiếu trở lại hàng chờ")
    return _("bỏ phân công, phiếu trở lại hàng chờ")


def _escalated(event: TicketEvent, _now: datetime) -> str:
    return _("chuyển sang hỗ trợ qua video: %(reason)s", reason=call_reason(event.data))


def _waits(event: TicketEvent, _now: datetime) -> str:
    until = event.data.get("until_on") or event.data.get("until_at") or event.data.get("until")
    if not until:
        return _("tạm dừng, chờ vật tư hoặc bên thứ ba")
    moment = datetime.fromisoformat(str(until))
    until_on = day(moment) if moment.tzinfo else moment.strftime("%d/%m/%Y")
    return _("tạm dừng, chờ vật tư hoặc bên thứ ba đến ngày %(day)s", day=until_on)


def _offered(event: TicketEvent, now: datetime) -> str:
    return _(
        "mời gọi video với %(name)s lúc %(time)s: %(reason)s",
        name=event.data.get("host", "?"),
        time=_moment(event.data, "starts_at", now),
        reason=call_reason(event.data),
    )


def _ended(event: TicketEvent, _now: datetime) -> str:
    outcome = event.data.get("outcome")
    if not outcome:
        return _("cuộc gọi video đã hủy")
    return _("kết thúc cuộc gọi video: %(outcome)s", outcome=label(CallOutcome(outcome)).lower())


def _moved(event: TicketEvent, now: datetime) -> str:
    return _(
        "đổi giờ đến từ %(before)s sang %(after)s",
        before=_moment(event.data, "from", now),
        after=_moment(event.data, "to", now),
    )


def _needs(event: TicketEvent, _now: datetime) -> str:
    skill = pick(str(event.data.get("name_vi", "?")), str(event.data.get("name_en", "?")))
    if not event.data.get("level"):
        return _("không cần thêm kỹ năng %(skill)s nữa", skill=skill)
    return _("cần thêm kỹ năng %(skill)s, bậc %(level)s", skill=skill, level=event.data["level"])


def _late(event: TicketEvent, now: datetime) -> str:
    return _("báo đến trễ, khoảng %(time)s", time=_moment(event.data, "to", now))


def call_reason(data: JsonDict) -> str:
    """Why it became a call, in words."""
    return {
        "unreachable": _("không ai đến kịp hạn"),
        "target_passed": _("đã quá hạn hỗ trợ"),
        "technician": _("kỹ thuật viên đề nghị"),
        "person": _("tổ trưởng hoặc điều phối viên quyết định"),
        "beside": _("trong lúc chờ người đến"),
    }.get(str(data.get("reason")), _("theo yêu cầu"))


_SENTENCES: dict[str, Teller] = {
    EventKind.FILED: _filed,
    EventKind.COMMENT: lambda event, now: _("viết"),
    EventKind.NOTE: lambda event, now: _("ghi chú nội bộ"),
    EventKind.FILE_ADDED: lambda event, now: _("gửi tệp"),
    EventKind.CALL_OFFERED: _offered,
    EventKind.CALL_ASKED: lambda event, now: _("đề nghị gọi video"),
    EventKind.CALL_JOINED: lambda event, now: _("vào cuộc gọi video"),
    EventKind.CALL_ENDED: _ended,
    EventKind.RESCHEDULED: _moved,
    EventKind.UNREACHABLE: lambda event, now: _("xác định không ai đến kịp hạn"),
    EventKind.CROWDED_OUT: lambda event, now: _(
        "người đủ kỹ năng đều kín việc, chờ tổ trưởng quyết định"
    ),
    EventKind.TARGET_MISSED: lambda event, now: _("đã quá hạn hỗ trợ"),
    EventKind.NEEDS_CHANGED: _needs,
    EventKind.LATE_REPORTED: _late,
    EventKind.LEAD_TOLD: lambda event, now: _("báo cho tổ trưởng"),
    Action.ASSIGN: _assigned,
    Action.UNASSIGN: _unassigned,
    Action.ACCEPT: lambda event, now: _("nhận phiếu"),
    Action.DEPART: lambda event, now: _("bắt đầu đi"),
    Action.ARRIVE: lambda event, now: _("đã đến nơi"),
    Action.ESCALATE: _escalated,
    Action.SEND_BACK: lambda event, now: _("cuộc gọi chưa giải quyết được, cần đến tận nơi"),
    Action.WAIT: _waits,
    Action.RESUME: lambda event, now: _("tiếp tục xử lý"),
    Action.RESOLVE: lambda event, now: _("đã xử lý xong"),
    Action.CONFIRM: lambda event, now: _("xác nhận đã xong, đóng phiếu"),
    Action.REOPEN: lambda event, now: _("báo vẫn chưa xong, mở lại phiếu"),
    Action.CANCEL: lambda event, now: _("hủy phiếu"),
    Action.MERGE: lambda event, now: _("gộp phiếu"),
}
