"""The target clock: when help was promised to begin, started anew, met, stopped."""

from datetime import datetime

from sqlmodel import Session, col, select

from app.services.reference import reference
from models.ticket import ResponseTarget, Ticket


def start_target(session: Session, ticket: Ticket, *, now: datetime) -> ResponseTarget:
    """Start a full target of the ticket's priority, counted in working time."""
    facts = reference(session)
    target_at = facts.calendar.add(now, facts.target_min[ticket.priority])
    target = ResponseTarget(
        ticket_number=ticket.number or 0,
        priority=ticket.priority,
        starts_at=now,
        target_at=target_at,
    )
    session.add(target)
    ticket.target_at = target_at
    return target


def running_target(session: Session, ticket: Ticket) -> ResponseTarget | None:
    """The target that still runs or was met in this round; None while none runs."""
    return session.exec(
        select(ResponseTarget)
        .where(
            col(ResponseTarget.ticket_number) == ticket.number,
            col(ResponseTarget.ended_at).is_(None),
        )
        .order_by(col(ResponseTarget.id).desc())
    ).first()


def meet_target(session: Session, ticket: Ticket, *, now: datetime) -> None:
    """Help has begun: the first arrival on site or the first joined call."""
    target = running_target(session, ticket)
    if target is not None and target.met_at is None:
        target.met_at = now
        session.add(target)


def stop_target(session: Session, ticket: Ticket, *, now: datetime) -> None:
    """No target runs any longer: the ticket waits, is resolved, or has ended."""
    target = running_target(session, ticket)
    if target is not None:
        target.ended_at = now
        session.add(target)
    ticket.target_at = None
