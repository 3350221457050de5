"""When a commune can be visited, where that differs from the offices' hours."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session, select

from app.i18n import _
from app.services.planning.placement import request_replan
from app.services.reference import reference
from app.services.scope import NotVisible
from app.services.world.log import WorldError, record, take_turn
from models.account import Role, Viewer
from models.geography import CommuneWindow
from models.roads import WorldKind
from models.types import JsonDict

EVERY_DAY = 0b1111111
NOTE_LENGTH = 200


@dataclass(frozen=True)
class WindowDraft:
    """A rule as the form has it; no minutes: no visit on those days."""

    commune_code: str
    weekdays: int
    from_on: date | None = None
    until_on: date | None = None
    opens_minute: int | None = None
    closes_minute: int | None = None
    note: str = ""


def add_window(
    session: Session, draft: WindowDraft, *, viewer: Viewer, now: datetime
) -> CommuneWindow:
    """Add a rule; one that is there already stays the only one.

    Raises
    ------
    WorldError
        If something in it is missing or wrong.
    """
    take_turn(session, viewer, Role.ADMIN)
    errors: dict[str, str] = {}
    if draft.commune_code not in reference(session).places:
        errors["commune"] = _("Hãy chọn một xã.")
    if not 0 < draft.weekdays <= EVERY_DAY:
        errors["weekdays"] = _("Hãy chọn ít nhất một ngày trong tuần.")
    if draft.from_on and draft.until_on and draft.until_on < draft.from_on:
        errors["until_on"] = _("Ngày cuối không được trước ngày đầu.")
    opens, closes = draft.opens_minute, draft.closes_minute
    if (opens is None) != (closes is None):
        errors["closes"] = _("Hãy ghi cả giờ bắt đầu và giờ kết thúc.")
    elif opens is not None and closes is not None and not 0 <= opens < closes <= 24 * 60:
        errors["closes"] = _("Giờ kết thúc phải sau giờ bắt đầu.")
    if len(draft.note) > NOTE_LENGTH:
        errors["note"] = _("Tối đa %(most)s ký tự.", most=NOTE_LENGTH)
    if errors:
        raise WorldError(errors)
    same = session.exec(select(CommuneWindow).filter_by(**vars(draft))).first()
    if same is not None:
        return same
    window = CommuneWindow(**vars(draft))
    session.add(window)
    session.flush()
    record(
        session,
        WorldKind.WINDOW_ADDED,
        now=now,
        by=viewer,
        subject=draft.commune_code,
        after=_as_json(window),
    )
    request_replan(session, cause="hours", now=now, viewer=viewer)
    return window


def remove_window(session: Session, window_id: int, *, viewer: Viewer, now: datetime) -> None:
    """Take a rule away.

    Raises
    ------
    NotVisible
        If there is no such rule.
    """
    take_turn(session, viewer, Role.ADMIN)
    window = session.get(CommuneWindow, window_id)
    if window is None:
        raise NotVisible(str(window_id))
    session.delete(window)
    record(
        session,
        WorldKind.WINDOW_REMOVED,
        now=now,
        by=viewer,
        subject=window.commune_code,
        before=_as_json(window),
    )
    request_replan(session, cause="hours", now=now, viewer=viewer)


def _as_json(window: CommuneWindow) -> JsonDict:
    return {
        "weekdays": window.weekdays,
        "from_on": window.from_on.isoformat() if window.from_on else None,
        "until_on": window.until_on.isoformat() if window.until_on else None,
        "opens_minute": window.opens_minute,
        "closes_minute": window.closes_minute,
    }
