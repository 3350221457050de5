"""In which order days are asked about a ticket, and who has room: by the least it could add."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from app.services.planning.day_rows import AssignmentRow, DayRows, StaffRow
from app.services.planning.day_work import BEGUN, LUNCH, shift_s
from app.services.planning.ticket_facts import TicketFacts
from app.services.reference import Reference
from dispatch.objective import waiting_s
from models.calendar import local_date, moment_of, seconds_of_day

# Urgent tickets take the first day on which somebody can; others may wait for a passing trip.
WAITS_FROM_RANK = 3
NEVER = 10**9
Diary = dict[date, dict[int, list[AssignmentRow]]]


@dataclass(frozen=True)
class DayBound:
    """A day and the least that the ticket costs on it, in seconds of travel.

    ``waiting``: what it costs to wait for that day to begin, by the objective's own weight.
    ``room``: who may have the time for it; everybody else has too much to do that day, in
    whatever order.
    """

    on: date
    least: int
    waiting: int
    room: frozenset[int]


def days_by_bound(
    facts: Reference,
    rows: DayRows,
    wanted: TicketFacts,
    days: Sequence[date],
    *,
    now: datetime,
) -> list[DayBound]:
    """The days, the most promising first; for an urgent ticket in their own order.

    The bound is the shortest way round in anybody's told route, times left aside: whoever has found
    a place that costs no more than the next day's bound need not look further.
    """
    diary = _diary(rows, set(days))
    is_urgent = wanted.priority.rank < WAITS_FROM_RANK
    bounds = []
    for index, on in enumerate(days):
        measure = _Measure(facts, wanted, on, now=now)
        detours = {
            person.id: detour
            for person in rows.staff.values()
            if (detour := measure.detour_s(person, diary[on].get(person.id, []))) is not None
        }
        room = frozenset(detours) - _without_their_car(diary[on], detours)
        waiting = 0 if is_urgent else _waiting(facts, wanted, on, now=now)
        least = index * NEVER if is_urgent else waiting + min(detours.values(), default=0)
        bounds.append(DayBound(on, least, waiting, room))
    return sorted(bounds, key=lambda bound: (bound.least, bound.on))


def _diary(rows: DayRows, days: set[date]) -> Diary:
    """What everybody has, by day and person, in order of time."""
    found: Diary = defaultdict(lambda: defaultdict(list))
    for row in rows.assignments:
        on = local_date(row.starts_at)
        if on in days:
            for person in row.people:
                found[on][person].append(row)
    return found


def _without_their_car(
    routes: dict[int, list[AssignmentRow]], detours: dict[int, int]
) -> frozenset[int]:
    """Who has time but shares a car with somebody who has none: the car is asked as a whole."""
    return frozenset(
        person
        for person, visits in routes.items()
        if person in detours and any(one not in detours for visit in visits for one in visit.people)
    )


def _waiting(facts: Reference, wanted: TicketFacts, on: date, *, now: datetime) -> int:
    if on == local_date(now):
        return 0
    opens_at = moment_of(on, facts.calendar.minutes_of(on)[0][0] * 60)
    waits_s = max(0, int((opens_at - now).total_seconds()))
    return waiting_s(wanted.priority.rank, waits_s=waits_s)


class _Measure:
    """One day's rough reckoning: never too strict, so that nobody is passed over who could."""

    def __init__(self, facts: Reference, wanted: TicketFacts, on: date, *, now: datetime) -> None:
        self.facts = facts
        self.on = on
        self.is_today = on == local_date(now)
        self.now_s = seconds_of_day(now, on) if self.is_today else 0
        self.there = facts.places[wanted.commune_code].index
        self.takes_s = facts.categories[wanted.category_code].visit_min * 60
        self.travel = facts.travel.travel_s

    def detour_s(self, person: StaffRow, visits: list[AssignmentRow]) -> int | None:
        """The shortest way round by the place in somebody's route; None if the day is too short.

        Of today only what has not begun is counted, and no way: nobody knows where they are.
        """
        opens, closes = shift_s(self.facts, person, self.on)
        left_s = closes - max(opens, self.now_s) - self.takes_s
        home = before = self.facts.places[person.home_code].index
        best, onward, travel = NEVER, self.travel[self.there], self.travel
        for visit in visits:
            if self.is_today and visit.status in BEGUN:
                continue
            here = self.facts.places[visit.commune_code].index
            left_s -= self.facts.categories[visit.category_code].visit_min * 60 + visit.travel_s
            around = travel[before][self.there] + onward[here] - travel[before][here]
            best, before = min(best, around), here
        back = travel[before][home]
        best = max(0, min(best, travel[before][self.there] + onward[home] - back))
        if self.is_today:
            return 0 if left_s >= 0 else None
        # Who comes home after the lunch window has had lunch.
        return best if left_s - best - back - LUNCH.duration_s >= 0 else None
