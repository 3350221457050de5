"""The question of a report: a past period, and how many people or which base would be different."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta

from sqlmodel import Session

from app.i18n import _
from app.services.reference import reference
from app.services.studies.what_if_question import Wrong, place_name, whole_typed
from models.calendar import local_date
from models.types import JsonDict

MOST_DAYS = 62
MOST_PEOPLE = 200
LONGEST_AGO = timedelta(days=3660)
# Of those who start from a second base, where no number is given.
USUAL_BASE_PEOPLE = 10


@dataclass(frozen=True)
class HistoryQuestion:
    """A period, both days included, and what is different in it.

    ``people``: how many technicians; None: as many as there are. ``base_code``: a commune from
    which ``base_people`` of them start; empty: everybody starts where they do.
    """

    from_on: date
    until_on: date
    people: int | None = None
    base_code: str = ""
    base_people: int = 0

    def __post_init__(self) -> None:
        if self.until_on < self.from_on:
            raise ValueError(f"until {self.until_on} is before {self.from_on}")

    def to_json(self) -> JsonDict:
        """As `Study.question` keeps it."""
        days = {"from_on": self.from_on.isoformat(), "until_on": self.until_on.isoformat()}
        return asdict(self) | days

    @classmethod
    def from_json(cls, row: JsonDict) -> "HistoryQuestion":
        """Read what ``to_json`` wrote."""
        days = {name: date.fromisoformat(row[name]) for name in ("from_on", "until_on")}
        return cls(**{**row, **days})


def last_month(now: datetime) -> tuple[date, date]:
    """First and last day of the month before this one."""
    first = local_date(now).replace(day=1)
    last = first - timedelta(days=1)
    return last.replace(day=1), last


def read_history_question(
    session: Session, form: Mapping[str, str], *, now: datetime
) -> HistoryQuestion:
    """The question that a form asks.

    Raises
    ------
    Wrong
        If something is missing or wrong, field by field.
    """
    errors: dict[str, str] = {}
    first, last = _day(form, "from_on", errors), _day(form, "until_on", errors)
    if first and last:
        errors |= _wrong_period(first, last, now=now)
    people = _whole(form, "people", MOST_PEOPLE, errors)
    base = form.get("base_code", "").strip()
    if base and base not in reference(session).places:
        errors["base_code"] = _("Chọn một xã, phường hoặc đặc khu.")
    base_people = _whole(form, "base_people", MOST_PEOPLE, errors) if base else 0
    if people is None and not base and not errors:
        errors["people"] = _("Ghi số người, hoặc chọn một điểm xuất phát thứ hai.")
    if errors or first is None or last is None:
        raise Wrong(errors)
    wanted = (USUAL_BASE_PEOPLE if base_people is None else base_people) if base else 0
    return HistoryQuestion(first, last, people, base, wanted)


def _wrong_period(first: date, last: date, *, now: datetime) -> dict[str, str]:
    if last < first:
        return {"until_on": _("Ngày cuối phải sau ngày đầu.")}
    if last >= local_date(now):
        return {"until_on": _("Chỉ tính lại được những ngày đã qua.")}
    if (last - first).days >= MOST_DAYS:
        return {"until_on": _("Chọn nhiều nhất %(days)s ngày.", days=MOST_DAYS)}
    if first < local_date(now) - LONGEST_AGO:
        return {"from_on": _("Ngày này quá xa. Hãy chọn ngày gần hơn.")}
    return {}


def _day(form: Mapping[str, str], name: str, errors: dict[str, str]) -> date | None:
    try:
        return date.fromisoformat(form.get(name, "").strip())
    except ValueError:
        errors[name] = _("Chọn một ngày.")
        return None


def _whole(form: Mapping[str, str], name: str, most: int, errors: dict[str, str]) -> int | None:
    text = form.get(name, "").strip()
    if not text:
        return None
    number = whole_typed(text)
    if number is None or not 1 <= number <= most:
        errors[name] = _("Ghi một số từ 1 đến %(most)s.", most=most)
        return None
    return number


def change_words(session: Session, question: HistoryQuestion) -> str:
    """What is different, as the beginning of a sentence: ``Với 18 người``."""
    base = place_name(reference(session), question.base_code)
    if question.people is None:
        return _("Với %(count)s người xuất phát từ %(base)s", count=question.base_people, base=base)
    if not question.base_code:
        return _("Với %(people)s người", people=question.people)
    return _(
        "Với %(people)s người, trong đó %(count)s người xuất phát từ %(base)s",
        people=question.people,
        count=question.base_people,
        base=base,
    )
