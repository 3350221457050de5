"""The clock re-plans what may still move: claim a run, solve without a transaction, write back.

Committed work stays; a change goes in ticket by ticket, each in its own short transaction, and only
if the ticket is still as it was when the solver looked at it. What did not change says nothing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session

from app.services.calling.escalation import release
from app.services.planning.arrivals import plan_new
from app.services.planning.assigning import active_assignment, give, lock_plan, retime
from app.services.planning.fairness import keep_carried
from app.services.planning.horizon import Horizon, by_person, read_horizon
from app.services.planning.places import Place, places
from app.services.planning.plan_runs import Fence, claim_run, forms_crews
from app.services.planning.reason_rows import reason_row
from app.services.planning.solver_process import Solved, solve_apart
from dispatch.plan import Change, ChangeKind, Plan, Reason, diff
from models.database import reading, transaction
from models.lease import check_epoch
from models.lifecycle import Action, Actor, Status
from models.plan import Decision, Outcome, PlanRun
from models.ticket import Ticket

# Seconds of solving: a few tickets need far less than a whole province's.
BUDGET_S = 2.0
LEAST_BUDGET_S, BUDGET_PER_VISIT_S = 0.3, 0.01
MOVABLE = (Status.ASSIGNED, Status.ACCEPTED)
# Releases first, so that nobody holds two places at once.
ORDER = (ChangeKind.DROPPED, ChangeKind.REASSIGNED, ChangeKind.ADDED, ChangeKind.SHIFTED)


@dataclass
class Figures:
    """What a run did, as `PlanRun.figures` keeps it."""

    open: int = 0
    assigned: int = 0
    reassigned: int = 0
    shifted: int = 0
    dropped: int = 0
    skipped: int = 0
    crews: int = 0
    failed: bool = False
    missing: list[str] = field(default_factory=list)
    spread: dict[str, Any] = field(default_factory=dict)  # numbers by name


@dataclass
class _Found:
    """The horizon with its new plan, by person."""

    horizon: Horizon
    plan: Plan
    places: Mapping[int, Place]
    reasons: dict[int, tuple[Reason, ...]]


def replan_when_due(
    engine: Engine, *, now: datetime, epoch: int | None = None, lease: str = "worker"
) -> PlanRun | None:
    """Run the planner if somebody asked for it or a quarter of an hour has passed.

    ``epoch``: the worker's lease; a worker that lost it writes nothing more (LeaseLostError).
    """

    def fence(session: Session) -> None:
        if epoch is not None:
            check_epoch(session, lease, epoch)

    run_id = claim_run(engine, fence, now=now)
    if run_id is None:
        return None
    figures = Figures()
    started = datetime.now(now.tzinfo)
    with transaction(engine) as session:
        fence(session)
        figures.spread = keep_carried(session, now=now)
    found = _work(engine, figures, run_id, now=now)
    if found is not None:
        _record(engine, found, fence, figures=figures, now=now)
    with transaction(engine) as session:
        fence(session)
        run = session.get_one(PlanRun, run_id)
        run.finished_at = now
        run.wall_ms = round((datetime.now(now.tzinfo) - started).total_seconds() * 1000)
        run.figures = dict(vars(figures))
        return run


def _work(engine: Engine, figures: Figures, run_id: int, *, now: datetime) -> _Found | None:
    """Solve outside any transaction; None when there is nothing to decide, or nothing was found."""
    with reading(engine) as session:
        forms = forms_crews(session, run_id, now=now)
        horizon = read_horizon(session, now=now, forms_crews=forms)
    if horizon.movable == 0:
        return None
    budget_s = min(BUDGET_S, LEAST_BUDGET_S + BUDGET_PER_VISIT_S * horizon.movable)
    solved = solve_apart(horizon.day.problem, time_limit_s=budget_s)
    figures.missing = list(solved.missing)
    if solved.plan is None:
        figures.failed = True
        return None
    return _found(horizon, solved)


def _found(horizon: Horizon, solved: Solved) -> _Found:
    assert solved.plan is not None
    return _Found(
        horizon,
        by_person(solved.plan),
        places(horizon.day, solved.plan.routes),
        {row.visit: row.reasons for row in solved.plan.assigned},
    )


def _record(
    engine: Engine, found: _Found, fence: Fence, *, figures: Figures, now: datetime
) -> None:
    """Write the differences, each in a transaction of its own."""
    told = by_person(found.horizon.day.plan)
    changes = sorted(diff(told, found.plan), key=lambda row: ORDER.index(row.kind))
    placed = found.plan.placed()
    figures.open = sum(visit.id not in placed for visit in found.horizon.day.problem.visits)
    dropped = []
    for change in changes:
        with transaction(engine) as session:
            fence(session)
            lock_plan(session)
            ticket = session.get(Ticket, change.visit)
            if ticket is None:
                continue  # a call keeps its place; it is no ticket
            if ticket.version != found.horizon.versions.get(change.visit):
                figures.skipped += 1
                continue
            _apply(session, ticket, change, found, figures=figures, now=now)
        if change.kind is ChangeKind.DROPPED:
            dropped.append(change.visit)
    _retime(engine, found, fence, {row.visit for row in changes}, now=now)
    for number in dropped:
        _place_later(engine, number, fence, figures=figures, now=now)


def _apply(
    session: Session,
    ticket: Ticket,
    change: Change,
    found: _Found,
    *,
    figures: Figures,
    now: datetime,
) -> None:
    number = ticket.number or 0
    current = active_assignment(session, number)
    place, staff = found.places.get(number), found.horizon.day.technicians
    if change.kind is ChangeKind.SHIFTED:
        if current is not None and place is not None:
            retime(session, current, place, staff=staff, now=now)
            figures.shifted += 1
        return
    is_refused = place is not None and bool(
        found.horizon.declined.get(number, frozenset()) & set(place.people)
    )
    if is_refused:
        figures.skipped += 1  # a car would bring somebody along who declined
        return
    if change.kind in (ChangeKind.DROPPED, ChangeKind.REASSIGNED):
        if current is None or ticket.status not in MOVABLE:
            figures.skipped += 1
            return
        ticket.apply(Action.UNASSIGN, Actor.SCHEDULER, now=now)
        stays = frozenset(staff[person].user_id for person in place.people) if place else None
        release(session, ticket, current, now=now, staying=stays or frozenset())
    if change.kind is ChangeKind.DROPPED:
        figures.dropped += 1
        session.add(Decision(ticket_number=number, at=now, outcome=Outcome.CROWDED_OUT))
        return
    if ticket.status is not Status.OPEN or place is None:
        figures.skipped += 1
        return
    _give(session, ticket, place, found, now=now)
    figures.reassigned += change.kind is ChangeKind.REASSIGNED
    figures.assigned += change.kind is ChangeKind.ADDED
    figures.crews += len(place.people) > 1


def _give(session: Session, ticket: Ticket, place: Place, found: _Found, *, now: datetime) -> None:
    number = ticket.number or 0
    is_late = ticket.target_at is not None and place.starts_at > ticket.target_at
    reasons = found.reasons.get(number, ())
    decision = Decision(
        ticket_number=number,
        at=now,
        outcome=Outcome.LATE if is_late else Outcome.ASSIGNED,
        reasons=[reason_row(found.horizon.day, reason) for reason in reasons],
    )
    give(
        session,
        ticket,
        decision,
        place,
        staff=found.horizon.day.technicians,
        added_travel_s=(reasons[0].by_s or 0) if reasons else 0,
        actor=Actor.SCHEDULER,
        now=now,
    )


def _retime(
    engine: Engine, found: _Found, fence: Fence, changed: Iterable[int], *, now: datetime
) -> None:
    """Small shifts of stops that kept their people: new times, nobody is told."""
    day = found.horizon.day
    done = set(changed) | {work.visit for work in day.problem.committed}
    moved = [
        (row, found.places[number])
        for number, row in day.assignments.items()
        if number not in done
        and number in found.places
        and (row.starts_at, row.travel_s)
        != (found.places[number].starts_at, found.places[number].travel_s)
    ]
    if not moved:
        return
    with transaction(engine) as session:
        fence(session)
        for row, place in moved:
            assignment = active_assignment(session, row.ticket_number)
            if assignment is not None and assignment.id == row.id:
                retime(session, assignment, place, staff=day.technicians, now=now)


def _place_later(
    engine: Engine, number: int, fence: Fence, *, figures: Figures, now: datetime
) -> None:
    """What no longer fits into these days may have a later one up to its target."""
    with transaction(engine) as session:
        fence(session)
        ticket = session.get(Ticket, number)
        if ticket is None or ticket.status is not Status.OPEN:
            return
        decision = plan_new(session, ticket, now=now)
        figures.assigned += decision.outcome in (Outcome.ASSIGNED, Outcome.LATE)
