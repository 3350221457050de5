"""One fact that is different, and the problem in which it is so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from dispatch.closures import Closure, with_closures
from dispatch.plan import SHIFT_S
from dispatch.problem import LEVELS, Absence, Problem, Technician, Visit

FOREVER_S = 10**8  # three years: after any day that is planned


@dataclass(frozen=True, slots=True)
class Fewer:
    """This person sets off to nothing more; what they are driving to or doing is finished."""

    person: int


@dataclass(frozen=True, slots=True)
class More:
    """One person more: an entry for each day, as ``another_person`` makes them."""

    technicians: tuple[Technician, ...]


@dataclass(frozen=True, slots=True)
class Skilled:
    """This person has the skill at this level, or better if they had that already."""

    person: int
    skill: str
    level: int

    def __post_init__(self) -> None:
        if not 1 <= self.level <= LEVELS:
            raise ValueError(f"level: {self.level} lies outside 1-{LEVELS}")


@dataclass(frozen=True, slots=True)
class Closed:
    """The roads between these pairs of locations are closed: the ways around count, if any.

    What is being driven to already arrives, at the travel time it had.
    """

    pairs: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class ByHand:
    """This visit goes to this person: skill and target are set aside, all other rules hold.

    ``start_s``: it begins then, or up to 30 minutes later; None: whenever it suits best.
    """

    visit: int
    person: int
    start_s: int | None = None


Fact = Fewer | More | Skilled | Closed | ByHand


def with_fact(problem: Problem, fact: Fact) -> Problem:
    """The problem in which this one fact is different; ValueError if it cannot be."""
    if isinstance(fact, Fewer):
        return _with_fewer(problem, fact)
    if isinstance(fact, More):
        return replace(problem, technicians=(*problem.technicians, *fact.technicians))
    if isinstance(fact, Skilled):
        return _with_skills(problem, {fact.person: {fact.skill: fact.level}})
    if isinstance(fact, Closed):
        return _with_closed(problem, fact)
    return _with_hand(problem, fact)


def another_person(
    problem: Problem, *, home: int, skills: Mapping[str, int], team: int, seats: int = 2
) -> tuple[Technician, ...]:
    """Somebody new who works the hours of the problem's people, one entry for each day.

    Of people with different hours on one day the longest shift counts.
    """
    longest: dict[int, Technician] = {}
    for technician in problem.technicians:
        day = technician.shift_s[0] // 86_400
        known = longest.get(day)
        if known is None or _length_s(technician) > _length_s(known):
            longest[day] = technician
    free = max((technician.id for technician in problem.technicians), default=0) + 1
    return tuple(
        Technician(
            id=free + number,
            team=team,
            home=home,
            skills=skills,
            shift_s=like.shift_s,
            lunch=like.lunch,
            seats=seats,
            person=free if number else None,
        )
        for number, (_day, like) in enumerate(sorted(longest.items()))
    )


def _length_s(technician: Technician) -> int:
    return technician.shift_s[1] - technician.shift_s[0]


def _entries(problem: Problem, person: int) -> tuple[int, ...]:
    found = tuple(t.id for t in problem.technicians if person in (t.id, t.person))
    if not found:
        raise ValueError(f"person: {person} is no technician")
    return found


def _with_fewer(problem: Problem, fact: Fewer) -> Problem:
    away = Absence(_entries(problem, fact.person), problem.now_s, FOREVER_S)
    return replace(problem, absences=(*problem.absences, away))


def _with_skills(problem: Problem, gained: Mapping[int, Mapping[str, int]]) -> Problem:
    added = {entry: gained[person] for person in gained for entry in _entries(problem, person)}
    people = tuple(
        replace(technician, skills=_joined(technician.skills, added[technician.id]))
        if technician.id in added
        else technician
        for technician in problem.technicians
    )
    return replace(problem, technicians=people)


def _joined(own: Mapping[str, int], more: Mapping[str, int]) -> dict[str, int]:
    return {name: max(own.get(name, 0), more.get(name, 0)) for name in (*own, *more)}


def _with_closed(problem: Problem, fact: Closed) -> Problem:
    for pair in fact.pairs:
        if not all(0 <= end < len(problem.locations) for end in pair):
            raise ValueError(f"pairs: {list(pair)} are not all locations")
    roads = [Closure(pair=pair) for pair in fact.pairs]
    return replace(problem, travel=with_closures(problem.travel, problem.locations, roads))


def _with_hand(problem: Problem, fact: ByHand) -> Problem:
    if not problem.knows_visit(fact.visit):
        raise ValueError(f"visit: {fact.visit} is no visit")
    if any(work.visit == fact.visit for work in problem.committed):
        raise ValueError(f"visit: {fact.visit} is committed")
    marker = f"hand-{fact.visit}"
    pinned = _with_skills(problem, {fact.person: {marker: 1}})
    ends_s = max(t.shift_s[1] for t in problem.technicians)
    visits = tuple(
        replace(visit, skills={marker: 1}, windows_s=_hand_windows(visit, fact, ends_s=ends_s))
        if visit.id == fact.visit
        else visit
        for visit in pinned.visits
    )
    return replace(pinned, visits=visits)


def _hand_windows(visit: Visit, fact: ByHand, *, ends_s: int) -> tuple[tuple[int, int], ...]:
    if fact.start_s is not None:
        return ((fact.start_s, fact.start_s + SHIFT_S),)
    # Late rather than never: its last window stays open to the end of the last shift.
    opens, closes = visit.windows_s[-1]
    return (*visit.windows_s[:-1], (opens, max(closes, ends_s)))
