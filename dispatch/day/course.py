"""A day as far as it has gone: what is known by now, what has begun, and what people were told.

A journey begins as late as its start allows; from then on the visit is committed. A journey that
would begin in the very moment of an event that forbids it has not begun.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from dispatch.day.day import Day, Longer
from dispatch.horizon import Departure, departures
from dispatch.plan import Plan, Route
from dispatch.problem import Absence, Committed, Problem, Technician, Visit
from dispatch.travel import TravelMatrix


class Course:
    """One day under way; ``problem`` is how it looks at its ``now_s``, with what was told."""

    def __init__(self, day: Day) -> None:
        self.day = day
        self.plan = day.problem.published or Plan()
        self._committed = {work.visit: work for work in day.problem.committed}
        # On the way to a boat: begun for all that matters, if the finished day allows it.
        self._boarded: dict[int, Committed] = {}
        self._lunches: dict[int, int] = {}  # when it began, by technician
        self._longer: dict[int, int] = {}  # how long visits turned out to take
        self._events: list[Longer] = sorted(day.longer, key=lambda event: event.at_s)
        self._roads: dict[frozenset[tuple[int, int]], TravelMatrix] = {}
        self.problem = day.problem
        self._learn(day.problem.now_s)
        self.problem = self._problem(day.problem.now_s)

    def go_to(self, now_s: int) -> tuple[int, ...]:
        """Let time pass; returns the visits that have become known since."""
        before = {visit.id for visit in self.problem.visits}
        self._set_off(now_s)
        self._learn(now_s)
        self.problem = self._problem(now_s)
        return tuple(visit.id for visit in self.problem.visits if visit.id not in before)

    def tell(self, plan: Plan) -> None:
        """Take over a plan that people are told now."""
        self.plan = replace(plan, routes=tuple(map(self._with_lunch, plan.routes)))
        self.problem = replace(self.problem, published=self.plan)

    # -- what has begun ------------------------------------------------------------------------

    def _set_off(self, now_s: int) -> None:
        """Commit every visit whose journey begins up to now.

        It is counted over the whole day from its morning, as the judge of the finished day does.
        """
        morning = replace(self.day.problem, visits=tuple(map(self._timed, self.day.problem.visits)))
        self._boarded.clear()
        for journey in departures(morning, self.plan):
            visit = journey.work.visit
            if visit in self._committed:
                continue
            if journey.leaves_s <= now_s and not self._is_forbidden(journey, now_s):
                self._committed[visit] = journey.work
            elif journey.boards_s <= now_s < journey.leaves_s and not self._is_away(journey, now_s):
                self._boarded[visit] = journey.work
        for route in self.plan.routes:
            self._note_lunch(route)
        self._late_lunches(now_s)

    def _is_forbidden(self, journey: Departure, now_s: int) -> bool:
        """Whether an event of this very moment forbids a journey that would begin in it."""
        if journey.leaves_s < now_s:
            return False
        ends = (journey.origin, journey.location)
        return bool({ends, ends[::-1]} & self._closed(now_s)) or self._is_away(journey, now_s)

    def _is_away(self, journey: Departure, now_s: int) -> bool:
        """Whether it is known by now that somebody is away when the journey counts as begun."""
        return any(
            absence.at_s <= min(now_s, journey.leaves_s) and journey.leaves_s < absence.until_s
            for absence in self.day.absences
            if set(absence.technicians) & set(journey.work.technicians)
        )

    def _note_lunch(self, route: Route) -> None:
        """Remember a lunch that ended before a journey's end that has begun."""
        if route.lunch_s is None:
            return
        members = [self.problem.technician(i) for i in route.technicians]
        ends = route.lunch_s + max(member.lunch.duration_s for member in members)
        begun = self._committed.keys() | self._boarded.keys()
        if any(s.visit in begun and ends <= s.start_s for s in route.stops):
            for member in members:
                self._lunches.setdefault(member.id, route.lunch_s)

    def _late_lunches(self, now_s: int) -> None:
        """Who has not eaten when the lunch window closes began when they were told, or could.

        Only after the window the model would owe them none, even while they are eating.
        """
        told = {i: route.lunch_s for route in self.plan.routes for i in route.technicians}
        ends: dict[int, int] = {}
        for work in (*self._committed.values(), *self._boarded.values()):
            over_s = work.start_s + self._timed(self.day.problem.visit(work.visit)).duration_s
            for i in work.technicians:
                ends[i] = max(over_s, ends.get(i, 0))
        for person in self.day.problem.technicians:
            if now_s <= person.lunch.latest_s or person.had_lunch or person.id in self._lunches:
                continue
            free_s = ends.get(person.id, max(person.shift_s[0], person.free_s))
            could_s = max(free_s, person.lunch.earliest_s)
            if could_s <= person.lunch.latest_s:
                lunch_s = told.get(person.id)
                self._lunches[person.id] = could_s if lunch_s is None else max(lunch_s, could_s)

    def _pauses(self, now_s: int) -> Iterator[Absence]:
        """Who sets off a little later although nobody is missed.

        Those whose lunch goes on after the window; and those just back from an absence who owe a
        lunch, because a journey counts as begun by its length earlier.
        """
        for person in self.day.problem.technicians:
            length_s, lunch_s = person.lunch.duration_s, self._lunches.get(person.id)
            if lunch_s is not None:
                if person.lunch.latest_s < now_s < lunch_s + length_s:
                    yield Absence((person.id,), now_s, lunch_s + length_s)
                continue
            for absence in self.day.absences:
                over_s = absence.until_s + length_s
                if person.id in absence.technicians and absence.until_s <= now_s < over_s:
                    yield Absence((person.id,), now_s, over_s)

    def _with_lunch(self, route: Route) -> Route:
        """The route with the lunch that everybody in it has had already."""
        had = [self._lunches.get(i) for i in route.technicians]
        if not had or had[0] is None or None in had:
            return route
        return replace(route, lunch_s=had[0])

    # -- what is known -------------------------------------------------------------------------

    def _learn(self, now_s: int) -> None:
        """Hear how long visits take; one that is over by then stays as it was."""
        while self._events and self._events[0].at_s <= now_s:
            event = self._events.pop(0)
            usual_s = self.day.problem.visit(event.visit).duration_s
            took_s = self._longer.get(event.visit, usual_s)
            work = self._committed.get(event.visit)
            if event.duration_s > took_s and (work is None or event.at_s < work.start_s + took_s):
                self._longer[event.visit] = event.duration_s

    def _problem(self, now_s: int) -> Problem:
        day = self.day.problem
        begun = [*self._committed.values(), *self._boarded.values()]
        return replace(
            day,
            now_s=now_s,
            technicians=tuple(map(self._fed, day.technicians)),
            visits=tuple(
                self._timed(visit)
                for visit in day.visits
                if visit.arrives_s is None or visit.arrives_s <= now_s
            ),
            travel=self._travel(now_s),
            committed=tuple(sorted(begun, key=lambda work: (work.start_s, work.visit))),
            published=self.plan,
            absences=(
                *(absence for absence in self.day.absences if absence.at_s <= now_s),
                *self._pauses(now_s),
            ),
        )

    def _fed(self, technician: Technician) -> Technician:
        if technician.id not in self._lunches or technician.had_lunch:
            return technician
        return replace(technician, had_lunch=True)

    def _timed(self, visit: Visit) -> Visit:
        took_s = self._longer.get(visit.id)
        return visit if took_s is None else replace(visit, duration_s=took_s)

    def _closed(self, now_s: int) -> frozenset[tuple[int, int]]:
        """The pairs that are closed now; a pair of one place is no road."""
        return frozenset(
            pair
            for closure in self.day.closures
            if closure.at_s <= now_s < closure.until_s
            for pair in closure.pairs
            if pair[0] != pair[1]
        )

    def _travel(self, now_s: int) -> TravelMatrix:
        """The roads as they are now; a closed one counts as closed until it is open again."""
        closed = self._closed(now_s)
        if closed not in self._roads:
            roads = self.day.problem.travel
            self._roads[closed] = roads.without(closed) if closed else roads
        return self._roads[closed]
