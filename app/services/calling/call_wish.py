"""A commune's wish for a call: written down for the lead, changes no status."""

from datetime import datetime

from sqlmodel import Session, col, select

from app.i18n import _
from app.services.calling.escalation import live_call
from app.services.scope import get_visible
from app.services.tickets.refusals import ActionRefused, NotAllowedError
from models.account import Role, User, Viewer
from models.lifecycle import ENDED, Actor, Status
from models.ticket import EventKind, Ticket, TicketEvent

# Somebody is there, or it is over: a call would help nobody.
NO_CALL = ENDED | {Status.ON_SITE, Status.RESOLVED}


def ask_for_call(session: Session, number: int, *, viewer: Viewer, now: datetime) -> Ticket:
    """Write the wish down once; the lead opens the call.

    Raises
    ------
    NotVisible, NotAllowedError, ActionRefused
        If the ticket is foreign, this is no commune, or a call makes no sense now.
    """
    ticket = get_visible(session, number, viewer=viewer)
    if viewer.role is not Role.COMMUNE:
        raise NotAllowedError("only communes ask for a call")
    if ticket.status in NO_CALL or live_call(session, number) is not None:
        raise ActionRefused("call", _("Lúc này không cần đề nghị gọi nữa."))
    wished = session.exec(
        select(TicketEvent.id).where(
            col(TicketEvent.ticket_number) == number,
            col(TicketEvent.kind) == EventKind.CALL_ASKED.value,
        )
    ).first()
    if wished is None:
        by = session.get_one(User, viewer.user_id)
        ticket.record(EventKind.CALL_ASKED.value, actor=Actor.COMMUNE, now=now, by=by)
        session.flush()
    return ticket
