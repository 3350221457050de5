"""One day on the board: visits with their ways, calls and lunch, as bars on a line of hours."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Row, and_, or_
from sqlmodel import Session, col, select

from app.services.planning.day_work import LUNCH
from app.services.reference import Place
from app.services.scope import in_scope
from models.account import Viewer
from models.calendar import WorkingCalendar, local_date, moment_of, seconds_of_day
from models.call import CallState, VideoCall
from models.catalog import Priority
from models.lifecycle import Status
from models.numbers import written
from models.plan import Assignment, AssignmentMember
from models.ticket import Ticket

DAY_S = 86_400
# The hours that a usual day needs; a bar outside stretches them.
FIRST_HOUR, LAST_HOUR = 7, 18
HOUR_S = 3600
USUAL_LUNCH_S = 11 * HOUR_S + 30 * 60
LUNCH_LENGTH = timedelta(seconds=LUNCH.duration_s)
CALL_LENGTH = timedelta(minutes=30)


@dataclass(frozen=True)
class Bar:
    """Something in a technician's day: a visit with the way to it, or a call.

    ``short`` is the commune without its kind. Without a way to go, ``travel_from_at`` is
    ``starts_at``. ``others`` come along; ``joins`` is the ticket whose trip it joins.
    """

    number: int
    status: Status
    priority: Priority
    place: str
    short: str
    travel_from_at: datetime
    starts_at: datetime
    ends_at: datetime
    is_call: bool = False
    is_over: bool = False
    others: str = ""
    joins: int | None = None
    added_travel_s: int = 0

    @property
    def people(self) -> int:
        """How many go."""
        return 1 + len(self.others.split(", ")) if self.others else 1

    @property
    def code(self) -> str:
        """The ticket's number as it is always written."""
        return written(self.number)


@dataclass(frozen=True)
class DayShown:
    """The day of the timeline and its hours; ``open_s`` are the office's stretches."""

    on: date
    first_hour: int
    last_hour: int
    open_s: tuple[tuple[int, int], ...]

    def share(self, at: datetime) -> float:
        """Where a moment lies, 0 to 100 from the first hour to the last."""
        return self.share_s(seconds_of_day(at, self.on))

    def share_s(self, second: int) -> float:
        """The same for a second of the day."""
        length = (self.last_hour - self.first_hour) * HOUR_S
        return round(min(100, max(0, 100 * (second - self.first_hour * HOUR_S) / length)), 3)


