"""Who goes: rows into a `Problem`, a found place in a route back into rows, with the reasons."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy import text
from sqlmodel import Session, col, select

from app.i18n import _
from app.services.dayplan import Day, TicketFacts, assemble_day, declined_by
from app.services.outbox import say
from app.services.reasons import names_of, rule_words
from app.services.reference import reference
from app.services.texting import assignment_values, technician_prompt
from dispatch.explain import Candidate, candidates
from dispatch.horizon import legs
from dispatch.plan import Code, Reason, Route
from dispatch.rules import Leg
from dispatch.solvers.insertion import Insertion, insert
from dispatch.solvers.insertion import Outcome as Found
from models.account import User, Viewer
from models.calendar import local_date, seconds_of_day
from models.database import is_sqlite
from models.lifecycle import Action, Actor, Status
from models.numbers import written
from models.plan import Assignment, AssignmentMember, Decision, Outcome
from models.ticket import EventKind, Ticket
from models.types import JsonDict
from models.workforce import Technician

# A late ticket is planned as soon as possible, on whichever of the next working days that is.
DAYS_AHEAD = 15
# People are told when their arrival moves by more than that.
TOLD_SHIFT = timedelta(minutes=30)
PLAN_LOCK = 7_301


class RuleBroken(ValueError):
    """A rule stands against it; a note lets it pass. Says which, in words."""


class HardRuleBroken(ValueError):
    """A rule stands against it that nobody can set aside. Says which, in words."""


def lock_plan(session: Session) -> None:
    """Plan one at a time. SQLite has one writer anyway; PostgreSQL takes an advisory lock."""
    if not is_sqlite(session.connection()):
        session.exec(text("SELECT pg_advisory_xact_lock(:key)").bindparams(key=PLAN_LOCK))  # type: ignore[call-overload]  # sqlmodel's exec has no overload for text


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
        for day in _days(session, wanted, now=now, until=local_date(ticket.target_at)):
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
    for day in _days(session, wanted, now=now, until=None):
        found = insert(day.problem, day.plan, wanted.number)
        if found.outcome is Found.ASSIGNED:
            return assign_found(session, ticket, day, found, now=now, outcome=Outcome.LATE)
        verdicts.append((day, found))
    return _nobody(session, ticket, verdicts, now=now)


def _days(
    session: Session, wanted: TicketFacts, *, now: datetime, until: date | None
) -> Iterator[Day]:
    """The working days on which the ticket has a window, up to ``until`` or DAYS_AHEAD of them."""
    calendar = reference(session).calendar
    for on in calendar.working_days(local_date(now), DAYS_AHEAD):
        if until is not None and on > until:
            return
        without = frozenset({wanted.number})
        day = assemble_day(session, on, now=now, extra=[wanted], without=without)
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


def give(
    session: Session,
    ticket: Ticket,
    day: Day,
    decision: Decision,
    *,
    technician_id: int,
    route: Route,
    added_travel_s: int,
    actor: Actor,
    now: datetime,
    by: User | None = None,
    note: str = "",
    moves_neighbours: bool = True,
) -> Assignment:
    """Give the ticket to a technician at its place in the route, and tell them.

    ``moves_neighbours``: write the route's new times to its other stops as well.
    """
    session.add(decision)
    session.flush()
    technician = day.technicians[technician_id]
    leg = next(leg for leg in legs(day.problem, route) if leg.visit == ticket.number)
    assignment = Assignment(
        ticket_number=ticket.number or 0,
        team_id=technician.team_id,
        technician_id=technician_id,
        decision_id=decision.id or 0,
        is_by_hand=by is not None,
        hand_note=note,
        assigned_at=now,
        starts_at=day.moment(leg.start_s),
        told_starts_at=day.moment(leg.start_s),
        ends_at=day.moment(leg.ends_s),
        travel_s=leg.travel_s,
        travel_m=leg.distance_m,
        added_travel_s=max(0, added_travel_s),
    )
    session.add(assignment)
    session.flush()
    session.add(AssignmentMember(assignment_id=assignment.id or 0, technician_id=technician_id))
    ticket.team_id = technician.team_id
    user = session.get_one(User, technician.user_id)
    ticket.apply(
        Action.ASSIGN,
        actor,
        now=now,
        by=by,
        data={
            "technician_id": technician_id,
            "technician": user.name,
            "starts_at": assignment.starts_at.isoformat(),
            "outcome": decision.outcome.value,
        },
        text=note or None,
    )
    if moves_neighbours:
        reschedule_route(session, day, route, except_number=ticket.number, now=now)
    say(
        session,
        "assigned",
        key=f"assigned:{assignment.id}",
        now=now,
        to=user,
        ticket=ticket,
        link_kind="ticket",
        prompt=technician_prompt(Status.ASSIGNED),
        values=assignment_values(session, ticket, assignment),
    )
    return assignment


def reschedule_route(
    session: Session, day: Day, route: Route, *, except_number: int | None, now: datetime
) -> int:
    """Write a route's new times to its other stops; tell who moved far. How many were told."""
    moved = 0
    for leg in legs(day.problem, route):
        row = day.assignments.get(leg.visit or 0)
        if row is None or leg.visit == except_number:
            continue
        if any(work.visit == leg.visit for work in day.problem.committed):
            continue
        assignment = session.get_one(Assignment, row.id)
        moved += retime(session, assignment, day, leg, now=now)
    return moved


