"""The planner finds who goes: the day on which it adds least, in time if anybody can, and why."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlmodel import Session

from app.services.planning.assigning import give, latest_decision, lock_plan, move_neighbours
from app.services.planning.day_order import days_by_bound
from app.services.planning.day_rows import DayRows, declined_by, read_rows
from app.services.planning.dayplan import Day, assemble_day
from app.services.planning.places import places, routes_with
from app.services.planning.reason_rows import reason_row, without_skill
from app.services.planning.ticket_facts import TicketFacts
from app.services.reference import Reference, reference, up_to_date
from dispatch.solvers.insertion import Insertion, Placing
from dispatch.solvers.insertion import Outcome as Found
from models.calendar import local_date
from models.lifecycle import Actor
from models.plan import Decision, Outcome
from models.ticket import EventKind, Ticket
from models.types import JsonDict

# A late ticket is planned as soon as possible, on whichever of the next working days that is.
DAYS_AHEAD = 15


@dataclass(frozen=True)
class Outlook:
    """What is known when a ticket is to be placed: it, the rows, and the days that it may have."""

    facts: Reference
    rows: DayRows
    wanted: TicketFacts
    days: tuple[date, ...]
    now: datetime

    def on(self, day: date, *, only: frozenset[int] | None = None) -> Day | None:
        """That day with the ticket on it; None where it has no window.

        ``only``: with these people alone; the others have no time for it anyway.
        """
        without = frozenset({self.wanted.number})
        rows = self.rows if only is None else self.rows.only(only)
        found = assemble_day(
            self.facts, rows, day, now=self.now, extra=[self.wanted], without=without
        )
        return found if found.problem.knows_visit(self.wanted.number) else None

    def in_order(self) -> Iterator[Day]:
        """The days on which it has a window, the next one first."""
        return (day for on in self.days if (day := self.on(on)) is not None)


def plan_new(session: Session, ticket: Ticket, *, now: datetime) -> Decision:
    """Find who goes, give it to them, and write down why; or why nobody can.

    Of all working days up to the target it gets the one on which it adds least: a ticket that may
    wait joins the trip that passes by. Where nobody can begin in time the decision says so; the
    caller turns it into a call or plans it late.
    """
    lock_plan(session)
    wanted = TicketFacts.of(ticket, not_for=_declined(session, ticket))
    if ticket.target_at is None or ticket.target_at < now:
        return plan_late(session, ticket, now=now)
    seen = outlook(session, wanted, now=now, until=local_date(ticket.target_at))
    best: tuple[int, Day, Insertion] | None = None
    for bound in days_by_bound(seen.facts, seen.rows, wanted, seen.days, now=now):
        if best is not None and best[0] <= bound.least:
            break
        day = seen.on(bound.on, only=bound.room) if bound.room else None
        if day is None:
            continue
        found = _willing(Placing(day.problem, day.plan, wanted.number), wanted)
        if found is not None:
            cost = found.score + bound.waiting
            best = min(best or (cost, day, found), (cost, day, found), key=lambda one: one[0])
    if best is not None:
        return assign_found(session, ticket, best[1], best[2], now=now)
    # Why nobody: asked of everybody, day by day, until one is found on which somebody could.
    tried = ((day, Placing(day.problem, day.plan, wanted.number)) for day in seen.in_order())
    return _nobody(session, ticket, tried, now=now)


def plan_late(session: Session, ticket: Ticket, *, now: datetime) -> Decision:
    """Plan a ticket whose target cannot be met: as soon as possible, with the honest time."""
    wanted = replace(TicketFacts.of(ticket, not_for=_declined(session, ticket)), is_late=True)
    tried: list[tuple[Day, Placing]] = []
    for day in outlook(session, wanted, now=now, until=None).in_order():
        placing = Placing(day.problem, day.plan, wanted.number)
        found = _willing(placing, wanted)
        if found is not None:
            return assign_found(session, ticket, day, found, now=now, outcome=Outcome.LATE)
        tried.append((day, placing))
    return _nobody(session, ticket, tried, now=now)


def _willing(placing: Placing, wanted: TicketFacts) -> Insertion | None:
    """Who takes it, unless a car would bring somebody along who declined."""
    found = placing.assigned()
    return None if found is None or wanted.not_for & set(found.technicians) else found


def _declined(session: Session, ticket: Ticket) -> frozenset[int]:
    """Who declined it before; nobody, if being filed is all that happened to it."""
    number = ticket.number or 0
    if ticket.event_count <= 1:
        return frozenset()
    return declined_by(session, [number]).get(number, frozenset())


def outlook(
    session: Session,
    wanted: TicketFacts,
    *,
    now: datetime,
    until: date | None,
    everybody: bool = False,
) -> Outlook:
    """The working days up to ``until``, or DAYS_AHEAD of them, and what stands on them.

    Only with who has the skill, unless ``everybody`` is to be shown or the ticket is pinned.
    """
    facts = up_to_date(session)
    needs = wanted.needs(facts)
    # Several skills may be had by a car together: then everybody is asked.
    asked = None if everybody or len(needs) > 1 else needs
    rows = read_rows(session, now=now, needs=asked, until=until)
    ahead = facts.calendar.working_days(local_date(now), DAYS_AHEAD)
    days = tuple(on for on in ahead if until is None or on <= until)
    return Outlook(facts, rows, wanted, days, now)


def days_for(
    session: Session,
    wanted: TicketFacts,
    *,
    now: datetime,
    until: date | None,
    everybody: bool = False,
) -> Iterator[Day]:
    """The working days on which the ticket has a window, in their order, as `outlook` has them."""
    return outlook(session, wanted, now=now, until=until, everybody=everybody).in_order()


def _nobody(
    session: Session,
    ticket: Ticket,
    tried: Iterable[tuple[Day, Placing]],
    *,
    now: datetime,
) -> Decision:
    """Nobody: unreachable only when that was proved on every day up to the target."""
    # Of a ticket that was only filed nothing was decided yet.
    before = latest_decision(session, ticket.number or 0) if ticket.event_count > 1 else None
    shown: tuple[Day, Insertion] | None = None
    for day, placing in tried:
        shown = day, placing.refused()
        if shown[1].outcome is Found.CROWDED_OUT:
            break  # somebody could on this day: the other days need no proof any more
    crowded = shown is not None and shown[1].outcome is Found.CROWDED_OUT
    outcome = Outcome.CROWDED_OUT if crowded else Outcome.UNREACHABLE
    reasons: list[JsonDict] = []
    swap: JsonDict | None = None
    if shown is not None:
        day, found = shown
        reasons = [reason_row(day, reason) for reason in found.reasons]
        reasons += without_skill(day, ticket.category_code, reference(session))
        if found.swap is not None:
            swap = {"out": found.swap.out, "technician_id": found.swap.technician}
    decision = Decision(
        ticket_number=ticket.number or 0, at=now, outcome=outcome, reasons=reasons, swap=swap
    )
    session.add(decision)
    if before is None or before.outcome is not outcome:
        kind = EventKind.CROWDED_OUT if crowded else EventKind.UNREACHABLE
        ticket.record(kind.value, actor=Actor.SCHEDULER, now=now)
    return decision


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
    if found.route is None:
        raise ValueError("an assigned insertion names its route")
    number = ticket.number or 0
    decision = Decision(
        ticket_number=number,
        at=now,
        outcome=outcome,
        reasons=[reason_row(day, reason) for reason in found.reasons],
    )
    where = places(day, routes_with(day.plan, found.route))
    give(
        session,
        ticket,
        decision,
        where[number],
        staff=day.technicians,
        added_travel_s=found.added_travel_s,
        actor=Actor.SCHEDULER,
        now=now,
    )
    move_neighbours(session, where, day, except_number=number, now=now)
    return decision
