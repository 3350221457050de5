"""Working time: office hours, lunch, weekends, holidays and make-up days."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.calendar import (
    LOCAL,
    Holiday,
    WorkingCalendar,
    WorkingHours,
    local_date,
    moment_of,
    seconds_of_day,
)

WEEK = dict.fromkeys(range(5), ((450, 690), (810, 1020)))
# Wednesday; Tuesday 24/11/2026 is a holiday, and Saturday 28/11/2026 is worked here to make up.
CALENDAR = WorkingCalendar(WEEK, {date(2026, 11, 24): False, date(2026, 11, 28): True})
# Any moment of the two weeks around it, to the minute.
MOMENTS = st.integers(0, 14 * 24 * 60).map(
    lambda minutes: datetime(2026, 11, 16, tzinfo=UTC) + timedelta(minutes=minutes)
)


def at(written: str) -> datetime:
    """Local time of November 2026, ``25 08:00``, in UTC."""
    day, clock = written.split()
    return datetime.fromisoformat(f"2026-11-{day}T{clock}").replace(tzinfo=LOCAL).astimezone(UTC)


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        ("25 07:29", False),
        ("25 07:30", True),
        ("25 11:29", True),
        ("25 11:30", False),
        ("25 13:30", True),
        ("25 16:59", True),
        ("25 17:00", False),
        ("24 09:00", False),
        ("28 09:00", True),
        ("29 09:00", False),
    ],
)
def test_offices_are_open_in_their_hours_alone(moment: str, is_open: bool) -> None:
    assert CALENDAR.is_open(at(moment)) is is_open


@pytest.mark.parametrize(
    ("start", "minutes", "end"),
    [
        ("25 08:00", 60, "25 09:00"),
        ("25 11:00", 60, "25 14:00"),
        ("25 08:00", 210, "25 11:30"),
        ("25 16:30", 60, "26 08:00"),
        ("25 20:00", 30, "26 08:00"),
        ("27 16:30", 60, "28 08:00"),
        ("28 16:30", 60, "30 08:00"),
        ("23 16:30", 60, "25 08:00"),
        # The example of the main job: P1 has four hours, filed at 13:45.
        ("25 13:45", 240, "26 08:15"),
        ("25 08:00", 0, "25 08:00"),
    ],
)
def test_working_time_is_added_over_lunch_night_weekend_and_holiday(
    start: str, minutes: int, end: str
) -> None:
    assert CALENDAR.add(at(start), minutes) == at(end)


@pytest.mark.parametrize(
    ("moment", "opening"),
    [
        ("25 09:00", "25 09:00"),
        ("25 05:00", "25 07:30"),
        ("25 12:00", "25 13:30"),
        ("25 18:00", "26 07:30"),
        ("23 17:00", "25 07:30"),
        ("28 17:00", "30 07:30"),
    ],
)
def test_the_next_opening_is_now_or_the_next_time_somebody_is_there(
    moment: str, opening: str
) -> None:
    assert CALENDAR.next_opening(at(moment)) == at(opening)


def test_a_make_up_day_has_the_hours_of_a_monday() -> None:
    assert CALENDAR.minutes_of(date(2026, 11, 28)) == WEEK[0]


def test_working_days_leave_out_holidays_and_take_in_make_up_days() -> None:
    days = CALENDAR.working_days(date(2026, 11, 23), 5)

    assert [day.day for day in days] == [23, 25, 26, 27, 28]


@given(MOMENTS, st.integers(1, 3000))
def test_between_gives_back_what_was_added(start: datetime, minutes: int) -> None:
    end = CALENDAR.add(start, minutes)

    assert CALENDAR.between(start, end) == timedelta(minutes=minutes)


@given(MOMENTS, st.integers(0, 1500), st.integers(1, 1500))
def test_adding_twice_is_adding_the_sum(start: datetime, first: int, second: int) -> None:
    twice = CALENDAR.add(CALENDAR.add(start, first), second)

    assert twice == CALENDAR.add(start, first + second)


@given(MOMENTS, MOMENTS)
def test_working_time_is_never_more_than_time_and_none_backwards(
    start: datetime, end: datetime
) -> None:
    worked = CALENDAR.between(start, end)

    assert timedelta() <= worked <= max(timedelta(), end - start)


def test_a_calendar_of_rows_is_the_calendar_of_their_values() -> None:
    hours = [
        WorkingHours(weekday=day, opens_minute=opens, closes_minute=closes)
        for day, stretches in WEEK.items()
        for opens, closes in reversed(stretches)
    ]
    days = [
        Holiday(on_date=date(2026, 11, 24), name_vi="Nghỉ", name_en="Off"),
        Holiday(on_date=date(2026, 11, 28), name_vi="Bù", name_en="Make-up", is_working=True),
    ]

    assert WorkingCalendar.from_rows(hours, days) == CALENDAR


def test_a_calendar_without_any_hours_is_refused() -> None:
    with pytest.raises(ValueError, match="no working hours"):
        WorkingCalendar({})


def test_a_day_begins_at_the_provinces_midnight() -> None:
    midnight = datetime(2026, 11, 24, 17, 0, tzinfo=UTC)

    assert local_date(midnight) == date(2026, 11, 25)
    assert local_date(midnight - timedelta(seconds=1)) == date(2026, 11, 24)


@given(MOMENTS)
def test_seconds_of_a_day_and_moments_are_each_others_reverse(moment: datetime) -> None:
    on = local_date(moment)

    assert moment_of(on, seconds_of_day(moment, on)) == moment
