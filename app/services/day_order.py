"""In which order days are asked about a ticket: by the least that it could add to each."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from app.services.day_rows import DayRows
from app.services.reference import Reference
from app.services.ticket_facts import TicketFacts
from dispatch.objective import waiting_s
from models.calendar import local_date, moment_of

# Urgent tickets take the first day on which somebody can; others may wait for a passing trip.
WAITS_FROM_RANK = 3
NEVER = 10**9


@dataclass(frozen=True)
class DayBound:
    """A day and the least that the ticket costs on it, in seconds of travel.

    ``waiting``: what it costs to wait for that day to begin, by the objective's own weight.
    """

    on: date
    least: int
    waiting: int


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
    if wanted.priority.rank < WAITS_FROM_RANK:
        return [DayBound(on, index * NEVER, 0) for index, on in enumerate(days)]
    routes = _routes(facts, rows, set(days))
    there = facts.places[wanted.commune_code].index
    homes = {person: facts.places[row.home_code].index for person, row in rows.staff.items()}
    today = local_date(now)
    bounds = []
    for on in days:
        waits_s = 0
        if on != today:
            minutes = facts.calendar.minutes_of(on)
            opens_at = moment_of(on, minutes[0][0] * 60)
            waits_s = max(0, int((opens_at - now).total_seconds()))
        waiting = waiting_s(wanted.priority.rank, waits_s=waits_s)
        detour = _shortest(facts, homes, routes[on], there)
        bounds.append(DayBound(on, waiting + detour, waiting))
    return sorted(bounds, key=lambda bound: (bound.least, bound.on))


def _routes(facts: Reference, rows: DayRows, days: set[date]) -> dict[date, dict[int, list[int]]]:
    """Places in order of time, by day and driver."""
    found: dict[date, dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
    for row in rows.assignments:
        on = local_date(row.starts_at)
        if on in days:
            found[on][row.people[0]].append(facts.places[row.commune_code].index)
    return found


def _shortest(
    facts: Reference, homes: dict[int, int], routes: dict[int, list[int]], there: int
) -> int:
    """The least detour to the place from anybody's way of that day; never below zero."""
    travel = facts.travel.travel_s
    onward = travel[there]
    best: int | None = None
    for person, home in homes.items():
        before = home
        for after in (*routes.get(person, ()), home):
            added = travel[before][there] + onward[after]
            if before != after:
                added -= travel[before][after]
            if best is None or added < best:
                best = added
            before = after
    return max(0, best or 0)
