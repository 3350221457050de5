"""The swap that admits a crowded-out ticket, carried out because a lead said so."""

from datetime import datetime

from sqlmodel import Session

from app.i18n import _
from app.services.planning.assigning import active_assignment, latest_decision, lock_plan
from app.services.planning.by_hand import HardRuleBroken, RuleBroken, assign_by_hand
from app.services.planning.placement import place_ticket
from app.services.scope import get_visible, has_say
from app.services.tickets import fieldwork
from app.services.tickets.refusals import ActionRefused, NotAllowedError, StaleVersionError
from models.account import Role, Viewer
from models.lifecycle import Action, Status
from models.numbers import written
from models.plan import Outcome
from models.ticket import Ticket
from models.workforce import Technician

DECIDES = frozenset({Role.LEAD, Role.DISPATCHER})
MOVABLE = (Status.ASSIGNED, Status.ACCEPTED)


def carry_out(
    session: Session,
    number: int,
    *,
    viewer: Viewer,
    now: datetime,
    expected_version: int | None = None,
) -> Ticket:
    """Take the named ticket from its technician, give them this one, and find the other a place.

    Raises
    ------
    NotVisible, NotAllowedError, StaleVersionError
        As for `fieldwork.act`, for both tickets.
    ActionRefused
        If the swap is no longer there: the day went on since it was found.
    """
    lock_plan(session)
    ticket = get_visible(session, number, viewer=viewer)
    if expected_version is not None and expected_version != ticket.version:
        raise StaleVersionError(ticket)
    if viewer.role not in DECIDES or not has_say(ticket, viewer):
        raise NotAllowedError("only leads and dispatchers swap tickets")
    decision = latest_decision(session, number)
    swap = decision.swap if decision and decision.outcome is Outcome.CROWDED_OUT else None
    if swap is None or ticket.status is not Status.OPEN:
        raise _gone()
    other = get_visible(session, int(swap["out"]), viewer=viewer)
    technician = session.get_one(Technician, int(swap["technician_id"]))
    if viewer.role is Role.LEAD and technician.team_id != viewer.team_id:
        raise NotAllowedError("a lead decides about own members")
    assignment = active_assignment(session, other.number or 0)
    people = [member.technician_id for member in assignment.members] if assignment else []
    if technician.id not in people or other.status not in MOVABLE:
        raise _gone()
    reason = _("nhường chỗ cho phiếu %(number)s", number=written(number))
    fieldwork.act(
        session, other.number or 0, Action.UNASSIGN, viewer=viewer, now=now, reason=reason
    )
    try:
        assign_by_hand(session, ticket, technician_id=technician.id or 0, viewer=viewer, now=now)
    except (RuleBroken, HardRuleBroken) as broken:
        raise _gone() from broken
    place_ticket(session, other, now=now)
    session.flush()
    return ticket


def _gone() -> ActionRefused:
    return ActionRefused(
        "swap", _("Không đổi được nữa: lịch đã thay đổi từ khi tìm ra cách này. Chưa có gì bị đổi.")
    )
