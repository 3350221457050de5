"""The boats to the island: their timetable, and the days on which none sails.

A pause takes effect at once. Visits to the island that it makes impossible are freed and placed
anew in the same transaction, so that what can be solved by a call becomes one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlmodel import Session, col, select

from app.i18n import _
from app.services.calling.escalation import release
from app.services.planning.placement import place_ticket, request_replan
from app.services.reference import reference
from app.services.scope import NotVisible
from app.services.world.log import WorldError, record, take_turn
from models.account import Role, Viewer
from models.calendar import local_date, moment_of
from models.geography import Commune, FerryPause, FerrySailing, PauseReason, Terrain
from models.lifecycle import Action, Actor, Status
from models.plan import Assignment
from models.roads import WorldKind
from models.ticket import Ticket
from models.types import JsonDict
from models.workforce import Technician

MAY_PAUSE = (Role.LEAD, Role.DISPATCHER, Role.ADMIN)
LONGEST_PAUSE = timedelta(days=60)
FARTHEST = timedelta(days=366)
MOST_SAILINGS = 40
DAY_S = 86_400


@dataclass(frozen=True)
class Sailing:
    """A daily boat as the timetable's form has it; minutes from midnight."""

    to_island: bool
    sails_minute: int
    crossing_min: int
    before_min: int


def pause_boats(
    session: Session,
    *,
    from_on: date,
    until_on: date,
    reason: PauseReason,
    viewer: Viewer,
    now: datetime,
) -> FerryPause:
    """No boat sails on these days; the same days again change nothing.

    Raises
    ------
    WorldError
        If the days are past, the wrong way round, or too many.
    """
    take_turn(session, viewer, *MAY_PAUSE)
    if until_on < from_on or until_on < local_date(now):
        raise WorldError({"until_on": _("Ngày cuối phải từ hôm nay và không trước ngày đầu.")})
    if from_on > local_date(now) + FARTHEST:
        raise WorldError({"from_on": _("Ngày này quá xa. Hãy chọn ngày gần hơn.")})
    if until_on - from_on > LONGEST_PAUSE:
        raise WorldError({"until_on": _("Tối đa %(most)s ngày một lần.", most=LONGEST_PAUSE.days)})
    same = session.exec(
        select(FerryPause).where(
            col(FerryPause.from_on) <= from_on,
            col(FerryPause.until_on) >= until_on,
            col(FerryPause.resumed_at).is_(None),
        )
    ).first()
    if same is not None:
        return same
    pause = FerryPause(
        from_on=from_on,
        until_on=until_on,
        reason=reason,
        filed_by_id=viewer.user_id,
        filed_at=now,
    )
    session.add(pause)
    session.flush()
    record(
        session,
        WorldKind.BOATS_PAUSED,
        now=now,
        by=viewer,
        subject=str(pause.id),
        after=_pause_json(pause),
    )
    _free_visits(session, pause, now=now)
    request_replan(session, cause="boats", now=now, viewer=viewer)
    return pause


def resume_boats(session: Session, pause_id: int, *, viewer: Viewer, now: datetime) -> None:
    """The boats sail after all; doing it twice does nothing.

    Raises
    ------
    NotVisible
        If there is no such pause.
    """
    take_turn(session, viewer, *MAY_PAUSE)
    pause = session.get(FerryPause, pause_id)
    if pause is None:
        raise NotVisible(str(pause_id))
    if pause.resumed_at is not None:
        return
    pause.resumed_at, pause.resumed_by_id = now, viewer.user_id
    session.add(pause)
    record(
        session,
        WorldKind.BOATS_RESUMED,
        now=now,
        by=viewer,
        subject=str(pause_id),
        before=_pause_json(pause),
    )
    request_replan(session, cause="boats", now=now, viewer=viewer)


def _pause_json(pause: FerryPause) -> JsonDict:
    return {
        "from_on": pause.from_on.isoformat(),
        "until_on": pause.until_on.isoformat(),
        "reason": pause.reason.value,
    }


def _free_visits(session: Session, pause: FerryPause, *, now: datetime) -> None:
    """Free the island's visits of those days, and place its open tickets as things are now.

    Who is on the island already, or on the way, goes on.
    """
    islands = select(Commune.code).where(col(Commune.terrain) == Terrain.ISLAND)
    starts, ends = moment_of(pause.from_on, 0), moment_of(pause.until_on, DAY_S)
    held = session.exec(
        select(Ticket, Assignment, Technician)
        .join(Assignment, col(Assignment.ticket_number) == col(Ticket.number))
        .join(Technician, col(Technician.id) == col(Assignment.technician_id))
        .where(
            col(Ticket.commune_code).in_(islands),
            col(Ticket.status).in_([Status.ASSIGNED, Status.ACCEPTED]),
            col(Assignment.is_active),
            col(Assignment.starts_at) >= max(starts, now),
            col(Assignment.starts_at) < ends,
        )
        .order_by(col(Ticket.priority), col(Ticket.target_at), col(Ticket.number))
    ).all()
    for ticket, assignment, technician in held:
        if technician.at_code == ticket.commune_code:
            continue
        ticket.apply(Action.UNASSIGN, Actor.SCHEDULER, now=now)
        release(session, ticket, assignment, now=now)
    waiting = session.exec(
        select(Ticket)
        .where(col(Ticket.commune_code).in_(islands), col(Ticket.status) == Status.OPEN)
        .order_by(col(Ticket.priority), col(Ticket.target_at), col(Ticket.number))
    ).all()
    for ticket in waiting:
        place_ticket(session, ticket, now=now)


def set_timetable(
    session: Session, sailings: Sequence[Sailing], *, viewer: Viewer, now: datetime
) -> None:
    """Replace the timetable.

    Raises
    ------
    WorldError
        If a boat cannot be: by ``to_island-0`` … the line that is wrong.
    """
    take_turn(session, viewer, Role.ADMIN)
    if len(sailings) > MOST_SAILINGS:
        raise WorldError({"sailings": _("Tối đa %(most)s chuyến.", most=MOST_SAILINGS)})
    wanted = sorted(set(sailings), key=lambda one: (not one.to_island, one.sails_minute))
    for one in wanted:
        is_sane = 0 <= one.sails_minute < 24 * 60 and 1 <= one.crossing_min <= 600
        if not is_sane or not 0 <= one.before_min <= 240:
            raise WorldError(
                {"sailings": _("Có chuyến tàu ghi giờ hoặc số phút chưa hợp lý. Hãy xem lại.")}
            )
    rows = session.exec(select(FerrySailing)).all()
    kept = sorted(
        (
            Sailing(row.to_island, row.sails_minute, row.crossing_min, row.before_min)
            for row in rows
        ),
        key=lambda one: (not one.to_island, one.sails_minute),
    )
    if kept == wanted:
        return
    for row in rows:
        session.delete(row)
    session.flush()
    session.add_all(FerrySailing(**vars(one)) for one in wanted)
    record(
        session,
        WorldKind.TIMETABLE,
        now=now,
        by=viewer,
        before={"sailings": [vars(one) for one in kept]},
        after={"sailings": [vars(one) for one in wanted]},
    )
    request_replan(session, cause="boats", now=now, viewer=viewer)


def timetable(session: Session) -> list[Sailing]:
    """The boats of every day: to the island first, by time."""
    return sorted(
        (Sailing(*row) for row in reference(session).sailings),
        key=lambda one: (not one.to_island, one.sails_minute),
    )