def retime(session: Session, assignment: Assignment, day: Day, leg: Leg, *, now: datetime) -> bool:
    """Write a stop's new times; whether it moved so far that its technician was told."""
    assignment.starts_at = day.moment(leg.start_s)
    assignment.ends_at = day.moment(leg.ends_s)
    assignment.travel_s = leg.travel_s
    assignment.travel_m = leg.distance_m
    session.add(assignment)
    if abs(assignment.starts_at - assignment.told_starts_at) <= TOLD_SHIFT:
        return False
    _tell_moved(session, assignment, now=now)
    return True


def _tell_moved(session: Session, assignment: Assignment, *, now: datetime) -> None:
    ticket = session.get_one(Ticket, assignment.ticket_number)
    before = assignment.told_starts_at
    assignment.told_starts_at = assignment.starts_at
    ticket.record(
        EventKind.RESCHEDULED.value,
        actor=Actor.SCHEDULER,
        now=now,
        data={"from": before.isoformat(), "to": assignment.starts_at.isoformat()},
    )
    user = session.get_one(User, session.get_one(Technician, assignment.technician_id).user_id)
    say(
        session,
        "rescheduled",
        key=f"rescheduled:{assignment.id}:{assignment.starts_at.isoformat()}",
        now=now,
        to=user,
        ticket=ticket,
        link_kind="ticket",
        prompt=technician_prompt(ticket.status),
        values=assignment_values(session, ticket, assignment),
    )


@dataclass(frozen=True)
class CandidateRow:
    """A technician as a lead sees them beside a ticket; ``breaks`` names the rule in their way."""

    technician: Technician
    name: str
    added_min: int
    km: float
    starts_at: datetime | None
    is_feasible: bool
    reason: str
    breaks: str | None


def candidates_for(session: Session, ticket: Ticket, *, now: datetime) -> list[CandidateRow]:
    """Everybody on duty for this ticket, best first: on the first day on which anybody can."""
    day, found = _first_candidates(session, ticket, now=now)
    names = names_of(session, list(day.technicians))
    return [
        CandidateRow(
            technician=day.technicians[row.technician],
            name=names.get(row.technician, "?"),
            added_min=round(row.added_travel_s / 60),
            km=round(row.leg_m / 1000, 1),
            starts_at=day.moment(row.start_s) if row.start_s is not None else None,
            is_feasible=row.feasible,
            reason=_candidate_words(row),
            breaks=None if row.feasible else row.code.value,
        )
        for row in found
    ]


