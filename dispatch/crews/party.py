"""Who stands where once committed work is done: people as timing sees them, alone or together.

Committed routes end at home when their people part: the next car starts there when its last member
is back. Lunch is owed once, so a way home offers two ends: as early as possible with lunch still
owed, or somewhat later with lunch had.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from dispatch.legs import Legs
from dispatch.problem import Committed, Problem
from dispatch.rules import Standing, Team, first_standing
from dispatch.travel import NEVER_S

CREW = 4  # the most people in one car
Interval = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Party:
    """The people of one car: from where and when they can go, and which hours bind them.

    ``away``: no journey begins within these; seconds [from, until), in order.
    """

    home: int
    place: int
    free_s: int
    closes_s: int
    lunch_opens_s: int
    lunch_closes_s: int
    lunch_length_s: int
    had_lunch: bool
    away: tuple[Interval, ...] = ()

    @classmethod
    def of(cls, problem: Problem, technicians: Iterable[int], stands: Iterable[Standing]) -> Party:
        """These people, who stand there and then; a crew is free when its last member is."""
        ids = tuple(technicians)
        team, found = Team.of([problem.technician(i) for i in ids]), tuple(stands)
        return cls(
            home=team.home,
            place=found[0].place,
            free_s=max(stand.free_s for stand in found),
            closes_s=team.closes_s,
            lunch_opens_s=team.lunch_opens_s,
            lunch_closes_s=team.lunch_closes_s,
            lunch_length_s=team.lunch_length_s,
            had_lunch=all(stand.had_lunch for stand in found),
            away=absences_of(problem, ids),
        )

    @classmethod
    def starting(cls, problem: Problem, technicians: Iterable[int]) -> Party:
        """These people as they stand before any work."""
        ids = tuple(technicians)
        stands = (first_standing(problem, problem.technician(i)) for i in ids)
        return cls.of(problem, ids, stands)

    def with_also(self, other: Party) -> Party:
        """Both in one car; they must have one home and stand at one place."""
        return Party(
            self.home,
            self.place,
            max(self.free_s, other.free_s),
            min(self.closes_s, other.closes_s),
            max(self.lunch_opens_s, other.lunch_opens_s),
            min(self.lunch_closes_s, other.lunch_closes_s),
            max(self.lunch_length_s, other.lunch_length_s),
            self.had_lunch and other.had_lunch,
            tuple(sorted({*self.away, *other.away})),
        )

    def after(self, problem: Problem, works: Iterable[Committed]) -> Party:
        """The same people when this committed work is done, at its last place."""
        free, place, had = self.free_s, self.place, self.had_lunch
        for work in works:
            visit = problem.visit(work.visit)
            place = place if visit.location is None else visit.location
            free = work.start_s + visit.duration_s
            had = had or free > self.lunch_closes_s
        return replace(self, free_s=free, place=place, had_lunch=had)

    def back_home(self, legs: Legs) -> tuple[Standing, ...]:
        """How they may stand at home after driving there: lunch owed first, then lunch had."""
        arrives = self.free_s + legs.leg(self.place, self.home, leaves_s=self.free_s)[0]
        if arrives >= NEVER_S:
            return ()
        if self.had_lunch:
            return (Standing(arrives, self.home, True),)
        owed = (Standing(arrives, self.home, False),) if arrives <= self.lunch_closes_s else ()
        ready, _ = legs.earliest_lunch(
            self.place,
            self.home,
            free_s=self.free_s,
            leaves_s=self.free_s,
            opens_s=self.lunch_opens_s,
            closes_s=self.lunch_closes_s,
            length_s=self.lunch_length_s,
        )
        return (*owed, Standing(ready, self.home, True)) if ready < NEVER_S else owed


@dataclass(frozen=True, slots=True)
class CommittedRoute:
    """Committed work of the same people, in order of time.

    ``stands``: where each of them stands before it; ``ends``: the party when all of it is done.
    """

    technicians: tuple[int, ...]
    works: tuple[Committed, ...]
    stands: tuple[Standing, ...]
    ends: Party


class Commitments:
    """What everybody is committed to: the routes, and where people stand behind them."""

    def __init__(self, problem: Problem, legs: Legs) -> None:
        self.routes: dict[frozenset[int], CommittedRoute] = {}
        self._last: dict[int, frozenset[int]] = {}
        self._back: dict[int, tuple[Standing, ...]] = {}
        self._problem, self._legs = problem, legs
        grouped: dict[frozenset[int], list[Committed]] = {}
        for work in sorted(problem.committed, key=lambda w: (w.start_s, w.visit)):
            people = frozenset(work.technicians)
            grouped.setdefault(people, []).append(work)
            self._last.update(dict.fromkeys(people, people))
        for people, works in grouped.items():
            technicians = works[0].technicians
            stands = tuple(self.stands(i)[0] for i in technicians)
            ends = Party.of(problem, technicians, stands).after(problem, works)
            self.routes[people] = CommittedRoute(technicians, tuple(works), stands, ends)
            back = ends.back_home(legs) or (Standing(NEVER_S, ends.home, True),)
            self._back.update(dict.fromkeys(people, back))

    def stands(self, technician_id: int) -> tuple[Standing, ...]:
        """Where somebody stands who goes home after committed work: lunch owed, or had, or both."""
        found = self._back.get(technician_id)
        return found or (first_standing(self._problem, self._problem.technician(technician_id)),)

    def last_of(self, technician_id: int) -> CommittedRoute | None:
        """The last committed route of somebody, with whom they do it; None if there is none."""
        people = self._last.get(technician_id)
        return None if people is None else self.routes[people]

    def goes_on(self, route: CommittedRoute) -> bool:
        """Whether these people stay together: none of them has committed work with others later."""
        return all(self._last[i] == frozenset(route.technicians) for i in route.technicians)


def absences_of(problem: Problem, technicians: Sequence[int]) -> tuple[Interval, ...]:
    """When none of these people may set off because one of them is absent, in order."""
    if not problem.absences:
        return ()
    people = set(technicians)
    return tuple(
        sorted(
            {
                (absence.at_s, absence.until_s)
                for absence in problem.absences
                if people & set(absence.technicians)
            }
        )
    )


def may_share(problem: Problem, technicians: Iterable[int]) -> bool:
    """Whether these people may drive together at all: one home, seats, trainees with mentors."""
    ids = tuple(technicians)
    if not ids or not all(map(problem.knows_technician, ids)):
        return False
    members = [problem.technician(i) for i in ids]
    with_mentors = all(member.mentor is None or member.mentor in ids for member in members)
    one_home = len({member.home for member in members}) == 1
    return one_home and with_mentors and len(ids) <= max(member.seats for member in members)


def may_form(problem: Problem, technicians: Iterable[int]) -> bool:
    """Whether these people may be told to share a car from now on.

    People of two teams share one only where each could take somebody along: a team that forms no
    crews gives its people one seat.
    """
    ids = tuple(technicians)
    if len(ids) > CREW or not may_share(problem, ids):
        return False
    members = [problem.technician(i) for i in ids]
    return len({m.team for m in members}) == 1 or all(m.seats > 1 for m in members)
