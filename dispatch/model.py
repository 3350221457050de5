"""The problem as solvers see it: units that drive, visits to place, what is fixed, what was told.

A unit is who travels together in one car. Committed work leaves the model: a unit starts at the
place and time at which its committed work ends. What people have been told (``told``) gives each
visit its unit and its start; inside the 90-minute promise both are hard.
"""

from __future__ import annotations

from collections.abc import Iterable

from dispatch.formation import Formation, Shape
from dispatch.horizon import PROMISE_S
from dispatch.legs import Legs
from dispatch.plan import Plan, Route, Stop
from dispatch.problem import Committed, Problem, Visit
from dispatch.units import STRANGERS, Spec, Unit


class Model:
    """All of a problem that a solver asks for, computed once for each run.

    ``told`` is the plan that people know (the published one unless given); ``released`` names
    promised visits whose promise cannot be kept, so that anybody may take them. ``formation``: who
    travels together; unless given, everybody alone but for crews with committed work.
    """

    def __init__(
        self,
        problem: Problem,
        told: Plan | None = None,
        *,
        released: frozenset[int] = frozenset(),
        formation: Formation | None = None,
    ) -> None:
        self.problem = problem
        self.legs = Legs(problem)
        self.told = told or problem.published or Plan()
        self.released = released
        self._bits: dict[str, int] = {}
        for technician in problem.technicians:
            for name in technician.skills:
                if name not in self._bits:
                    self._bits[name] = 3 * len(self._bits)
        self.fixed_ids = frozenset(work.visit for work in problem.committed)
        self.units: list[Unit] = []
        self.fixed_routes: list[Route] = []
        self._people: dict[frozenset[int], int] = {}
        self.formation = formation
        self._make_units()
        self._units_of: dict[int, list[Unit]] = {}
        for unit in self.units:
            for i in unit.technicians:
                self._units_of.setdefault(i, []).append(unit)
        self._specs: dict[int, Spec] = {}
        self._told = self.told.placed()

    def _make_units(self) -> None:
        by_people: dict[tuple[int, ...], list[Committed]] = {}
        last: dict[int, tuple[int, ...]] = {}
        for work in sorted(self.problem.committed, key=lambda w: (w.start_s, w.visit)):
            people = tuple(sorted(work.technicians))
            by_people.setdefault(people, []).append(work)
            last.update(dict.fromkeys(people, people))
        if self.formation is not None:
            self._make_shapes(self.formation, by_people)
            return
        going_on = {p for p in by_people if all(last[i] == p for i in p)}
        for people, works in by_people.items():
            if people not in going_on:
                # They part after this: the work stays as a route of its own.
                stops = tuple(Stop(w.visit, w.start_s) for w in works)
                self.fixed_routes.append(Route(works[0].technicians, stops))
        for technician in self.problem.technicians:
            people = last.get(technician.id, (technician.id,))
            alone = len(people) == 1
            if people[0] != technician.id or (people not in going_on and technician.id in last):
                continue
            if alone and technician.mentor is not None and technician.id not in last:
                continue  # a trainee does not travel alone
            fixed = tuple(by_people.get(people, ()))
            self._add_unit(Shape(fixed[0].technicians if fixed else people), fixed)

    def _make_shapes(
        self, formation: Formation, by_people: dict[tuple[int, ...], list[Committed]]
    ) -> None:
        """The units of a formation; the first shape of the same people has their committed work."""
        left = dict(by_people)
        for shape in sorted(formation, key=lambda s: (s.from_s, s.technicians)):
            self._add_unit(shape, tuple(left.pop(tuple(sorted(shape.technicians)), ())))
        for works in left.values():
            stops = tuple(Stop(w.visit, w.start_s) for w in works)
            self.fixed_routes.append(Route(works[0].technicians, stops))

    def _add_unit(self, shape: Shape, fixed: tuple[Committed, ...]) -> None:
        skills = 0
        for i in shape.technicians:
            for name, level in self.problem.technician(i).skills.items():
                skills |= ((1 << level) - 1) << self._bits[name]
        self.units.append(
            Unit(
                self.problem,
                self.legs,
                index=len(self.units),
                shape=shape,
                people=self._people_index(shape.technicians),
                fixed=fixed,
                skills=skills,
            )
        )

    def _people_index(self, technicians: Iterable[int]) -> int:
        return self._people.setdefault(self.problem.people(technicians), len(self._people))

    def units_of(self, technician_id: int) -> list[Unit]:
        """The units that somebody drives in, in order of time; none for a trainee alone."""
        return self._units_of.get(technician_id, [])

    def unit_for(self, route: Route) -> Unit | None:
        """The unit of exactly these people that a told route belongs to; None if there is none."""
        if not route.technicians:
            return None
        people = set(route.technicians)
        same = [u for u in self.units_of(route.technicians[0]) if set(u.technicians) == people]
        if len(same) < 2 or not route.stops:
            return same[0] if same else None
        begins = route.stops[0].start_s
        return next((u for u in same if begins < u.shape.until_s), same[-1])

    def uncommitted(self, unit: Unit) -> Unit:
        """The same people as if nothing were committed."""
        return Unit(
            self.problem,
            self.legs,
            index=unit.index,
            shape=unit.shape,
            people=unit.people,
            fixed=(),
            skills=unit.skills,
        )

    def needs(self, visit: Visit) -> int:
        """The skill bits that a visit asks for; a bit nobody has where a skill is unknown."""
        needs = 0
        for name, level in visit.skills.items():
            bit = self._bits.get(name)
            needs |= (1 << (level - 1 + bit)) if bit is not None else (1 << 3 * len(self._bits))
        return needs

    def bare_spec(self, visit_id: int) -> Spec:
        """The visit with its own windows, as if nobody had been told anything."""
        visit = self.problem.visit(visit_id)
        return Spec(visit, now_s=self.problem.now_s, needs=self.needs(visit))

    def spec(self, visit_id: int) -> Spec:
        """The visit as it may be planned: what was told about it counts."""
        spec = self._specs.get(visit_id)
        if spec is None:
            spec = self._specs[visit_id] = self._told_spec(visit_id)
        return spec

    def _told_spec(self, visit_id: int) -> Spec:
        spec = self.bare_spec(visit_id)
        told = self._told.get(visit_id)
        if told is None:
            return spec
        route, stop = told
        unit = self.unit_for(route)
        people = self.problem.people(route.technicians)
        spec.told_people = self._people.get(people, STRANGERS)
        spec.told_unit = STRANGERS if unit is None else unit.index
        spec.told_s = stop.start_s
        soon = stop.start_s < self.problem.now_s + PROMISE_S
        if unit is not None and soon and visit_id not in self.released:
            spec.promise(stop.start_s)
        return spec

    def open_ids(self) -> Iterable[int]:
        """The visits that are not committed, in the order of the problem."""
        return (visit.id for visit in self.problem.visits if visit.id not in self.fixed_ids)

    def may_serve(self, unit: Unit, spec: Spec) -> bool:
        """Whether skills, and a promise to somebody else, let the unit take the visit."""
        if spec.needs & ~unit.skills:
            return False
        return not spec.promised or spec.told_unit == unit.index
