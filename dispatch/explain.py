"""Why this technician, who came second, and why a visit has nobody.

``candidates`` asks every technician: with the route as it stands, where would the visit fit, what
does it add, when does it begin; or which rule is broken. Everything that gives reasons uses it: the
insertion of an arriving ticket, a whole plan's explanation, and a lead's board. The order of
candidates is that of the objective (added travel, hours, waiting, starts that shift).

The verdict *unreachable* is a proof: each technician is scheduled exactly (every lunch, boat and
absence) with nothing but committed work, and none can begin the visit in a window. As earlier is
never worse on any leg, the earliest schedule decides.
"""

from __future__ import annotations

from collections.abc import Iterable

from dispatch.desk import Candidate, Desk
from dispatch.plan import Assigned, Code, Plan, Reason, Swap, Unassigned, Verdict
from dispatch.problem import Problem
from dispatch.schedule import Scheduler
from dispatch.tour import Tour
from dispatch.units import Spec

__all__ = ["Candidate", "candidates", "explain", "reasons", "unassigned"]

RUNNERS_UP = 2


def candidates(problem: Problem, plan: Plan, visit_id: int) -> tuple[Candidate, ...]:
    """Ask every technician about one visit: feasible ones first, the best foremost.

    ``plan`` is what people have been told: its people and order stay, promised stops keep within 30
    minutes. A visit that stands in the plan is taken out of it first. Those who cannot follow in
    order of id.

    Raises
    ------
    ValueError
        If the visit, or one of the plan's, is not in the problem, or the visit is committed.
    """
    return Desk.of(problem, plan, without=visit_id).candidates(visit_id)


def reasons(found: Iterable[Candidate]) -> tuple[Reason, ...]:
    """The reasons of an assignment: the chosen one, who comes first here, and the next two.

    People of one car count once. Where fewer could go at all, those who are only prevented come
    after them, with their rule.
    """
    everybody = tuple(found)
    able: list[Candidate] = []
    for candidate in everybody:
        in_same_car = any(set(candidate.technicians) == set(one.technicians) for one in able)
        if candidate.feasible and not in_same_car and len(able) <= RUNNERS_UP:
            able.append(candidate)
    if not able:
        return ()
    chosen = able[0]
    told = [
        Reason(
            chosen.technician,
            Code.CHOSEN,
            by_s=chosen.added_travel_s,
            by_m=chosen.added_m,
            arrives_s=chosen.arrives_s,
            level=chosen.level,
            busy_s=chosen.busy_s,
        )
    ]
    for other in able[1:]:
        told.append(
            Reason(
                other.technician,
                Code.FARTHER,
                by_s=other.added_travel_s - chosen.added_travel_s,
                by_m=other.added_m - chosen.added_m,
                later_s=(other.start_s or 0) - (chosen.start_s or 0),
                busier_s=other.busy_s - chosen.busy_s,
                arrives_s=other.arrives_s,
                level=other.level,
                busy_s=other.busy_s,
            )
        )
    prevented = [candidate for candidate in everybody if not candidate.feasible]
    prevented.sort(key=lambda c: (c.code in (Code.SKILL, Code.SKILL_LEVEL), c.technician))
    told.extend(map(_refused, prevented[: 1 + RUNNERS_UP - len(told)]))
    return tuple(told)


def unassigned(problem: Problem, visit_id: int, found: Iterable[Candidate]) -> Unassigned:
    """The decision about a visit that nobody has: verdict, a reason for everyone, and the swap."""
    answers = sorted(found, key=lambda c: c.technician)
    could = (Code.WOULD_DISPLACE, Code.ROUTE_FULL, Code.FARTHER, Code.CHOSEN)
    crowded = any(c.code in could for c in answers)
    swaps = [c for c in answers if c.displaces is not None]
    swap = min(
        swaps,
        key=lambda c: (problem.visit(c.displaces or 0).value, c.score, c.technician),
        default=None,
    )
    return Unassigned(
        visit_id,
        Verdict.CROWDED_OUT if crowded else Verdict.UNREACHABLE,
        tuple(map(_refused, answers)),
        None if swap is None or swap.displaces is None else Swap(swap.displaces, swap.technician),
    )


def _refused(candidate: Candidate) -> Reason:
    if candidate.feasible:  # it fits, and is not worth the way: FARTHER by all that it adds
        added_s, added_m = candidate.added_travel_s, candidate.added_m
        return Reason(candidate.technician, Code.FARTHER, by_s=added_s, by_m=added_m)
    return Reason(candidate.technician, candidate.code, visit=candidate.displaces)


def explain(scheduler: Scheduler, tours: list[Tour], absent: Iterable[Spec]) -> Plan:
    """The plan of these tours with the reasons of every visit, planned or not."""
    model = scheduler.model
    desk = Desk(scheduler, lambda unit: tours[unit.index])
    assigned = tuple(
        Assigned(spec.id, _plan_reasons(desk, tours, tour, spec))
        for tour in tours
        for spec in tour.specs
    )
    left = tuple(unassigned(model.problem, spec.id, desk.candidates(spec.id)) for spec in absent)
    routes = (tour.route() for tour in tours)
    return Plan(
        (*model.fixed_routes, *(route for route in routes if route.stops)),
        tuple(sorted(assigned, key=lambda a: a.visit)),
        tuple(sorted(left, key=lambda u: u.visit)),
    )


def _plan_reasons(desk: Desk, tours: list[Tour], tour: Tour, spec: Spec) -> tuple[Reason, ...]:
    """Who has the visit, and the two to whom it would go next."""
    scheduler, unit = desk.scheduler, tour.unit
    rest = scheduler.tour(unit, tuple(s for s in tour.specs if s is not spec))
    if not rest.feasible:  # only possible because this stop is near another one already
        rest = scheduler.tour(unit, ())
    own = desk.answer(spec, unit.technicians[0], rest, tour)
    best: dict[int, tuple[int, int]] = {}  # of people who have several days the best one counts
    for other in tours:
        people = other.unit.people
        if people == unit.people or spec.needs & ~other.unit.skills:
            continue
        fit = scheduler.fit(other, spec)
        if fit is not None:
            found_there = (fit[0], other.unit.index)
            best[people] = min(best.get(people, found_there), found_there)
    next_two = [
        desk.able(spec, tours[index].unit.technicians[0], tours[index])
        for _, index in sorted(best.values())[:RUNNERS_UP]
    ]
    able = [found for found in [own, *next_two] if found is not None]
    return reasons([*able, *_prevented(desk, spec, able)])


def _prevented(desk: Desk, spec: Spec, able: list[Candidate]) -> list[Candidate]:
    """As many of those who cannot go as are missing among the next two, the skilled foremost."""
    missing = 1 + RUNNERS_UP - len(able)
    if missing <= 0:
        return []
    model = desk.model
    asked = model.problem.people(i for candidate in able for i in candidate.technicians)
    skilled = {i for unit in model.units if not spec.needs & ~unit.skills for i in unit.technicians}
    # Of somebody with several days the first one speaks.
    people = [t for t in model.problem.technicians if t.person in (None, t.id)]
    others = [t.id for t in people if t.id not in asked]
    others.sort(key=lambda i: (i not in skilled, i))
    return [desk.refusal(spec.id, i) for i in others[:missing]]
