"""The demo's clock: an offset to machine time, so that visitors meet an open office at any hour."""

from datetime import UTC, datetime, time, timedelta

from sqlmodel import Session, select

from models.calendar import (
    LOCAL,
    ClockOffset,
    Holiday,
    WorkingCalendar,
    WorkingHours,
    local_date,
)

# Half an hour after the offices open: people are on the road and the first visits have begun.
MORNING = time(8, 0)


def is_demo(session: Session) -> bool:
    """Whether the database holds a demo: only a demo has a shifted clock."""
    return session.get(ClockOffset, 1) is not None


def demo_now(session: Session, *, machine_now: datetime) -> datetime:
    """The tickets' time in a demo."""
    row = session.get(ClockOffset, 1)
    return machine_now + timedelta(seconds=row.offset_s if row else 0)


def set_clock(session: Session, to: datetime, *, machine_now: datetime) -> None:
    """Let the clock stand at that moment now, and run on from there."""
    row = session.get(ClockOffset, 1) or ClockOffset(id=1)
    row.offset_s = round((to - machine_now).total_seconds())
    session.add(row)
    session.flush()


def start_in_office_hours(session: Session, *, machine_now: datetime) -> datetime:
    """Move a clock that stands outside office hours on to the next working morning; the time then.

    A clock within office hours is left alone, so that a second start goes on with the same day.
    """
    now = demo_now(session, machine_now=machine_now)
    hours, holidays = session.exec(select(WorkingHours)), session.exec(select(Holiday))
    calendar = WorkingCalendar.from_rows(hours, holidays)
    if not calendar.is_open(now):
        now = next_morning(calendar, after=now)
        set_clock(session, now, machine_now=machine_now)
    elif not is_demo(session):
        set_clock(session, now, machine_now=machine_now)
    return now


def next_morning(calendar: WorkingCalendar, *, after: datetime) -> datetime:
    """The first 08:00 of a working day that is still to come."""
    today = local_date(after)
    for on in calendar.working_days(today, 2):
        morning = datetime.combine(on, MORNING, LOCAL).astimezone(UTC)
        if morning > after:
            return morning
    raise ValueError("no working day within a year")


def local_moment(written: str) -> datetime:
    """``2026-11-25T08:00``, local time unless it says otherwise, in UTC.

    Raises
    ------
    ValueError
        If it is no moment.
    """
    moment = datetime.fromisoformat(written)
    return (moment if moment.tzinfo else moment.replace(tzinfo=LOCAL)).astimezone(UTC)
