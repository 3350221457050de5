"""The answer to a what-if in words: the verdict, what goes with it, the figures side by side."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from app.i18n import _, grouped, kilometres, span
from models.types import JsonDict

# Less travel than that is no difference that anybody notices.
NOTICED_S = 300


@dataclass(frozen=True)
class FigureRow:
    """One figure of both sides in words; ``tone``: better, worse or same."""

    name: str
    before: str
    after: str
    difference: str
    tone: str


def verdict(result: JsonDict) -> str:
    """The sentence that counts: targets first, then tickets, then the roads."""
    late, served, travel_s = (_difference(result, name) for name in ("late", "served", "travel_s"))
    if late > 0:
        return _("Thêm %(count)s phiếu trễ hạn.", count=late)
    if late < 0:
        return _("Bớt %(count)s phiếu trễ hạn.", count=-late)
    if served < 0:
        return _("Thêm %(count)s phiếu chưa có người đến trong những ngày này.", count=-served)
    if served > 0:
        return _("Thêm %(count)s phiếu có người đến trong những ngày này.", count=served)
    if travel_s >= NOTICED_S:
        return _(
            "Không phiếu nào thay đổi về hạn; đi đường nhiều hơn %(span)s.", span=_span(travel_s)
        )
    if travel_s <= -NOTICED_S:
        return _("Không phiếu nào thay đổi về hạn; đi đường ít hơn %(span)s.", span=_span(travel_s))
    return _("Hầu như không có gì thay đổi.")


def details(result: JsonDict) -> list[str]:
    """What goes with the verdict: roads, and how many tickets and people notice."""
    found = []
    travel_s, metres = _difference(result, "travel_s"), _difference(result, "distance_m")
    moves, people = len(result["moves"]), len(result["people"])
    is_about_tickets = _difference(result, "late") or _difference(result, "served")
    if abs(travel_s) >= NOTICED_S and is_about_tickets:
        words = (
            _("Đi đường nhiều hơn %(span)s (%(far)s).")
            if travel_s > 0
            else _("Đi đường ít hơn %(span)s (%(far)s).")
        )
        found.append(words % {"span": _span(travel_s), "far": kilometres(abs(metres))})
    if moves:
        found.append(
            _(
                "%(moves)s phiếu đổi người, đổi giờ, thêm vào hoặc ra khỏi kế hoạch; "
                "lịch của %(people)s người khác đi.",
                moves=moves,
                people=people,
            )
        )
    else:
        found.append(_("Không phiếu nào đổi người hay đổi giờ quá 30 phút."))
    if result["begun"]:
        found.append(
            _("%(count)s phiếu mà người này đã bắt đầu vẫn làm xong.", count=result["begun"])
        )
    return found


def figures(result: JsonDict) -> list[FigureRow]:
    """Both sides and the difference, most important first."""
    rows = [
        _row(result, _("Phiếu có người đến"), "served", _of(result["before"]["asked"])),
        _row(result, _("Phiếu trễ hạn"), "late", str, less_is_better=True),
        _row(result, _("Thời gian đi đường"), "travel_s", _span, less_is_better=True),
        _row(result, _("Quãng đường"), "distance_m", kilometres, less_is_better=True),
        _row(result, _("Giá trị phục vụ (điểm)"), "value", grouped),
    ]
    return rows


Words = Callable[[int], str]


def _of(asked: int) -> Words:
    return lambda count: f"{count}/{asked}"


def _row(
    result: JsonDict, name: str, key: str, words: Words, *, less_is_better: bool = False
) -> FigureRow:
    before, after = result["before"][key], result["after"][key]
    difference = after - before
    plain: Words = str if key == "served" else words
    sign = "+" if difference > 0 else "−"
    is_better = (difference < 0) is less_is_better
    return FigureRow(
        name=name,
        before=words(before),
        after=words(after),
        difference=sign + plain(abs(difference)) if difference else _("không đổi"),
        tone="same" if difference == 0 else "better" if is_better else "worse",
    )


def _difference(result: JsonDict, key: str) -> int:
    return int(result["after"][key]) - int(result["before"][key])


def _span(seconds: int) -> str:
    """Hours also beyond a day: everybody's travel is a sum."""
    seconds = abs(seconds)
    if seconds < 86_400:
        return span(timedelta(seconds=seconds))
    hours, minutes = divmod(round(seconds / 60), 60)
    return _("%(hours)s giờ %(minutes)s phút", hours=hours, minutes=f"{minutes:02d}")
