"""The planner finds who goes: day by day, in time if anybody can, with the reasons."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime

from sqlmodel import Session

from app.services.assigning import give, latest_decision, lock_plan
from app.services.day_rows import declined_by, read_rows
from app.services.dayplan import Day, TicketFacts, assemble_day
from app.services.reference import reference
from dispatch.plan import Reason
from dispatch.solvers.insertion import Insertion, insert
from dispatch.solvers.insertion import Outcome as Found
from models.calendar import local_date
from models.lifecycle import Actor
from models.plan import Decision, Outcome
from models.ticket import EventKind, Ticket
from models.types import JsonDict

# A late ticket is planned as soon as possible, on whichever of the next working days that is.
DAYS_AHEAD = 15


def plan_new(session: Session, ticket: Ticket, *, now: datetime) -> Decision:
    """Find who goes, give it to them, and write down why; or why nobody can.

    Tried day by day up to the target. Where nobody can begin in time the decision says so; the
    caller turns it into a call or plans it late.
    """
    lock_plan(session)
    not_for = declined_by(session, [ticket.number or 0]).get(ticket.number or 0, frozenset())
    wanted = TicketFacts.of(ticket, not_for=not_for)
    verdicts: list[tuple[Day, Insertion]] = []
    if ticket.target_at is not None and ticket.target_at >= now:
        for day in days_for(session, wanted, now=now, until=local_date(ticket.target_at)):
            found = insert(day.problem, day.plan, wanted.number)
            if found.outcome is Found.ASSIGNED:
                return assign_found(session, ticket, day, found, now=now)
            verdicts.append((day, found))
        return _nobody(session, ticket, verdicts, now=now)
    return plan_late(session, ticket, now=now)


def plan_late(session: Session, ticket: Ticket, *, now: datetime) -> Decision:
    """Plan a ticket whose target cannot be met: as soon as possible, with the honest time."""
    not_for = declined_by(session, [ticket.number or 0]).get(ticket.number or 0, frozenset())
    wanted = replace(TicketFacts.of(ticket, not_for=not_for), is_late=True)
    verdicts: list[tuple[Day, Insertion]] = []
    for day in days_for(session, wanted, now=now, until=None):
        found = insert(day.problem, day.plan, wanted.number)
        if found.outcome is Found.ASSIGNED:
            return assign_found(session, ticket, day, found, now=now, outcome=Outcome.LATE)
        verdicts.append((day, found))
    return _nobody(session, ticket, verdicts, now=now)


def days_for(
    session: Session, wanted: TicketFacts, *, now: datetime, until: date | None
) -> Iterator[Day]:
    """The working days on which the ticket has a window, up to ``until`` or DAYS_AHEAD of them."""
    facts, rows = reference(session), read_rows(session, now=now)
    for on in facts.calendar.working_days(local_date(now), DAYS_AHEAD):
        if until is not None and on > until:
            return
        without = frozenset({wanted.number})
        day = assemble_day(facts, rows, on, now=now, extra=[wanted], without=without)
        if any(visit.id == wanted.number for visit in day.problem.visits):
            yield day


def _nobody(
    session: Session,
    ticket: Ticket,
    verdicts: Sequence[tuple[Day, Insertion]],
    *,
    now: datetime,
) -> Decision:
    """Nobody: unreachable only when that was proved on every day up to the target."""
    before = latest_decision(session, ticket.number or 0)
    crowded = [found for _day, found in verdicts if found.outcome is Found.CROWDED_OUT]
    shown = crowded[0] if crowded else (verdicts[-1][1] if verdicts else None)
    outcome = Outcome.CROWDED_OUT if crowded else Outcome.UNREACHABLE
    swap: JsonDict | None = None
    if crowded and crowded[0].swap is not None:
        swap = {"out": crowded[0].swap.out, "technician_id": crowded[0].swap.technician}
    decision = Decision(
        ticket_number=ticket.number or 0,
        at=now,
        outcome=outcome,
        reasons=[reason_row(reason) for reason in shown.reasons] if shown else [],
        swap=swap,
    )
    session.add(decision)
    if before is None or before.outcome is not outcome:
        kind = EventKind.CROWDED_OUT if crowded else EventKind.UNREACHABLE
        ticket.record(kind.value, actor=Actor.SCHEDULER, now=now)
    return decision


def reason_row(reason: Reason) -> JsonDict:
    row: JsonDict = {"code": reason.code.value, "technician_id": reason.technician}
    for name in ("by_s", "by_m", "later_s", "busier_s"):
        value = getattr(reason, name)
        if value is not None:
            row[name] = value
    if reason.visit is not None:
        row["number"] = reason.visit
    return row


def assign_found(
    session: Session,
    ticket: Ticket,
    day: Day,
    found: Insertion,
    *,
    now: datetime,
    outcome: Outcome = Outcome.ASSIGNED,
) -> Decision:
    """Write down what the insertion found: decision, assignment, moved neighbours, texts."""
    decision = Decision(
        ticket_number=ticket.number or 0,
        at=now,
        outcome=outcome,
        reasons=[reason_row(reason) for reason in found.reasons],
    )
    if found.technician is None or found.route is None:
        raise ValueError("an assigned insertion names its technician and route")
    give(
        session,
        ticket,
        day,
        decision,
        technician_id=found.technician,
        route=found.route,
        added_travel_s=found.added_travel_s,
        actor=Actor.SCHEDULER,
        now=now,
    )
    return decision
