"""A past month as the planner would have seen it: its tickets, and each day as a problem."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlmodel import Session, col, select

from app.services.planning.day_work import LUNCH
from app.services.reference import CategoryInfo, Reference
from app.services.studies.history_question import HistoryQuestion
from app.services.studies.history_roster import Person
from dispatch.problem import Absence, Problem, Technician, Visit
from models.calendar import moment_of, seconds_of_day
from models.catalog import Priority
from models.lifecycle import Status
from models.ticket import ResponseTarget, Ticket

DAY_S = 86_400
# Nobody had to go there.
LEFT_OUT = (Status.CANCELLED, Status.MERGED)


@dataclass(frozen=True)
class PastTicket:
    """A ticket as it was filed."""

    number: int
    priority: Priority
    commune_code: str
    category_code: str
    filed_at: datetime
    target_at: datetime
    also_needs: Mapping[str, int] = field(default_factory=dict)


def read_tickets(session: Session, question: HistoryQuestion) -> list[PastTicket]:
    """Every ticket that was filed in the period, with its first target, in order of filing."""
    in_period = (
        col(Ticket.created_at) >= moment_of(question.from_on, 0),
        col(Ticket.created_at) < moment_of(question.until_on, DAY_S),
    )
    targets: dict[int, datetime] = {}
    rows = session.exec(
        select(ResponseTarget.ticket_number, ResponseTarget.target_at)
        .join(Ticket, col(Ticket.number) == col(ResponseTarget.ticket_number))
        .where(*in_period)
        .order_by(col(ResponseTarget.id))
    )
    for number, target_at in rows:
        targets.setdefault(number, target_at)
    tickets = session.exec(
        select(  # type: ignore[call-overload]  # sqlmodel types at most four columns
            Ticket.number,
            Ticket.priority,
            Ticket.commune_code,
            Ticket.category_code,
            Ticket.created_at,
            Ticket.also_needs,
        )
        .where(*in_period, col(Ticket.status).not_in(LEFT_OUT))
        .order_by(col(Ticket.created_at), col(Ticket.number))
    )
    return [
        PastTicket(number, priority, commune, category, filed_at, targets[number], needs or {})
        for number, priority, commune, category, filed_at, needs in tickets
        if number in targets
    ]


def days_of(facts: Reference, question: HistoryQuestion) -> list[date]:
    """The working days of the period."""
    count = (question.until_on - question.from_on).days + 1
    every = (question.from_on + timedelta(days=number) for number in range(count))
    return [on for on in every if facts.calendar.is_working_day(on)]


def known_on(tickets: Iterable[PastTicket], on: date) -> list[PastTicket]:
    """Those filed before that day's working time ended for good, at midnight."""
    ends_at = moment_of(on, DAY_S)
    return [ticket for ticket in tickets if ticket.filed_at < ends_at]


def day_problem(
    facts: Reference,
    people: Sequence[Person],
    tickets: Iterable[PastTicket],
    on: date,
    *,
    late: frozenset[int],
) -> Problem:
    """That day with these people and tickets, as it stood when the offices opened.

    ``late``: tickets whose target has passed; they may begin at any time of the day. A ticket that
    was filed during the day is not known before. Absences stand in the problem; who plays the day
    makes events of them.
    """
    open_s = [(opens * 60, closes * 60 - 1) for opens, closes in facts.calendar.minutes_of(on)]
    shift_s = (open_s[0][0], open_s[-1][1] + 1)
    asked = list(tickets)
    visits = (_visit(facts, one, on, open_s, is_late=one.number in late) for one in asked)
    return Problem(
        now_s=shift_s[0],
        locations=facts.locations,
        technicians=tuple(_technician(facts, person, shift_s) for person in people),
        visits=tuple(visit for visit in visits if visit is not None),
        travel=facts.travel,
        ferries=facts.ferries_on(on),
        absences=tuple(_absences(people, on)),
        crews=any(ticket.also_needs for ticket in asked),
        name=on.isoformat(),
    )


def _visit(
    facts: Reference,
    ticket: PastTicket,
    on: date,
    open_s: list[tuple[int, int]],
    *,
    is_late: bool,
) -> Visit | None:
    """The ticket as a visit of that day; None where it has no window left."""
    filed_s = seconds_of_day(ticket.filed_at, on)
    last_s = DAY_S if is_late else seconds_of_day(ticket.target_at, on)
    windows = tuple(
        (max(opens, filed_s), min(closes, last_s))
        for opens, closes in open_s
        if max(opens, filed_s) <= min(closes, last_s)
    )
    if not windows:
        return None
    category = facts.categories[ticket.category_code]
    return Visit(
        id=ticket.number,
        location=facts.places[ticket.commune_code].index,
        skills=_needs(ticket, category),
        priority=ticket.priority.rank,
        windows_s=windows,
        duration_s=category.visit_min * 60,
        value=facts.value[ticket.priority],
        arrives_s=filed_s if filed_s > open_s[0][0] else None,
    )


def _needs(ticket: PastTicket, category: CategoryInfo) -> dict[str, int]:
    """The category's skill, and what a lead asked for beside it."""
    own = ticket.also_needs.get(category.skill_code, 0)
    return {**ticket.also_needs, category.skill_code: max(own, category.skill_level)}


def _technician(facts: Reference, person: Person, shift_s: tuple[int, int]) -> Technician:
    return Technician(
        id=person.id,
        team=person.team_id,
        home=facts.places[person.home_code].index,
        skills=person.skills,
        shift_s=shift_s,
        lunch=LUNCH,
        seats=person.seats,
    )


def _absences(people: Sequence[Person], on: date) -> Iterable[Absence]:
    starts, ends = moment_of(on, 0), moment_of(on, DAY_S)
    for person in people:
        for from_at, until_at in person.leaves:
            if from_at < ends and until_at > starts:
                yield Absence(
                    (person.id,),
                    max(0, seconds_of_day(from_at, on)),
                    min(DAY_S, seconds_of_day(until_at, on)),
                )


def target_day_is_over(facts: Reference, ticket: PastTicket, on: date) -> bool:
    """Whether nothing more of the ticket's target lies after that day."""
    next_on = next(iter(facts.calendar.working_days(on + timedelta(days=1), 1)))
    opens_at = moment_of(next_on, facts.calendar.minutes_of(next_on)[0][0] * 60)
    return ticket.target_at < opens_at
