"""The board as data for its script: markers, words, and what changed with the rows' own markup."""

from datetime import datetime

from flask import render_template, url_for

from app.i18n import _, label, pick
from app.services.boards import board
from app.services.boards.board import QueueRow
from app.services.boards.board_day import DayShown
from app.services.boards.board_page import BoardView, Changes
from app.services.boards.board_people import Line
from models.catalog import Priority
from models.types import JsonDict


def board_data(view: BoardView, *, now: datetime) -> JsonDict:
    """What the page's script needs beside the rows themselves."""
    return {
        "base": drawer_base(),
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


def changes_data(changes: Changes, *, now: datetime) -> JsonDict:
    """What the script must patch, with the markup that the page has."""
    base = drawer_base()
    return {
        "tickets": [
            marker(row) | {"html": render_template("board/_row.html", row=row, now=now, base=base)}
            for row in changes.rows
        ],
        "gone": changes.gone,
        "people": [person(line) for line in changes.people],
        "lines": [
            {
                "id": one.line.id,
                "html": render_template("board/_line.html", one=one, now=now, base=base),
            }
            for one in changes.lines
        ],
        "day": _day_data(changes.day),
        "now": int(now.timestamp()),
    }


def drawer_base() -> str:
    """Address of a ticket's drawer without its number; asked for once, not for every row."""
    return url_for("board.ticket", number=0).removesuffix("0")


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
        "nothing": _("Không có phiếu nào đang chờ"),
        "none": _("Không có phiếu nào trong mục này"),
        "live": _("Trực tuyến"),
        "lost": _("Mất kết nối, đang nối lại…"),
        "closed": _("Tạm dừng: đang mở quá nhiều cửa sổ"),
        "failed": _("Chưa làm được, chưa có gì thay đổi. Hãy thử lại."),
        "loading": _("Đang mở phiếu…"),
        "corners": _("%(count)s góc", count="{n}"),
        "drawn": _("Vùng đã vẽ trên bản đồ: %(count)s góc", count="{n}"),
        "roads_changed": _("Đường bị chặn hoặc giờ tàu vừa thay đổi"),
        "closed_now": _("Đường bị chặn: %(what)s", what="{what}"),
        "closed_later": _("Đường sắp bị chặn: %(what)s", what="{what}"),
        "priorities": {one.value: label(one) for one in Priority},
    }
