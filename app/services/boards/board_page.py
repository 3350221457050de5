"""The whole board at one moment, and what changed on it; the day is drawn to scale here."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlmodel import Session, col, select

from app.services.boards.board import Figures, QueueRow, TeamChoice, figures_of, queue, teams
from app.services.boards.board_day import LUNCH_LENGTH, Bar, DayShown, day_shown, timeline_day
from app.services.boards.board_people import Line, lines
from app.services.boards.changes import last_change_id
from app.services.reference import reference
from models.account import Role, Viewer
from models.calendar import local_date, moment_of
from models.plan import Assignment, AssignmentMember


@dataclass(frozen=True)
class BarView:
    """A bar with its place on the line of hours, in hundredths of the day's length."""

    bar: Bar
    travel_x: float
    x: float
    width: float


@dataclass(frozen=True)
class LineView:
    """A technician's line, ready to be drawn."""

    line: Line
    bars: tuple[BarView, ...]
    lunch: tuple[float, float] | None


@dataclass(frozen=True)
class DayView:
    """The ground of the timeline: hours, closed time, the now-line (None on another day)."""

    day: DayShown
    hours: tuple[tuple[int, float], ...]
    closed: tuple[tuple[float, float], ...]
    now_x: float | None
    is_today: bool
    noon_at: datetime


@dataclass(frozen=True)
class BoardView:
    """Everything on the board at one moment; ``after`` is where its stream begins."""

    after: int
    team_id: int | None
    teams: list[TeamChoice]
    has_choice: bool
    rows: list[QueueRow]
    figures: Figures
    lines: list[LineView]
    day: DayView


@dataclass(frozen=True)
class Changes:
    """What a page must patch; ``gone`` are the numbers that stand on this board no longer."""

    rows: list[QueueRow]
    gone: list[int]
    people: list[Line]
    lines: list[LineView]
    day: DayShown


def load_board(
    session: Session, *, viewer: Viewer, now: datetime, team_id: int | None
) -> BoardView:
    """The board for this person; read before anything else is where the stream begins."""
    after = last_change_id(session)
    rows = queue(session, viewer=viewer, now=now, team_id=team_id)
    people = lines(session, viewer=viewer, now=now, team_id=team_id)
    shown = _day_shown(session, people, now=now)
    choices = teams(session)
    if viewer.role is Role.LEAD:
        choices = [team for team in choices if team.id == viewer.team_id]
    return BoardView(
        after=after,
        team_id=team_id,
        teams=choices,
        has_choice=len(choices) > 1,
        rows=rows,
        figures=figures_of(rows),
        lines=[_line_view(line, shown) for line in people],
        day=_day_view(shown, now=now),
    )


def _day_shown(session: Session, people: Sequence[Line], *, now: datetime) -> DayShown:
    calendar = reference(session).calendar
    on = timeline_day(calendar, now=now)
    return day_shown(calendar, [bar for line in people for bar in line.bars], on=on)


def _day_view(shown: DayShown, *, now: datetime) -> DayView:
    is_today = shown.on == local_date(now)
    edges = [shown.first_hour * 3600, *(edge for pair in shown.open_s for edge in pair)]
    edges.append(shown.last_hour * 3600)
    closed = [
        (shown.share_s(start), round(shown.share_s(end) - shown.share_s(start), 3))
        for start, end in zip(edges[::2], edges[1::2], strict=True)
        if end > start
    ]
    return DayView(
        day=shown,
        hours=tuple(
            (hour, shown.share_s(hour * 3600)) for hour in range(shown.first_hour, shown.last_hour)
        ),
        closed=tuple(closed),
        now_x=shown.share(now) if is_today else None,
        is_today=is_today,
        noon_at=moment_of(shown.on, 12 * 3600),
    )


def _line_view(line: Line, shown: DayShown) -> LineView:
    bars = [
        BarView(
            bar=bar,
            travel_x=shown.share(bar.travel_from_at),
            x=shown.share(bar.starts_at),
            width=round(shown.share(bar.ends_at) - shown.share(bar.starts_at), 3),
        )
        for bar in line.bars
    ]
    lunch = None
    if line.lunch_at is not None:
        start = shown.share(line.lunch_at)
        lunch = (start, round(shown.share(line.lunch_at + LUNCH_LENGTH) - start, 3))
    return LineView(line, tuple(view for view in bars if view.width > 0), lunch)


def load_changes(
    session: Session,
    numbers: Sequence[int],
    *,
    viewer: Viewer,
    now: datetime,
    team_id: int | None,
    hours: tuple[int, int] | None,
) -> Changes:
    """What became of these tickets, and the days of the people whom they touch.

    ``hours`` are those that the page shows; the lines are drawn to their scale.
    """
    rows = queue(session, viewer=viewer, now=now, team_id=team_id, numbers=numbers)
    people = lines(session, viewer=viewer, now=now, team_id=team_id)
    had_them = (
        select(AssignmentMember.technician_id)
        .join(Assignment, col(Assignment.id) == col(AssignmentMember.assignment_id))
        .where(col(Assignment.ticket_number).in_(numbers))
    )
    touched = set(session.exec(had_them))
    shown = _day_shown(session, people, now=now)
    if hours is not None:
        shown = replace(shown, first_hour=hours[0], last_hour=hours[1])
    return Changes(
        rows=rows,
        gone=sorted(set(numbers) - {row.number for row in rows}),
        people=people,
        lines=[_line_view(line, shown) for line in people if line.id in touched],
        day=shown,
    )
