"""Nearest: each visit goes to the end of the route of who is nearest then; the yard-stick.

What most dispatch products do. Visits come by priority, then latest start, then id (during a day
each when it arrives); each goes to the qualified technician with the smallest travel from their
last place who can begin it in its window, take lunch and be home by the end of the shift. Ties go
to the lower id, and nothing is moved afterwards.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from dispatch.desk import Desk
from dispatch.plan import Plan
from dispatch.problem import Problem
from dispatch.schedule import Scheduler
from dispatch.solvers.draft import Draft, penalty
from dispatch.tour import Tour
from dispatch.units import Spec, Unit


def fill(draft: Draft) -> None:
    """Append every absent visit to somebody's route, the most urgent first."""
    for spec in sorted(draft.absent(), key=lambda s: (s.priority, s.windows[-1][1], s.id)):
        longer = appended(draft.scheduler, spec, tour_of=lambda unit: draft.tours[unit.index])
        if longer is not None:
            draft.put(longer)


def place_nearest(problem: Problem, plan: Plan, visit_id: int) -> Plan:
    """The plan with one arriving visit at the end of the nearest technician's route.

    The very same plan if nobody can take it. ``plan`` is what people have been told, starts
    included; its stops keep them.

    Raises
    ------
    ValueError
        If the visit, or one of the plan's, is not in the problem, or the visit is committed.
    """
    desk = Desk.of(problem, plan, without=visit_id)
    longer = appended(desk.scheduler, desk.model.spec(visit_id), tour_of=desk.tour_of)
    if longer is None:
        return plan
    route, people = longer.route(), set(longer.unit.technicians)
    routes = [
        replace(r, stops=tuple(s for s in r.stops if s.visit != visit_id)) for r in plan.routes
    ]
    at = next((i for i, old in enumerate(routes) if set(old.technicians) == people), len(routes))
    routes[at : at + 1] = [route]
    return Plan(tuple(r for r in routes if r.stops))


def appended(scheduler: Scheduler, spec: Spec, *, tour_of: Callable[[Unit], Tour]) -> Tour | None:
    """The longer tour of the nearest unit that can take the visit last; None if none can."""
    model, legs = scheduler.model, scheduler.model.legs
    nearest: list[tuple[int, int, Tour]] = []
    for unit in model.units:
        if model.may_serve(unit, spec):
            tour = tour_of(unit)
            place, free = last_stand(tour)
            there = spec.place if spec.place >= 0 else place
            away_s = legs.leg(place, there, leaves_s=max(free, spec.known_s))[0]
            nearest.append((away_s, unit.technicians[0], tour))
    for _, _, tour in sorted(nearest, key=lambda found: found[:2]):
        longer = scheduler.tour_with(tour, spec, len(tour.specs))
        if _keeps(tour, longer) and longer.cost - tour.cost < penalty(spec):
            return longer
    return None


def last_stand(tour: Tour) -> tuple[int, int]:
    """Where and when the unit ends its last stop."""
    if not tour.specs:
        return tour.unit.place, tour.unit.free_s
    return tour.origins[-1], tour.starts[-1] + tour.specs[-1].duration_s


def _keeps(tour: Tour, longer: Tour) -> bool:
    """Whether the longer tour can be driven without moving a stop of the shorter one."""
    return longer.feasible and longer.starts[:-1] == tour.starts
