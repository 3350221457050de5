"""Closed roads: filed by whoever meets one, lifted by who watches over the board.

A closure counts from the same minute: every process sees it with its next plan, and the worker
plans anew, which frees visits that can no longer be reached. Journeys that have begun are left
alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import isfinite

from sqlmodel import Session, and_, col, func, or_, select

from app.i18n import _
from app.services.planning.assigning import lock_plan
from app.services.planning.placement import request_replan
from app.services.reference import Reference, reference
from app.services.scope import NotVisible
from app.services.world.log import WorldError, record, take_turn
from models.account import Role, Viewer
from models.geography import RoadClosure
from models.roads import WorldKind
from models.types import JsonDict

MAY_FILE = (Role.TECHNICIAN, Role.LEAD, Role.DISPATCHER)
MAY_DRAW = (Role.LEAD, Role.DISPATCHER)
NOTE_LENGTH = 200
MOST_CORNERS = 60
# Longer than that is no closure but a map that has changed.
LONGEST = timedelta(days=366)
# Each costs every plan some time, and nobody drives by a map with more.
MOST_OPEN = 100


@dataclass(frozen=True)
class ClosureDraft:
    """What somebody sent in under a ``key`` of their own; corners are (lat, lon).

    No ``from_at``: from now on. No ``until_at``: until somebody lifts it.
    """

    key: str
    from_code: str = ""
    to_code: str = ""
    corners: Sequence[tuple[float, float]] = ()
    from_at: datetime | None = None
    until_at: datetime | None = None
    note: str = ""


def file_closure(
    session: Session, draft: ClosureDraft, *, viewer: Viewer, now: datetime
) -> tuple[RoadClosure, bool]:
    """Close a road; the closure, and whether this call wrote it (a repeat of the key does not).

    Raises
    ------
    WorldError
        If something in it is missing or wrong.
    NotAllowedError
        If the role files none, or a technician draws an area.
    """
    take_turn(session, viewer, *(MAY_DRAW if draft.corners else MAY_FILE))
    before = session.exec(select(RoadClosure).where(col(RoadClosure.key) == draft.key)).first()
    if before is not None:
        if before.filed_by_id != viewer.user_id or not _is_same(before, draft):
            raise WorldError({"key": _old_form()})
        return before, False
    errors = _errors(reference(session), draft, now=now)
    if errors or (errors := _too_many(session, now=now)):
        raise WorldError(errors)
    closure = RoadClosure(
        key=draft.key,
        from_code=None if draft.corners else draft.from_code,
        to_code=None if draft.corners else draft.to_code,
        area=[[lat, lon] for lat, lon in draft.corners] or None,
        from_at=draft.from_at or now,
        until_at=draft.until_at,
        note=draft.note.strip(),
        filed_by_id=viewer.user_id,
        filed_at=now,
        planned_at=now,
    )
    session.add(closure)
    session.flush()
    record(
        session,
        WorldKind.CLOSURE_FILED,
        now=now,
        by=viewer,
        subject=str(closure.id),
        after=_as_json(closure),
    )
    request_replan(session, cause="closure", now=now, viewer=viewer)
    return closure, True


def _is_same(closure: RoadClosure, draft: ClosureDraft) -> bool:
    """Whether it is the same road and time again: only then is it a repeat."""
    if draft.corners:
        is_there = closure.area == [[lat, lon] for lat, lon in draft.corners]
    else:
        is_there = (closure.from_code, closure.to_code) == (draft.from_code, draft.to_code)
    starts_at = draft.from_at or closure.from_at
    return is_there and (starts_at, draft.until_at) == (closure.from_at, closure.until_at)


def _old_form() -> str:
    return _("Biểu mẫu đã cũ. Hãy tải lại trang rồi gửi lại.")


def _too_many(session: Session, *, now: datetime) -> dict[str, str]:
    is_on = or_(col(RoadClosure.until_at).is_(None), col(RoadClosure.until_at) > now)
    count = session.exec(
        select(func.count())
        .select_from(RoadClosure)
        .where(col(RoadClosure.lifted_at).is_(None), is_on)
    ).one()
    if count < MOST_OPEN:
        return {}
    words = _("Đã có %(most)s đường đang bị chặn. Hãy báo thông những đường đã đi được trước.")
    return {"from_code": words % {"most": MOST_OPEN}}


def _errors(facts: Reference, draft: ClosureDraft, *, now: datetime) -> dict[str, str]:
    errors: dict[str, str] = {}
    if not 8 <= len(draft.key) <= 64:
        errors["key"] = _old_form()
    if draft.corners:
        if wrong := _wrong_area(draft.corners):
            errors["area"] = wrong
    else:
        for name, code in (("from_code", draft.from_code), ("to_code", draft.to_code)):
            if code not in facts.places:
                errors[name] = _("Hãy chọn một xã.")
        if not errors and draft.from_code == draft.to_code:
            errors["to_code"] = _("Hãy chọn hai xã khác nhau.")
    start = draft.from_at or now
    if not now - LONGEST <= start <= now + LONGEST:
        errors["from_at"] = _("Ngày này quá xa. Hãy chọn ngày gần hơn.")
    if draft.until_at is not None and draft.until_at <= max(start, now):
        errors["until_at"] = _("Giờ thông đường phải sau giờ bắt đầu và sau giờ hiện tại.")
    elif draft.until_at is not None and draft.until_at - start > LONGEST:
        errors["until_at"] = _("Ngày này quá xa. Chưa biết ngày thông đường thì để trống.")
    if len(draft.note.strip()) > NOTE_LENGTH:
        errors["note"] = _("Tối đa %(most)s ký tự.", most=NOTE_LENGTH)
    return errors


def _wrong_area(corners: Sequence[tuple[float, float]]) -> str:
    if len(set(corners)) < 3:
        return _("Vùng cần ít nhất ba điểm khác nhau.")
    if len(corners) > MOST_CORNERS:
        return _("Vùng có tối đa %(most)s điểm.", most=MOST_CORNERS)
    if not all(
        isfinite(lat) and isfinite(lon) and abs(lat) <= 90 and abs(lon) <= 180
        for lat, lon in corners
    ):
        return _("Vùng có điểm nằm ngoài bản đồ. Hãy vẽ lại.")
    return ""


def lift_closure(session: Session, closure_id: int, *, viewer: Viewer, now: datetime) -> None:
    """Open the road again; lifting twice does nothing.

    Raises
    ------
    NotVisible
        If there is no such closure.
    """
    take_turn(session, viewer, *MAY_DRAW)
    closure = session.get(RoadClosure, closure_id)
    if closure is None:
        raise NotVisible(str(closure_id))
    if closure.lifted_at is not None:
        return
    closure.lifted_at, closure.lifted_by_id, closure.planned_at = now, viewer.user_id, now
    session.add(closure)
    record(
        session,
        WorldKind.CLOSURE_LIFTED,
        now=now,
        by=viewer,
        subject=str(closure_id),
        before=_as_json(closure),
    )
    request_replan(session, cause="closure_lifted", now=now, viewer=viewer)


def plan_begun_closures(session: Session, *, now: datetime) -> int:
    """Ask for a new plan the minute a closure begins or runs out; how many did."""
    begun = and_(
        col(RoadClosure.from_at) <= now, col(RoadClosure.planned_at) < col(RoadClosure.from_at)
    )
    over = and_(
        col(RoadClosure.until_at) <= now, col(RoadClosure.planned_at) < col(RoadClosure.until_at)
    )
    wanted = select(RoadClosure).where(col(RoadClosure.lifted_at).is_(None), or_(begun, over))
    if session.exec(wanted.limit(1)).first() is None:
        return 0
    # Who lifts one at this moment goes first; then it is not among them.
    lock_plan(session)
    rows = session.exec(wanted.execution_options(populate_existing=True)).all()
    for closure in rows:
        is_over = closure.until_at is not None and closure.until_at <= now
        kind = WorldKind.CLOSURE_ENDED if is_over else WorldKind.CLOSURE_BEGAN
        closure.planned_at = now
        if is_over:
            closure.lifted_at = closure.until_at
        session.add(closure)
        record(session, kind, now=now, by=None, subject=str(closure.id))
    if rows:
        request_replan(session, cause="closure", now=now)
    return len(rows)


def _as_json(closure: RoadClosure) -> JsonDict:
    return {
        "from_code": closure.from_code,
        "to_code": closure.to_code,
        "area": closure.area,
        "from_at": closure.from_at.isoformat(),
        "until_at": closure.until_at.isoformat() if closure.until_at else None,
    }
