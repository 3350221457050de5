"""How a call ends: solved, or a visit is needed."""

from datetime import datetime

from sqlmodel import Session

from app.i18n import _
from app.services.calling.escalation import LIVE, close_call, release
from app.services.planning.assigning import active_assignment
from app.services.planning.placement import request_replan
from app.services.scope import NotVisible, get_visible
from app.services.tickets import closing, fieldwork, steps
from app.services.tickets.refusals import ActionRefused, NotAllowedError
from models.account import Role, User, Viewer
from models.call import CallOutcome, VideoCall
from models.lifecycle import Action, Actor, Status
from models.ticket import Ticket

BEFORE_VISIT = frozenset({Status.OPEN, Status.ASSIGNED, Status.ACCEPTED, Status.EN_ROUTE})


def end_call(
    session: Session,
    call_id: int,
    *,
    viewer: Viewer,
    now: datetime,
    outcome: CallOutcome,
    note: str,
) -> Ticket:
    """End the call with its outcome and let the ticket follow.

    Solved: the ticket is resolved, also when a visit was still planned beside the call. A visit is
    needed: back to open with what was tried, same priority, a new target; a visit that is planned
    anyway stays as it is.

    Raises
    ------
    NotVisible, NotAllowedError, ActionRefused
        As for `fieldwork.act`; only the host technician and leads end a call.
    """
    call = session.get(VideoCall, call_id)
    if call is None:
        raise NotVisible(str(call_id))
    ticket = get_visible(session, call.ticket_number, viewer=viewer)
    is_host = viewer.role is Role.TECHNICIAN and call.host_id == viewer.user_id
    if not is_host and viewer.role is not Role.LEAD:
        raise NotAllowedError("the technician or a lead ends the call")
    if call.state not in LIVE:
        raise ActionRefused("outcome", _("Cuộc gọi đã kết thúc."))
    if not note.strip():
        raise ActionRefused("note", _("Hãy ghi đã làm gì trong cuộc gọi."))
    if ticket.status is Status.VIDEO:
        action = Action.RESOLVE if outcome is CallOutcome.SOLVED else Action.SEND_BACK
        return fieldwork.act(session, call.ticket_number, action, viewer=viewer, now=now, note=note)
    close_call(
        session,
        ticket,
        call,
        outcome=outcome,
        actor=Actor(viewer.role.value),
        now=now,
        by=session.get_one(User, viewer.user_id),
        note=note.strip(),
    )
    session.flush()
    if outcome is CallOutcome.SOLVED and ticket.status in BEFORE_VISIT:
        _resolve_instead_of_visit(session, ticket, viewer=viewer, now=now, note=note)
    return ticket


def _resolve_instead_of_visit(
    session: Session, ticket: Ticket, *, viewer: Viewer, now: datetime, note: str
) -> None:
    """Nobody needs to go any more: the visit's people are told, and the ticket is resolved."""
    by = session.get_one(User, viewer.user_id)
    actor = Actor(viewer.role.value)
    assignment = active_assignment(session, ticket.number or 0)
    ticket.apply(Action.ESCALATE, actor, now=now, by=by, data={"reason": "beside"})
    if assignment is not None:
        release(session, ticket, assignment, now=now)
        request_replan(session, cause="call", now=now)
    closing.resolve(steps.Step(session, ticket, actor, by, viewer, now), note=note, code=None)
    session.flush()
