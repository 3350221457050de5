"""A plan in the making: one tour for each unit, and the visits that stand in none."""

from __future__ import annotations

from collections.abc import Container, Iterable

from dispatch.crews.formation import Formation
from dispatch.model import Model
from dispatch.objective import DROPPED_S, VALUE_S
from dispatch.plan import Plan, Route
from dispatch.problem import Problem
from dispatch.schedule import Scheduler
from dispatch.tour import Tour
from dispatch.units import NOBODY, Spec


def penalty(spec: Spec) -> int:
    """What it costs to leave this visit out."""
    return VALUE_S * spec.value + (DROPPED_S if spec.told_people != NOBODY else 0)


class Draft:
    """The tours by unit index; ``where`` says in which unit's tour a visit stands."""

    def __init__(self, scheduler: Scheduler) -> None:
        self.scheduler = scheduler
        model = scheduler.model
        self.model = model
        self.specs = {i: model.spec(i) for i in model.open_ids()}
        self.tours: list[Tour] = [scheduler.tour(unit, ()) for unit in model.units]
        self.where: dict[int, int] = {}
        self._able: dict[int, list[int]] = {}
        self.takers = {i: self._takers(spec) for i, spec in self.specs.items()}

    def _takers(self, spec: Spec) -> list[int]:
        """The units that may take the visit; whoever asks for the same skills shares the list."""
        if spec.promised:
            return [u.index for u in self.model.units if self.model.may_serve(u, spec)]
        found = self._able.get(spec.needs)
        if found is None:
            units = (u for u in self.model.units if not spec.needs & ~u.skills)
            found = self._able[spec.needs] = [unit.index for unit in units]
        return found

    def absent(self) -> list[Spec]:
        """The visits that stand in no tour, in the order of the problem."""
        return [spec for i, spec in self.specs.items() if i not in self.where]

    def put(self, tour: Tour) -> None:
        """Give the tour's unit these stops instead of those it had."""
        for i in self.tours[tour.unit.index].ids:
            self.where.pop(i, None)
        self.tours[tour.unit.index] = tour
        self.where.update(dict.fromkeys(tour.ids, tour.unit.index))

    def replace(self, tours: list[Tour]) -> None:
        """Take these tours, one for each unit, instead of all those there were."""
        self.tours[:] = tours
        self.where = {i: tour.unit.index for tour in tours for i in tour.ids}

    def cost(self) -> int:
        """The objective's total, as ``evaluate`` counts it for the plan of this draft."""
        return sum(tour.cost for tour in self.tours) + sum(map(penalty, self.absent()))

    def insert_best(self, spec: Spec, *, among: Container[int] | None = None) -> bool:
        """Put the visit where it adds least; False if it fits nowhere or is not worth the way.

        ``among``: the units that are asked; everybody unless given.
        """
        best: tuple[int, int, int] | None = None
        for index in self.takers[spec.id]:
            if among is not None and index not in among:
                continue
            fit = self.scheduler.fit(self.tours[index], spec)
            if fit is not None and (best is None or fit[0] < best[0]):
                best = (fit[0], index, fit[1])
        if best is None:
            return False
        tour = self.tours[best[1]]
        longer = self.scheduler.tour_with(tour, spec, best[2])
        if longer.cost - tour.cost >= penalty(spec):
            return False
        self.put(longer)
        return True

    def keep(self, plan: Plan) -> None:
        """Take over a plan's people and order as far as the rules allow it now.

        Where a route cannot be kept whole, its least valuable visits go first and promised ones
        last.
        """
        for route in plan.routes:
            unit = self.model.unit_for(route)
            if unit is None:
                continue
            had = self.tours[unit.index].specs
            added = [self.specs[s.visit] for s in route.stops if s.visit in self.specs]
            specs = [
                spec
                for spec in (*had, *added)
                if spec in had or (spec.id not in self.where and self.model.may_serve(unit, spec))
            ]
            self.put(self._thinned(unit.index, specs))

    def _thinned(self, index: int, specs: list[Spec]) -> Tour:
        unit = self.model.units[index]
        tour = self.scheduler.tour(unit, tuple(specs))
        while specs and not tour.feasible:
            # Whoever's loss is smallest; of equals the last one.
            out = min(
                range(len(specs)),
                key=lambda i: (specs[i].promised, specs[i].value, -i),
            )
            specs = specs[:out] + specs[out + 1 :]
            tour = self.scheduler.tour(unit, tuple(specs))
        return tour

    def plan(self) -> Plan:
        """The routes of this draft; units without a stop have none."""
        routes: Iterable[Route] = (tour.route() for tour in self.tours)
        return Plan((*self.model.fixed_routes, *(route for route in routes if route.stops)))


def model_of(
    problem: Problem, told: Plan | None = None, *, formation: Formation | None = None
) -> Model:
    """The model of a problem in which every promise that is left can be kept.

    A promise whose people cannot keep it any more (an absence, a closed road, a longer visit) is
    released: the visit may then go to anybody.
    """
    model = Model(problem, told, formation=formation)
    scheduler = Scheduler(model)
    broken: set[int] = set()
    for route in model.told.routes:
        unit = model.unit_for(route)
        stops = [s.visit for s in route.stops if problem.knows_visit(s.visit)]
        promised = [
            spec
            for spec in map(model.spec, (i for i in stops if i not in model.fixed_ids))
            if spec.promised
        ]
        while unit is not None and promised:
            able = all(model.may_serve(unit, spec) for spec in promised)
            if able and scheduler.tour(unit, tuple(promised)).feasible:
                break
            out = min(
                range(len(promised)),
                key=lambda i: (
                    model.may_serve(unit, promised[i]),
                    promised[i].value,
                    -i,
                ),
            )
            broken.add(promised.pop(out).id)
    if not broken:
        return model
    return Model(problem, told, released=frozenset(broken), formation=formation)
