"""The planner finds who goes: day by day, in time if anybody can, with the reasons."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime

from sqlmodel import Session

from app.services.assigning import give, latest_decision, lock_plan
from app.services.day_rows import declined_by, read_rows
from app.services.dayplan import Day, TicketFacts, assemble_day
from app.services.reference import reference
from dispatch.plan import Code, Reason
from dispatch.solvers.insertion import Insertion, Placing
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
    wanted = TicketFacts.of(ticket, not_for=_declined(session, ticket))
    if ticket.target_at is None or ticket.target_at < now:
        return plan_late(session, ticket, now=now)
    tried: list[tuple[Day, Placing]] = []
    for day in days_for(session, wanted, now=now, until=local_date(ticket.target_at)):
        placing = Placing(day.problem, day.plan, wanted.number)
        found = placing.assigned()
        if found is not None:
            return assign_found(session, ticket, day, found, now=now)
        tried.append((day, placing))
    return _nobody(session, ticket, tried, now=now)


def plan_late(session: Session, ticket: Ticket, *, now: datetime) -> Decision:
    """Plan a ticket whose target cannot be met: as soon as possible, with the honest time."""
    wanted = replace(TicketFacts.of(ticket, not_for=_declined(session, ticket)), is_late=True)
    tried: list[tuple[Day, Placing]] = []
    for day in days_for(session, wanted, now=now, until=None):
        placing = Placing(day.problem, day.plan, wanted.number)
        found = placing.assigned()
        if found is not None:
            return assign_found(session, ticket, day, found, now=now, outcome=Outcome.LATE)
        tried.append((day, placing))
    return _nobody(session, ticket, tried, now=now)


def _declined(session: Session, ticket: Ticket) -> frozenset[int]:
    """Who declined it before; nobody, if being filed is all that happened to it."""
    number = ticket.number or 0
    if ticket.event_count <= 1:
        return frozenset()
    return declined_by(session, [number]).get(number, frozenset())


def days_for(
    session: Session,
    wanted: TicketFacts,
    *,
    now: datetime,
    until: date | None,
    everybody: bool = False,
) -> Iterator[Day]:
    """The working days on which the ticket has a window, up to ``until`` or DAYS_AHEAD of them.

    Only with who has the skill, unless ``everybody`` is to be shown or the ticket is pinned.
    """
    facts = reference(session)
    category = facts.categories[wanted.category_code]
    needs = None if everybody else (category.skill_code, category.skill_level)
    rows = read_rows(session, now=now, needs=needs, until=until)
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
    tried: Sequence[tuple[Day, Placing]],
    *,
    now: datetime,
) -> Decision:
    """Nobody: unreachable only when that was proved on every day up to the target."""
    before = latest_decision(session, ticket.number or 0)
    shown: Insertion | None = None
    for _day, placing in tried:
        shown = placing.refused()
        if shown.outcome is Found.CROWDED_OUT:
            break  # somebody could on this day: the other days need no proof any more
    crowded = shown is not None and shown.outcome is Found.CROWDED_OUT
    outcome = Outcome.CROWDED_OUT if crowded else Outcome.UNREACHABLE
    swap: JsonDict | None = None
    if shown is not None and shown.swap is not None:
        swap = {"out": shown.swap.out, "technician_id": shown.swap.technician}
    decision = Decision(
        ticket_number=ticket.number or 0,
        at=now,
        outcome=outcome,
        reasons=[reason_row(reason) for reason in shown.reasons] if shown else [],
        swap=swap,
    )
    decision.reasons += _without_skill(session, ticket, tried)
    session.add(decision)
    if before is None or before.outcome is not outcome:
        kind = EventKind.CROWDED_OUT if crowded else EventKind.UNREACHABLE
        ticket.record(kind.value, actor=Actor.SCHEDULER, now=now)
    return decision


def _without_skill(
    session: Session, ticket: Ticket, tried: Sequence[tuple[Day, Placing]]
) -> list[JsonDict]:
    """The reason of everybody who was not asked: every technician has one."""
    skill = reference(session).categories[ticket.category_code].skill_code
    unable = tried[-1][0].unable if tried else ()
    return [
        {
            "code": (Code.SKILL_LEVEL if row.skills.get(skill, 0) else Code.SKILL).value,
            "technician_id": row.id,
        }
        for row in unable
    ]


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
