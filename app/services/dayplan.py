"""One working day as the planner sees it: rows in, a `Problem` and the plan as it was told out.

Besides replanning's writing back, this is where `models` and `dispatch` meet. Two needs of ours are
put as skills that only some people have: a ticket given by hand stays with its person
(``person-7``), and a ticket that somebody declined goes to anybody else (``not-for-3``).
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from app.services.day_rows import DAY_S, AssignmentRow, CallRow, DayRows, StaffRow
from app.services.reference import Reference
from dispatch.plan import Plan, Route, Stop
from dispatch.problem import Committed, Lunch, Problem, Technician, Visit
from models.calendar import local_date, moment_of, seconds_of_day
from models.catalog import Priority
from models.lifecycle import Status
from models.ticket import Ticket

LUNCH = Lunch(earliest_s=11 * 3600, latest_s=13 * 3600, duration_s=45 * 60)
# Somebody still on site, or driving past the planned arrival, is taken to need that much more.
GRACE_S = 15 * 60
# Calls share the visits' numbers; tickets have at most six digits.
CALL_NUMBERS = 10_000_000


@dataclass(frozen=True)
class TicketFacts:
    """What the planner needs of a ticket. ``pinned_to`` and ``not_for`` are technician ids."""

    number: int
    priority: Priority
    commune_code: str
    category_code: str
    target_at: datetime | None
    status: Status = Status.OPEN
    is_late: bool = False
    pinned_to: int | None = None
    not_for: frozenset[int] = frozenset()

    @classmethod
    def of(cls, ticket: Ticket, *, not_for: frozenset[int] = frozenset()) -> "TicketFacts":
        """Facts of a ticket that is to be planned."""
        return cls(
            number=ticket.number or 0,
            priority=ticket.priority,
            commune_code=ticket.commune_code,
            category_code=ticket.category_code,
            target_at=ticket.target_at,
            status=ticket.status,
            not_for=not_for,
        )


@dataclass
class Day:
    """A day ready to be planned; ``assignments`` are its active ones by ticket number."""

    on: date
    problem: Problem
    plan: Plan
    now: datetime
    technicians: dict[int, StaffRow]
    assignments: dict[int, AssignmentRow] = field(default_factory=dict)
    unable: tuple[StaffRow, ...] = ()

    def moment(self, second: int) -> datetime:
        """Moment of a second of this day."""
        return moment_of(self.on, second)


def assemble_day(
    facts: Reference,
    rows: DayRows,
    on: date,
    *,
    now: datetime,
    extra: Sequence[TicketFacts] = (),
    without: frozenset[int] = frozenset(),
) -> Day:
    """The day with everybody's work on it and the extra tickets still to be placed.

    ``without``: tickets that are left out although they are assigned (they are being moved).
    On today's problem stand overdue assignments of earlier days as well.
    """
    is_today = on == local_date(now)
    now_s = min(seconds_of_day(now, on), DAY_S - 1) if is_today else 0
    held = [
        row
        for row in rows.assignments_on(on, is_today=is_today)
        if row.ticket_number not in without
    ]
    work = _Work(facts, on, now, now_s, rows.staff)
    for row in held:
        work.add_assignment(row)
    for call in rows.calls_on(on, is_today=is_today):
        work.add_call(call)
    for ticket in extra:
        work.add_ticket(ticket)
    plan = work.plan()
    problem = Problem(
        now_s=now_s,
        locations=facts.locations,
        technicians=tuple(work.technician(person) for person in rows.staff.values()),
        visits=tuple(work.visits),
        travel=facts.travel,
        ferries=facts.ferries,
        committed=tuple(work.committed),
        published=plan,
        absences=rows.absences_on(on),
    )
    return Day(
        on,
        problem,
        plan,
        now,
        rows.staff,
        {row.ticket_number: row for row in held},
        rows.unable,
    )


class _Work:
    """Collects visits, routes and committed work of one day."""

    def __init__(
        self,
        facts: Reference,
        on: date,
        now: datetime,
        now_s: int,
        staff: dict[int, StaffRow],
    ) -> None:
        self.facts = facts
        self.on = on
        self.now = now
        self.now_s = now_s
        self.staff = staff
        self.is_today = on == local_date(now)
        self.visits: list[Visit] = []
        self.committed: list[Committed] = []
        self._stops: dict[int, list[Stop]] = defaultdict(list)
        self._busy_until_s: dict[int, int] = {}
        self._markers: dict[int, set[str]] = defaultdict(set)
        self._midnight = moment_of(on, 0)
        self._open_s = tuple(
            (max(opens * 60, now_s), closes * 60 - 1)
            for opens, closes in facts.calendar.minutes_of(on)
            if now_s <= closes * 60 - 1
        )

    def add_assignment(self, row: AssignmentRow) -> None:
        """A ticket that is somebody's already: committed, or a stop that may move."""
        if row.technician_id not in self.staff:
            return
        start_s = self._second(row.told_starts_at)
        is_begun = row.status in (Status.EN_ROUTE, Status.ON_SITE) or (
            self.is_today and start_s - row.travel_s <= self.now_s
        )
        if is_begun:
            self._commit(row, start_s)
            return
        ticket = TicketFacts(
            number=row.ticket_number,
            priority=row.priority,
            commune_code=row.commune_code,
            category_code=row.category_code,
            target_at=row.target_at,
            is_late=row.target_at is None or row.told_starts_at > row.target_at,
            pinned_to=row.technician_id if row.is_by_hand else None,
        )
        if self.add_ticket(ticket):
            self._stops[row.technician_id].append(Stop(row.ticket_number, start_s))

    def _commit(self, row: AssignmentRow, planned_s: int) -> None:
        category = self.facts.categories[row.category_code]
        duration_s = category.visit_min * 60
        if row.status is Status.ON_SITE and row.arrived_at is not None:
            start_s = max(0, self._second(row.arrived_at))
            duration_s = max(duration_s, self.now_s + GRACE_S - start_s)
        else:
            start_s = max(0, planned_s, self.now_s)
        start_s = max(start_s, self._busy_until_s.get(row.technician_id, 0))
        self._busy_until_s[row.technician_id] = start_s + duration_s
        self.visits.append(
            Visit(
                id=row.ticket_number,
                location=self.facts.places[row.commune_code].index,
                skills={},
                priority=row.priority.rank,
                windows_s=((0, 2 * DAY_S),),
                duration_s=duration_s,
                value=self.facts.value[row.priority],
            )
        )
        self.committed.append(Committed((row.technician_id,), row.ticket_number, start_s))

    def add_call(self, call: CallRow) -> None:
        """A booked or running call keeps its host from driving; it is held where they are."""
        host = call.technician_id
        if host not in self.staff:
            return
        number = CALL_NUMBERS + call.id
        start_s = max(0, self._second(call.starts_at), self.now_s)
        if start_s < self._busy_until_s.get(host, 0):
            return  # they are on site or driving: the call waits for them, not the plan
        self._markers[host].add(f"person-{host}")
        self.visits.append(
            Visit(
                id=number,
                location=None,
                skills={f"person-{host}": 1},
                priority=1,
                windows_s=((start_s, start_s + GRACE_S),),
                duration_s=30 * 60,
                value=self.facts.value[Priority.P1],
            )
        )
        self._stops[host].append(Stop(number, start_s))

    def add_ticket(self, ticket: TicketFacts) -> bool:
        """A visit that may be placed; False when it has no window on this day."""
        windows = self._windows(ticket)
        if not windows:
            return False
        category = self.facts.categories[ticket.category_code]
        skills = {category.skill_code: category.skill_level}
        if ticket.pinned_to is not None:
            skills = {f"person-{ticket.pinned_to}": 1}
            self._markers[ticket.pinned_to].add(f"person-{ticket.pinned_to}")
        if ticket.not_for:
            marker = f"not-for-{ticket.number}"
            skills[marker] = 1
            for person in self.staff.keys() - ticket.not_for:
                self._markers[person].add(marker)
        self.visits.append(
            Visit(
                id=ticket.number,
                location=self.facts.places[ticket.commune_code].index,
                skills=skills,
                priority=ticket.priority.rank,
                windows_s=windows,
                duration_s=category.visit_min * 60,
                value=self.facts.value[ticket.priority],
            )
        )
        return True

    def _windows(self, ticket: TicketFacts) -> tuple[tuple[int, int], ...]:
        """When it may begin: working time that is left, up to the target unless it is late."""
        if ticket.is_late or ticket.target_at is None or ticket.target_at < self.now:
            return self._open_s
        latest_s = self._second(ticket.target_at)
        if self._open_s and latest_s >= self._open_s[-1][1]:
            return self._open_s
        return tuple(
            (opens, min(closes, latest_s)) for opens, closes in self._open_s if opens <= latest_s
        )

    def _second(self, at: datetime) -> int:
        """Seconds since this day's midnight; called for every row, so without zone arithmetic."""
        return int((at - self._midnight).total_seconds())

    def plan(self) -> Plan:
        """The routes as people were told; committed stops first."""
        by_person: dict[int, list[Stop]] = defaultdict(list)
        for work in self.committed:
            by_person[work.technicians[0]].append(Stop(work.visit, work.start_s))
        for person, stops in self._stops.items():
            by_person[person].extend(sorted(stops, key=lambda stop: stop.start_s))
        return Plan(
            routes=tuple(Route((person,), tuple(stops)) for person, stops in by_person.items())
        )

    def technician(self, person: StaffRow) -> Technician:
        """The technician on this day; after today's last word from them, from there."""
        seen_today = person.seen_at is not None and local_date(person.seen_at) == self.on
        at = person.at_code if self.is_today and seen_today and person.at_code else person.home_code
        skills = {**person.skills, **dict.fromkeys(self._markers.get(person.id, ()), 1)}
        return Technician(
            id=person.id,
            team=person.team_id,
            home=self.facts.places[person.home_code].index,
            skills=skills,
            shift_s=_shift_s(self.facts, self.on),
            lunch=LUNCH,
            seats=person.seats,
            at=self.facts.places[at].index,
        )


def _shift_s(facts: Reference, on: date) -> tuple[int, int]:
    stretches = facts.calendar.minutes_of(on)
    return (stretches[0][0] * 60, stretches[-1][1] * 60) if stretches else (0, 0)
