"""What is given: places, technicians, visits, and what is already fixed. Checked when built.

One Problem is one working day. A caller that plans several days builds a Problem for each and asks
day by day; a visit whose response target has passed is given windows that are open to the end.

It is cheap on purpose, because a web request builds one for every filed ticket: 40 technicians,
300 visits and a shared ``TravelMatrix`` take less than 3 ms. Everything is immutable, so values may
be kept and shared between Problems. A mistake raises ValueError with the path of the wrong field,
``visits[3].duration_s: …``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from dispatch.places import Ferry, Location, Terrain
from dispatch.plan import Plan
from dispatch.travel import TravelMatrix

__all__ = [
    "Absence",
    "Carried",
    "Committed",
    "Ferry",
    "Location",
    "Lunch",
    "Problem",
    "Technician",
    "Terrain",
    "Visit",
]

LEVELS = 3  # skill levels run from 1 to this
PRIORITIES = 4


def _checked_skills(skills: Mapping[str, int]) -> Mapping[str, int]:
    for name, level in skills.items():
        if not 1 <= level <= LEVELS:
            raise ValueError(f"skills.{name}: level {level} lies outside 1-{LEVELS}")
    return skills if type(skills) is MappingProxyType else MappingProxyType(dict(skills))


@dataclass(frozen=True, slots=True)
class Lunch:
    """Lunch begins between ``earliest_s`` and ``latest_s``; a drive may be broken for it."""

    earliest_s: int
    latest_s: int
    duration_s: int

    def __post_init__(self) -> None:
        if self.latest_s < self.earliest_s:
            raise ValueError(f"latest_s: {self.latest_s} is before earliest_s {self.earliest_s}")
        if self.duration_s < 0:
            raise ValueError(f"duration_s: {self.duration_s} is negative")


@dataclass(frozen=True, slots=True)
class Carried:
    """What somebody did lately beyond the least loaded person of equal skill.

    ``busy_s``: seconds of work and travel, as the caller wants them to weigh on this day;
    ``highland`` and ``island``: trips there.
    """

    busy_s: int = 0
    highland: int = 0
    island: int = 0

    def __post_init__(self) -> None:
        for name in ("busy_s", "highland", "island"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name}: {getattr(self, name)} is negative")


NOTHING_CARRIED = Carried()


@dataclass(frozen=True, slots=True)
class Technician:
    """Somebody who goes; ``home`` and ``at`` are indices of locations.

    Free from ``free_s`` at ``at`` (home unless given) when nothing is committed. ``seats``: people
    that the car holds, driver included. ``mentor``: a trainee travels only with that technician.
    ``person``: a further day of the same person is a further entry with the first one's id here.
    ``carried``: hours and trips of the last weeks, so that they stay even.
    """

    id: int
    team: int
    home: int
    skills: Mapping[str, int]
    shift_s: tuple[int, int]
    lunch: Lunch
    seats: int = 2
    at: int | None = None
    free_s: int = 0
    had_lunch: bool = False
    person: int | None = None
    mentor: int | None = None
    carried: Carried = NOTHING_CARRIED

    def __post_init__(self) -> None:
        object.__setattr__(self, "skills", _checked_skills(self.skills))
        if self.shift_s[1] < self.shift_s[0]:
            raise ValueError(f"shift_s: ends at {self.shift_s[1]}, before it begins")
        if self.seats < 1:
            raise ValueError(f"seats: {self.seats} is less than 1")


@dataclass(frozen=True, slots=True)
class Visit:
    """A ticket as the optimiser sees it; it may begin within any of ``windows_s``.

    ``location`` None: a call, held where the technician then is. ``arrives_s``: when the ticket
    becomes known; nobody sets off for it before.
    """

    id: int
    location: int | None
    skills: Mapping[str, int]
    priority: int
    windows_s: tuple[tuple[int, int], ...]
    duration_s: int
    value: int
    arrives_s: int | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "skills", _checked_skills(self.skills))
        if not 1 <= self.priority <= PRIORITIES:
            raise ValueError(f"priority: {self.priority} lies outside 1-{PRIORITIES}")
        if self.duration_s < 0:
            raise ValueError(f"duration_s: {self.duration_s} is negative")
        if self.value < 0:
            raise ValueError(f"value: {self.value} is negative")
        if not self.windows_s:
            raise ValueError("start_s: at least one window is needed")
        previous = -1
        for opens, closes in self.windows_s:
            if closes < opens or opens <= previous:
                self._sort_windows()
                break
            previous = closes

    def _sort_windows(self) -> None:
        """Bring windows that came out of order, or touch, into the form that all code relies on."""
        merged: list[tuple[int, int]] = []
        for opens, closes in sorted(self.windows_s):
            if closes < opens:
                raise ValueError(f"start_s: the window [{opens}, {closes}] ends before it begins")
            if opens < 0:
                raise ValueError(f"start_s: {opens} is negative")
            if merged and opens <= merged[-1][1]:
                merged[-1] = (merged[-1][0], max(merged[-1][1], closes))
            else:
                merged.append((opens, closes))
        object.__setattr__(self, "windows_s", tuple(merged))


@dataclass(frozen=True, slots=True)
class Committed:
    """Work that is being driven to or done: it may not change."""

    technicians: tuple[int, ...]
    visit: int
    start_s: int


@dataclass(frozen=True, slots=True)
class Absence:
    """These technicians begin no journey within [at_s, until_s); one under way is finished."""

    technicians: tuple[int, ...]
    at_s: int
    until_s: int

    def __post_init__(self) -> None:
        if self.until_s < self.at_s:
            raise ValueError(f"until_s: {self.until_s} is before at_s {self.at_s}")


@dataclass(frozen=True, slots=True)
class Problem:
    """One day: who there is, what is asked, what is fixed and what people have been told.

    ``published`` is the plan that people have been told: each start as it was told, not merely the
    last plan that was computed. Every committed visit stands in ``visits`` too.
    """

    now_s: int
    locations: tuple[Location, ...]
    technicians: tuple[Technician, ...]
    visits: tuple[Visit, ...]
    travel: TravelMatrix
    name: str = field(default="", kw_only=True)
    ferries: tuple[Ferry, ...] = field(default=(), kw_only=True)
    crews: bool = field(default=False, kw_only=True)
    committed: tuple[Committed, ...] = field(default=(), kw_only=True)
    published: Plan | None = field(default=None, kw_only=True)
    absences: tuple[Absence, ...] = field(default=(), kw_only=True)
    _visits: dict[int, Visit] = field(init=False, repr=False, compare=False)
    _technicians: dict[int, Technician] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if len(self.travel) != len(self.locations):
            raise ValueError(f"travel_s: {len(self.travel)} rows, {len(self.locations)} locations")
        object.__setattr__(self, "_technicians", {t.id: t for t in self.technicians})
        object.__setattr__(self, "_visits", {v.id: v for v in self.visits})
        self._check_technicians()
        self._check_visits()
        self._check_ferries()
        self._check_fixed()

    def visit(self, visit_id: int) -> Visit:
        """The visit with this id; KeyError if there is none."""
        return self._visits[visit_id]

    def technician(self, technician_id: int) -> Technician:
        """The technician with this id; KeyError if there is none."""
        return self._technicians[technician_id]

    def people(self, technicians: Iterable[int]) -> frozenset[int]:
        """The persons behind these entries: one person has an entry for each day."""
        found = (self.technician(i) for i in technicians if i in self._technicians)
        return frozenset(t.id if t.person is None else t.person for t in found)

    def knows_visit(self, visit_id: int) -> bool:
        """Whether a visit with this id is asked for."""
        return visit_id in self._visits

    def knows_technician(self, technician_id: int) -> bool:
        """Whether there is a technician with this id."""
        return technician_id in self._technicians

    def _check_technicians(self) -> None:
        n, known = len(self.locations), self._technicians
        if len(known) != len(self.technicians):
            raise ValueError("technicians: an id stands there twice")
        for i, technician in enumerate(self.technicians):
            if not 0 <= technician.home < n:
                raise ValueError(f"technicians[{i}].home: {technician.home} is no location")
            if technician.at is not None and not 0 <= technician.at < n:
                raise ValueError(f"technicians[{i}].at: {technician.at} is no location")
            if technician.mentor is not None and technician.mentor not in known:
                raise ValueError(f"technicians[{i}].mentor: {technician.mentor} is no technician")

    def _check_visits(self) -> None:
        n = len(self.locations)
        if len(self._visits) != len(self.visits):
            raise ValueError("visits: an id stands there twice")
        for i, visit in enumerate(self.visits):
            if visit.location is not None and not 0 <= visit.location < n:
                raise ValueError(f"visits[{i}].location: {visit.location} is no location")

    def _check_ferries(self) -> None:
        n = len(self.locations)
        for i, ferry in enumerate(self.ferries):
            if not 0 <= ferry.from_location < n:
                raise ValueError(f"ferries[{i}].from: {ferry.from_location} is no location")
            if not 0 <= ferry.to_location < n:
                raise ValueError(f"ferries[{i}].to: {ferry.to_location} is no location")
            ends = (
                self.locations[ferry.from_location],
                self.locations[ferry.to_location],
            )
            if ends[0].is_island == ends[1].is_island:
                raise ValueError(f"ferries[{i}]: one port must be on an island, the other not")

    def _check_fixed(self) -> None:
        for i, work in enumerate(self.committed):
            path = f"state.committed[{i}]"
            if not work.technicians or not all(map(self.knows_technician, work.technicians)):
                raise ValueError(f"{path}.technicians: {work.technicians} are not all known")
            if not self.knows_visit(work.visit):
                raise ValueError(f"{path}.visit: {work.visit} is no visit")
        if len({work.visit for work in self.committed}) != len(self.committed):
            raise ValueError("state.committed: a visit stands there twice")
        for i, absence in enumerate(self.absences):
            if not all(map(self.knows_technician, absence.technicians)):
                raise ValueError(f"events[{i}].technicians: {absence.technicians} are unknown")
