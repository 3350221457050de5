"""Working time: the office's hours, holidays and make-up days, and the arithmetic on them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import Field, SQLModel

LOCAL = ZoneInfo("Asia/Ho_Chi_Minh")
_MINUTE = timedelta(minutes=1)


class WorkingHours(SQLModel, table=True):
    """One stretch of a weekday (0 Monday) in which offices are open; minutes from midnight."""

    __tablename__ = "working_hours"

    weekday: int = Field(primary_key=True)
    opens_minute: int = Field(primary_key=True)
    closes_minute: int


class Holiday(SQLModel, table=True):
    """A day that differs from its weekday: off, or a make-up working day (``is_working``)."""

    on_date: date = Field(primary_key=True)
    name_vi: str = Field(max_length=80)
    name_en: str = Field(max_length=80)
    is_working: bool = False


class ClockOffset(SQLModel, table=True):
    """The demo's shifted clock: seconds to add to machine time; one row, id 1."""

    __tablename__ = "clock_offset"

    id: int = Field(default=1, primary_key=True)
    offset_s: int = 0


Stretch = tuple[datetime, datetime]


@dataclass(frozen=True)
class WorkingCalendar:
    """Working time of the province. Pure arithmetic; days are local, moments come and go in UTC.

    ``hours`` maps a weekday to its (opens, closes) minutes; ``changed`` maps a date to whether it
    is a working day. A make-up day keeps Monday's hours.
    """

    hours: Mapping[int, tuple[tuple[int, int], ...]]
    changed: Mapping[date, bool] = field(default_factory=dict)

    @classmethod
    def from_rows(
        cls, hours: Iterable[WorkingHours], holidays: Iterable[Holiday]
    ) -> "WorkingCalendar":
        """Calendar from the two tables."""
        by_weekday: dict[int, list[tuple[int, int]]] = {}
        for row in hours:
            by_weekday.setdefault(row.weekday, []).append((row.opens_minute, row.closes_minute))
        return cls(
            {weekday: tuple(sorted(rows)) for weekday, rows in by_weekday.items()},
            {row.on_date: row.is_working for row in holidays},
        )

    def __post_init__(self) -> None:
        if not any(self.hours.values()):
            raise ValueError("the calendar has no working hours at all")

    def is_working_day(self, on: date) -> bool:
        """Whether offices open on that date."""
        return bool(self.minutes_of(on))

    def minutes_of(self, on: date) -> tuple[tuple[int, int], ...]:
        """Opening stretches of a date, minutes from local midnight, in order."""
        changed = self.changed.get(on)
        if changed is False:
            return ()
        usual = self.hours.get(on.weekday(), ())
        return usual or (self.hours.get(0, ()) if changed else ())

    def stretches_of(self, on: date) -> list[Stretch]:
        """Opening stretches of a date as moments."""
        midnight = datetime.combine(on, time(0), LOCAL).astimezone(UTC)
        return [
            (midnight + opens * _MINUTE, midnight + closes * _MINUTE)
            for opens, closes in self.minutes_of(on)
        ]

    def is_open(self, at: datetime) -> bool:
        """Whether the moment lies in working time; the closing minute does not."""
        return any(opens <= at < closes for opens, closes in self.stretches_of(local_date(at)))

    def next_opening(self, at: datetime) -> datetime:
        """The moment itself in working time, else the next time offices open."""
        for opens, closes in self._stretches_from(at):
            if at < closes:
                return max(at, opens)
        raise ValueError("no working day within a year")

    def add(self, start: datetime, minutes: int) -> datetime:
        """Moment after so many minutes of working time; a full stretch ends at its closing."""
        left = timedelta(minutes=minutes)
        for opens, closes in self._stretches_from(start):
            begin = max(start, opens)
            if begin >= closes:
                continue
            if left <= closes - begin:
                return begin + left
            left -= closes - begin
        raise ValueError("the working time does not fit into a year")

    def between(self, start: datetime, end: datetime) -> timedelta:
        """Working time between two moments; zero when end comes first."""
        total = timedelta()
        for opens, closes in self._stretches_from(start):
            if opens >= end:
                break
            total += max(timedelta(), min(closes, end) - max(opens, start))
        return total

    def working_days(self, first: date, count: int) -> list[date]:
        """The next ``count`` working days, ``first`` included when it is one."""
        days: list[date] = []
        for offset in range(400):
            on = first + timedelta(days=offset)
            if self.is_working_day(on):
                days.append(on)
                if len(days) == count:
                    break
        return days

    def _stretches_from(self, at: datetime) -> Iterable[Stretch]:
        first = local_date(at)
        for offset in range(400):
            yield from self.stretches_of(first + timedelta(days=offset))


def local_date(at: datetime) -> date:
    """The province's date at that moment."""
    return at.astimezone(LOCAL).date()


def seconds_of_day(at: datetime, on: date) -> int:
    """Seconds since local midnight of ``on``; beyond 86,400 on a later day."""
    midnight = datetime.combine(on, time(0), LOCAL)
    return int((at - midnight).total_seconds())


def moment_of(on: date, second: int) -> datetime:
    """Moment of a second counted from local midnight of ``on``, in UTC."""
    return datetime.combine(on, time(0), LOCAL).astimezone(UTC) + timedelta(seconds=second)
