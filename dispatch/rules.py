"""The hard rules, applied to a finished plan: it is walked stop by stop with its own start times.

This is the judge. It shares the legs with the solvers and nothing else: how they find their times
(``schedule``) is not used here, so a mistake there shows up as a broken rule.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from dispatch.legs import Legs
from dispatch.plan import Plan, Route, Stop
from dispatch.problem import Problem, Technician, Visit
from dispatch.travel import NEVER_S


class Rule(StrEnum):
    """The hard rules by name."""

    KNOWN = "known"
    ONCE = "once"
    CREW = "crew"
    SEATS = "seats"
    MENTOR = "mentor"
    SKILLS = "skills"
    ARRIVAL = "arrival"
    WINDOW = "window"
    LUNCH = "lunch"
    SHIFT = "shift"
    ABSENCE = "absence"
    COMMITTED = "committed"


@dataclass(frozen=True, slots=True)
class Violation:
    """A broken rule: in which route (its number in the plan), at which visit, in words."""

    rule: Rule
    route: int | None
    visit: int | None
    text: str


@dataclass(frozen=True, slots=True)
class Leg:
    """The journey to a visit (None: home) and the stay there.

    ``leaves_s``: when the journey begins, as late as its start allows; from then on the visit is
    committed. ``arrives_s``: the earliest arrival that the rules allow. ``travel_s`` holds the wait
    for a boat, not lunch.
    """

    visit: int | None
    location: int
    leaves_s: int
    arrives_s: int
    start_s: int
    ends_s: int
    travel_s: int
    distance_m: int


@dataclass(frozen=True, slots=True)
class Standing:
    """Where and from when somebody is free, and whether lunch is still owed."""

    free_s: int
    place: int
    had_lunch: bool


@dataclass(frozen=True, slots=True)
class Team:
    """What a route's people are together: skills at the higher level, windows intersected."""

    home: int
    closes_s: int
    lunch_opens_s: int
    lunch_closes_s: int
    lunch_length_s: int
    skills: dict[str, int]

    @classmethod
    def of(cls, members: list[Technician]) -> Team:
        """Join the members; the first one's home counts."""
        skills: dict[str, int] = {}
        for member in members:
            for name, level in member.skills.items():
                skills[name] = max(level, skills.get(name, 0))
        return cls(
            home=members[0].home,
            closes_s=min(m.shift_s[1] for m in members),
            lunch_opens_s=max(m.lunch.earliest_s for m in members),
            lunch_closes_s=min(m.lunch.latest_s for m in members),
            lunch_length_s=max(m.lunch.duration_s for m in members),
            skills=skills,
        )


def first_standing(problem: Problem, technician: Technician) -> Standing:
    """Where a technician stands before any route; lunch is not owed once its window has passed."""
    free = max(problem.now_s, technician.shift_s[0], technician.free_s)
    place = technician.home if technician.at is None else technician.at
    return Standing(free, place, technician.had_lunch or free > technician.lunch.latest_s)


