"""One line that answers "what now?": who comes, when, or what is waited for."""

from dataclasses import dataclass
from datetime import datetime

from app.i18n import _, clock_on, day, kilometres
from models.lifecycle import Status
from models.numbers import written


@dataclass(frozen=True)
class Standing:
    """Where a ticket stands, as far as its headline needs it."""

    status: Status
    technician: str | None = None
    starts_at: datetime | None = None
    travel_m: int = 0
    host: str | None = None
    call_starts_at: datetime | None = None
    is_call_running: bool = False
    waiting_until_at: datetime | None = None
    merged_into: int | None = None


def headline(standing: Standing, *, now: datetime, is_commune: bool) -> str:
    """The line, in the reader's language."""
    match standing.status:
        case Status.OPEN:
            return _("Đang tìm kỹ thuật viên phù hợp")
        case Status.ASSIGNED | Status.ACCEPTED | Status.EN_ROUTE | Status.ON_SITE:
            return _visit(standing, now)
        case Status.VIDEO:
            return _call(standing, now)
        case Status.WAITING if standing.waiting_until_at:
            return _(
                "Đang chờ vật tư hoặc bên thứ ba, tiếp tục ngày %(day)s",
                day=day(standing.waiting_until_at),
            )
        case Status.WAITING:
            return _("Đang chờ vật tư hoặc bên thứ ba")
        case Status.RESOLVED if is_commune:
            return _("Đã xử lý. Bạn xác nhận giúp đã xong chưa?")
        case Status.RESOLVED:
            return _("Đã xử lý, chờ xã xác nhận")
        case Status.CLOSED:
            return _("Đã xong và đóng phiếu")
        case Status.CANCELLED:
            return _("Phiếu đã hủy")
    return _("Đã gộp vào phiếu %(code)s", code=written(standing.merged_into or 0))


def _visit(standing: Standing, now: datetime) -> str:
    name = standing.technician or _("Kỹ thuật viên")
    if standing.status is Status.ON_SITE:
        return _("%(name)s đang xử lý tại chỗ", name=name)
    if standing.starts_at is None:
        return _("%(name)s sẽ đến", name=name)
    time = clock_on(standing.starts_at, now)
    if standing.status is Status.EN_ROUTE:
        return _("%(name)s đang trên đường, đến khoảng %(time)s", name=name, time=time)
    if standing.travel_m < 1000:
        return _("Kỹ thuật viên %(name)s đến khoảng %(time)s", name=name, time=time)
    return _(
        "Kỹ thuật viên %(name)s đến khoảng %(time)s, cách %(far)s",
        name=name,
        time=time,
        far=kilometres(standing.travel_m),
    )


def _call(standing: Standing, now: datetime) -> str:
    if standing.call_starts_at is None:
        return _("Đang sắp xếp cuộc gọi video")
    name = standing.host or _("kỹ thuật viên")
    if standing.is_call_running or standing.call_starts_at <= now:
        return _("Mời vào cuộc gọi video với %(name)s", name=name)
    time = clock_on(standing.call_starts_at, now)
    return _("Cuộc gọi video với %(name)s lúc %(time)s", name=name, time=time)
