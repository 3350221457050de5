"""What happens to a ticket that needs somebody: a visit in time, a late visit, or a call."""

from datetime import datetime

from sqlmodel import Session, col, select

from app.services.calling.escalation import book_call, escalate, live_call, was_sent_back
from app.services.planning.arrivals import plan_late, plan_new
from app.services.planning.plan_runs import FORMS
from app.services.planning.staff import leads_of, nearest_team
from app.services.reference import reference
from app.services.texts.outbox import say
from app.services.texts.texting import plain_place
from models.account import Viewer
from models.lifecycle import Actor
from models.plan import Decision, Outcome, PlanRun
from models.ticket import EventKind, Ticket


def place_ticket(session: Session, ticket: Ticket, *, now: datetime) -> Decision:
    """Find help for an open ticket.

    Nobody can begin in time, proved: a remote category becomes a call now; another stays planned at
    the honest time with a call offered beside it. Somebody could, but only by displacing others: it
    stays in the lead's queue, and the lead is told.
    """
    decision = plan_new(session, ticket, now=now)
    if decision.outcome is Outcome.UNREACHABLE:
        if can_be_called(session, ticket):
            escalate(session, ticket, actor=Actor.CLOCK, reason="unreachable", now=now)
            return decision
        late = plan_late(session, ticket, now=now)
        if live_call(session, ticket.number or 0) is None:
            book_call(session, ticket, reason="beside", now=now, is_beside_visit=True)
        return late if late.outcome is Outcome.LATE else decision
    if decision.outcome is Outcome.CROWDED_OUT:
        tell_lead(session, ticket, now=now)
        request_replan(session, cause="crowded_out", now=now)
    return decision


def can_be_called(session: Session, ticket: Ticket) -> bool:
    """Whether a call may take the place of the visit by the clock's rule."""
    category = reference(session).categories[ticket.category_code]
    return category.is_remote and not was_sent_back(session, ticket.number or 0)


def tell_lead(
    session: Session, ticket: Ticket, *, now: datetime, event: str = "lead_nobody"
) -> None:
    """Tell the team's leads that they must decide: nobody comes, or a visit does not end.

    Once for each target of the ticket, or while none runs.
    """
    category = reference(session).categories[ticket.category_code]
    team = nearest_team(session, ticket)
    for lead in leads_of(session, team.id or 0):
        say(
            session,
            event,
            key=f"{event}:{ticket.number}:{ticket.target_at}:{lead.id}",
            now=now,
            to=lead,
            ticket=ticket,
            values={
                "number": ticket.code,
                "category": category.sms_label,
                "category_en": category.sms_label_en,
                "commune": plain_place(session, ticket),
            },
        )
    ticket.record(EventKind.LEAD_TOLD.value, actor=Actor.CLOCK, now=now, is_internal=True)


def request_replan(
    session: Session, *, cause: str, now: datetime, viewer: Viewer | None = None
) -> PlanRun:
    """Ask the worker for a new plan; a request that waits already is enough.

    Of two causes the one that lets crews be formed stays.
    """
    waiting = session.exec(
        select(PlanRun).where(col(PlanRun.started_at).is_(None)).order_by(col(PlanRun.id))
    ).first()
    if waiting is not None:
        waiting.cause = cause if cause in FORMS else waiting.cause
        return waiting
    run = PlanRun(asked_at=now, cause=cause, by_id=viewer.user_id if viewer else None)
    session.add(run)
    session.flush()
    return run
