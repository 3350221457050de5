"""The planner's codes as sentences, in the reader's language."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from app.i18n import _, day_and_time, kilometres, span
from dispatch.plan import Code
from models.account import User
from models.numbers import written
from models.plan import Decision, Outcome
from models.types import JsonDict
from models.workforce import Technician


def names_of(session: Session, technician_ids: Sequence[int]) -> dict[int, str]:
    """Names of technicians by their id."""
    rows = session.exec(
        select(Technician.id, User.name)
        .join(User, col(User.id) == col(Technician.user_id))
        .where(col(Technician.id).in_(list(technician_ids)))
    )
    return {technician_id or 0: name for technician_id, name in rows}


def explained(session: Session, decision: Decision, *, is_commune: bool = False) -> list[str]:
    """Sentences for the reasons of a decision: the chosen one and the runners-up, or why nobody.

    ``is_commune``: for its staff, as `for_commune` has it.
    """
    if not decision.reasons:
        return []
    if decision.outcome in (Outcome.UNREACHABLE, Outcome.CROWDED_OUT):
        swap = None if is_commune else decision.swap
        return [verdict_sentence(decision.outcome, swap), *_grouped(decision.reasons)]
    shown = for_commune(decision.reasons) if is_commune else decision.reasons
    names = names_of(session, people_in(shown))
    return [sentence(reason, names, decision.outcome) for reason in shown]


def for_commune(reasons: Iterable[JsonDict]) -> list[JsonDict]:
    """Without what is no commune's business: other tickets' numbers, and who is on leave."""
    return [
        {name: value for name, value in reason.items() if name not in ("number", "joins")}
        for reason in reasons
        if reason["code"] != Code.ABSENT
    ]


def people_in(reasons: Iterable[JsonDict]) -> list[int]:
    """Every technician whom the reasons name."""
    found = {int(reason["technician_id"]) for reason in reasons}
    return sorted(found.union(*(map(int, reason.get("crew", ())) for reason in reasons)))


def verdict_sentence(outcome: Outcome, swap: JsonDict | None) -> str:
    """Why nobody comes in time, in one sentence."""
    if outcome is Outcome.UNREACHABLE:
        return _("Không kỹ thuật viên nào đến kịp hạn, kể cả khi không bận việc khác.")
    if outcome is Outcome.CROWDED_OUT and swap:
        return _(
            "Chỉ đến kịp nếu dời phiếu %(number)s; tổ trưởng quyết định.",
            number=written(int(swap["out"])),
        )
    if outcome is Outcome.CROWDED_OUT:
        return _("Những người đủ kỹ năng đều kín việc cho đến hạn hỗ trợ; tổ trưởng quyết định.")
    return ""


def sentence(
    reason: JsonDict, names: Mapping[int, str], outcome: Outcome = Outcome.ASSIGNED
) -> str:
    """One reason in words; ``names`` by technician."""
    code = Code(reason["code"])
    people = (int(reason["technician_id"]), *map(int, reason.get("crew", ())))
    name = ", ".join(names.get(person, "?") for person in people)
    if code is Code.CHOSEN:
        return " ".join(filter(None, (_chosen(reason, name, outcome), _facts(reason))))
    if code is Code.FARTHER:
        return _lost(reason, name)
    return f"{name}: {rule_words(code, reason)}."


def _chosen(reason: JsonDict, name: str, outcome: Outcome) -> str:
    added_s, added_m = int(reason.get("by_s", 0)), int(reason.get("by_m", 0))
    added, far = span(timedelta(seconds=added_s)), kilometres(max(0, added_m))
    if outcome is Outcome.LATE:
        return _(
            "%(name)s đến sớm nhất trong số người đủ kỹ năng, nhưng sau hạn "
            "(đi thêm %(added)s, %(far)s).",
            name=name,
            added=added,
            far=far,
        )
    if added_s < 60:
        return _("%(name)s đủ kỹ năng và hôm đó đã có mặt ở đó: không phải đi thêm.", name=name)
    if reason.get("joins"):
        return _(
            "%(name)s đủ kỹ năng và ghép chuyến với phiếu %(number)s: thêm %(added)s, %(far)s.",
            name=name,
            number=written(int(reason["joins"])),
            added=added,
            far=far,
        )
    if reason.get("crew"):
        return _(
            "%(name)s đi chung một xe thì đủ kỹ năng: lịch trình tăng %(added)s, %(far)s.",
            name=name,
            added=added,
            far=far,
        )
    return _(
        "%(name)s đủ kỹ năng và thuận đường nhất: lịch trình tăng %(added)s, %(far)s.",
        name=name,
        added=added,
        far=far,
    )


def _facts(reason: JsonDict) -> str:
    """Arrival, level and load of the chosen one, as far as they were kept."""
    parts = []
    if reason.get("arrives_at"):
        at = datetime.fromisoformat(str(reason["arrives_at"]))
        parts.append(_("có thể đến lúc %(time)s", time=day_and_time(at)))
    if reason.get("level"):
        parts.append(_("kỹ năng bậc %(level)s", level=reason["level"]))
    if reason.get("busy_s"):
        busy = span(timedelta(seconds=int(reason["busy_s"])))
        parts.append(_("hôm đó đã có %(busy)s đi lại và làm việc", busy=busy))
    words = ", ".join(parts)
    return f"{words[0].upper()}{words[1:]}." if words else ""


def _lost(reason: JsonDict, name: str) -> str:
    parts = []
    by_s = int(reason.get("by_s", 0))
    if by_s >= 60:
        parts.append(
            _(
                "đi thêm nhiều hơn %(added)s (%(far)s)",
                added=span(timedelta(seconds=by_s)),
                far=kilometres(max(0, int(reason.get("by_m", 0)))),
            )
        )
    later_s = int(reason.get("later_s", 0))
    if later_s >= 60:
        parts.append(_("đến muộn hơn %(later)s", later=span(timedelta(seconds=later_s))))
    busier_s = int(reason.get("busier_s", 0))
    if busier_s >= 60:
        parts.append(_("hôm đó bận hơn %(busier)s", busier=span(timedelta(seconds=busier_s))))
    if not parts:
        parts.append(_("không thuận bằng"))
    if reason.get("level"):
        parts.append(_("kỹ năng bậc %(level)s", level=reason["level"]))
    return f"{name}: {', '.join(parts)}."


RULES = {
    Code.SKILL: lambda reason: _("chưa có kỹ năng cần thiết"),
    Code.SKILL_LEVEL: lambda reason: _("kỹ năng chưa đủ bậc"),
    Code.CANNOT_REACH_BEFORE_DEADLINE: lambda reason: _("không đến kịp hạn"),
    Code.SHIFT_END: lambda reason: _("không kịp về trước khi hết ca"),
    Code.LUNCH: lambda reason: _("không còn giờ nghỉ trưa"),
    Code.COMMITTED: lambda reason: _("đang đi hoặc đang làm việc khác"),
    Code.WOULD_DISPLACE: lambda reason: (
        _("phải dời phiếu %(number)s", number=written(int(reason["number"])))
        if reason.get("number")
        else _("phải dời việc đã hẹn")
    ),
    Code.ROUTE_FULL: lambda reason: _("đã kín việc trong ngày"),
    Code.ABSENT: lambda reason: _("đang nghỉ"),
    Code.FARTHER: lambda reason: _("xa hơn"),
    Code.CHOSEN: lambda reason: _("phù hợp nhất"),
}


def rule_words(code: Code, reason: JsonDict | None = None) -> str:
    """What stands against somebody, without their name."""
    return RULES[code](reason or {})


def _grouped(reasons: Sequence[JsonDict]) -> list[str]:
    """Forty reasons as a few lines: how many people fail for what."""
    counts: dict[Code, int] = {}
    for reason in reasons:
        code = Code(reason["code"])
        counts[code] = counts.get(code, 0) + 1
    ordered = sorted(counts.items(), key=lambda item: -item[1])
    return [
        _("%(count)s người: %(rule)s.", count=count, rule=rule_words(code))
        for code, count in ordered
    ]
