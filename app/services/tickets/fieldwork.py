"""One way to change a ticket's status, for pages, the API and text messages alike."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session, col, or_, select

from app.i18n import _
from app.services.planning.assigning import lock_plan
from app.services.scope import get_visible, has_say
from app.services.tickets import closing, steps
from app.services.tickets.refusals import ActionRefused, NotAllowedError, StaleVersionError
from models.account import Role, User, Viewer
from models.call import VideoCall
from models.lifecycle import (
    ENDED,
    TECHNICIAN_STEPS,
    Action,
    Actor,
    Status,
    actions_from,
    next_status,
)
from models.plan import Assignment, AssignmentMember
from models.ticket import EventKind, Ticket

ACTORS = frozenset({Role.COMMUNE, Role.TECHNICIAN, Role.LEAD, Role.DISPATCHER})
# Where the matter is in the hands of whoever visited or called last, not of an active assignment.
AFTER_VISIT = frozenset({Status.VIDEO, Status.WAITING, Status.RESOLVED})


@dataclass(frozen=True)
class Request:
    """What came with an action. ``technician_id`` for assign, ``into`` for merge, ``until_on`` for
    wait, ``code`` for a technician's confirmation, ``resumed_as`` for resume."""

    reason: str = ""
    note: str = ""
    code: str | None = None
    until_on: date | None = None
    technician_id: int | None = None
    into: int | None = None
    resumed_as: Status | None = None


def act(
    session: Session,
    number: int,
    action: Action,
    *,
    viewer: Viewer,
    now: datetime,
    expected_version: int | None = None,
    reason: str = "",
    note: str = "",
    code: str | None = None,
    until_on: date | None = None,
    technician_id: int | None = None,
    into: int | None = None,
    resumed_as: Status | None = None,
) -> Ticket:
    """Do what the person asks, with all that follows from it.

    Raises
    ------
    NotVisible
        If the ticket is foreign to this person.
    NotAllowedError
        If this role, or this person, may not take that step.
    StaleVersionError
        If the ticket has changed since the version that the person saw.
    TransitionError
        If the ticket's life has no such step now.
    ActionRefused
        If something in the request is missing or wrong; names the field.
    """
    lock_plan(session)
    ticket = get_visible(session, number, viewer=viewer)
    if expected_version is not None and expected_version != ticket.version:
        raise StaleVersionError(ticket)
    if viewer.role not in ACTORS:
        raise NotAllowedError("this role has no say over tickets")
    actor = Actor(viewer.role.value)
    if action not in MAY_EVER[actor]:
        raise NotAllowedError("this role never takes that step")
    if action is not Action.ASSIGN and not has_say(ticket, viewer):
        raise NotAllowedError("another team's open ticket may only be taken over")
    if actor is Actor.TECHNICIAN and not is_theirs(session, ticket, viewer):
        raise NotAllowedError("the ticket is not in this technician's hands")
    request = Request(
        reason=reason.strip(),
        note=note.strip(),
        code=code,
        until_on=until_on,
        technician_id=technician_id,
        into=into,
        resumed_as=resumed_as,
    )
    if action is not Action.ASSIGN:
        next_status(ticket.status, action, actor, resumed_as=resumed_as)
    _check_reason(action, actor, request)
    by = session.get_one(User, viewer.user_id)
    step = steps.Step(session, ticket, actor, by, viewer, now)
    HANDLERS[action](step, request)
    session.flush()
    return ticket


def _check_reason(action: Action, actor: Actor, request: Request) -> None:
    """On somebody's behalf, or against their plan, a step needs its reason."""
    given = request.reason or request.note
    if action is Action.UNASSIGN and actor is Actor.TECHNICIAN and not given:
        raise ActionRefused("reason", _("Hãy cho biết vì sao không nhận phiếu này."))
    if action in TECHNICIAN_STEPS and actor in (Actor.LEAD, Actor.DISPATCHER) and not given:
        raise ActionRefused("reason", _("Làm thay kỹ thuật viên thì cần ghi lý do."))
    if action is Action.CONFIRM and actor is Actor.DISPATCHER and not given:
        raise ActionRefused("reason", _("Xác nhận thay xã thì cần ghi lý do."))
    if action is Action.WAIT and not given:
        raise ActionRefused("reason", _("Hãy ghi đang chờ gì: vật tư nào, bên nào."))


def _assign(step: steps.Step, request: Request) -> None:
    if request.technician_id is None:
        raise ActionRefused("technician", _("Hãy chọn kỹ thuật viên."))
    steps.assign(step, request.technician_id, note=request.note or request.reason)


def _unassign(step: steps.Step, request: Request) -> None:
    steps.unassign(step, reason=request.reason or request.note)


def _escalate(step: steps.Step, request: Request) -> None:
    steps.to_video(step, note=request.note or request.reason)


def _resolve(step: steps.Step, request: Request) -> None:
    closing.resolve(step, note=request.note or request.reason, code=request.code)


