"""Who cannot work: a lead or administrator says so, and the plan heals at once."""

from datetime import date, datetime, time, timedelta

from sqlmodel import Session, col, select

from app.i18n import _
from app.services.calling.escalation import book_call, close_call
from app.services.planning.assigning import lock_plan
from app.services.planning.placement import request_replan
from app.services.scope import NotVisible
from app.services.tickets.refusals import ActionRefused, NotAllowedError
from models.account import Role, Viewer
from models.calendar import LOCAL, local_date
from models.call import CallState, VideoCall
from models.lifecycle import Actor
from models.ticket import Ticket
from models.workforce import Leave, Team, Technician

MAY_EDIT = frozenset({Role.LEAD, Role.ADMIN})
LONGEST = timedelta(days=60)


def mark_absent(
    session: Session,
    technician_id: int,
    *,
    viewer: Viewer,
    now: datetime,
    until_on: date | None = None,
    note: str = "",
) -> Leave:
    """From now to the end of that date, today unless given, the technician sets off for nothing.

    Who is on the way or on site goes on; all else of theirs goes to others within seconds.

    Raises
    ------
    NotVisible
        If there is no such technician, or they are another team's.
    NotAllowedError
        If this role does not edit the roster.
    ActionRefused
        If the date is past or far away, or the technician is away already.
    """
    lock_plan(session)
    technician = _theirs(session, technician_id, viewer=viewer)
    last = until_on or local_date(now)
    if not local_date(now) <= last <= local_date(now + LONGEST):
        raise ActionRefused("until_on", _("Hãy chọn ngày từ hôm nay đến 60 ngày tới."))
    if current_leaves(session, technician_id, now=now):
        raise ActionRefused("until_on", _("Người này đang được ghi là nghỉ."))
    ends_at = datetime.combine(last + timedelta(days=1), time(0), LOCAL)
    leave = Leave(
        technician_id=technician.id or 0,
        from_at=now,
        until_at=ends_at,
        note=note.strip()[:200],
        filed_by_id=viewer.user_id,
        filed_at=now,
    )
    session.add(leave)
    session.flush()
    _hand_over_calls(session, leave, now=now)
    request_replan(session, cause="absent", now=now, viewer=viewer)
    session.flush()
    return leave


def _hand_over_calls(session: Session, leave: Leave, *, now: datetime) -> None:
    """Calls that the technician was to take within the leave get another host; both are invited."""
    calls = session.exec(
        select(VideoCall).where(
            col(VideoCall.technician_id) == leave.technician_id,
            col(VideoCall.state) == CallState.BOOKED,
            col(VideoCall.starts_at) < leave.until_at,
        )
    ).all()
    for call in calls:
        ticket = session.get_one(Ticket, call.ticket_number)
        close_call(session, ticket, call, outcome=None, actor=Actor.CLOCK, now=now)
        session.flush()
        book_call(
            session, ticket, reason=call.reason, now=now, is_beside_visit=call.is_beside_visit
        )


def mark_back(session: Session, technician_id: int, *, viewer: Viewer, now: datetime) -> None:
    """The technician works again from now on.

    Raises as `mark_absent` does.
    """
    _theirs(session, technician_id, viewer=viewer)
    leaves = current_leaves(session, technician_id, now=now)
    if not leaves:
        raise ActionRefused("until_on", _("Người này hiện không được ghi là nghỉ."))
    for leave in leaves:
        leave.until_at = now
        session.add(leave)
    request_replan(session, cause="back", now=now, viewer=viewer)
    session.flush()


def let_share(session: Session, team_id: int, *, viewer: Viewer, now: datetime, may: bool) -> Team:
    """Whether people of the team may share a car for what nobody of them can do alone.

    Raises
    ------
    NotVisible, NotAllowedError
        If there is no such team, or it is not this person's to decide.
    """
    team = session.get(Team, team_id)
    if team is None or (viewer.role is Role.LEAD and team.id != viewer.team_id):
        raise NotVisible(str(team_id))
    if viewer.role not in MAY_EDIT:
        raise NotAllowedError("this role does not edit the roster")
    if team.has_crews is not may:
        team.has_crews = may
        session.add(team)
        request_replan(session, cause="crews", now=now, viewer=viewer)
        session.flush()
    return team


def current_leaves(session: Session, technician_id: int, *, now: datetime) -> list[Leave]:
    """Leaves that last at this moment."""
    return list(
        session.exec(
            select(Leave).where(
                col(Leave.technician_id) == technician_id,
                col(Leave.from_at) <= now,
                col(Leave.until_at) > now,
            )
        ).all()
    )


def _theirs(session: Session, technician_id: int, *, viewer: Viewer) -> Technician:
    technician = session.get(Technician, technician_id)
    is_foreign = viewer.role is Role.LEAD and (
        technician is None or technician.team_id != viewer.team_id
    )
    if technician is None or is_foreign:
        raise NotVisible(str(technician_id))
    if viewer.role not in MAY_EDIT:
        raise NotAllowedError("this role does not edit the roster")
    return technician
