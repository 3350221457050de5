"""Brute force over "could anybody begin this visit?", sharing no timing code with the product.

Written from the words of the plan format: every set of people, every lunch and every start on the
grid is driven stop by stop. Exact for days whose times are all multiples of ``GRID_S``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations

from dispatch.problem import Committed, Problem, Technician, Visit
from tests.dispatch_days import GRID_S

NO_WAY_S = 10**8
MOST = 4  # people in one car


@dataclass(frozen=True)
class Stand:
    """Where somebody is, from when they are free, and whether lunch is behind them."""

    free_s: int
    place: int
    fed: bool


Stands = dict[int, Stand]
Cars = list[tuple[frozenset[int], list[Committed]]]  # committed work by the people who do it


def somebody_can_begin(problem: Problem, visit_id: int) -> bool:
    """Whether one person, or where crews are true a crew, could begin it, by trying everything.

    People who share a car for committed work may go on together in any case.
    """
    visit = problem.visit(visit_id)
    everybody = [technician.id for technician in problem.technicians]
    sizes = range(1, MOST + 1 if problem.crews else 2)
    cars = [tuple(sorted(work.technicians)) for work in problem.committed]
    cars += [people for size in sizes for people in combinations(everybody, size)]
    return any(_could(problem, people, visit) for people in cars)


def _could(problem: Problem, people: tuple[int, ...], visit: Visit) -> bool:
    members = [problem.technician(i) for i in people]
    if len({m.home for m in members}) > 1 or len(people) > max(m.seats for m in members):
        return False
    if any(m.mentor is not None and m.mentor not in people for m in members):
        return False
    for name, level in visit.skills.items():
        if max(m.skills.get(name, 0) for m in members) < level:
            return False
    works = [w for w in problem.committed if set(w.technicians) == set(people)]
    # Who is on the way goes on from there; only where cars may be shared anew by way of home.
    alone_on_the_road = bool(works) and not problem.crews
    for stands in _at_home(problem, people, without=people):
        if works and _drives(problem, members, stands, works, visit):
            return True
    if alone_on_the_road:
        return False
    return any(
        _drives(problem, members, stands, [], visit)
        for stands in _at_home(problem, people, without=())
    )


def _at_home(
    problem: Problem, people: Iterable[int], *, without: Iterable[int]
) -> Iterator[Stands]:
    """Every way to stand behind all committed routes but that of ``without``."""
    cars: dict[frozenset[int], list[Committed]] = {}
    for work in sorted(problem.committed, key=lambda w: w.start_s):
        cars.setdefault(frozenset(work.technicians), []).append(work)
    cars.pop(frozenset(without), None)
    wanted = [(car, works) for car, works in cars.items() if car & set(people)]

    def after(stands: Stands, rest: Cars) -> Iterator[Stands]:
        if not rest:
            yield stands
            return
        (car, works), *others = rest
        members = [problem.technician(i) for i in car]
        for lunch in _lunches(members):
            back = _committed_drive(problem, members, stands, works, lunch)
            if back is not None:
                yield from after({**stands, **dict.fromkeys(car, back)}, others)

    yield from after({t.id: _first(problem, t) for t in problem.technicians}, wanted)


def _first(problem: Problem, technician: Technician) -> Stand:
    free = max(problem.now_s, technician.shift_s[0], technician.free_s)
    place = technician.home if technician.at is None else technician.at
    return Stand(free, place, technician.had_lunch or free > technician.lunch.latest_s)


def _lunches(members: list[Technician]) -> list[int | None]:
    opens = max(m.lunch.earliest_s for m in members)
    closes = min(m.lunch.latest_s for m in members)
    return [None, *range(opens, closes + 1, GRID_S)]


def _committed_drive(
    problem: Problem,
    members: list[Technician],
    stands: Stands,
    works: list[Committed],
    lunch: int | None,
) -> Stand | None:
    """Do the committed work and go home; None if lunch is against the rules."""
    stand = _work(problem, members, stands, works)
    return None if stand is None else _home(problem, members, stand, lunch)


def _work(
    problem: Problem, members: list[Technician], stands: Stands, works: list[Committed]
) -> Stand | None:
    own = [stands[m.id] for m in members]
    if len({stand.place for stand in own}) > 1:
        return None
    closes = min(m.lunch.latest_s for m in members)
    stand = Stand(max(s.free_s for s in own), own[0].place, all(s.fed for s in own))
    for work in works:
        visit = problem.visit(work.visit)
        ends = work.start_s + visit.duration_s
        place = stand.place if visit.location is None else visit.location
        stand = Stand(ends, place, stand.fed or ends > closes)
    return stand


def _home(
    problem: Problem, members: list[Technician], stand: Stand, lunch: int | None
) -> Stand | None:
    """Drive home, with lunch on the way if it is not None and still owed."""
    home, closes = members[0].home, min(m.lunch.latest_s for m in members)
    if stand.fed or lunch is None:
        back = stand.free_s + _leg(problem, stand.place, home, stand.free_s)
        if not stand.fed and back > closes:
            return None
        return Stand(back, home, stand.fed)
    if lunch < stand.free_s:
        return None
    back = _fed_arrival(problem, members, stand, home, stand.free_s, lunch)
    return Stand(back, home, True)


def _drives(
    problem: Problem,
    members: list[Technician],
    stands: Stands,
    works: list[Committed],
    visit: Visit,
) -> bool:
    stand = _work(problem, members, stands, works)
    if stand is None:
        return False
    starts = [
        start
        for opens, closes in visit.windows_s
        for start in range(-(-opens // GRID_S) * GRID_S, closes + 1, GRID_S)
    ]
    lunches = [None] if stand.fed else _lunches(members)
    return any(
        _keeps_all(problem, members, stand, visit, start=start, lunch=lunch)
        for start in starts
        for lunch in lunches
    )


def _keeps_all(
    problem: Problem,
    members: list[Technician],
    stand: Stand,
    visit: Visit,
    *,
    start: int,
    lunch: int | None,
) -> bool:
    length = max(m.lunch.duration_s for m in members)
    there = stand.place if visit.location is None else visit.location
    leaves = max(stand.free_s, problem.now_s, visit.arrives_s or 0)
    leg = _leg(problem, stand.place, there, leaves)
    eats = 0 if lunch is None else length
    departs = max(leaves, start - leg - eats)
    ids = {m.id for m in members}
    for absence in problem.absences:
        if ids & set(absence.technicians) and absence.at_s <= departs < absence.until_s:
            return False
    ready, after = leaves + leg, lunch
    fed = stand.fed
    if lunch is not None and lunch + length <= start:
        if lunch < stand.free_s:
            return False
        ready, after, fed = _fed_arrival(problem, members, stand, there, leaves, lunch), None, True
    if start < ready:
        return False
    back = _home(problem, members, Stand(start + visit.duration_s, there, fed), after)
    return back is not None and back.free_s <= min(m.shift_s[1] for m in members)


def _fed_arrival(
    problem: Problem, members: list[Technician], stand: Stand, there: int, leaves: int, lunch: int
) -> int:
    """Arrival with that lunch on the leg: on the road at any time, at sea before or after."""
    ends = lunch + max(m.lunch.duration_s for m in members)
    leg = _leg(problem, stand.place, there, leaves)
    if not _at_sea(problem, stand.place, there):
        paused = max(0, ends - max(leaves, lunch))
        return max(leaves + leg + paused, ends)
    if lunch >= leaves + leg:
        return ends
    late = max(leaves, ends)
    return late + _leg(problem, stand.place, there, late)


def _at_sea(problem: Problem, start: int, end: int) -> bool:
    places = problem.locations
    return bool(problem.ferries) and places[start].is_island != places[end].is_island


def _leg(problem: Problem, start: int, end: int, leaves: int) -> int:
    road = problem.travel.travel_s
    if not _at_sea(problem, start, end):
        return road[start][end]
    arrivals = [
        sails + ferry.crossing_s + road[ferry.to_location][end]
        for ferry in problem.ferries
        if problem.locations[ferry.from_location].is_island == problem.locations[start].is_island
        for sails in ferry.sail_s
        if sails >= leaves + road[start][ferry.from_location] + ferry.before_s
    ]
    return min(arrivals, default=NO_WAY_S) - leaves
