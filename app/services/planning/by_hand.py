"""A person decides who goes: everybody with what speaks against them, and the assignment."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlmodel import Session

from app.i18n import _
from app.services.planning.arrivals import days_for
from app.services.planning.assigning import give, lock_plan, move_neighbours
from app.services.planning.day_rows import StaffRow
from app.services.planning.dayplan import Day
from app.services.planning.places import places, routes_with
from app.services.planning.reasons import rule_words
from app.services.planning.ticket_facts import TicketFacts
from dispatch.explain import Candidate, candidates
from dispatch.plan import Code
from models.account import User, Viewer
from models.calendar import local_date, seconds_of_day
from models.lifecycle import Actor
from models.numbers import written
from models.plan import Assignment, Decision, Outcome
from models.ticket import Ticket
from models.types import JsonDict


class RuleBroken(ValueError):
    """A rule stands against it; a note lets it pass. Says which, in words."""


class HardRuleBroken(ValueError):
    """A rule stands against it that nobody can set aside. Says which, in words."""


@dataclass(frozen=True)
class CandidateRow:
    """A technician as a lead sees them beside a ticket; ``breaks`` names the rule in their way."""

    technician: StaffRow
    name: str
    added_min: int
    km: float
    starts_at: datetime | None
    is_feasible: bool
    reason: str
    breaks: str | None


def candidates_for(session: Session, ticket: Ticket, *, now: datetime) -> list[CandidateRow]:
    """Everybody on duty for this ticket, best first: on the first day on which anybody can.

    People of one car stand in one row, by the names of all.
    """
    day, found = _first_candidates(session, ticket, now=now)
    cars: set[frozenset[int]] = set()
    shown = []
    for row in found:
        people = frozenset(row.technicians or (row.technician,))
        if not row.feasible or people not in cars:
            shown.append(row)
        cars.add(people)
    return [
        CandidateRow(
            technician=day.technicians[row.technician],
            name=", ".join(day.technicians[one].name for one in row.technicians)
            or day.technicians[row.technician].name,
            added_min=round(row.added_travel_s / 60),
            km=round(row.leg_m / 1000, 1),
            starts_at=day.moment(row.start_s) if row.start_s is not None else None,
            is_feasible=row.feasible,
            reason=_candidate_words(row),
            breaks=None if row.feasible else row.code.value,
        )
        for row in shown
    ]


def _first_candidates(
    session: Session, ticket: Ticket, *, now: datetime
) -> tuple[Day, tuple[Candidate, ...]]:
    wanted = TicketFacts.of(ticket)
    late = replace(wanted, is_late=True)
    first: tuple[Day, tuple[Candidate, ...]] | None = None
    target_on = local_date(ticket.target_at) if ticket.target_at else local_date(now)
    for facts, until in ((wanted, target_on), (late, None)):
        for day in days_for(session, facts, now=now, until=until, everybody=True):
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
    where = places(day, routes_with(day.plan, row.route))
    assignment = give(
        session,
        ticket,
        decision,
        where[ticket.number or 0],
        staff=day.technicians,
        added_travel_s=row.added_travel_s,
        actor=Actor(viewer.role.value),
        now=now,
        by=session.get_one(User, viewer.user_id),
        note=note.strip(),
    )
    move_neighbours(session, where, day, except_number=ticket.number, now=now)
    return assignment


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
    for day in days_for(session, wanted, now=now, until=None, everybody=True):
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
