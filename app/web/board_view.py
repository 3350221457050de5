"""The board's rows as a page and as JSON for its script: the same facts, the same templates."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from flask import render_template
from sqlmodel import Session, col, select

from app.i18n import _, label, pick
from app.services import board
from app.services.board import Figures, QueueRow, TeamChoice, figures_of, queue, teams
from app.services.board_day import LUNCH_LENGTH, Bar, DayShown, day_shown, timeline_day
from app.services.board_people import Line, lines
from app.services.changes import last_change_id
from app.services.reference import reference
from models.account import Role, Viewer
from models.calendar import LOCAL, moment_of
from models.catalog import Priority
from models.plan import Assignment
from models.types import JsonDict


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
    is_today = shown.on == now.astimezone(LOCAL).date()
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
    return LineView(line, tuple(view for view in bars if view.x < 100), lunch)


def board_data(view: BoardView, *, map_address: str, now: datetime) -> JsonDict:
    """What the page's script needs beside the rows themselves."""
    return {
        "map": map_address,
        "tickets": [marker(row) for row in view.rows],
        "people": [person(one.line) for one in view.lines],
        "bases": [
            {"name": pick(team.name_vi, team.name_en), "place": team.base}
            | {"lat": team.lat, "lon": team.lon}
            for team in view.teams
        ],
        "day": _day_data(view.day.day),
        "now": int(now.timestamp()),
        "words": words(),
    }


def _day_data(shown: DayShown) -> JsonDict:
    return {"on": shown.on.isoformat(), "hours": f"{shown.first_hour}-{shown.last_hour}"}


def delta(
    session: Session,
    numbers: Sequence[int],
    *,
    viewer: Viewer,
    now: datetime,
    team_id: int | None,
    hours: tuple[int, int] | None,
) -> JsonDict:
    """What the script must patch: rows of these tickets, lines of the people they touch.

    ``hours`` are those that the page shows; the lines are drawn to their scale.
    """
    rows = queue(session, viewer=viewer, now=now, team_id=team_id, numbers=numbers)
    people = lines(session, viewer=viewer, now=now, team_id=team_id)
    touched = set(
        session.exec(
            select(Assignment.technician_id).where(col(Assignment.ticket_number).in_(numbers))
        )
    )
    touched |= {row.technician_id for row in rows if row.technician_id is not None}
    shown = _day_shown(session, people, now=now)
    if hours is not None:
        shown = replace(shown, first_hour=hours[0], last_hour=hours[1])
    found = {row.number for row in rows}
    return {
        "tickets": [
            marker(row) | {"html": render_template("board/_row.html", row=row, now=now)}
            for row in rows
        ],
        "gone": sorted(set(numbers) - found),
        "people": [person(line) for line in people],
        "lines": [
            {
                "id": line.id,
                "html": render_template("board/_line.html", one=_line_view(line, shown), now=now),
            }
            for line in people
            if line.id in touched
        ],
        "day": _day_data(shown),
        "now": int(now.timestamp()),
    }


def marker(row: QueueRow) -> JsonDict:
    """A ticket as the map shows it and the figures count it."""
    return {
        "number": row.number,
        "code": row.code,
        "version": row.version,
        "priority": row.priority.value,
        "group": row.group,
        "order": row.order,
        "status": label(row.status),
        "title": row.title,
        "place": row.place,
        "lat": row.lat,
        "lon": row.lon,
        "target": int(row.target_at.timestamp()) if row.target_at else None,
        "runs": row.timing in board.RUNNING,
        "call": row.has_call,
    }


def person(line: Line) -> JsonDict:
    """A technician as the map shows them."""
    return {
        "id": line.id,
        "name": line.name,
        "initials": line.initials,
        "state": line.state.value,
        "words": line.state_words,
        "place": line.place,
        "heading": line.heading_for,
        "lat": line.lat,
        "lon": line.lon,
        "seen": int(line.seen_at.timestamp()) if line.seen_at else None,
    }


def words() -> JsonDict:
    """The few sentences that the script makes itself."""
    return {
        "left": _("còn %(span)s", span="{span}"),
        "over": _("quá %(span)s", span="{span}"),
        "ago": _("%(span)s trước", span="{span}"),
        "minutes": _("%(minutes)s phút", minutes="{m}"),
        "hours": _("%(hours)s giờ", hours="{h}"),
        "both": _("%(hours)s giờ %(minutes)s phút", hours="{h}", minutes="{m}"),
        "days": _("%(days)s ngày", days="{d}"),
        "tickets": _("%(count)s phiếu", count="{n}"),
        "people": _("%(count)s kỹ thuật viên", count="{n}"),
        "base": _("Trụ sở %(team)s, %(place)s", team="{team}", place="{place}"),
        "heading": _("đang đến %(place)s", place="{place}"),
        "changed": _("Phiếu %(code)s: %(status)s", code="{code}", status="{status}"),
        "gone": _("Phiếu %(code)s đã rời bảng", code="{code}"),
        "live": _("Trực tuyến"),
        "lost": _("Mất kết nối, đang nối lại…"),
        "closed": _("Tạm dừng: đang mở quá nhiều cửa sổ"),
        "failed": _("Chưa làm được, chưa có gì thay đổi. Hãy thử lại."),
        "loading": _("Đang mở phiếu…"),
        "priorities": {one.value: label(one) for one in Priority},
    }
