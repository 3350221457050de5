"""A whole day as a day file tells it: what is asked, when it arrives, and what goes wrong.

Nobody knows of an event before it happens: a ``Day`` holds the problem of the morning with all its
roads open and everybody there, and beside it the absences, closures and longer visits in order.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dispatch.files.fields import Field, Json
from dispatch.files.formats import EventKind, problem_from_json
from dispatch.problem import Absence, Problem


@dataclass(frozen=True, slots=True)
class Closure:
    """No journey begins between these pairs of locations, either way, within [at_s, until_s)."""

    pairs: tuple[tuple[int, int], ...]
    at_s: int
    until_s: int

    def __post_init__(self) -> None:
        if self.until_s < self.at_s:
            raise ValueError(f"until_s: {self.until_s} is before at_s {self.at_s}")


@dataclass(frozen=True, slots=True)
class Longer:
    """At ``at_s`` it becomes known that a visit takes ``duration_s`` in all."""

    visit: int
    at_s: int
    duration_s: int

    def __post_init__(self) -> None:
        if self.duration_s < 0:
            raise ValueError(f"duration_s: {self.duration_s} is negative")


@dataclass(frozen=True, slots=True)
class Day:
    """A day that can be played: see ``dispatch.simulate``.

    ``problem`` holds every visit of the day, those that arrive later with their ``arrives_s``, and
    no absence: those are events, too.
    """

    problem: Problem
    absences: tuple[Absence, ...] = ()
    closures: tuple[Closure, ...] = ()
    longer: tuple[Longer, ...] = ()

    def __post_init__(self) -> None:
        places = len(self.problem.locations)
        for absence in self.absences:
            if not all(map(self.problem.knows_technician, absence.technicians)):
                raise ValueError(f"technicians: {list(absence.technicians)} are not all known")
        for closure in self.closures:
            for pair in closure.pairs:
                if not all(0 <= end < places for end in pair):
                    raise ValueError(f"pairs: {list(pair)} are not all locations")
        for event in self.longer:
            if not self.problem.knows_visit(event.visit):
                raise ValueError(f"visit: {event.visit} is no visit")

    def moments_s(self) -> tuple[int, ...]:
        """When something arrives, happens or ends, in order, after the morning."""
        arrivals = {visit.arrives_s for visit in self.problem.visits if visit.arrives_s is not None}
        found = arrivals | self.events_s()
        return tuple(sorted(moment for moment in found if moment > self.problem.now_s))

    def events_s(self) -> frozenset[int]:
        """When something goes wrong, or right again."""
        spans = [(absence.at_s, absence.until_s) for absence in self.absences]
        spans += [(closure.at_s, closure.until_s) for closure in self.closures]
        alone = [event.at_s for event in self.longer]
        return frozenset([*alone, *(end for span in spans for end in span)])

    def closes_s(self) -> int:
        """When the last shift ends."""
        return max((t.shift_s[1] for t in self.problem.technicians), default=self.problem.now_s)


def day_from_json(data: Json) -> Day:
    """Build the day that a day file describes; an instance file is a day without events.

    Raises
    ------
    ValueError
        With the path of the first wrong field.
    """
    problem_from_json(data)  # complains about whatever is wrong, the events' names included
    quiet = {k: v for k, v in data.items() if k != "events"} if isinstance(data, Mapping) else data
    problem = problem_from_json(quiet)
    events = Field(data, "").optional("events")
    absences, closures, longer = [], [], []
    for event in events:
        kind = event.get("kind").choice(EventKind)
        at_s = event.get("at_s").whole()
        if kind is EventKind.ABSENT:
            absences.append(_absence(event, at_s))
        elif kind is EventKind.CLOSED:
            closures.append(_closure(event, at_s))
        else:
            longer.append(_longer(event, at_s))
    return Day(problem, tuple(absences), tuple(closures), tuple(longer))


def _absence(event: Field, at_s: int) -> Absence:
    people, until_s = event.get("technicians").ids(), event.get("until_s").whole()
    return event.build(lambda: Absence(people, at_s, until_s))


def _closure(event: Field, at_s: int) -> Closure:
    pairs = tuple(pair.pair() for pair in event.get("pairs").items())
    until_s = event.get("until_s").whole()
    return event.build(lambda: Closure(pairs, at_s, until_s))


def _longer(event: Field, at_s: int) -> Longer:
    visit, duration_s = event.get("visit").id(), event.get("duration_s").whole()
    return event.build(lambda: Longer(visit, at_s, duration_s))
