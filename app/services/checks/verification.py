"""What must always hold (SECURITY.md, I1 to I6), checked on a database and its files."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import func
from sqlmodel import Session, col, select

from app.services.checks.chain_check import chain_violations
from app.services.checks.file_check import file_violations
from app.services.checks.violation import Violation
from models.call import CallState, VideoCall
from models.lifecycle import Status
from models.message import InboundMessage, InboundState, OutboundMessage, OutboundState
from models.plan import Assignment, AssignmentMember, Decision, PlanRun
from models.ticket import EventKind, Ticket, TicketEvent

# A worker that runs gives each row its turn within seconds, and a lease lasts a minute.
STUCK_AFTER = timedelta(minutes=15)
# One broken rule can touch thousands of rows; the first of each kind say enough.
SHOWN = 100
HELD = (Status.ASSIGNED, Status.ACCEPTED, Status.EN_ROUTE, Status.ON_SITE)
# A technician who escalates from the site stays there: their assignment may go on.
MAY_BE_HELD = (*HELD, Status.VIDEO)


def verify(session: Session, *, files_dir: Path, now: datetime) -> list[Violation]:
    """Everything that does not hold, at most a hundred of each kind; empty is well.

    Reads in batches: memory does not grow with the number of tickets. ``now`` is the tickets' time.
    """
    return [
        *_stored_once(session),
        *_one_assignment(session),
        *_accepted_once(session),
        *_nothing_stuck(session, now=now),
        *chain_violations(session),
        *file_violations(session, files_dir=files_dir),
    ]


def _stored_once(session: Session) -> Iterator[Violation]:
    doubled = (
        select(Ticket.created_by_id, Ticket.key)
        .group_by(col(Ticket.created_by_id), col(Ticket.key))
        .having(func.count() > 1)
        .limit(SHOWN)
    )
    for user_id, _key in session.exec(doubled):
        yield Violation("I1", f"two tickets of user {user_id} under one key")
    unfiled = (
        select(Ticket.number)
        .where(
            ~select(TicketEvent.id)
            .where(
                col(TicketEvent.ticket_number) == col(Ticket.number),
                col(TicketEvent.kind) == EventKind.FILED.value,
            )
            .exists()
        )
        .limit(SHOWN)
    )
    yield from _each("I1", "was never filed", session.exec(unfiled).all())


def _one_assignment(session: Session) -> Iterator[Violation]:
    active = (
        select(Assignment.ticket_number)
        .where(col(Assignment.is_active))
        .group_by(col(Assignment.ticket_number))
    )
    doubled = active.having(func.count() > 1).limit(SHOWN)
    yield from _each("I2", "has several active assignments", session.exec(doubled).all())
    for statuses, is_held, claim in (
        (HELD, False, "is in somebody's hands, but has no active assignment"),
        (tuple(set(Status) - set(MAY_BE_HELD)), True, "has an active assignment that ended"),
    ):
        held = col(Ticket.number).in_(active)
        wrong = select(Ticket.number).where(
            col(Ticket.status).in_(statuses), held if is_held else ~held
        )
        yield from _each("I2", claim, session.exec(wrong.limit(SHOWN)).all())
    alone = (
        select(Assignment.ticket_number)
        .where(
            ~select(AssignmentMember.technician_id)
            .where(
                col(AssignmentMember.assignment_id) == col(Assignment.id),
                col(AssignmentMember.technician_id) == col(Assignment.technician_id),
            )
            .exists()
        )
        .limit(SHOWN)
    )
    yield from _each("I2", "has an assignment without its member", session.exec(alone).all())


def _accepted_once(session: Session) -> Iterator[Violation]:
    for column, name in (
        (OutboundMessage.key, "key"),
        (OutboundMessage.provider_id, "provider id"),
    ):
        doubled = (
            select(func.min(OutboundMessage.id), func.count())
            .where(col(column).is_not(None))
            .group_by(col(OutboundMessage.provider), col(column))
            .having(func.count() > 1)
            .limit(SHOWN)
        )
        for first, count in session.exec(doubled):
            yield Violation("I3", f"{count} texts have the {name} of text {first}")


def _nothing_stuck(session: Session, *, now: datetime) -> Iterator[Violation]:
    before = now - STUCK_AFTER
    waiting = select(OutboundMessage.id, OutboundMessage.state).where(
        col(OutboundMessage.state).in_([OutboundState.QUEUED, OutboundState.SENDING]),
        col(OutboundMessage.due_at) < before,
    )
    for message_id, state in session.exec(waiting.limit(SHOWN)):
        yield Violation("I4", f"text {message_id} has been {state} for too long")
    unread = select(InboundMessage.id).where(
        col(InboundMessage.state) == InboundState.NEW, col(InboundMessage.received_at) < before
    )
    for message_id in session.exec(unread.limit(SHOWN)):
        yield Violation("I4", f"text {message_id} from outside was never read")
    undecided = select(Ticket.number).where(
        col(Ticket.status) == Status.OPEN,
        col(Ticket.created_at) < before,
        ~select(Decision.id).where(col(Decision.ticket_number) == col(Ticket.number)).exists(),
    )
    yield from _each(
        "I4", "is open and nobody decided about it", session.exec(undecided.limit(SHOWN)).all()
    )
    uncalled = select(Ticket.number).where(
        col(Ticket.status) == Status.VIDEO,
        ~select(VideoCall.id)
        .where(
            col(VideoCall.ticket_number) == col(Ticket.number),
            col(VideoCall.state).in_([CallState.BOOKED, CallState.RUNNING, CallState.DROPPED]),
        )
        .exists(),
    )
    yield from _each(
        "I4", "waits for a call that nobody booked", session.exec(uncalled.limit(SHOWN)).all()
    )
    unfinished = select(PlanRun.id).where(
        col(PlanRun.finished_at).is_(None), col(PlanRun.asked_at) < before
    )
    for run_id in session.exec(unfinished.limit(SHOWN)):
        yield Violation("I4", f"plan run {run_id} never finished")


def _each(invariant: str, claim: str, numbers: Iterable[int | None]) -> Iterator[Violation]:
    for number in numbers:
        yield Violation(invariant, f"ticket {number} {claim}", ticket=number)
