"""The library's reasons as rows of a decision: codes and numbers, kept as long as the ticket.

A row is ``{"code", "technician_id", "by_s"?, "by_m"?, "later_s"?, "busier_s"?, "arrives_at"?,
"level"?, "busy_s"?, "number"?, "joins"?, "crew"?: [technician id]}``. ``by_*`` is what the chosen
one drives for it, or what another would drive more; ``number`` the ticket that would have to go;
``joins`` the ticket whose trip it joins; ``crew`` who comes along with the chosen one.
"""

from app.services.planning.day_work import CALL_NUMBERS, person_of
from app.services.planning.dayplan import Day
from app.services.reference import Reference
from dispatch.plan import Code, Reason
from models.types import JsonDict

NUMBERS = ("by_s", "by_m", "later_s", "busier_s", "level", "busy_s")


def reason_row(day: Day, reason: Reason) -> JsonDict:
    """One reason as it is kept."""
    row: JsonDict = {"code": reason.code.value, "technician_id": person_of(reason.technician)}
    for name in NUMBERS:
        value = getattr(reason, name, None)
        if value is not None:
            row[name] = value
    arrives_s = getattr(reason, "arrives_s", None)
    if arrives_s is not None:
        row["arrives_at"] = day.moment(arrives_s).isoformat()
    if reason.visit is not None and reason.visit < CALL_NUMBERS:
        row["number"] = reason.visit
    return row


def without_skill(day: Day, category_code: str, facts: Reference) -> list[JsonDict]:
    """The reason of everybody who was not asked: every technician has one."""
    skill = facts.categories[category_code].skill_code
    return [
        {
            "code": (Code.SKILL_LEVEL if row.skills.get(skill, 0) else Code.SKILL).value,
            "technician_id": row.id,
        }
        for row in day.unable
    ]
