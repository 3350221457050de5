"""The clock re-plans what may still move: claim a run, solve without a transaction, write back.

Committed work stays; a change goes in ticket by ticket, each in its own short transaction, and only
if the ticket is still as it was when the solver looked at it. What did not change says nothing.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from app.services.assigning import active_assignment, give, lock_plan, retime
from app.services.day_rows import declined_by, read_rows
from app.services.dayplan import Day, TicketFacts, assemble_day
from app.services.escalation import release
from app.services.planning import reason_row
from app.services.reference import reference
from app.services.solver_process import solve_apart
from dispatch.horizon import legs
from dispatch.plan import Change, ChangeKind, Plan, Reason, Route, diff
from dispatch.rules import Leg
from models.calendar import local_date
from models.database import reading, transaction
from models.lease import check_epoch
from models.lifecycle import Action, Actor, Status
from models.plan import Decision, Outcome, PlanRun
from models.ticket import Ticket

EVERY = timedelta(minutes=15)
DAYS = 3
BUDGET_S = 2.0
# Changing a person inside that time before the visit is left to people.
MOVABLE = (Status.ASSIGNED, Status.ACCEPTED)
Fence = Callable[[Session], None]


@dataclass
class Figures:
    """What a run did, as `PlanRun.figures` keeps it."""

    open: int = 0
    assigned: int = 0
    reassigned: int = 0
    shifted: int = 0
    dropped: int = 0
    skipped: int = 0


@dataclass
class _Found:
    """A day with its new plan, and the versions of its tickets when it was read."""

    day: Day
    plan: Plan
    versions: dict[int, int]
    reasons: dict[int, tuple[Reason, ...]] = field(default_factory=dict)


def replan_when_due(
    engine: Engine, *, now: datetime, epoch: int | None = None, lease: str = "worker"
) -> PlanRun | None:
    """Run the planner if somebody asked for it or a quarter of an hour has passed.

    ``epoch``: the worker's lease; a worker that lost it writes nothing more (LeaseLostError).
    """

    def fence(session: Session) -> None:
        if epoch is not None:
            check_epoch(session, lease, epoch)

    run_id = _claim(engine, fence, now=now)
    if run_id is None:
        return None
    figures = Figures()
    placed: set[int] = set()
    started = datetime.now(now.tzinfo)
    for on in _days(engine, now=now):
        found = _work(engine, on, now=now, placed=placed)
        if found is not None:
            _record(engine, found, fence, figures=figures, placed=placed, now=now)
    with transaction(engine) as session:
        fence(session)
        run = session.get_one(PlanRun, run_id)
        run.finished_at = now
        run.wall_ms = round((datetime.now(now.tzinfo) - started).total_seconds() * 1000)
        run.figures = dict(vars(figures))
        return run


def _claim(engine: Engine, fence: Fence, *, now: datetime) -> int | None:
    """The run to do now: asked for, left over by a dead worker, or due by the clock."""
    with transaction(engine) as session:
        fence(session)
        run = session.exec(
            select(PlanRun)
            .where(col(PlanRun.finished_at).is_(None))
            .order_by(col(PlanRun.id))
            .with_for_update()
        ).first()
        if run is None:
            last = session.exec(select(PlanRun).order_by(col(PlanRun.id).desc())).first()
            is_due = last is None or abs(now - last.asked_at) >= EVERY
            if not is_due or not reference(session).calendar.is_open(now):
                return None
            run = PlanRun(asked_at=now, cause="clock")
        run.started_at = now
        session.add(run)
        session.flush()
        return run.id


def _days(engine: Engine, *, now: datetime) -> list[date]:
    with reading(engine) as session:
        calendar = reference(session).calendar
        first = local_date(calendar.next_opening(now))
        return calendar.working_days(first, DAYS)


def _work(engine: Engine, on: date, *, now: datetime, placed: set[int]) -> _Found | None:
    """Solve one day outside any transaction; None when there is nothing to decide."""
    with reading(engine) as session:
        waiting = [row for row in _waiting(session, now=now) if row.number not in placed]
        rows = read_rows(session, now=now)
        day = assemble_day(reference(session), rows, on, now=now, extra=waiting)
        numbers = [visit.id for visit in day.problem.visits]
        versions = dict(
            session.exec(
                select(Ticket.number, Ticket.version).where(col(Ticket.number).in_(numbers))
            ).all()
        )
    movable = len(day.problem.visits) - len(day.problem.committed)
    if movable == 0:
        return None
    plan = solve_apart(day.problem, time_limit_s=BUDGET_S)
    if plan is None:
        return None
    reasons = {row.visit: row.reasons for row in plan.assigned}
    return _Found(day, plan, {n or 0: version for n, version in versions.items()}, reasons)


def _waiting(session: Session, *, now: datetime) -> list[TicketFacts]:
    """Open tickets without anybody, most urgent first."""
    tickets = session.exec(
        select(Ticket)
        .where(col(Ticket.status) == Status.OPEN)
        .order_by(col(Ticket.priority), col(Ticket.target_at))
        .limit(400)
    ).all()
    refused = declined_by(session, [ticket.number or 0 for ticket in tickets])
    return [
        replace(
            TicketFacts.of(ticket, not_for=refused.get(ticket.number or 0, frozenset())),
            is_late=ticket.target_at is None or ticket.target_at < now,
        )
        for ticket in tickets
    ]


def _record(
    engine: Engine,
    found: _Found,
    fence: Fence,
    *,
    figures: Figures,
    placed: set[int],
    now: datetime,
) -> None:
    """Write the differences, releases first so that nobody holds two places at once."""
    order = (ChangeKind.DROPPED, ChangeKind.REASSIGNED, ChangeKind.ADDED, ChangeKind.SHIFTED)
    changes = sorted(diff(found.day.plan, found.plan), key=lambda row: order.index(row.kind))
    figures.open += len(found.plan.unassigned)
    for change in changes:
        with transaction(engine) as session:
            fence(session)
            lock_plan(session)
            ticket = session.get(Ticket, change.visit)
            if ticket is None:
                continue  # a call keeps its place; it is no ticket
            if ticket.version != found.versions.get(change.visit):
                figures.skipped += 1
                continue
            _apply(session, ticket, change, found, figures=figures, now=now)
            if change.kind is ChangeKind.ADDED:
                placed.add(change.visit)
    _retime(engine, found, fence, {row.visit for row in changes}, now=now)


def _apply(
    session: Session,
    ticket: Ticket,
    change: Change,
    found: _Found,
    *,
    figures: Figures,
    now: datetime,
) -> None:
    current = active_assignment(session, ticket.number or 0)
    if change.kind is ChangeKind.SHIFTED:
        if current is not None and change.new is not None:
            retime(session, current, found.day, _leg(found, change.new, change.visit), now=now)
            figures.shifted += 1
        return
    if change.kind in (ChangeKind.DROPPED, ChangeKind.REASSIGNED):
        if current is None or ticket.status not in MOVABLE:
            figures.skipped += 1
            return
        ticket.apply(Action.UNASSIGN, Actor.SCHEDULER, now=now)
        release(session, ticket, current, now=now)
    if change.kind is ChangeKind.DROPPED:
        figures.dropped += 1
        session.add(Decision(ticket_number=ticket.number or 0, at=now, outcome=Outcome.CROWDED_OUT))
        return
    if ticket.status is not Status.OPEN or change.new is None:
        figures.skipped += 1
        return
    _give(session, ticket, change.new, found, now=now)
    figures.reassigned += change.kind is ChangeKind.REASSIGNED
    figures.assigned += change.kind is ChangeKind.ADDED


def _give(session: Session, ticket: Ticket, route: Route, found: _Found, *, now: datetime) -> None:
    number = ticket.number or 0
    starts_at = found.day.moment(_leg(found, route, number).start_s)
    is_late = ticket.target_at is not None and starts_at > ticket.target_at
    reasons = found.reasons.get(number, ())
    decision = Decision(
        ticket_number=number,
        at=now,
        outcome=Outcome.LATE if is_late else Outcome.ASSIGNED,
        reasons=[reason_row(reason) for reason in reasons],
    )
    give(
        session,
        ticket,
        found.day,
        decision,
        technician_id=route.technicians[0],
        route=route,
        added_travel_s=(reasons[0].by_s or 0) if reasons else 0,
        actor=Actor.SCHEDULER,
        now=now,
        moves_neighbours=False,
    )


def _retime(
    engine: Engine, found: _Found, fence: Fence, changed: Iterable[int], *, now: datetime
) -> None:
    """Small shifts of stops that kept their person: new times, nobody is told."""
    done = set(changed) | {work.visit for work in found.day.problem.committed}
    with transaction(engine) as session:
        fence(session)
        for route in found.plan.routes:
            for leg in legs(found.day.problem, route):
                row = found.day.assignments.get(leg.visit or 0)
                if leg.visit is None or leg.visit in done or row is None:
                    continue
                assignment = active_assignment(session, leg.visit)
                if assignment is not None and assignment.id == row.id:
                    retime(session, assignment, found.day, leg, now=now)


def _leg(found: _Found, route: Route, number: int) -> Leg:
    return next(leg for leg in legs(found.day.problem, route) if leg.visit == number)
