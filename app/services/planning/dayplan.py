"""Working days as the planner sees them: rows in, a `Problem` and the plan as it was told out.

Besides the placing of what was found, this is where `models` and `dispatch` meet. Several days make
one Problem: seconds count from the first day's midnight, and a person has an entry for each day.
Two needs of ours are put as skills that only some people have: a ticket given by hand stays with
its person (``person-7``), and a ticket that somebody declined goes to anybody else (``not-for-3``).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from app.services.planning.day_rows import DAY_S, AssignmentRow, DayRows, StaffRow
from app.services.planning.day_work import DayWork
from app.services.planning.ticket_facts import TicketFacts
from app.services.reference import Reference
from dispatch.plan import Plan
from dispatch.problem import Absence, Problem
from models.calendar import local_date, moment_of, seconds_of_day


@dataclass
class Day:
    """One working day, or several, ready to be planned.

    ``assignments`` are the active ones by ticket number, ``technicians`` who is on duty by id.
    """

    days: tuple[date, ...]
    problem: Problem
    plan: Plan
    now: datetime
    technicians: dict[int, StaffRow]
    assignments: dict[int, AssignmentRow] = field(default_factory=dict)
    unable: tuple[StaffRow, ...] = ()

    @property
    def on(self) -> date:
        """The first day; seconds count from its midnight."""
        return self.days[0]

    def moment(self, second: int) -> datetime:
        """Moment of a second of the problem."""
        return moment_of(self.days[0], second)


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
    return assemble(facts, rows, (on,), now=now, extra=extra, without=without)


def assemble(
    facts: Reference,
    rows: DayRows,
    days: Sequence[date],
    *,
    now: datetime,
    extra: Sequence[TicketFacts] = (),
    without: frozenset[int] = frozenset(),
    forms_crews: bool = True,
) -> Day:
    """Several working days in one problem, so that a visit may move from one to another.

    ``forms_crews``: whether new crews may be thought of; those that were told of stay either way.
    """
    first, last = days[0], days[-1]
    is_today = first == local_date(now)
    is_next = is_today or first == local_date(facts.calendar.next_opening(now))
    held = [
        row
        for row in rows.assignments_in(first, last, is_next=is_next)
        if row.ticket_number not in without
    ]
    work = DayWork(facts, days, now=now, staff=rows.staff)
    for row in held:
        work.add_assignment(row, TicketFacts.of_row(row))
    for call in rows.calls_in(first, last, is_today=is_today):
        work.add_call(call)
    for ticket in extra:
        work.add_ticket(ticket)
    plan = work.plan()
    problem = Problem(
        now_s=work.now_s,
        locations=facts.locations,
        technicians=work.technicians(),
        visits=tuple(work.visits),
        travel=facts.travel_on(first, now=now),
        ferries=work.ferries(),
        crews=forms_crews and any(row.may_share or row.mentor_id for row in rows.staff.values()),
        committed=tuple(work.committed),
        published=plan,
        absences=_absences(rows, days, work.entries),
    )
    return Day(
        tuple(days),
        problem,
        plan,
        now,
        rows.staff,
        {row.ticket_number: row for row in held},
        rows.unable,
    )


def _absences(
    rows: DayRows, days: Sequence[date], entries: Mapping[int, tuple[int, ...]]
) -> tuple[Absence, ...]:
    """Who is away, from when until when: every entry of the person."""
    first, last = days[0], days[-1]
    ends_s = ((last - first).days + 2) * DAY_S
    return tuple(
        Absence(
            entries[row.technician_id],
            max(0, seconds_of_day(row.from_at, first)),
            max(0, min(ends_s, seconds_of_day(row.until_at, first))),
        )
        for row in rows.leaves_in(first, last)
    )
