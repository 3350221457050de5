"""What a ticket needs beside its category's skill: a lead says so, and the plan follows."""

from datetime import datetime

from sqlmodel import Session

from app.i18n import _
from app.services.calling.escalation import release
from app.services.planning.abilities import abilities
from app.services.planning.assigning import active_assignment, lock_plan
from app.services.planning.placement import place_ticket, request_replan
from app.services.planning.ticket_facts import TicketFacts
from app.services.reference import reference
from app.services.scope import get_visible, has_say
from app.services.tickets.refusals import ActionRefused, NotAllowedError, StaleVersionError
from models.account import Role, User, Viewer
from models.lifecycle import Action, Actor, Status
from models.plan import Assignment
from models.ticket import EventKind, Ticket

DECIDES = frozenset({Role.LEAD, Role.DISPATCHER})
NOT_BEGUN = (Status.OPEN, Status.ASSIGNED, Status.ACCEPTED)
LEVELS = (1, 2, 3)


def ask_for_skill(
    session: Session,
    number: int,
    *,
    skill: str,
    level: int,
    viewer: Viewer,
    now: datetime,
    expected_version: int | None = None,
) -> Ticket:
    """Ask for a further skill at that level, or (level 0) no longer.

    Who has the ticket and cannot do it is told, and somebody else is found: one person who can do
    all of it, else the next re-planning forms a crew.

    Raises
    ------
    NotVisible, NotAllowedError, StaleVersionError
        As for `fieldwork.act`.
    ActionRefused
        If there is no such skill or level, or somebody is on the way already.
    """
    lock_plan(session)
    ticket = get_visible(session, number, viewer=viewer)
    if expected_version is not None and expected_version != ticket.version:
        raise StaleVersionError(ticket)
    if viewer.role not in DECIDES or not has_say(ticket, viewer):
        raise NotAllowedError("only leads and dispatchers say what a ticket needs")
    if ticket.status not in NOT_BEGUN:
        raise ActionRefused(
            "skill", _("Đã có người lên đường; không đổi kỹ năng cần thiết được nữa.")
        )
    if skill not in reference(session).skills or level not in (0, *LEVELS):
        raise ActionRefused("skill", _("Hãy chọn kỹ năng và bậc."))
    names = reference(session).skills[skill]
    needs = {name: known for name, known in (ticket.also_needs or {}).items() if name != skill}
    if level:
        needs[skill] = level
    ticket.also_needs = needs or None
    actor = Actor(viewer.role.value)
    by = session.get_one(User, viewer.user_id)
    ticket.record(
        EventKind.NEEDS_CHANGED.value,
        actor=actor,
        now=now,
        by=by,
        data={"skill": skill, "level": level, "name_vi": names[0], "name_en": names[1]},
        is_internal=True,
    )
    assignment = active_assignment(session, number)
    if assignment is not None and not _can(session, ticket, assignment):
        ticket.apply(Action.UNASSIGN, actor, now=now, by=by)
        release(session, ticket, assignment, now=now)
    if ticket.status is Status.OPEN:
        place_ticket(session, ticket, now=now)
    request_replan(session, cause="needs", now=now, viewer=viewer)
    session.flush()
    return ticket


def _can(session: Session, ticket: Ticket, assignment: Assignment) -> bool:
    """Whether those who go can do all of it together."""
    people = [member.technician_id for member in assignment.members]
    known = abilities(session, people)
    needs = TicketFacts.of(ticket).needs(reference(session))
    return all(
        max((known[one].skills.get(skill, 0) for one in people), default=0) >= level
        for skill, level in needs.items()
    )
