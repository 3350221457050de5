"""Who could begin a visit with nothing but committed work: the proof behind *unreachable*.

Every lunch (none, before the visit, behind it), boat and absence is tried; as earlier is never
worse on any leg, the earliest start of each decides, so the answer is exact. Where crews may be
formed, two to four people with one home and place who fit one member's seats count as well: a crew
is never faster than its members, so those who are late alone are left out, and a crew grows only by
somebody it needs (a skill, a trainee's mentor, a car with more seats).
"""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import dataclass, replace

from dispatch.crews.party import CREW, Party, may_share
from dispatch.legs import Legs
from dispatch.model import Model
from dispatch.plan import Code
from dispatch.timing import earliest, first_start
from dispatch.travel import NEVER_S
from dispatch.units import Spec


def begins_s(legs: Legs, party: Party, spec: Spec) -> int:
    """When the party could begin the visit, with lunch and the way home kept; NEVER_S if never."""
    there = spec.place if spec.place >= 0 else party.place
    leaves = max(party.free_s, spec.known_s)
    leg_s = legs.leg(party.place, there, leaves_s=leaves)[0]
    arrives, length = leaves + leg_s, party.lunch_length_s
    if arrives >= NEVER_S:
        return NEVER_S

    def start(ready_s: int, spent_s: int) -> int:
        spent = (spent_s,)
        return first_start(spec.windows, ready_s, away=party.away, leaves_s=leaves, spent=spent)

    fasting = start(arrives, leg_s)
    home_by = party.closes_s if party.had_lunch else min(party.closes_s, party.lunch_closes_s)
    found = fasting if _home_s(legs, party, spec, start_s=fasting) <= home_by else NEVER_S
    if party.had_lunch:
        return found
    later = start(arrives, leg_s + length)
    if later < found and _home_after_lunch_s(legs, party, spec, start_s=later) <= party.closes_s:
        found = later
    ready, _ = legs.earliest_lunch(
        party.place,
        there,
        free_s=party.free_s,
        leaves_s=leaves,
        opens_s=party.lunch_opens_s,
        closes_s=party.lunch_closes_s,
        length_s=length,
    )
    fed = start(ready, leg_s + length)
    if fed < found and _home_s(legs, party, spec, start_s=fed) <= party.closes_s:
        found = fed
    return found


def _home_s(legs: Legs, party: Party, spec: Spec, *, start_s: int) -> int:
    """When they are home who begin then and have lunch no more."""
    if start_s >= NEVER_S:
        return NEVER_S
    place, ends = spec.place if spec.place >= 0 else party.place, start_s + spec.duration_s
    return ends + legs.leg(place, party.home, leaves_s=ends)[0]


def _home_after_lunch_s(legs: Legs, party: Party, spec: Spec, *, start_s: int) -> int:
    """When they are home who begin then and take lunch behind the visit."""
    if start_s >= NEVER_S:
        return NEVER_S
    place, ends = spec.place if spec.place >= 0 else party.place, start_s + spec.duration_s
    return legs.earliest_lunch(
        place,
        party.home,
        free_s=ends,
        leaves_s=ends,
        opens_s=party.lunch_opens_s,
        closes_s=party.lunch_closes_s,
        length_s=party.lunch_length_s,
    )[0]