def _confirm(step: steps.Step, request: Request) -> None:
    closing.confirm(step, code=request.code, note=request.note or request.reason)


def _merge(step: steps.Step, request: Request) -> None:
    if request.into is None:
        raise ActionRefused("into", _("Hãy ghi số phiếu sẽ giữ lại."))
    survivor = get_visible(step.session, request.into, viewer=step.viewer)
    if survivor.number == step.ticket.number or survivor.status in ENDED:
        raise ActionRefused("into", _("Phiếu giữ lại phải là một phiếu khác và chưa đóng."))
    closing.merge(step, survivor)


HANDLERS = {
    Action.ASSIGN: _assign,
    Action.UNASSIGN: _unassign,
    Action.ACCEPT: lambda step, request: steps.accept(step, note=request.reason or request.note),
    Action.DEPART: lambda step, request: steps.depart(step, note=request.reason or request.note),
    Action.ARRIVE: lambda step, request: steps.arrive(step, note=request.reason or request.note),
    Action.ESCALATE: _escalate,
    Action.SEND_BACK: lambda step, request: steps.send_back(
        step, note=request.note or request.reason
    ),
    Action.WAIT: lambda step, request: steps.wait(
        step, note=request.note or request.reason, until_on=request.until_on
    ),
    Action.RESUME: lambda step, request: steps.resume(step, resumed_as=request.resumed_as),
    Action.RESOLVE: _resolve,
    Action.CONFIRM: _confirm,
    Action.REOPEN: lambda step, request: closing.reopen(step, note=request.note or request.reason),
    Action.CANCEL: lambda step, request: closing.cancel(step, note=request.note or request.reason),
    Action.MERGE: _merge,
}
MAY_EVER = {
    actor: frozenset(action for status in Status for action in actions_from(status, actor))
    for actor in Actor
}


def is_theirs(session: Session, ticket: Ticket, viewer: Viewer) -> bool:
    """Whether the technician has the ticket in hand: assigned now, or the last to visit or call."""
    hosts = session.exec(
        select(VideoCall.id).where(
            col(VideoCall.ticket_number) == ticket.number,
            col(VideoCall.host_id) == viewer.user_id,
            col(VideoCall.ended_at).is_(None),
        )
    ).first()
    if hosts is not None and ticket.status in AFTER_VISIT:
        return True
    visited = select(Assignment.id).join(
        AssignmentMember, col(AssignmentMember.assignment_id) == col(Assignment.id)
    )
    visited = visited.where(
        col(Assignment.ticket_number) == ticket.number,
        col(AssignmentMember.technician_id) == viewer.technician_id,
    )
    if ticket.status in AFTER_VISIT:
        visited = visited.where(
            or_(col(Assignment.is_active), col(Assignment.arrived_at).is_not(None))
        )
    else:
        visited = visited.where(col(Assignment.is_active))
    return session.exec(visited).first() is not None


def allowed_actions(session: Session, ticket: Ticket, *, viewer: Viewer) -> list[Action]:
    """What this person may do to the ticket now, in the order of its life."""
    if viewer.role not in ACTORS:
        return []
    if viewer.role is Role.TECHNICIAN and not is_theirs(session, ticket, viewer):
        return []
    found = actions_from(ticket.status, Actor(viewer.role.value))
    is_reassignable = ticket.status in (Status.ASSIGNED, Status.ACCEPTED, Status.EN_ROUTE)
    if viewer.role in (Role.LEAD, Role.DISPATCHER) and is_reassignable:
        found.insert(0, Action.ASSIGN)
    if not has_say(ticket, viewer):
        return [action for action in found if action is Action.ASSIGN]
    return found


def comment(
    session: Session,
    number: int,
    *,
    viewer: Viewer,
    now: datetime,
    text: str,
    is_internal: bool = False,
) -> Ticket:
    """Add a comment that everybody on the ticket reads, or an internal note.

    Raises
    ------
    NotVisible, NotAllowedError, ActionRefused
        As for `act`; a commune comments until the ticket is closed and writes no internal notes.
    """
    ticket = get_visible(session, number, viewer=viewer)
    if viewer.role not in ACTORS or (is_internal and viewer.role is Role.COMMUNE):
        raise NotAllowedError("this role writes nothing here")
    if not has_say(ticket, viewer):
        raise NotAllowedError("the ticket is another team's")
    if viewer.role is Role.COMMUNE and ticket.status in ENDED:
        raise NotAllowedError("the ticket is closed")
    if not text.strip():
        raise ActionRefused("text", _("Hãy viết nội dung trước khi gửi."))
    if len(text) > 4000:
        raise ActionRefused("text", _("Nội dung dài quá 4000 ký tự."))
    kind = EventKind.NOTE if is_internal else EventKind.COMMENT
    ticket.record(
        kind.value,
        actor=Actor(viewer.role.value),
        now=now,
        by=session.get_one(User, viewer.user_id),
        text=text.strip(),
        is_internal=is_internal,
    )
    session.flush()
    return ticket
