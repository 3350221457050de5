"""The problem as solvers see it: units that drive, specs of visits, what is fixed, what was told.

A unit is who travels together in one car. Committed work leaves the model: a unit starts at the
place and time at which its committed work ends. What people have been told (``told``) gives each
visit its unit and its start; inside the 90-minute promise both are hard.
"""

from __future__ import annotations

from collections.abc import Iterable

from dispatch.horizon import PROMISE_S
from dispatch.legs import Legs
from dispatch.objective import could_begin_s
from dispatch.plan import SHIFT_S, Plan, Route, Stop
from dispatch.problem import Committed, Problem, Visit
from dispatch.rules import Team, first_standing

NOBODY = -1  # the unit of a visit that nobody was told; also the place of a call


class Unit:
    """Who travels together, from where and when they are free, and what is fixed before that."""

    __slots__ = (
        "away",
        "closes_s",
        "fixed",
        "fixed_busy_s",
        "fixed_m",
        "fixed_travel_s",
        "free_s",
        "had_lunch",
        "home",
        "index",
        "leaves_s",
        "lunch_closes_s",
        "lunch_length_s",
        "lunch_opens_s",
        "place",
        "skills",
        "technicians",
    )

    def __init__(
        self,
        problem: Problem,
        legs: Legs,
        *,
        index: int,
        technicians: tuple[int, ...],
        fixed: tuple[Committed, ...],
        skills: int,
    ) -> None:
        members = [problem.technician(i) for i in technicians]
        team = Team.of(members)
        stands = [first_standing(problem, member) for member in members]
        self.index = index
        self.technicians = technicians
        self.skills = skills
        self.home = team.home
        self.closes_s = team.closes_s
        self.lunch_opens_s = team.lunch_opens_s
        self.lunch_closes_s = team.lunch_closes_s
        self.lunch_length_s = team.lunch_length_s
        self.free_s = max(stand.free_s for stand in stands)
        self.place = stands[0].place
        self.had_lunch = all(stand.had_lunch for stand in stands)
        self.away = tuple(
            sorted(
                (absence.at_s, absence.until_s)
                for absence in problem.absences
                if set(absence.technicians) & set(technicians)
            )
        )
        self.fixed = fixed
        self.fixed_travel_s = self.fixed_m = self.fixed_busy_s = 0
        for work in fixed:
            self._do(problem, legs, work)
        # Who has been idle since before now may have eaten meanwhile, and sets off now at best.
        self.leaves_s = max(self.free_s, problem.now_s)

    def _do(self, problem: Problem, legs: Legs, work: Committed) -> None:
        visit = problem.visit(work.visit)
        there = self.place if visit.location is None else visit.location
        known = problem.now_s if visit.arrives_s is None else visit.arrives_s
        leg_s, leg_m = legs.leg(self.place, there, leaves_s=max(self.free_s, known))
        self.fixed_travel_s += leg_s
        self.fixed_m += leg_m
        self.fixed_busy_s += leg_s + visit.duration_s
        self.free_s, self.place = work.start_s + visit.duration_s, there
        self.had_lunch = self.had_lunch or self.free_s > self.lunch_closes_s

    def varied(
        self, *, away: tuple[tuple[int, int], ...] | None = None, had_lunch: bool | None = None
    ) -> Unit:
        """The same people with one fact changed, to find out which rule is in the way."""
        copy = object.__new__(Unit)
        for name in Unit.__slots__:
            setattr(copy, name, getattr(self, name))
        copy.away = self.away if away is None else away
        copy.had_lunch = self.had_lunch if had_lunch is None else had_lunch
        return copy


class Spec:
    """One visit, flat: its windows are ``lo``-``hi`` and then ``rest``."""

    __slots__ = (
        "begins_s",
        "duration_s",
        "hi",
        "id",
        "known_s",
        "lo",
        "needs",
        "place",
        "priority",
        "promised",
        "rest",
        "told_s",
        "told_unit",
        "value",
        "windows",
    )

    def __init__(self, visit: Visit, *, now_s: int, needs: int) -> None:
        self.id = visit.id
        self.place = NOBODY if visit.location is None else visit.location
        self.duration_s = visit.duration_s
        self.known_s = max(now_s, visit.arrives_s or 0)  # nobody sets off for it before
        self.begins_s = could_begin_s(visit, now_s=now_s)
        self.value = visit.value
        self.priority = visit.priority
        self.needs = needs
        self.told_unit = NOBODY
        self.told_s = 0
        self.promised = False
        self._open(visit.windows_s)

    def _open(self, windows: tuple[tuple[int, int], ...]) -> None:
        self.windows = windows
        self.lo, self.hi = windows[0]
        self.rest = windows[1:]

    def promise(self, told_s: int) -> bool:
        """Keep the start within 30 minutes of what was told; False if no window allows it."""
        first, last = told_s - SHIFT_S, told_s + SHIFT_S
        kept = tuple(
            (max(opens, first), min(closes, last))
            for opens, closes in self.windows
            if max(opens, first) <= min(closes, last)
        )
        if kept:
            self._open(kept)
            self.promised = True
        return bool(kept)

    def relax(self, until_s: int) -> None:
        """Leave the last window open until then: the visit is kept although it is late."""
        opens, closes = self.windows[-1]
        self._open((*self.windows[:-1], (opens, max(until_s, closes))))


class Model:
    """All of a problem that a solver asks for, computed once for each run.

    ``told`` is the plan that people know (the published one unless given); ``released`` names
    promised visits whose promise cannot be kept, so that anybody may take them.
    """

    def __init__(
        self,
        problem: Problem,
        told: Plan | None = None,
        *,
        released: frozenset[int] = frozenset(),
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
        self._make_units()
        self.unit_of = {i: unit for unit in self.units for i in unit.technicians}
        self._specs: dict[int, Spec] = {}
        self._told = self.told.placed()

    def _make_units(self) -> None:
        by_people: dict[tuple[int, ...], list[Committed]] = {}
        last: dict[int, tuple[int, ...]] = {}
        for work in sorted(self.problem.committed, key=lambda w: (w.start_s, w.visit)):
            people = tuple(sorted(work.technicians))
            by_people.setdefault(people, []).append(work)
            last.update(dict.fromkeys(people, people))
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
            self._add_unit(fixed[0].technicians if fixed else people, fixed)

    def _add_unit(self, technicians: tuple[int, ...], fixed: tuple[Committed, ...]) -> None:
        skills = 0
        for i in technicians:
            for name, level in self.problem.technician(i).skills.items():
                skills |= ((1 << level) - 1) << self._bits[name]
        self.units.append(
            Unit(
                self.problem,
                self.legs,
                index=len(self.units),
                technicians=technicians,
                fixed=fixed,
                skills=skills,
            )
        )

    def uncommitted(self, unit: Unit) -> Unit:
        """The same people as if nothing were committed."""
        return Unit(
            self.problem,
            self.legs,
            index=unit.index,
            technicians=unit.technicians,
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
        unit = self.unit_of.get(route.technicians[0]) if route.technicians else None
        known = unit is not None and set(unit.technicians) == set(route.technicians)
        # -2: somebody was told who cannot drive now, so whoever goes is a change.
        spec.told_unit = unit.index if unit is not None and known else -2
        spec.told_s = stop.start_s
        soon = stop.start_s < self.problem.now_s + PROMISE_S
        if known and soon and visit_id not in self.released:
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
