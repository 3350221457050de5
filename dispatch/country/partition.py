"""A country in regions: each team with the tickets near it, as a Problem of its own.

A region is one team, or several that something ties together: committed work in one car, a trainee
with a mentor elsewhere, a published crew. A ticket belongs where its work is committed or was
promised, else to the nearest base of a region in which somebody has the skills.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from dispatch.country.estimates import IntArray, travel_block_s
from dispatch.plan import Plan, Route
from dispatch.problem import Problem, Technician, Visit

FAR_S = 10**8  # further than any place: nobody there has the skills


@dataclass(frozen=True, slots=True)
class Region:
    """Who works together, where they start, and what nobody in them could ever do is not theirs."""

    number: int
    technicians: frozenset[int]
    bases: tuple[int, ...]
    skills: Mapping[str, int]


class Partition:
    """The regions of a problem, and how far every visit is from each."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.regions = _regions(problem)
        self.region_of = {i: r.number for r in self.regions for i in r.technicians}
        self.distances_s = self._distances()
        self.row_of = {visit.id: row for row, visit in enumerate(problem.visits)}
        self.home_of = self._homes()

    def _distances(self) -> IntArray:
        """Seconds from the nearest base of each region (columns) to each visit (rows)."""
        visits = self.problem.visits
        found = np.full((len(visits), len(self.regions)), FAR_S, dtype=np.int64)
        placed = [row for row, visit in enumerate(visits) if visit.location is not None]
        ends = np.array([visits[row].location for row in placed], dtype=np.int64)
        for region in self.regions:
            legs = travel_block_s(self.problem, np.array(region.bases), ends)
            found[placed, region.number] = legs.min(axis=0) if placed else 0
            calls = [row for row, visit in enumerate(visits) if visit.location is None]
            found[calls, region.number] = 0
            unable = [row for row, visit in enumerate(visits) if not _has(region.skills, visit)]
            found[unable, region.number] = FAR_S
        return found

    def _homes(self) -> dict[int, int]:
        """The region of each visit before anything is planned."""
        nearest = self.distances_s.argmin(axis=1).tolist()
        homes = {visit.id: nearest[row] for row, visit in enumerate(self.problem.visits)}
        told = self.problem.published or Plan()
        for route in told.routes:
            known = [i for i in route.technicians if i in self.region_of]
            for stop in route.stops if known else ():
                if stop.visit in homes:
                    homes[stop.visit] = self.region_of[known[0]]
        for work in self.problem.committed:
            homes[work.visit] = self.region_of[work.technicians[0]]
        return homes

    def near(self, visit_id: int, *, most: int) -> list[int]:
        """The regions that could go there, the nearest first, no more than ``most``."""
        row = self.distances_s[self.row_of[visit_id]]
        order = np.argsort(row, kind="stable")[:most].tolist()
        return [number for number in order if row[number] < FAR_S]

    def split(self, plan: Plan) -> dict[int, list[int]]:
        """The visits of each region: those in its routes, and those near it that nobody has."""
        where = dict(self.home_of)
        for route in plan.routes:
            for stop in route.stops:
                where[stop.visit] = self.region_of[route.technicians[0]]
        found: dict[int, list[int]] = {region.number: [] for region in self.regions}
        for visit in self.problem.visits:
            found[where[visit.id]].append(visit.id)
        return found


def _has(skills: Mapping[str, int], visit: Visit) -> bool:
    return all(skills.get(name, 0) >= level for name, level in visit.skills.items())


def _regions(problem: Problem) -> list[Region]:
    by_team: dict[int, list[Technician]] = {}
    leader = {person.team: person.team for person in problem.technicians}

    def find(team: int) -> int:
        while leader[team] != team:
            team = leader[team]
        return team

    for people in _tied(problem):
        teams = [problem.technician(i).team for i in people if problem.knows_technician(i)]
        for team in teams[1:]:
            leader[find(team)] = find(teams[0])
    for person in problem.technicians:
        by_team.setdefault(find(person.team), []).append(person)
    return [_region(number, members) for number, members in enumerate(by_team.values())]


def _tied(problem: Problem) -> Iterable[Sequence[int]]:
    """Everybody who must be planned together."""
    yield from (work.technicians for work in problem.committed)
    yield from ((t.id, t.mentor) for t in problem.technicians if t.mentor is not None)
    yield from ((t.id, t.person) for t in problem.technicians if t.person is not None)
    yield from (route.technicians for route in (problem.published or Plan()).routes)


def _region(number: int, members: list[Technician]) -> Region:
    homes = Counter((person.team, person.home) for person in members)
    bases: dict[int, int] = {}
    for (team, home), _ in homes.most_common():
        bases.setdefault(team, home)
    skills: dict[str, int] = {}
    for person in members:
        for name, level in person.skills.items():
            skills[name] = max(level, skills.get(name, 0))
    people = frozenset(person.id for person in members)
    return Region(number, people, tuple(bases.values()), skills)


def part(problem: Problem, technicians: frozenset[int], visits: Iterable[int]) -> Problem:
    """The problem of these technicians and visits alone, over the places that they need."""
    people = tuple(t for t in problem.technicians if t.id in technicians)
    asked = tuple(map(problem.visit, visits))
    places: dict[int, int] = {}

    def place(location: int) -> int:
        return places.setdefault(location, len(places))

    moved = tuple(
        replace(t, home=place(t.home), at=None if t.at is None else place(t.at)) for t in people
    )
    held = tuple(
        visit if visit.location is None else replace(visit, location=place(visit.location))
        for visit in asked
    )
    ferries = tuple(
        replace(
            ferry, from_location=place(ferry.from_location), to_location=place(ferry.to_location)
        )
        for ferry in problem.ferries
    )
    ids = {visit.id for visit in asked}
    return Problem(
        problem.now_s,
        tuple(problem.locations[i] for i in places),
        moved,
        held,
        problem.travel.among(list(places)),
        name=problem.name,
        ferries=ferries,
        crews=problem.crews,
        committed=tuple(work for work in problem.committed if work.visit in ids),
        published=_routes_of(problem.published, technicians, ids),
        absences=tuple(
            replace(a, technicians=tuple(i for i in a.technicians if i in technicians))
            for a in problem.absences
            if technicians & set(a.technicians)
        ),
    )


def _routes_of(plan: Plan | None, technicians: frozenset[int], visits: set[int]) -> Plan | None:
    """What these people were told about these visits."""
    if plan is None:
        return None
    kept = []
    for route in plan.routes:
        if technicians.issuperset(route.technicians):
            stops = tuple(stop for stop in route.stops if stop.visit in visits)
            kept.append(Route(route.technicians, stops, route.lunch_s))
    return Plan(tuple(kept))


def routes_of(plan: Plan, technicians: frozenset[int]) -> Plan:
    """The routes of these people alone, without reasons."""
    return Plan(tuple(r for r in plan.routes if technicians.issuperset(r.technicians)))
