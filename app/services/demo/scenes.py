"""The demo's tickets as scenes: who asked for what, when, and what was done about it."""

import json
import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from app.services.demo.loading import DATA
from models.calendar import LOCAL, WorkingCalendar, local_date

_DAYS_BACK = re.compile(r"-(\d) (\d\d:\d\d)")
_MINUTES_AGO = re.compile(r"-(\d+)m")


@dataclass(frozen=True)
class SceneStep:
    """One thing that somebody did: an action of the ticket's life, a comment, a note, a join.

    ``by`` is told where it is not whom the step usually belongs to; ``days`` is how many working
    days a wait lasts, ``into`` the name of the scene that a ticket was merged into.
    """

    do: str
    text: str = ""
    by: str = ""
    days: int = 0
    into: str = ""


@dataclass(frozen=True)
class Scene:
    """One ticket and its story. ``filed`` is ``-3 08:05``, working days back, or ``-20m``."""

    filed: str
    commune: str
    category: str
    title: str
    description: str
    steps: tuple[SceneStep, ...]
    citizens_waiting: int = 0
    extra: dict[str, str] = field(default_factory=dict)
    village: str = ""
    on_behalf: bool = False
    name: str = ""


def scenes() -> list[Scene]:
    """Every scene of the file, in its order."""
    rows = json.loads((DATA / "demo-tickets.json").read_text(encoding="utf-8"))
    return [
        Scene(**{**row, "steps": tuple(SceneStep(**step) for step in row["steps"])}) for row in rows
    ]


def filed_at(scene: Scene, *, calendar: WorkingCalendar, now: datetime) -> datetime:
    """When the scene's ticket was filed, seen from ``now``.

    ``-20m`` counts minutes of working time: at 07:40 that was yesterday afternoon.

    Raises
    ------
    ValueError
        If the scene says it in no known way.
    """
    if ago := _MINUTES_AGO.fullmatch(scene.filed):
        return working_minutes_before(now, int(ago[1]), calendar=calendar)
    if back := _DAYS_BACK.fullmatch(scene.filed):
        on = working_day_before(local_date(now), int(back[1]), calendar=calendar)
        return datetime.combine(on, time.fromisoformat(back[2]), LOCAL).astimezone(UTC)
    raise ValueError(f"a scene is filed at '{scene.filed}'")


def working_day_before(on: date, count: int, *, calendar: WorkingCalendar) -> date:
    """The date so many working days earlier."""
    while count:
        on -= timedelta(days=1)
        count -= calendar.is_working_day(on)
    return on


def working_minutes_before(
    moment: datetime, minutes: int, *, calendar: WorkingCalendar
) -> datetime:
    """The moment from which on so many minutes of working time passed."""
    left = timedelta(minutes=minutes)
    on = local_date(moment)
    while True:
        for opens, closes in reversed(calendar.stretches_of(on)):
            end = min(closes, moment)
            if end <= opens:
                continue
            if end - opens >= left:
                return end - left
            left -= end - opens
        on = working_day_before(on, 1, calendar=calendar)
