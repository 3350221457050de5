"""The flat values that solvers work on: a unit that drives, and a visit with what was told."""

from __future__ import annotations

from dispatch.crews.formation import Shape
from dispatch.legs import Legs
from dispatch.objective import could_begin_s, trip_costs_s
from dispatch.places import Terrain
from dispatch.plan import SHIFT_S
from dispatch.problem import Committed, Problem, Visit
from dispatch.rules import Standing, Team

NOBODY = -1  # who was told of a visit that nobody was told of; also the place of a call
STRANGERS = -2  # somebody was told who does not drive now, so whoever goes is a change
TERRAINS = tuple(Terrain)


class Unit:
    """Who travels together, from where and when they are free, and what is fixed before that.

    ``stands``: where each of them stands before the fixed work. ``had_lunch``: no lunch is owed in
    this shape; ``is_fed``: nor in a later one.
    """

    __slots__ = (
        "away",
        "carried_s",
        "closes_s",
        "fixed",
        "fixed_busy_s",
        "fixed_m",
        "fixed_travel_s",
        "fixed_trips",
        "free_s",
        "had_lunch",
        "home",
        "index",
        "is_fed",
        "leaves_s",
        "lunch_closes_s",
        "lunch_length_s",
        "lunch_opens_s",
        "people",
        "place",
        "shape",
        "skills",
        "technicians",
        "trip_costs_s",
    )

    def __init__(
        self,
        problem: Problem,
        legs: Legs,
        *,
        index: int,
        shape: Shape,
        people: int,
        stands: tuple[Standing, ...],
        fixed: tuple[Committed, ...],
        skills: int,
    ) -> None:
        technicians = shape.technicians
        members = [problem.technician(i) for i in technicians]
        team = Team.of(members)
        self.index = index
        self.shape = shape
        self.technicians = technicians
        self.people = people
        self.skills = skills
        self.home = team.home
        self.closes_s = min(team.closes_s, shape.until_s)
        self.lunch_opens_s = team.lunch_opens_s
        self.lunch_closes_s = team.lunch_closes_s
        self.lunch_length_s = team.lunch_length_s
        self.free_s = max(shape.from_s, *(stand.free_s for stand in stands))
        self.place = stands[0].place
        self.had_lunch = all(stand.had_lunch for stand in stands)
        self.carried_s = sum(member.carried.busy_s for member in members)
        costs = trip_costs_s(members, home=problem.locations[team.home].terrain)
        self.trip_costs_s = tuple(costs[terrain] for terrain in TERRAINS)
        self.away = tuple(
            sorted(
                (absence.at_s, absence.until_s)
                for absence in problem.absences
                if set(absence.technicians) & set(technicians)
            )
        )
        self.fixed = fixed
        self.fixed_travel_s = self.fixed_m = self.fixed_busy_s = 0
        self.fixed_trips = 0
        for work in fixed:
            self._do(problem, legs, work)
        self.is_fed = self.had_lunch
        # Who goes on in another shape before lunch ends eats there.
        self.had_lunch = self.is_fed or shape.until_s <= team.lunch_closes_s
        # Who has been idle since before now may have eaten meanwhile, and sets off now at best.
        self.leaves_s = max(self.free_s, problem.now_s)

    def _do(self, problem: Problem, legs: Legs, work: Committed) -> None:
        visit = problem.visit(work.visit)
        there = self.place if visit.location is None else visit.location
        known = problem.now_s if visit.arrives_s is None else visit.arrives_s
        leg_s, leg_m = legs.leg(self.place, there, leaves_s=max(self.free_s, known))
        if visit.location is not None:
            self.fixed_trips |= legs.trip_bit[there]
        self.fixed_travel_s += leg_s
        self.fixed_m += leg_m
        self.fixed_busy_s += leg_s + visit.duration_s
        self.free_s, self.place = work.start_s + visit.duration_s, there
        self.had_lunch = self.had_lunch or self.free_s > self.lunch_closes_s

    def trips_s(self, trips: int) -> int:
        """What a route with stops in these terrains (bits, as ``Legs.trip_bit``) costs."""
        if not trips:
            return 0
        return sum(cost for i, cost in enumerate(self.trip_costs_s) if trips >> i & 1)


class Spec:
    """One visit, flat: its windows are ``lo``-``hi`` and then ``rest``.

    ``told_people`` is the set of persons (``Unit.people``) that was told of it, ``told_unit`` the
    unit that they drive in on that day.
    """

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
        "told_people",
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
        self.told_unit = self.told_people = NOBODY
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