class Walk:
    """One pass over a plan: collects every broken rule and every leg."""

    def __init__(self, problem: Problem, plan: Plan) -> None:
        self.problem = problem
        self.legs_of = Legs(problem)
        self.violations: list[Violation] = []
        self.legs: list[tuple[Leg, ...]] = []
        self._standing = {t.id: first_standing(problem, t) for t in problem.technicians}
        self._seen: set[int] = set()
        self._committed = {work.visit: work for work in problem.committed}
        for number, route in enumerate(plan.routes):
            self.legs.append(tuple(self._route(number, route)))
        self._check_committed(plan)

    def _broken(self, rule: Rule, number: int | None, visit: int | None, text: str) -> None:
        self.violations.append(Violation(rule, number, visit, text))

    def _check_committed(self, plan: Plan) -> None:
        kept = {
            (stop.visit, stop.start_s, tuple(sorted(route.technicians)))
            for route in plan.routes
            for stop in route.stops
        }
        for work in self._committed.values():
            if (work.visit, work.start_s, tuple(sorted(work.technicians))) not in kept:
                text = f"committed visit {work.visit} was moved"
                self._broken(Rule.COMMITTED, None, work.visit, text)

    def _members(self, number: int, route: Route) -> list[Technician]:
        ids = route.technicians
        if not ids or not all(map(self.problem.knows_technician, ids)):
            self._broken(Rule.KNOWN, number, None, f"unknown technician in {list(ids)}")
            return []
        members = [self.problem.technician(i) for i in ids]
        if len(set(ids)) < len(ids):
            self._broken(Rule.CREW, number, None, "a technician stands twice in one crew")
        for member in members:
            if member.mentor is not None and member.mentor not in ids:
                text = f"trainee {member.id} travels without mentor {member.mentor}"
                self._broken(Rule.MENTOR, number, None, text)
        if len({m.home for m in members}) > 1:
            self._broken(Rule.CREW, number, None, "a crew must start from one place")
        if len(members) > max(m.seats for m in members):
            self._broken(Rule.SEATS, number, None, "more people than seats")
        return members

    def _route(self, number: int, route: Route) -> Iterable[Leg]:
        members = self._members(number, route)
        if not members or not route.stops:
            return
        team = Team.of(members)
        stands = [self._standing[m.id] for m in members]
        if len({s.place for s in stands}) > 1:
            self._broken(Rule.CREW, number, None, "a crew must start from one place")
        now = Standing(
            max(s.free_s for s in stands),
            stands[0].place,
            all(s.had_lunch for s in stands),
        )
        moved = False
        for stop in route.stops:
            if not self.problem.knows_visit(stop.visit):
                self._broken(Rule.KNOWN, number, stop.visit, f"unknown visit {stop.visit}")
                continue
            visit = self.problem.visit(stop.visit)
            fixed = stop.visit in self._committed
            if fixed and moved:
                text = f"committed visit {visit.id} comes after a movable one"
                self._broken(Rule.COMMITTED, number, visit.id, text)
            moved = moved or not fixed
            if stop.visit in self._seen and not fixed:
                self._broken(Rule.ONCE, number, visit.id, f"visit {visit.id} is planned twice")
            self._seen.add(stop.visit)
            leg, now = self._stop(number, route, team, now, stop=stop, visit=visit, fixed=fixed)
            yield leg
        leg, now = self._home(number, route, team, now)
        yield leg
        for member in members:
            had = now.had_lunch or self._standing[member.id].had_lunch
            self._standing[member.id] = Standing(now.free_s, team.home, had)

    def _stop(
        self,
        number: int,
        route: Route,
        team: Team,
        now: Standing,
        *,
        stop: Stop,
        visit: Visit,
        fixed: bool,
    ) -> tuple[Leg, Standing]:
        there = now.place if visit.location is None else visit.location
        known = self.problem.now_s if visit.arrives_s is None else visit.arrives_s
        leaves = max(now.free_s, known)
        travel_s, metres = self.legs_of.leg(now.place, there, leaves_s=leaves)
        ends, start = stop.start_s + visit.duration_s, stop.start_s
        eats = team.lunch_length_s if route.lunch_s is not None and not now.had_lunch else 0
        sets_off = max(leaves, start - travel_s - eats)
        if fixed:
            had = now.had_lunch or ends > team.lunch_closes_s
            leg = Leg(visit.id, there, sets_off, start, start, ends, travel_s, metres)
            return leg, Standing(ends, there, had)
        self._check_absence(number, route, visit, sets_off=sets_off)
        ready, had = leaves + travel_s, now.had_lunch
        lunch = route.lunch_s
        # Lunch falls on the first leg that ends late enough to hold it.
        if lunch is not None and not had and lunch + team.lunch_length_s <= start:
            had = True
            ready = self._lunch(number, team, now, lunch_s=lunch, there=there, leaves=leaves)
        self._check_stop(number, team, visit, start_s=start, ready=ready)
        leg = Leg(visit.id, there, sets_off, ready, start, ends, travel_s, metres)
        return leg, Standing(ends, there, had)

    def _home(self, number: int, route: Route, team: Team, now: Standing) -> tuple[Leg, Standing]:
        travel_s, metres = self.legs_of.leg(now.place, team.home, leaves_s=now.free_s)
        ready, had = now.free_s + travel_s, now.had_lunch
        if route.lunch_s is not None and not had:
            had = True
            ready = self._lunch(
                number,
                team,
                now,
                lunch_s=route.lunch_s,
                there=team.home,
                leaves=now.free_s,
            )
        if ready > team.closes_s:
            text = f"back at {ready}, after the shift ends at {team.closes_s}"
            self._broken(Rule.SHIFT, number, None, text)
        if not had and ready > team.lunch_closes_s:
            self._broken(Rule.LUNCH, number, None, "no lunch")
        leg = Leg(None, team.home, now.free_s, ready, ready, ready, travel_s, metres)
        return leg, Standing(ready, team.home, had)

    def _lunch(
        self,
        number: int,
        team: Team,
        now: Standing,
        *,
        lunch_s: int,
        there: int,
        leaves: int,
    ) -> int:
        if lunch_s < now.free_s:
            text = f"lunch at {lunch_s} overlaps work until {now.free_s}"
            self._broken(Rule.LUNCH, number, None, text)
        if not team.lunch_opens_s <= lunch_s <= team.lunch_closes_s:
            self._broken(Rule.LUNCH, number, None, f"lunch at {lunch_s} is outside its window")
        return self.legs_of.after_lunch(
            now.place,
            there,
            leaves_s=leaves,
            lunch_s=lunch_s,
            length_s=team.lunch_length_s,
        )

    def _check_absence(self, number: int, route: Route, visit: Visit, *, sets_off: int) -> None:
        for absence in self.problem.absences:
            away = absence.at_s <= sets_off < absence.until_s
            if away and set(absence.technicians) & set(route.technicians):
                text = f"the journey to visit {visit.id} begins while a member is absent"
                self._broken(Rule.ABSENCE, number, visit.id, text)

    def _check_stop(
        self, number: int, team: Team, visit: Visit, *, start_s: int, ready: int
    ) -> None:
        for name, level in visit.skills.items():
            if team.skills.get(name, 0) < level:
                text = f"visit {visit.id} needs {name} level {level}"
                self._broken(Rule.SKILLS, number, visit.id, text)
        if ready >= NEVER_S:
            text = f"visit {visit.id}: no boat or road leads there"
            self._broken(Rule.ARRIVAL, number, visit.id, text)
        elif start_s < ready:
            text = f"visit {visit.id} starts at {start_s}, before arrival at {ready}"
            self._broken(Rule.ARRIVAL, number, visit.id, text)
        if not any(opens <= start_s <= closes for opens, closes in visit.windows_s):
            text = f"visit {visit.id} starts at {start_s}, outside {list(visit.windows_s)}"
            self._broken(Rule.WINDOW, number, visit.id, text)
