"""What the re-planner looks at: the next working days with everybody's work and all that waits."""

from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlmodel import Session, col, select

from app.services.planning.day_rows import declined_by, read_rows
from app.services.planning.day_work import person_of
from app.services.planning.dayplan import Day, assemble
from app.services.planning.ticket_facts import TicketFacts
from app.services.reference import reference, up_to_date
from dispatch.plan import Plan
from models.calendar import local_date
from models.lifecycle import Status
from models.ticket import Ticket

# A visit may move between these working days; what is further off waits until it comes near.
DAYS = 3
MOST_WAITING = 400


@dataclass(frozen=True)
class Horizon:
    """The days as one problem, and the versions of its tickets when they were read."""

    day: Day
    versions: dict[int, int]
    declined: dict[int, frozenset[int]]

    @property
    def movable(self) -> int:
        """How many visits there are to decide about."""
        return len(self.day.problem.visits) - len(self.day.problem.committed)


def read_horizon(session: Session, *, now: datetime, forms_crews: bool = True) -> Horizon:
    """What would be planned anew at this moment; only read."""
    facts = up_to_date(session)
    days = horizon_days(session, now=now)
    waiting = waiting_tickets(session, now=now)
    rows = read_rows(session, now=now, until=days[-1])
    day = assemble(facts, rows, days, now=now, extra=waiting, forms_crews=forms_crews)
    numbers = [visit.id for visit in day.problem.visits]
    versions = session.exec(
        select(Ticket.number, Ticket.version).where(col(Ticket.number).in_(numbers))
    ).all()
    return Horizon(
        day,
        {number or 0: version for number, version in versions},
        {ticket.number: ticket.not_for for ticket in waiting if ticket.not_for},
    )


def horizon_days(session: Session, *, now: datetime) -> list[date]:
    """The working days that are planned together; today among them while offices still open."""
    calendar = reference(session).calendar
    return calendar.working_days(local_date(calendar.next_opening(now)), DAYS)


def waiting_tickets(session: Session, *, now: datetime) -> list[TicketFacts]:
    """Open tickets without anybody, most urgent first."""
    tickets = session.exec(
        select(Ticket)
        .where(col(Ticket.status) == Status.OPEN)
        .order_by(col(Ticket.priority), col(Ticket.target_at))
        .limit(MOST_WAITING)
    ).all()
    refused = declined_by(session, [ticket.number or 0 for ticket in tickets])
    return [
        replace(
            TicketFacts.of(ticket, not_for=refused.get(ticket.number or 0, frozenset())),
            is_late=ticket.target_at is None or ticket.target_at < now,
        )
        for ticket in tickets
    ]


def by_person(plan: Plan) -> Plan:
    """The plan with persons in place of their entries for each day, to compare it with another."""
    return Plan(
        tuple(
            replace(route, technicians=tuple(map(person_of, route.technicians)))
            for route in plan.routes
        )
    )
