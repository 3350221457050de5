"""Two languages: Vietnamese is the source, English its translation; labels of closed sets."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from pathlib import Path

from babel.support import NullTranslations, Translations

from models.account import Language, Role
from models.calendar import LOCAL
from models.call import CallOutcome, CallState
from models.catalog import CategoryGroup, Priority
from models.geography import PauseReason
from models.lifecycle import Action, Status
from models.message import InboundState, OutboundState
from models.roads import RoadKind, WorldKind
from models.workforce import Employer

TRANSLATIONS = Path(__file__).parent / "translations"
_language: ContextVar[Language] = ContextVar("language", default=Language.VI)


def language() -> Language:
    """Language of the person who is being answered."""
    return _language.get()


def set_language(chosen: Language) -> None:
    """Answer in this language from now on; a door calls it once per request."""
    _language.set(chosen)


@contextmanager
def speaking(chosen: Language) -> Iterator[None]:
    """Answer in this language within the block."""
    token = _language.set(chosen)
    try:
        yield
    finally:
        _language.reset(token)


@cache
def _catalogue(chosen: Language) -> NullTranslations:
    if chosen is Language.VI:
        return NullTranslations()
    return Translations.load(TRANSLATIONS, [chosen.value])


def _(text: str, **values: object) -> str:
    """The text in the reader's language, ``%(name)s`` filled in."""
    translated = _catalogue(language()).ugettext(text)
    return translated % values if values else translated


def mark(text: str) -> str:
    """Mark a text for translation without translating it yet."""
    return text


def pick(vietnamese: str, english: str) -> str:
    """Of a row's two names, the one in the reader's language."""
    return vietnamese if language() is Language.VI else english


# By type first: members of two sets may have the same value and would then be one key.
LABELS: dict[type[StrEnum], dict[StrEnum, str]] = {
    Status: {
        Status.OPEN: mark("Chờ phân công"),
        Status.ASSIGNED: mark("Đã phân công"),
        Status.ACCEPTED: mark("Đã nhận"),
        Status.EN_ROUTE: mark("Đang đến"),
        Status.ON_SITE: mark("Đang xử lý tại chỗ"),
        Status.VIDEO: mark("Hỗ trợ qua video"),
        Status.WAITING: mark("Chờ vật tư, bên thứ ba"),
        Status.RESOLVED: mark("Đã xử lý, chờ xác nhận"),
        Status.CLOSED: mark("Đã đóng"),
        Status.CANCELLED: mark("Đã hủy"),
        Status.MERGED: mark("Đã gộp"),
    },
    Action: {
        Action.ASSIGN: mark("Phân công"),
        Action.UNASSIGN: mark("Bỏ phân công"),
        Action.ACCEPT: mark("Nhận phiếu"),
        Action.DEPART: mark("Bắt đầu đi"),
        Action.ARRIVE: mark("Đã đến nơi"),
        Action.ESCALATE: mark("Chuyển sang gọi video"),
        Action.SEND_BACK: mark("Cần đến tận nơi"),
        Action.WAIT: mark("Chờ vật tư, bên thứ ba"),
        Action.RESUME: mark("Tiếp tục xử lý"),
        Action.RESOLVE: mark("Đã xử lý xong"),
        Action.CONFIRM: mark("Xác nhận đã xong"),
        Action.REOPEN: mark("Vẫn chưa xong"),
        Action.CANCEL: mark("Hủy phiếu"),
        Action.MERGE: mark("Gộp phiếu"),
    },
    Priority: {
        Priority.P1: mark("Khẩn cấp"),
        Priority.P2: mark("Cao"),
        Priority.P3: mark("Bình thường"),
        Priority.P4: mark("Thấp"),
    },
    Role: {
        Role.COMMUNE: mark("Cán bộ xã"),
        Role.TECHNICIAN: mark("Kỹ thuật viên"),
        Role.LEAD: mark("Tổ trưởng"),
        Role.DISPATCHER: mark("Điều phối viên"),
        Role.ADMIN: mark("Quản trị viên"),
        Role.AUDITOR: mark("Người giám sát"),
    },
    CategoryGroup: {
        CategoryGroup.SIGNATURE: mark("Chữ ký số"),
        CategoryGroup.PROCEDURES: mark("Thủ tục hành chính"),
        CategoryGroup.POPULATION: mark("Dữ liệu dân cư"),
        CategoryGroup.DOCUMENTS: mark("Văn bản, điều hành"),
        CategoryGroup.NETWORK: mark("Mạng, đường truyền"),
        CategoryGroup.COMPUTERS: mark("Máy tính, máy in"),
        CategoryGroup.MEETINGS: mark("Họp trực tuyến"),
        CategoryGroup.SECURITY: mark("An toàn thông tin"),
        CategoryGroup.TRAINING: mark("Tập huấn"),
        CategoryGroup.OTHER: mark("Việc khác"),
    },
    CallState: {
        CallState.BOOKED: mark("Đã hẹn"),
        CallState.RUNNING: mark("Đang diễn ra"),
        CallState.ENDED: mark("Đã kết thúc"),
        CallState.DROPPED: mark("Đã hủy hẹn"),
    },
    CallOutcome: {
        CallOutcome.SOLVED: mark("Đã xử lý qua cuộc gọi"),
        CallOutcome.VISIT_NEEDED: mark("Cần đến tận nơi"),
    },
    OutboundState: {
        OutboundState.QUEUED: mark("Chờ gửi"),
        OutboundState.SENDING: mark("Đang gửi"),
        OutboundState.SENT: mark("Đã gửi"),
        OutboundState.DELIVERED: mark("Đã đến máy"),
        OutboundState.UNDELIVERED: mark("Không đến máy"),
        OutboundState.FAILED: mark("Không gửi được"),
    },
    InboundState: {
        InboundState.NEW: mark("Mới đến"),
        InboundState.ANSWERED: mark("Đã trả lời"),
        InboundState.IGNORED: mark("Bỏ qua"),
        InboundState.KEPT: mark("Chờ xem"),
    },
    PauseReason: {
        PauseReason.STORM: mark("Bão, biển động"),
        PauseReason.REPAIR: mark("Tàu sửa chữa"),
        PauseReason.OTHER: mark("Lý do khác"),
    },
    RoadKind: {
        RoadKind.PLAIN: mark("Đồng bằng"),
        RoadKind.MOUNTAIN: mark("Miền núi"),
        RoadKind.ISLAND: mark("Trên đảo"),
        RoadKind.PASS: mark("Qua đèo giữa hai vùng"),
    },
    WorldKind: {
        WorldKind.CLOSURE_FILED: mark("Ghi đường bị chặn"),
        WorldKind.CLOSURE_BEGAN: mark("Đường bắt đầu bị chặn"),
        WorldKind.CLOSURE_ENDED: mark("Đường thông lại theo giờ đã ghi"),
        WorldKind.CLOSURE_LIFTED: mark("Báo thông đường"),
        WorldKind.BOATS_PAUSED: mark("Tàu nghỉ chạy"),
        WorldKind.BOATS_RESUMED: mark("Tàu chạy lại"),
        WorldKind.TIMETABLE: mark("Đổi giờ tàu"),
        WorldKind.WINDOW_ADDED: mark("Thêm giờ tiếp nhận của xã"),
        WorldKind.WINDOW_REMOVED: mark("Bỏ giờ tiếp nhận của xã"),
        WorldKind.SPEEDS: mark("Đổi tốc độ đường"),
        WorldKind.BASE: mark("Đổi nơi xuất phát"),
        WorldKind.FACTOR_APPLIED: mark("Áp dụng hệ số thực tế"),
        WorldKind.FACTOR_UNDONE: mark("Bỏ hệ số thực tế"),
        WorldKind.TRAVEL_TABLE: mark("Cập nhật bảng thời gian đi đường"),
    },
    Employer: {
        Employer.DEPARTMENT: mark("Sở Khoa học và Công nghệ"),
        Employer.VNPT: "VNPT",
        Employer.VIETTEL: "Viettel",
    },
}


