"""A plan as it stands, and what each technician could do for one visit more."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from dispatch.crews.formation import Formation, Shape
from dispatch.crews.party import may_form
from dispatch.model import Model
from dispatch.plan import Code, Plan, Route
from dispatch.problem import Problem
from dispatch.reach import Reach
from dispatch.schedule import Scheduler
from dispatch.tour import Tour
from dispatch.units import Spec, Unit

FULL = Code.ROUTE_FULL


@dataclass(frozen=True, slots=True)
class Candidate:
    """What one technician could do for a visit.

    ``code``: CHOSEN for the best feasible one, FARTHER for the others that are feasible, else the
    broken rule. ``score`` is what the choice minimises; ``busy_s`` the work and travel of that day
    before this visit. ``leg_s`` and ``leg_m`` lead to the visit. ``displaces``: the visit that
    would have to go. ``route``: the route with the visit in it. ``level``: the lowest of the
    levels that the car has in the skills that are asked for; None where none is.
    """

    technician: int
    feasible: bool
    code: Code
    added_travel_s: int = 0
    added_m: int = 0
    start_s: int | None = None
    arrives_s: int | None = None
    leg_s: int = 0
    leg_m: int = 0
    position: int | None = None
    score: int = 0
    busy_s: int = 0
    displaces: int | None = None
    route: Route | None = None
    technicians: tuple[int, ...] = ()
    level: int | None = None


class Desk:
    """A plan as it stands, with the questions one asks about one visit."""

    def __init__(self, scheduler: Scheduler, tour_of: Callable[[Unit], Tour]) -> None:
        self.scheduler = scheduler
        self.model = scheduler.model
        self.tour_of = tour_of
        self.reach = Reach(self.model)
        self.idle: frozenset[int] = frozenset()  # who has nothing to do; only where it is asked for

    @classmethod
    def of(
        cls, problem: Problem, plan: Plan, *, without: int, formation: Formation | None = None
    ) -> Desk:
        """The desk for a plan that people were told, with one visit left out.

        ``formation``: who travels together; as people were told unless given.
        """
        if not problem.knows_visit(without):
            raise ValueError(f"visit {without} is not in the problem")
        if any(work.visit == without for work in problem.committed):
            raise ValueError(f"visit {without} is committed")
        told = _without(plan, without)
        model = Model(problem, told, formation=formation)
        scheduler = Scheduler(model)
        stops: dict[int, list[int]] = {}
        for route in told.routes:
            unit = model.unit_for(route)
            for stop in route.stops:
                if not problem.knows_visit(stop.visit):
                    raise ValueError(f"visit {stop.visit} of the plan is not in the problem")
                if unit is not None:
                    stops.setdefault(unit.index, []).append(stop.visit)
        tours: dict[int, Tour] = {}

        def tour_of(unit: Unit) -> Tour:
            if unit.index not in tours:
                ids = [i for i in stops.get(unit.index, ()) if i not in model.fixed_ids]
                tours[unit.index] = _kept(scheduler, unit, ids)
            return tours[unit.index]

        desk = cls(scheduler, tour_of)
        if problem.crews:
            busy = (u.technicians for u in model.units if u.fixed or stops.get(u.index))
            desk.idle = frozenset(t.id for t in problem.technicians).difference(*busy)
        return desk

    def idle_crew(self, visit_id: int) -> Formation | None:
        """The formation in which people who have nothing to do share a car to reach the visit.

        None if there are none who may and can.
        """
        problem, model = self.model.problem, self.model
        if not problem.crews:
            return None
        crew = self.reach.crew(model.bare_spec(visit_id), among=self.idle)
        if len(crew) < 2 or not may_form(problem, crew):
            return None
        others = (shape for shape in model.formation if not set(crew) & set(shape.technicians))
        return (*others, Shape(crew))

    def candidates(self, visit_id: int) -> tuple[Candidate, ...]:
        """Every technician's answer about a visit that stands in no tour of this desk."""
        return self.with_refusals(visit_id, self.feasible(visit_id))

    def with_refusals(self, visit_id: int, able: tuple[Candidate, ...]) -> tuple[Candidate, ...]:
        """Those who can, and behind them everybody else with the rule that keeps them.

        Who sits in the car of somebody who can comes right behind them.
        """
        asked = {candidate.technician for candidate in able}
        found: list[Candidate] = []
        for candidate in able:
            found.append(candidate)
            also = [i for i in candidate.technicians if i not in asked]
            found += (replace(candidate, technician=i, code=Code.FARTHER) for i in also)
            asked.update(also)
        people = sorted(t.id for t in self.model.problem.technicians if t.id not in asked)
        return (*found, *self.refusals(visit_id, people, somebody_can=bool(able)))

    def feasible(self, visit_id: int) -> tuple[Candidate, ...]:
        """Those who can take the visit, best first, each car once by its first technician."""
        spec = self.model.spec(visit_id)
        able: dict[int, Candidate] = {}
        for unit in self.model.units:
            if spec.needs & ~unit.skills:
                continue
            technician = unit.technicians[0]
            answer = self.able(spec, technician, self.tour_of(unit))
            other = able.get(technician)
            if answer is not None and (other is None or answer.score < other.score):
                able[technician] = answer
        best = sorted(able.values(), key=lambda c: (c.score, c.technician))
        if best:
            best[0] = replace(best[0], code=Code.CHOSEN)
        return tuple(best)

    def refusals(
        self, visit_id: int, people: Iterable[int], *, somebody_can: bool
    ) -> list[Candidate]:
        """Why these people cannot take the visit."""
        spec, bare = self.model.spec(visit_id), self.model.bare_spec(visit_id)
        found = [self._refusal(spec, bare, technician) for technician in people]
        if not somebody_can and all(c.code not in (Code.WOULD_DISPLACE, FULL) for c in found):
            crew = self.reach.crew(bare)  # nobody alone, but these together
            found = [replace(c, code=FULL) if c.technician in crew else c for c in found]
        return found

    def refusal(self, visit_id: int, technician_id: int) -> Candidate:
        """Why somebody who cannot take the visit cannot."""
        return self._refusal(
            self.model.spec(visit_id), self.model.bare_spec(visit_id), technician_id
        )

    def _refusal(self, spec: Spec, bare: Spec, technician_id: int) -> Candidate:
        code = self.reach.hindrance(bare, technician_id)
        if code is not None:
            return Candidate(technician_id, feasible=False, code=code)
        units = self.model.units_of(technician_id)
        tours = [self.tour_of(unit) for unit in units if not spec.needs & ~unit.skills]
        busy = max((tour.busy_s for tour in tours), default=0)
        outs = [out for tour in tours if (out := self._displaced(spec, tour)) is not None]
        if not outs:
            return Candidate(technician_id, feasible=False, code=FULL, busy_s=busy)
        stop, added = min(outs, key=lambda out: (out[0].value, out[1]))
        return Candidate(
            technician_id,
            feasible=False,
            code=Code.WOULD_DISPLACE,
            busy_s=busy,
            score=added,
            displaces=stop.id,
        )

    def _displaced(self, spec: Spec, tour: Tour) -> tuple[Spec, int] | None:
        """The least valuable movable stop without which the visit fits, and what that costs."""
        movable = [stop for stop in tour.specs if not stop.promised]
        for stop in sorted(movable, key=lambda s: (s.value, s.id)):
            rest = tuple(s for s in tour.specs if s is not stop)
            fit = self.scheduler.fit(self.scheduler.tour(tour.unit, rest), spec)
            if fit is not None:
                return stop, fit[0]
        return None

    def able(self, spec: Spec, technician_id: int, tour: Tour) -> Candidate | None:
        """A technician's answer who can take the visit into this tour, else None."""
        best = self.scheduler.best_tour(tour, spec)
        return None if best is None else self.answer(spec, technician_id, tour, best)

    def answer(self, spec: Spec, technician_id: int, tour: Tour, best: Tour) -> Candidate:
        """What a technician does who goes from one tour to the best one with the visit in it."""
        unit, legs = tour.unit, self.model.legs
        at = best.ids.index(spec.id)
        free = best.starts[at - 1] + best.specs[at - 1].duration_s if at else unit.free_s
        leaves, origin = max(free, spec.known_s), best.origins[at]
        there = best.origins[at + 1]
        leg_s, leg_m = legs.leg(origin, there, leaves_s=leaves)
        arrives, lunch, length = leaves + leg_s, best.lunch_s, unit.lunch_length_s
        if lunch is not None and free <= lunch and lunch + length <= best.starts[at]:
            arrives = legs.after_lunch(
                origin, there, leaves_s=leaves, lunch_s=lunch, length_s=length
            )
        return Candidate(
            technician_id,
            feasible=True,
            code=Code.FARTHER,
            added_travel_s=best.travel_s - tour.travel_s,
            added_m=best.metres(legs) - tour.metres(legs),
            start_s=best.starts[at],
            arrives_s=arrives,
            leg_s=leg_s,
            leg_m=leg_m,
            position=at,
            score=best.cost - tour.cost,
            busy_s=tour.busy_s,
            route=best.route(),
            technicians=unit.technicians,
            level=self._level(spec, unit),
        )

    def _level(self, spec: Spec, unit: Unit) -> int | None:
        problem = self.model.problem
        people = [problem.technician(i).skills for i in unit.technicians]
        asked = problem.visit(spec.id).skills
        return min((max(own.get(name, 0) for own in people) for name in asked), default=None)


def _without(plan: Plan, visit_id: int) -> Plan:
    routes = tuple(
        replace(route, stops=tuple(s for s in route.stops if s.visit != visit_id))
        if any(s.visit == visit_id for s in route.stops)
        else route
        for route in plan.routes
    )
    return replace(plan, routes=routes)


def _kept(scheduler: Scheduler, unit: Unit, ids: list[int]) -> Tour:
    """The told route as it stands now; late stops are kept, late, rather than given up."""
    tour = scheduler.tour(unit, tuple(map(scheduler.model.spec, ids)))
    if tour.feasible or not ids:
        return tour
    specs = tuple(map(scheduler.model.bare_spec, ids))
    tour = scheduler.build(unit, specs)
    if not tour.feasible:
        for spec in specs:
            spec.relax(unit.closes_s)
        tour = scheduler.build(unit, specs)
    return tour
