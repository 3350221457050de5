"""The one scope: which tickets a person may see. Every read of tickets starts here."""

from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, or_, true
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from models.account import Role, Viewer
from models.call import VideoCall
from models.lifecycle import Status
from models.plan import Assignment, AssignmentMember
from models.ticket import Ticket

SEES_ALL = frozenset({Role.DISPATCHER, Role.ADMIN, Role.AUDITOR})
# A technician may still call back for a week after the visit.
PHONE_KEPT = timedelta(days=7)


class NotVisible(LookupError):
    """No such ticket for this person; whether it exists is not told."""


class PhoneShown(StrEnum):
    """How much of the reporter's phone a person sees."""

    FULL = "full"
    MASKED = "masked"
    NONE = "none"


def visible_tickets(viewer: Viewer) -> SelectOfScalar[Ticket]:
    """Query of the tickets that this person may read; empty for who may read none."""
    return select(Ticket).where(in_scope(viewer))


def in_scope(viewer: Viewer) -> ColumnElement[bool]:
    """The scope as a condition on Ticket, for queries that start from another table."""
    if viewer.role in SEES_ALL:
        return true()
    if viewer.role is Role.COMMUNE:
        return col(Ticket.commune_code) == viewer.commune_code
    if viewer.role is Role.LEAD:
        return or_(
            col(Ticket.team_id) == viewer.team_id,
            col(Ticket.team_id).is_(None),
            col(Ticket.status) == Status.OPEN,
        )
    return or_(_is_assigned_to(viewer), _is_called_by(viewer))


def _is_assigned_to(viewer: Viewer) -> ColumnElement[bool]:
    theirs = (
        select(Assignment.ticket_number)
        .join(AssignmentMember, col(AssignmentMember.assignment_id) == col(Assignment.id))
        .where(
            col(AssignmentMember.technician_id) == viewer.technician_id,
            # Declined or moved to somebody else: no longer theirs. Worked on: still theirs to read.
            or_(col(Assignment.is_active), col(Assignment.arrived_at).is_not(None)),
        )
        # A query of its own, also where the outer one joins assignments.
        .correlate(None)
    )
    return col(Ticket.number).in_(theirs)


def _is_called_by(viewer: Viewer) -> ColumnElement[bool]:
    hosted = (
        select(VideoCall.ticket_number)
        .where(
            col(VideoCall.host_id) == viewer.user_id,
            # Called off before it began: never theirs. Held: still theirs to read.
            or_(
                col(VideoCall.ended_at).is_(None),
                col(VideoCall.started_at).is_not(None),
                col(VideoCall.outcome).is_not(None),
            ),
        )
        .correlate(None)
    )
    return col(Ticket.number).in_(hosted)


def get_visible(session: Session, number: int, *, viewer: Viewer) -> Ticket:
    """The ticket of that number.

    Raises
    ------
    NotVisible
        If there is none, or it is foreign to this person.
    """
    ticket = session.exec(visible_tickets(viewer).where(col(Ticket.number) == number)).first()
    if ticket is None:
        raise NotVisible(str(number))
    return ticket


def has_say(ticket: Ticket, viewer: Viewer) -> bool:
    """Whether a lead decides here: their team's tickets and the pool's.

    Another team's ticket that is open again is in sight so that somebody may take it over.
    """
    return viewer.role is not Role.LEAD or ticket.team_id in (None, viewer.team_id)


def is_visible(session: Session, number: int, *, viewer: Viewer) -> bool:
    """Whether this person may read the ticket of that number."""
    numbers = visible_tickets(viewer).where(col(Ticket.number) == number)
    return session.exec(numbers).first() is not None


def can_see_notes(viewer: Viewer) -> bool:
    """Whether internal notes are shown; never to communes."""
    return viewer.role is not Role.COMMUNE


def phone_shown(ticket: Ticket, *, viewer: Viewer, now: datetime) -> PhoneShown:
    """How the reporter's phone is shown to this person, who may already see the ticket."""
    if viewer.role is Role.AUDITOR:
        return PhoneShown.MASKED
    if viewer.role is Role.TECHNICIAN:
        ended_at = ticket.closed_at or ticket.resolved_at
        is_over = ended_at is not None and now > ended_at + PHONE_KEPT
        return PhoneShown.NONE if is_over else PhoneShown.FULL
    return PhoneShown.FULL
