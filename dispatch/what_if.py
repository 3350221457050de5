"""What if one fact were different? Both answers from the same engine; nothing is kept.

The published plan is first re-planned as things are. From that common plan both sides go on with
the same seed and the same budget: one with the facts as they are, one with the changed fact. So the
difference is what the fact does, not what a longer search finds; and because both sides are charged
for leaving the common plan, only what the fact makes worth changing is different between them.

A plan that one side found and that is allowed on the other side counts there too: one technician
more never comes out worse, one technician fewer never better.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from dispatch.objective import Cost, evaluate
from dispatch.plan import SHIFT_S, ChangeKind, Plan
from dispatch.problem import LEVELS, Absence, Problem, Technician, Visit
from dispatch.solve import solve

FOREVER_S = 10**8  # three years: after any day that is planned
SHARES = 3  # the common plan, then the two sides


@dataclass(frozen=True, slots=True)
class Fewer:
    """This person sets off to nothing more; what they are driving to or doing is finished."""

    person: int


@dataclass(frozen=True, slots=True)
class More:
    """One person more: an entry for each day, as ``another_person`` makes them."""

    technicians: tuple[Technician, ...]


@dataclass(frozen=True, slots=True)
class Skilled:
    """This person has the skill at this level, or better if they had that already."""

    person: int
    skill: str
    level: int

    def __post_init__(self) -> None:
        if not 1 <= self.level <= LEVELS:
            raise ValueError(f"level: {self.level} lies outside 1-{LEVELS}")


@dataclass(frozen=True, slots=True)
class Closed:
    """No journey leads between these pairs of locations, either way; one under way arrives."""

    pairs: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class ByHand:
    """This visit goes to this person: skill and target are set aside, all other rules hold.

    ``start_s``: it begins then, or up to 30 minutes later; None: whenever it suits best.
    """

    visit: int
    person: int
    start_s: int | None = None


Fact = Fewer | More | Skilled | Closed | ByHand


@dataclass(frozen=True, slots=True)
class Side:
    """One side's plan and what ``evaluate`` says of it; ``asked`` visits are to be served."""

    plan: Plan
    cost: Cost
    asked: int


@dataclass(frozen=True, slots=True)
class Move:
    """A visit that is not as on the other side; people are persons, () where it has none."""

    visit: int
    kind: ChangeKind
    before: tuple[int, ...]
    after: tuple[int, ...]
    before_s: int | None
    after_s: int | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """The two sides, the visits that differ (by id), and the persons whose routes differ."""

    before: Side
    after: Side
    moves: tuple[Move, ...]
    people: tuple[int, ...]


def what_if(
    problem: Problem,
    published: Plan,
    fact: Fact,
    *,
    iterations: int | None = None,
    time_limit_s: float | None = None,
    solver: str | None = None,
    seed: int = 1,
) -> Comparison:
    """Compare the plan as things are with the plan if one fact were different.

    Parameters
    ----------
    published
        What people have been told. Both sides start from it, re-planned once.
    iterations, time_limit_s
        For each of the three searches a third of the time, and these iterations, whichever ends
        first. With iterations alone the same seed gives the same answer.
    solver
        A name in ``dispatch.solve.SOLVERS``; None: the default.

    Raises
    ------
    ValueError
        If the fact names a person, visit or location that the problem does not have, or if the
        visit of ``ByHand`` is committed.
    """
    changed = with_fact(problem, fact)
    share_s = None if time_limit_s is None else time_limit_s / SHARES

    def search(given: Problem, told: Plan) -> Plan:
        asked = replace(given, published=told)
        if solver is None:  # the library's own choice
            return solve(asked, seed=seed, iterations=iterations, time_limit_s=share_s)
        return solve(asked, solver=solver, seed=seed, iterations=iterations, time_limit_s=share_s)

    common = Plan(search(problem, published).routes)
    as_it_is = replace(problem, published=common)
    told = Plan(_without(common, fact.visit).routes) if isinstance(fact, ByHand) else common
    as_if = replace(changed, published=told)
    plans = search(as_it_is, common), search(_insisting(as_if, fact), told)
    before = _better(as_it_is, plans[0], plans[1])
    after = _better(as_if, plans[1], plans[0])
    return compare(as_it_is, before, as_if, after)


