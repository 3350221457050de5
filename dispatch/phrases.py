"""Codes in words, Vietnamese and English: the table that ``explain`` speaks from.

The library decides in codes; sentences are made here when somebody reads them. Every code and
verdict stands in every language (a test holds that), so that a new rule is not forgotten.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from dispatch.plan import Code, Verdict


class Language(StrEnum):
    """A language that explanations are given in."""

    VI = "vi"
    EN = "en"


@dataclass(frozen=True, slots=True)
class Phrases:
    """One language. Texts hold the names of their values in braces."""

    codes: dict[Code, str]
    verdicts: dict[Verdict, str]
    assigned: str
    committed: str
    unassigned: str
    visit: str
    needs: str
    person: str
    crew: str
    adds: str
    arrives: str
    load: str
    swap: str
    level_of: str
    decimal: str


PHRASES = {
    Language.VI: Phrases(
        codes={
            Code.CHOSEN: "được chọn",
            Code.FARTHER: "đi được nhưng kém thuận hơn",
            Code.SKILL: "chưa có kỹ năng {skills}",
            Code.SKILL_LEVEL: "có kỹ năng nhưng chưa đủ bậc",
            Code.CANNOT_REACH_BEFORE_DEADLINE: "không đến kịp hạn",
            Code.SHIFT_END: "không kịp về trước khi hết ca",
            Code.LUNCH: "không còn giờ nghỉ trưa",
            Code.COMMITTED: "đang đi hoặc đang làm việc khác",
            Code.WOULD_DISPLACE: "chỉ nhận được nếu dời phiếu {visit}",
            Code.ROUTE_FULL: "đã kín việc trong ngày",
            Code.ABSENT: "vắng mặt",
        },
        verdicts={
            Verdict.UNREACHABLE: (
                "không thể đến kịp: dù bỏ hết việc chưa bắt đầu, không ai đến được trong hạn"
            ),
            Verdict.CROWDED_OUT: "đã kín việc: có người đến được, nhưng chỉ khi dời việc khác",
        },
        assigned="Phiếu {visit}: {people}, bắt đầu lúc {start}.",
        committed="Phiếu {visit}: {people}, bắt đầu lúc {start}; đã khởi hành, không thay đổi nữa.",
        unassigned="Phiếu {visit} chưa có người: {verdict}.",
        visit="Ưu tiên P{priority}, giá trị {value} điểm, làm trong {minutes} phút, "
        "bắt đầu trong khoảng {windows}.",
        needs="Cần: {skills}.",
        person="kỹ thuật viên {id}",
        crew="nhóm kỹ thuật viên {ids}",
        adds="đường đi tăng {minutes} phút, {km} km",
        arrives="đến lúc {at}",
        load="hôm đó đã có {hours} giờ việc",
        swap="Dời phiếu {out} khỏi lịch của kỹ thuật viên {technician} thì nhận được phiếu này.",
        level_of="{skill} bậc {level}",
        decimal=",",
    ),
    Language.EN: Phrases(
        codes={
            Code.CHOSEN: "chosen",
            Code.FARTHER: "could go, but it suits less well",
            Code.SKILL: "lacks the skill {skills}",
            Code.SKILL_LEVEL: "has the skill, but not at the level that is needed",
            Code.CANNOT_REACH_BEFORE_DEADLINE: "cannot be there before the response target",
            Code.SHIFT_END: "would not be home before the shift ends",
            Code.LUNCH: "would have no lunch",
            Code.COMMITTED: "is driving to other work or doing it",
            Code.WOULD_DISPLACE: "could go only if visit {visit} were given up",
            Code.ROUTE_FULL: "has a full day",
            Code.ABSENT: "is absent",
        },
        verdicts={
            Verdict.UNREACHABLE: (
                "unreachable: even with all work dropped that has not begun, "
                "nobody could begin it in time"
            ),
            Verdict.CROWDED_OUT: "crowded out: somebody could go, but only in place of other work",
        },
        assigned="Visit {visit}: {people}, begins at {start}.",
        committed="Visit {visit}: {people}, begins at {start}; under way, so it may not change.",
        unassigned="Visit {visit} has nobody: {verdict}.",
        visit="Priority P{priority}, worth {value} points, takes {minutes} min, "
        "to begin within {windows}.",
        needs="Needs: {skills}.",
        person="technician {id}",
        crew="crew {ids}",
        adds="adds {minutes} min and {km} km of travel",
        arrives="arrives at {at}",
        load="has {hours} h of work that day already",
        swap="Take visit {out} from technician {technician} and this visit fits.",
        level_of="{skill} level {level}",
        decimal=".",
    ),
}
