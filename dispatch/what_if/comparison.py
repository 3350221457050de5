"""What if one fact were different? Both answers from the same engine; nothing is kept.

The published plan is first re-planned as things are. From that common plan both sides go on with
the same seed and the same budget: one with the facts as they are, one with the changed fact. So the
difference is what the fact does, not what a longer search finds; and because both sides are charged
for leaving the common plan, only what the fact makes worth changing is different between them.

A plan that one side found and that is allowed on the other side counts there too: one technician
more never comes out worse, one technician fewer never better.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from dispatch.horizon import plan_legs
from dispatch.objective import Cost, evaluate
from dispatch.plan import SHIFT_S, ChangeKind, Plan
from dispatch.problem import Problem
from dispatch.solve import solve
from dispatch.travel import NEVER_S
from dispatch.what_if.facts import ByHand, Fact, with_fact

SHARES = 3  # the common plan, then the two sides


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

    A journey under way counts the same on both sides, even where its road is the one that closes,
    and so does the way home of whoever is cut off from it.
    """
    moves = tuple(_moves(problem, before, changed, after))
    return Comparison(
        before=Side(before, evaluate(problem, before), len(problem.visits)),
        after=Side(after, _judged(problem, changed, after), len(changed.visits)),
        moves=moves,
        people=_people(problem, before, changed, after),
    )


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


def _judged(problem: Problem, changed: Problem, plan: Plan) -> Cost:
    """What ``evaluate`` says, with journeys that no closure can undo at the time they had."""
    cost = evaluate(changed, plan)
    if changed.travel is problem.travel:
        return cost
    begun = {work.visit for work in changed.committed}
    as_it_is = plan_legs(replace(changed, travel=problem.travel), plan)
    legs = [
        old if new.visit in begun or new.travel_s >= NEVER_S else new
        for route in zip(plan_legs(changed, plan), as_it_is, strict=True)
        for new, old in zip(*route, strict=True)
    ]
    return replace(
        cost,
        travel_s=sum(leg.travel_s for leg in legs),
        distance_m=sum(leg.distance_m for leg in legs),
    )


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