WEEKDAYS = (
    mark("thứ Hai"),
    mark("thứ Ba"),
    mark("thứ Tư"),
    mark("thứ Năm"),
    mark("thứ Sáu"),
    mark("thứ Bảy"),
    mark("Chủ nhật"),
)


def label(value: StrEnum) -> str:
    """A closed set's member in the reader's language."""
    return _(LABELS[type(value)][value])


def day_and_time(at: datetime) -> str:
    """``25/11/2026 08:15`` in the province's time."""
    return at.astimezone(LOCAL).strftime("%d/%m/%Y %H:%M")


def day(at: datetime) -> str:
    """``25/11/2026`` in the province's time."""
    return at.astimezone(LOCAL).strftime("%d/%m/%Y")


def weekday(at: datetime) -> str:
    """``thứ Tư`` in the province's time."""
    return _(WEEKDAYS[at.astimezone(LOCAL).weekday()])


def clock(at: datetime) -> str:
    """``08:15`` in the province's time."""
    return at.astimezone(LOCAL).strftime("%H:%M")


def clock_on(at: datetime, now: datetime) -> str:
    """``08:15`` today, else with the day: ``08:15 ngày 26/11``."""
    local = at.astimezone(LOCAL)
    if local.date() == now.astimezone(LOCAL).date():
        return local.strftime("%H:%M")
    return _("%(time)s ngày %(day)s", time=local.strftime("%H:%M"), day=local.strftime("%d/%m"))


def span(length: timedelta) -> str:
    """``35 phút``, ``3 giờ 05 phút``, ``2 ngày``; the sign is left to the caller."""
    minutes = max(0, round(abs(length).total_seconds() / 60))
    if minutes < 60:
        return _("%(minutes)s phút", minutes=minutes)
    if minutes < 24 * 60:
        hours, rest = divmod(minutes, 60)
        if rest == 0:
            return _("%(hours)s giờ", hours=hours)
        return _("%(hours)s giờ %(minutes)s phút", hours=hours, minutes=f"{rest:02d}")
    return _("%(days)s ngày", days=round(minutes / 60 / 24))


def remaining(at: datetime, now: datetime) -> str:
    """``còn 35 phút`` or ``quá 20 phút``."""
    if at >= now:
        return _("còn %(span)s", span=span(at - now))
    return _("quá %(span)s", span=span(now - at))


def kilometres(metres: int) -> str:
    """``1.234 km``; below ten with one decimal, in the reader's notation."""
    km = metres / 1000
    return (grouped(round(km)) if km >= 10 else _decimal(f"{km:.1f}")) + " km"


def grouped(count: int) -> str:
    """``1.234``, in the reader's notation."""
    text = f"{count:,}"
    return text.replace(",", ".") if language() is Language.VI else text


def _decimal(text: str) -> str:
    return text.replace(".", ",") if language() is Language.VI else text