def _first_candidates(
    session: Session, ticket: Ticket, *, now: datetime
) -> tuple[Day, tuple[Candidate, ...]]:
    wanted = TicketFacts.of(ticket)
    late = replace(wanted, is_late=True)
    first: tuple[Day, tuple[Candidate, ...]] | None = None
    target_on = local_date(ticket.target_at) if ticket.target_at else local_date(now)
    for facts, until in ((wanted, target_on), (late, None)):
        for day in _days(session, facts, now=now, until=until):
            found = candidates(day.problem, day.plan, wanted.number)
            if any(row.feasible for row in found):
                return day, found
            first = first or (day, found)
    if first is None:
        raise HardRuleBroken(_("Không có ngày làm việc nào trong lịch."))
    return first


def _candidate_words(row: Candidate) -> str:
    extra: JsonDict = {"number": row.displaces} if row.displaces is not None else {}
    return rule_words(row.code, extra)


def assign_by_hand(
    session: Session,
    ticket: Ticket,
    *,
    technician_id: int,
    viewer: Viewer,
    now: datetime,
    note: str = "",
) -> Assignment:
    """Give the ticket to the technician whom a person chose.

    Raises
    ------
    RuleBroken
        If a rule stands against it and no note says why it is done all the same.
    HardRuleBroken
        If a rule stands against it that a note cannot set aside.
    """
    lock_plan(session)
    day, found = _first_candidates(session, ticket, now=now)
    row = next((row for row in found if row.technician == technician_id), None)
    if row is None:
        raise HardRuleBroken(_("Người này hôm nay không trực."))
    if row.code is Code.ABSENT:
        raise HardRuleBroken(_("Người này đang nghỉ; hãy chọn người khác."))
    if row.route is None:
        if not note.strip():
            raise RuleBroken(_candidate_words(row))
        day, row = _against_rules(session, ticket, technician_id=technician_id, now=now)
    assert row.route is not None
    decision = Decision(
        ticket_number=ticket.number or 0,
        at=now,
        outcome=_outcome_of(ticket, day, row),
        by_id=viewer.user_id,
        reasons=[
            {
                "code": Code.CHOSEN.value,
                "technician_id": technician_id,
                "by_s": row.added_travel_s,
                "by_m": row.added_m,
            }
        ],
    )
    return give(
        session,
        ticket,
        day,
        decision,
        technician_id=technician_id,
        route=row.route,
        added_travel_s=row.added_travel_s,
        actor=Actor(viewer.role.value),
        now=now,
        by=session.get_one(User, viewer.user_id),
        note=note.strip(),
    )


def _outcome_of(ticket: Ticket, day: Day, row: Candidate) -> Outcome:
    if ticket.target_at is None or row.start_s is None:
        return Outcome.ASSIGNED
    is_late = row.start_s > seconds_of_day(ticket.target_at, day.on)
    return Outcome.LATE if is_late else Outcome.ASSIGNED


def _against_rules(
    session: Session, ticket: Ticket, *, technician_id: int, now: datetime
) -> tuple[Day, Candidate]:
    """First place in the technician's own days, skill and target set aside; the rest holds."""
    wanted = replace(TicketFacts.of(ticket), is_late=True, pinned_to=technician_id)
    for day in _days(session, wanted, now=now, until=None):
        found = candidates(day.problem, day.plan, wanted.number)
        row = next((row for row in found if row.technician == technician_id), None)
        if row is not None and row.route is not None:
            return day, row
    raise HardRuleBroken(
        _(
            "Phiếu %(number)s không xếp được vào ngày nào của người này mà vẫn giữ ca và giờ nghỉ.",
            number=written(ticket.number or 0),
        )
    )


def active_assignment(session: Session, number: int) -> Assignment | None:
    """The ticket's active assignment, if it has one."""
    return session.exec(
        select(Assignment).where(col(Assignment.ticket_number) == number, col(Assignment.is_active))
    ).first()


def latest_decision(session: Session, number: int) -> Decision | None:
    """The newest planning decision about the ticket."""
    return session.exec(
        select(Decision)
        .where(col(Decision.ticket_number) == number)
        .order_by(col(Decision.id).desc())
    ).first()