@dataclass(frozen=True, slots=True)
class Car:
    """Who drives together as things are, from where and when, and their joint skills as bits."""

    technicians: tuple[int, ...]
    party: Party
    skills: int


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who may join a crew: as early as possible (``soon``), or fed (``fed``)."""

    id: int
    skills: int
    seats: int
    mentor: int | None
    soon: Party
    fed: Party | None


class Reach:
    """The questions "could they?" about one problem, whatever is planned."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.legs = model.legs
        self.commitments = model.commitments
        self._cars: dict[int, tuple[Car, ...]] = {}
        self._groups: list[list[Member]] | None = None
        self._times: dict[tuple[int, Party], int] = {}

    def in_time(self, spec: Spec, party: Party) -> bool:
        """Whether the party could begin this visit (its own windows, told or not)."""
        key = (spec.id, party)
        found = self._times.get(key)
        if found is None:
            found = self._times[key] = begins_s(self.legs, party, spec)
        return found < NEVER_S

    def cars(self, technician_id: int) -> tuple[Car, ...]:
        """The cars that somebody could drive in as things are.

        Alone, with those whom committed work or the formation puts into the same car.
        """
        found = self._cars.get(technician_id)
        if found is None:
            found = self._cars[technician_id] = tuple(self._cars_of(technician_id))
        return found

    def _cars_of(self, technician_id: int) -> Iterable[Car]:
        problem, model, alone = self.model.problem, self.model, (technician_id,)
        last = self.commitments.last_of(technician_id)
        if problem.technician(technician_id).mentor is None:
            skills = model.skills_of(alone)
            if last is not None and last.technicians == alone:
                yield Car(alone, last.ends, skills)
            else:
                for stand in self.commitments.stands(technician_id):
                    yield Car(alone, Party.of(problem, alone, (stand,)), skills)
        shared = last is not None and len(last.technicians) > 1 and self.commitments.goes_on(last)
        if last is not None and shared and may_share(problem, last.technicians):
            yield Car(last.technicians, last.ends, model.skills_of(last.technicians))
        for unit in model.units_of(technician_id):
            if len(unit.technicians) > 1 and not unit.fixed:
                stands = [self.commitments.stands(i)[0] for i in unit.technicians]
                if len({stand.place for stand in stands}) == 1:
                    party = Party.of(problem, unit.technicians, stands)
                    yield Car(unit.technicians, party, unit.skills)

    def hindrance(self, spec: Spec, technician_id: int) -> Code | None:
        """The rule that keeps somebody from a visit, whatever else is planned; None: nothing does.

        For skills it is the car with the most of them that counts.
        """
        with_them = self._with(technician_id)
        if spec.needs & ~self.model.skills_of(with_them):
            return self._lacking(spec, with_them)
        cars = self.cars(technician_id)
        skilled = [car for car in cars if not spec.needs & ~car.skills]
        if not skilled:
            widest = max((car.technicians for car in cars), key=len, default=(technician_id,))
            return self._lacking(spec, widest)
        if any(self.in_time(spec, car.party) for car in skilled):
            return None
        return self._too_late(spec, skilled[0])

    def _with(self, technician_id: int) -> tuple[int, ...]:
        """Everybody with whom somebody drives at some time, themselves included."""
        last = self.commitments.last_of(technician_id)
        units = self.model.units_of(technician_id)
        if last is None and len(units) == 1:
            return units[0].technicians
        people = {technician_id, *(last.technicians if last is not None else ())}
        return tuple(sorted(people.union(*(unit.technicians for unit in units))))

    def _lacking(self, spec: Spec, technicians: tuple[int, ...]) -> Code:
        """SKILL where a skill is missing altogether, SKILL_LEVEL where its level is too low."""
        people = [self.model.problem.technician(i) for i in technicians]
        if all(person.mentor is not None for person in people):
            return Code.SKILL  # a trainee goes nowhere alone
        for name in self.model.problem.visit(spec.id).skills:
            if all(name not in person.skills for person in people):
                return Code.SKILL
        return Code.SKILL_LEVEL

    def _too_late(self, spec: Spec, car: Car) -> Code:
        party, problem = car.party, self.model.problem
        if party.away and self.in_time(spec, replace(party, away=())):
            return Code.ABSENT
        begin = Party.starting(problem, car.technicians)
        if begin != party and self.in_time(spec, begin):
            return Code.COMMITTED
        there = spec.place if spec.place >= 0 else party.place
        leaves = max(party.free_s, spec.known_s)
        arrives = leaves + self.legs.leg(party.place, there, leaves_s=leaves)[0]
        if earliest(spec.windows, arrives) >= NEVER_S:
            return Code.CANNOT_REACH_BEFORE_DEADLINE
        if self.in_time(spec, replace(party, had_lunch=True)):
            return Code.LUNCH
        return Code.SHIFT_END

    def crew(self, spec: Spec, *, among: Container[int] | None = None) -> tuple[int, ...]:
        """Some crew that could begin the visit; empty where crews may not be formed or none can.

        ``among``: the people who are asked; everybody unless given.
        """
        if not self.model.problem.crews:
            return ()
        for group in self._crews_of():
            asked = [m for m in group if among is None or m.id in among]
            able = [m for m in asked if self._together(spec, (m,))]
            joint = 0
            for member in able:
                joint |= member.skills
            found = () if spec.needs & ~joint else self._extended(spec, able, chosen=())
            if found:
                return tuple(member.id for member in found)
        return ()

    def _crews_of(self) -> list[list[Member]]:
        """Who may share a car at all: people with one home who stand at one place."""
        if self._groups is None:
            groups: dict[tuple[int, int], list[Member]] = {}
            for technician in self.model.problem.technicians:
                parties = [
                    Party.of(self.model.problem, (technician.id,), (stand,))
                    for stand in self.commitments.stands(technician.id)
                ]
                member = Member(
                    technician.id,
                    self.model.skills_of((technician.id,)),
                    technician.seats,
                    technician.mentor,
                    parties[0],
                    parties[-1] if parties[-1].had_lunch else None,
                )
                groups.setdefault((technician.home, parties[0].place), []).append(member)
            self._groups = list(groups.values())
        return self._groups

    def _extended(
        self, spec: Spec, able: list[Member], *, chosen: tuple[Member, ...]
    ) -> tuple[Member, ...]:
        """The chosen and whom they still need; empty if there are no such people.

        Any crew that could go holds, at each step, somebody who brings what is missing.
        """
        if chosen and not self._together(spec, chosen):
            return ()
        nexts = self._needed(spec, able, chosen)
        if nexts is None:
            return chosen
        if len(chosen) >= min(CREW, max((member.seats for member in able), default=0)):
            return ()
        for member in nexts:
            if member not in chosen:
                found = self._extended(spec, able, chosen=(*chosen, member))
                if found:
                    return found
        return ()

    def _needed(
        self, spec: Spec, able: list[Member], chosen: tuple[Member, ...]
    ) -> list[Member] | None:
        """Those who bring what the chosen lack; None if they lack nothing."""
        ids, skills = {member.id for member in chosen}, 0
        for member in chosen:
            skills |= member.skills
            if member.mentor is not None and member.mentor not in ids:
                return [other for other in able if other.id == member.mentor]
        missing = spec.needs & ~skills
        if missing or not chosen:
            bit = missing & -missing
            return [member for member in able if not missing or member.skills & bit]
        if len(chosen) > max(member.seats for member in chosen):
            return [member for member in able if member.seats > len(chosen)]
        return None

    def _together(self, spec: Spec, members: tuple[Member, ...]) -> bool:
        soon, fed = members[0].soon, members[0].fed
        for member in members[1:]:
            soon = soon.with_also(member.soon)
            fed = fed.with_also(member.fed) if fed is not None and member.fed is not None else None
        return self.in_time(spec, soon) or (
            fed is not None and fed != soon and self.in_time(spec, fed)
        )
