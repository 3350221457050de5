"""The queue of questions about other facts: who asks, who may see the answer, who works on it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Engine, delete, func, or_, true
from sqlmodel import Session, col, select

from app.services.planning.assigning import lock_plan
from app.services.tickets.refusals import NotAllowedError
from models.account import Role, Viewer
from models.database import reading, transaction
from models.lease import LeaseLostError
from models.study import ENDED, Study, StudyKind, StudyState
from models.types import JsonDict

# More than that would keep whoever asks next waiting for a minute.
MOST_WAITING = {StudyKind.WHAT_IF: 8, StudyKind.HISTORY: 4}
# An answer about today is of no use tomorrow; a report is kept until somebody asks for room.
KEPT = {StudyKind.WHAT_IF: timedelta(days=1), StudyKind.HISTORY: timedelta(days=730)}
OVERSEE = (Role.DISPATCHER, Role.ADMIN)
Fence = Callable[[Session], None]


class NoStudy(LookupError):
    """No such question for this person; whether it exists is not told."""


class QueueFull(RuntimeError):
    """Too many questions wait already; the person may ask again in a minute."""


def ask(
    session: Session, kind: StudyKind, question: JsonDict, *, viewer: Viewer, now: datetime
) -> Study:
    """Queue a question; one that the same person still has waiting is dropped for it.

    The same question again, as a form that is sent twice, is the one that is not answered yet.
    Answers that nobody needs any more are deleted by the way.

    Raises
    ------
    QueueFull
        If too many wait already.
    """
    _forget_old(session, now=now)
    mine = (col(Study.kind) == kind) & (col(Study.by_id) == viewer.user_id)
    lock_plan(session)
    for old in session.exec(select(Study).where(mine, col(Study.state).not_in(ENDED))).all():
        if old.question == question:
            return old
        if old.state is StudyState.QUEUED:
            old.state, old.finished_at = StudyState.CANCELLED, now
    session.flush()
    waiting = session.exec(
        select(func.count())
        .select_from(Study)
        .where(col(Study.kind) == kind, col(Study.state).not_in(ENDED))
    ).one()
    if waiting >= MOST_WAITING[kind]:
        raise QueueFull(f"{waiting} questions wait already")
    study = Study(
        kind=kind,
        asked_at=now,
        by_id=viewer.user_id,
        team_id=viewer.team_id if viewer.role is Role.LEAD else None,
        question=question,
    )
    session.add(study)
    session.flush()
    return study


def get_study(session: Session, study_id: int, kind: StudyKind, *, viewer: Viewer) -> Study:
    """The question of that number.

    Raises
    ------
    NoStudy
        If there is none of this kind, or it is foreign to this person.
    """
    wanted = select(Study).where(
        col(Study.id) == study_id, col(Study.kind) == kind, _is_seen_by(viewer, kind)
    )
    study = session.exec(wanted).first()
    if study is None:
        raise NoStudy(str(study_id))
    return study


def _is_seen_by(viewer: Viewer, kind: StudyKind) -> ColumnElement[bool]:
    """A report is about the whole province; a what-if of a team is that team's."""
    if kind is StudyKind.HISTORY or viewer.role is not Role.LEAD:
        return true()
    return col(Study.team_id) == viewer.team_id


def newest(session: Session, kind: StudyKind, *, viewer: Viewer, most: int) -> list[Study]:
    """The last questions, newest first."""
    wanted = (
        select(Study)
        .where(col(Study.kind) == kind, _is_seen_by(viewer, kind))
        .order_by(col(Study.id).desc())
        .limit(most)
    )
    return list(session.exec(wanted).all())


def may_cancel(study: Study, viewer: Viewer) -> bool:
    """Who asked may stop it; so may who watches over the whole province."""
    return viewer.role in OVERSEE or (viewer.role is Role.LEAD and study.by_id == viewer.user_id)


def cancel(study: Study, *, viewer: Viewer, now: datetime) -> None:
    """Stop working on it; what was found so far is thrown away. Over already: nothing happens.

    Raises
    ------
    NotAllowedError
        If somebody else asked and this person does not watch over everybody.
    """
    if not may_cancel(study, viewer):
        raise NotAllowedError("somebody else asked for this report")
    if not study.is_over:
        study.state, study.finished_at, study.progress = StudyState.CANCELLED, now, {}


def claim(
    engine: Engine, kind: StudyKind, fence: Fence, *, epoch: int, now: datetime
) -> Study | None:
    """The question to work on now: one that is begun, one of a dead worker, or the oldest waiting.

    One at a time, in one short transaction.
    """
    if not _is_any_left(engine, kind):
        return None
    with transaction(engine) as session:
        fence(session)
        wanted = (
            select(Study)
            .where(
                col(Study.kind) == kind,
                or_(
                    col(Study.state) == StudyState.QUEUED,
                    col(Study.state) == StudyState.RUNNING,
                ),
            )
            # Running before queued.
            .order_by(col(Study.state).desc(), col(Study.id))
            .with_for_update()
        )
        study = session.exec(wanted).first()
        if study is None:
            return None
        study.state, study.epoch = StudyState.RUNNING, epoch
        study.started_at = study.started_at or now
        return study


def _is_any_left(engine: Engine, kind: StudyKind) -> bool:
    """Whether anything waits or runs; asked every second, so without a lock."""
    with reading(engine) as session:
        left = select(Study.id).where(col(Study.kind) == kind, col(Study.state).not_in(ENDED))
        return session.exec(left.limit(1)).first() is not None


def record(
    engine: Engine,
    study_id: int,
    fence: Fence,
    *,
    change: Callable[[Study], None],
) -> bool:
    """Write down what a step found; False if it was cancelled meanwhile, and nothing is written."""
    with transaction(engine) as session:
        fence(session)
        wanted = select(Study).where(col(Study.id) == study_id).with_for_update()
        study = session.exec(wanted).first()
        if study is None or study.state is not StudyState.RUNNING:
            return False
        change(study)
        return True


@contextmanager
def answering(engine: Engine, study: Study, fence: Fence, *, now: datetime) -> Iterator[None]:
    """Whatever goes wrong in the block ends the question: it would go wrong for ever.

    A lost lease is another worker's chance, and leaves it as it is.
    """
    try:
        yield
    except LeaseLostError:
        raise
    except Exception:
        record(engine, study.id or 0, fence, change=lambda row: fail(row, "failed", now=now))
        raise


def finish(study: Study, result: JsonDict, *, now: datetime) -> None:
    """The answer is there."""
    study.state, study.result, study.finished_at = StudyState.DONE, result, now
    study.progress, study.done = {}, study.total


def fail(study: Study, reason: str, *, now: datetime) -> None:
    """There is no answer; ``reason`` is a code that the page puts into words."""
    study.state, study.result, study.finished_at = StudyState.FAILED, {"reason": reason}, now
    study.progress = {}


def _forget_old(session: Session, *, now: datetime) -> None:
    for kind, kept in KEPT.items():
        old = (col(Study.kind) == kind) & (col(Study.asked_at) < now - kept)
        session.execute(delete(Study).where(old, col(Study.state).in_(ENDED)))
