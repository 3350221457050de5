"""The problem as solvers see it: units that drive, visits to place, what is fixed, what was told.

A unit is who travels together in one car. Committed work leaves the model: a unit starts at the
place and time at which its committed work ends. What people have been told (``told``) gives each
visit its unit and its start; inside the 90-minute promise both are hard.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from dispatch.crews.formation import Formation, Shape
from dispatch.crews.kept import kept_formation
from dispatch.crews.party import Commitments, CommittedRoute
from dispatch.horizon import PROMISE_S
from dispatch.legs import Legs
from dispatch.plan import Plan, Route, Stop
from dispatch.problem import Problem, Visit
from dispatch.rules import Standing
from dispatch.units import STRANGERS, Spec, Unit


class Model:
    """All of a problem that a solver asks for, computed once for each run.

    ``told`` is the plan that people know (the published one unless given); ``released`` names
    promised visits whose promise cannot be kept, so that anybody may take them. ``formation``: who
    travels together; unless given, as people were told (``kept_formation``).
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
        self.commitments = Commitments(problem, self.legs)
        if formation is None:
            formation = kept_formation(problem, self.told, self.commitments)
        self.formation = formation
        self.units: list[Unit] = []
        self.fixed_routes: list[Route] = []
        self._people: dict[frozenset[int], int] = {}
        self._units_of: dict[int, list[Unit]] = {}
        self._make_units()
        self._specs: dict[int, Spec] = {}
        self._told = self.told.placed()

    def _make_units(self) -> None:
        """A unit for each shape, in order of time; its people's committed work stands in it.

        Work of people who part after it stays a route of its own, that ends at home.
        """
        works = self.commitments.routes
        left = {people for people, work in works.items() if self.commitments.goes_on(work)}
        for shape in sorted(self.formation, key=lambda s: (s.from_s, s.technicians)):
            people = frozenset(shape.technicians)
            if people in left and any(map(self.units_of, people)):
                raise ValueError(f"formation: {shape} is committed, so no other car comes before")
            self._add_unit(shape, works[people] if people in left else None)
            left.discard(people)
        parted = {p: w for p, w in works.items() if p in left or not self.commitments.goes_on(w)}
        for work in parted.values():
            stops = tuple(Stop(w.visit, w.start_s) for w in work.works)
            self.fixed_routes.append(Route(work.technicians, stops))

    def _add_unit(self, shape: Shape, work: CommittedRoute | None) -> None:
        unit = Unit(
            self.problem,
            self.legs,
            index=len(self.units),
            shape=shape if work is None else replace(shape, technicians=work.technicians),
            people=self._people_index(shape.technicians),
            stands=tuple(map(self._stand, shape.technicians)) if work is None else work.stands,
            fixed=() if work is None else work.works,
            skills=self.skills_of(shape.technicians),
        )
        self.units.append(unit)
        for i in shape.technicians:
            self._units_of.setdefault(i, []).append(unit)

    def _stand(self, technician_id: int) -> Standing:
        """Where somebody stands before a shape: behind earlier ones at home, lunch owed once."""
        before = self.units_of(technician_id)
        if not before:
            return self.commitments.stands(technician_id)[0]
        unit = before[-1]
        fed = unit.is_fed or unit.shape.until_s > unit.lunch_closes_s
        return Standing(unit.shape.until_s, unit.home, fed)

    def skills_of(self, technicians: Iterable[int]) -> int:
        """The joint skills of these people as bits: a level brings those below it."""
        skills = 0
        for i in technicians:
            for name, level in self.problem.technician(i).skills.items():
                skills |= ((1 << level) - 1) << self._bits[name]
        return skills

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
