"""Runs of the re-planner: which one is to be done now, and what it may do."""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from app.services.reference import reference
from models.calendar import local_date, moment_of
from models.database import reading, transaction
from models.plan import PlanRun

EVERY = timedelta(minutes=15)
# Who asks for these wants to see a crew now, not at noon.
FORMS = frozenset({"person", "needs", "crews"})
NOON_S = 11 * 3600
Fence = Callable[[Session], None]


def claim_run(engine: Engine, fence: Fence, *, now: datetime) -> int | None:
    """The run to do now: asked for, left over by a dead worker, or due by the clock."""
    with reading(engine) as session:
        if not _is_due(session, now=now):
            return None
    with transaction(engine) as session:
        fence(session)
        run = session.exec(
            select(PlanRun)
            .where(col(PlanRun.finished_at).is_(None))
            .order_by(col(PlanRun.id))
            .with_for_update()
        ).first()
        if run is None:
            if not _is_due(session, now=now):
                return None
            run = PlanRun(asked_at=now, cause="clock")
        run.started_at = now
        session.add(run)
        session.flush()
        return run.id


def _is_due(session: Session, *, now: datetime) -> bool:
    last = session.exec(select(PlanRun).order_by(col(PlanRun.id).desc()).limit(1)).first()
    if last is not None and last.finished_at is None:
        return True
    waiting = session.exec(select(PlanRun.id).where(col(PlanRun.finished_at).is_(None))).first()
    if waiting is not None:
        return True
    is_due = last is None or abs(now - last.asked_at) >= EVERY
    return is_due and reference(session).calendar.is_open(now)


def forms_crews(session: Session, run_id: int, *, now: datetime) -> bool:
    """Whether this run may form crews: the first of the morning, the first at noon, or asked to."""
    run = session.get_one(PlanRun, run_id)
    if run.cause in FORMS:
        return True
    today = local_date(now)
    noon_at = moment_of(today, NOON_S)
    since = noon_at if now >= noon_at else moment_of(today, 0)
    before = session.exec(
        select(PlanRun.id).where(
            col(PlanRun.started_at) >= since,
            col(PlanRun.finished_at).is_not(None),
            col(PlanRun.id) != run_id,
        )
    ).first()
    return before is None