def compare(problem: Problem, before: Plan, changed: Problem, after: Plan) -> Comparison:
    """Set two plans of two problems side by side.

    Travel of both is counted on the roads of the first problem: what is driven to already counts
    the same on both sides, even where its road is the one that closes.
    """
    judged = changed if changed.travel is problem.travel else _on_roads_of(problem, changed)
    moves = tuple(_moves(problem, before, changed, after))
    return Comparison(
        before=Side(before, evaluate(problem, before), len(problem.visits)),
        after=Side(after, evaluate(judged, after), len(changed.visits)),
        moves=moves,
        people=_people(problem, before, changed, after),
    )


def with_fact(problem: Problem, fact: Fact) -> Problem:
    """The problem in which this one fact is different; ValueError if it cannot be."""
    if isinstance(fact, Fewer):
        return _with_fewer(problem, fact)
    if isinstance(fact, More):
        return replace(problem, technicians=(*problem.technicians, *fact.technicians))
    if isinstance(fact, Skilled):
        return _with_skills(problem, {fact.person: {fact.skill: fact.level}})
    if isinstance(fact, Closed):
        return _with_closed(problem, fact)
    return _with_hand(problem, fact)


def another_person(
    problem: Problem, *, home: int, skills: Mapping[str, int], team: int, seats: int = 2
) -> tuple[Technician, ...]:
    """Somebody new who works the hours of the problem's people, one entry for each day.

    Of people with different hours on one day the longest shift counts.
    """
    longest: dict[int, Technician] = {}
    for technician in problem.technicians:
        day = technician.shift_s[0] // 86_400
        known = longest.get(day)
        if known is None or _length_s(technician) > _length_s(known):
            longest[day] = technician
    free = max((technician.id for technician in problem.technicians), default=0) + 1
    return tuple(
        Technician(
            id=free + number,
            team=team,
            home=home,
            skills=skills,
            shift_s=like.shift_s,
            lunch=like.lunch,
            seats=seats,
            person=free if number else None,
        )
        for number, (_day, like) in enumerate(sorted(longest.items()))
    )


def _length_s(technician: Technician) -> int:
    return technician.shift_s[1] - technician.shift_s[0]


def _entries(problem: Problem, person: int) -> tuple[int, ...]:
    found = tuple(t.id for t in problem.technicians if person in (t.id, t.person))
    if not found:
        raise ValueError(f"person: {person} is no technician")
    return found


def _with_fewer(problem: Problem, fact: Fewer) -> Problem:
    away = Absence(_entries(problem, fact.person), problem.now_s, FOREVER_S)
    return replace(problem, absences=(*problem.absences, away))


def _with_skills(problem: Problem, gained: Mapping[int, Mapping[str, int]]) -> Problem:
    added = {entry: gained[person] for person in gained for entry in _entries(problem, person)}
    people = tuple(
        replace(technician, skills=_joined(technician.skills, added[technician.id]))
        if technician.id in added
        else technician
        for technician in problem.technicians
    )
    return replace(problem, technicians=people)


def _joined(own: Mapping[str, int], more: Mapping[str, int]) -> dict[str, int]:
    return {name: max(own.get(name, 0), more.get(name, 0)) for name in (*own, *more)}


def _with_closed(problem: Problem, fact: Closed) -> Problem:
    for pair in fact.pairs:
        if not all(0 <= end < len(problem.locations) for end in pair):
            raise ValueError(f"pairs: {list(pair)} are not all locations")
    return replace(problem, travel=problem.travel.without(fact.pairs))