def day_shown(calendar: WorkingCalendar, bars: Sequence[Bar], *, on: date) -> DayShown:
    """The hours that hold every bar of the day."""
    first_s = min((seconds_of_day(bar.travel_from_at, on) for bar in bars), default=DAY_S)
    last_s = max((seconds_of_day(bar.ends_at, on) for bar in bars), default=0)
    return DayShown(
        on=on,
        first_hour=max(0, min(FIRST_HOUR, first_s // HOUR_S)),
        last_hour=min(24, max(LAST_HOUR, -(-last_s // HOUR_S))),
        open_s=tuple((opens * 60, closes * 60) for opens, closes in calendar.minutes_of(on)),
    )


def timeline_day(calendar: WorkingCalendar, *, now: datetime) -> date:
    """Today while there is work left in it, else the next working day."""
    today = local_date(now)
    stretches = calendar.stretches_of(today)
    if stretches and now < stretches[-1][1] + timedelta(hours=1):
        return today
    return calendar.working_days(today + timedelta(days=1), 1)[0]


def visits_of_day(
    session: Session, on: date, *, viewer: Viewer
) -> dict[int, list[Row[tuple[object, ...]]]]:
    """Visits of the day by technician, a crew's at each of its people.

    Planned, running or done; and what is overdue from earlier days.
    """
    starts, ends = moment_of(on, 0), moment_of(on, DAY_S)
    is_of_day = and_(col(Assignment.starts_at) >= starts, col(Assignment.starts_at) < ends)
    was_done = and_(col(Assignment.arrived_at) >= starts, col(Assignment.arrived_at) < ends)
    is_left_over = and_(col(Assignment.is_active), col(Assignment.starts_at) < starts)
    counts = or_(col(Assignment.is_active), col(Assignment.arrived_at).is_not(None))
    query = (
        select(  # type: ignore[call-overload, misc]  # sqlmodel types at most four columns
            AssignmentMember.technician_id,
            Assignment.ticket_number,
            Assignment.is_active,
            Assignment.starts_at,
            Assignment.ends_at,
            Assignment.travel_s,
            Assignment.departed_at,
            Assignment.arrived_at,
            Assignment.finished_at,
            Assignment.ended_at,
            Assignment.joins_number,
            Assignment.added_travel_s,
            Ticket.status,
            Ticket.priority,
            Ticket.commune_code,
        )
        .join(Ticket, col(Ticket.number) == col(Assignment.ticket_number))
        .join(AssignmentMember, col(AssignmentMember.assignment_id) == col(Assignment.id))
        .where(in_scope(viewer), counts, or_(is_of_day, was_done, is_left_over))
        .order_by(col(Assignment.starts_at), col(Assignment.id))
    )
    found: dict[int, list[Row[tuple[object, ...]]]] = defaultdict(list)
    for row in session.execute(query):
        found[row.technician_id].append(row)
    return found


def calls_of_day(
    session: Session, on: date, *, viewer: Viewer
) -> dict[int, list[Row[tuple[object, ...]]]]:
    """Calls of the day that a technician takes, by technician."""
    query = (
        select(  # type: ignore[call-overload]  # sqlmodel types at most four columns
            VideoCall.technician_id,
            VideoCall.ticket_number,
            VideoCall.state,
            VideoCall.starts_at,
            VideoCall.started_at,
            VideoCall.ended_at,
            Ticket.status,
            Ticket.priority,
            Ticket.commune_code,
        )
        .join(Ticket, col(Ticket.number) == col(VideoCall.ticket_number))
        .where(
            in_scope(viewer),
            col(VideoCall.technician_id).is_not(None),
            col(VideoCall.state) != CallState.DROPPED,
            col(VideoCall.starts_at) >= moment_of(on, 0),
            col(VideoCall.starts_at) < moment_of(on, DAY_S),
        )
    )
    found: dict[int, list[Row[tuple[object, ...]]]] = defaultdict(list)
    for row in session.execute(query):
        found[row.technician_id].append(row)
    return found


def bars_of(
    visits: Sequence[Row[tuple[object, ...]]],
    calls: Sequence[Row[tuple[object, ...]]],
    *,
    places: Mapping[str, Place],
    others: Mapping[int, str],
    now: datetime,
) -> tuple[Bar, ...]:
    """Visits and calls of one technician as bars, in order; ``others`` come along, by ticket."""
    bars = [
        _visit(row, places[row.commune_code], others.get(row.ticket_number, ""), now)
        for row in visits
    ]
    bars += [_call(row, places[row.commune_code], now) for row in calls]
    return tuple(sorted(bars, key=lambda bar: (bar.starts_at, bar.number)))


def _visit(row: Row[tuple[object, ...]], place: Place, others: str, now: datetime) -> Bar:
    """The visit as it was where it has happened, else as it is planned."""
    starts_at = row.arrived_at or row.starts_at
    finished_at = row.finished_at or (None if row.is_active else row.ended_at)
    planned_end_at = starts_at + (row.ends_at - row.starts_at)
    ends_at = finished_at or planned_end_at
    if row.arrived_at and not finished_at:
        ends_at = max(ends_at, now)
    left_at = row.departed_at or starts_at - timedelta(seconds=row.travel_s)
    return Bar(
        number=row.ticket_number,
        status=row.status,
        priority=row.priority,
        place=place.full_name,
        short=place.name,
        travel_from_at=min(left_at, starts_at),
        starts_at=starts_at,
        ends_at=max(starts_at, ends_at),
        is_over=finished_at is not None,
        others=others,
        joins=row.joins_number,
        added_travel_s=row.added_travel_s,
    )


def _call(row: Row[tuple[object, ...]], place: Place, now: datetime) -> Bar:
    starts_at = row.started_at or row.starts_at
    ends_at = row.ended_at or max(starts_at + CALL_LENGTH, now if row.started_at else starts_at)
    return Bar(
        number=row.ticket_number,
        status=row.status,
        priority=row.priority,
        place=place.full_name,
        short=place.name,
        travel_from_at=starts_at,
        starts_at=starts_at,
        ends_at=ends_at,
        is_call=True,
        is_over=row.ended_at is not None,
    )


def lunch_of(bars: Sequence[Bar], on: date) -> datetime | None:
    """When the day leaves room for lunch: half past eleven, else the first gap long enough."""
    earliest, latest = moment_of(on, LUNCH.earliest_s), moment_of(on, LUNCH.latest_s)
    ends = [bar.ends_at for bar in bars if earliest < bar.ends_at <= latest]
    for at in [moment_of(on, USUAL_LUNCH_S), earliest, *ends]:
        if all(bar.ends_at <= at or bar.travel_from_at >= at + LUNCH_LENGTH for bar in bars):
            return at
    return None