def _with_hand(problem: Problem, fact: ByHand) -> Problem:
    if not problem.knows_visit(fact.visit):
        raise ValueError(f"visit: {fact.visit} is no visit")
    if any(work.visit == fact.visit for work in problem.committed):
        raise ValueError(f"visit: {fact.visit} is committed")
    marker = f"hand-{fact.visit}"
    pinned = _with_skills(problem, {fact.person: {marker: 1}})
    ends_s = max(t.shift_s[1] for t in problem.technicians)
    visits = tuple(
        replace(visit, skills={marker: 1}, windows_s=_hand_windows(visit, fact, ends_s=ends_s))
        if visit.id == fact.visit
        else visit
        for visit in pinned.visits
    )
    return replace(pinned, visits=visits)


def _hand_windows(visit: Visit, fact: ByHand, *, ends_s: int) -> tuple[tuple[int, int], ...]:
    if fact.start_s is not None:
        return ((fact.start_s, fact.start_s + SHIFT_S),)
    # Late rather than never: its last window stays open to the end of the last shift.
    opens, closes = visit.windows_s[-1]
    return (*visit.windows_s[:-1], (opens, max(closes, ends_s)))


def _insisting(problem: Problem, fact: Fact) -> Problem:
    """For the search alone: what a person decided is worth more than everything else together."""
    if not isinstance(fact, ByHand):
        return problem
    everything = 1 + sum(visit.value for visit in problem.visits)
    visits = tuple(
        replace(visit, value=everything) if visit.id == fact.visit else visit
        for visit in problem.visits
    )
    return replace(problem, visits=visits)


def _without(plan: Plan, visit: int) -> Plan:
    routes = (
        replace(route, stops=tuple(stop for stop in route.stops if stop.visit != visit))
        for route in plan.routes
    )
    return Plan(tuple(route for route in routes if route.stops))


def _better(problem: Problem, own: Plan, other: Plan) -> Plan:
    """This side's own plan, unless the other side's is allowed here too and better."""
    theirs, ours = evaluate(problem, other), evaluate(problem, own)
    return Plan(other.routes) if theirs.key < ours.key and other.routes else own


def _on_roads_of(problem: Problem, changed: Problem) -> Problem:
    return replace(changed, travel=problem.travel)


Place = tuple[tuple[int, ...], int]  # the persons, and when it begins


def _places(problem: Problem, plan: Plan) -> dict[int, Place]:
    return {
        stop.visit: (
            tuple(sorted(problem.people(route.technicians))),
            stop.start_s,
        )
        for route in plan.routes
        for stop in route.stops
    }


def _moves(problem: Problem, before: Plan, changed: Problem, after: Plan) -> list[Move]:
    was, now = _places(problem, before), _places(changed, after)
    moves = []
    for visit in sorted(was.keys() | now.keys()):
        old, new = was.get(visit), now.get(visit)
        kind = _kind(old, new)
        if kind is not None:
            moves.append(
                Move(
                    visit,
                    kind,
                    old[0] if old else (),
                    new[0] if new else (),
                    old[1] if old else None,
                    new[1] if new else None,
                )
            )
    return moves


def _kind(old: Place | None, new: Place | None) -> ChangeKind | None:
    if old is None:
        return ChangeKind.ADDED
    if new is None:
        return ChangeKind.DROPPED
    if old[0] != new[0]:
        return ChangeKind.REASSIGNED
    return ChangeKind.SHIFTED if abs(old[1] - new[1]) > SHIFT_S else None


def _people(problem: Problem, before: Plan, changed: Problem, after: Plan) -> tuple[int, ...]:
    """Everybody whose visits, or their order, are not the same on both sides."""
    was, now = _orders(problem, before), _orders(changed, after)
    return tuple(sorted(p for p in was.keys() | now.keys() if was.get(p) != now.get(p)))


def _orders(problem: Problem, plan: Plan) -> dict[int, list[int]]:
    stops: dict[int, list[tuple[int, int]]] = {}
    for route in plan.routes:
        for person in problem.people(route.technicians):
            stops.setdefault(person, []).extend((s.start_s, s.visit) for s in route.stops)
    return {person: [visit for _start, visit in sorted(rows)] for person, rows in stops.items()}
