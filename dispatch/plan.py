"""What comes out: a plan is everyone's routes, with the reasons beside them; and what changed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

SHIFT_S = 1_800  # a start that moves by no more than this counts as unchanged


@dataclass(frozen=True, slots=True)
class Stop:
    """A visit's place in a route: it begins at ``start_s``."""

    visit: int
    start_s: int


@dataclass(frozen=True, slots=True)
class Route:
    """The stops of one technician, in order; two or more technicians are a crew in one car.

    ``lunch_s`` is when lunch begins; None where none is owed or it is had already.
    """

    technicians: tuple[int, ...]
    stops: tuple[Stop, ...]
    lunch_s: int | None = None


class Code(StrEnum):
    """Why a technician was or was not chosen for a visit."""

    CHOSEN = "CHOSEN"
    FARTHER = "FARTHER"
    SKILL = "SKILL"
    SKILL_LEVEL = "SKILL_LEVEL"
    CANNOT_REACH_BEFORE_DEADLINE = "CANNOT_REACH_BEFORE_DEADLINE"
    SHIFT_END = "SHIFT_END"
    LUNCH = "LUNCH"
    COMMITTED = "COMMITTED"
    WOULD_DISPLACE = "WOULD_DISPLACE"
    ROUTE_FULL = "ROUTE_FULL"
    ABSENT = "ABSENT"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why this technician was chosen, came second, or cannot go.

    ``by_s`` and ``by_m``: added travel beyond the chosen one's; the travel itself for CHOSEN.
    ``later_s`` and ``busier_s``: begins that much later, has that much more work that day than the
    chosen one (may be negative); they stay in the program and are not written to files.
    ``visit``: the visit that would have to go (WOULD_DISPLACE). Of those who could go also
    ``arrives_s``, the earliest arrival, ``level``, the lowest of their levels in the skills that
    are asked for, and ``busy_s``, the work and travel of their day without this visit.
    """

    technician: int
    code: Code
    by_s: int | None = None
    by_m: int | None = None
    visit: int | None = None
    later_s: int | None = None
    busier_s: int | None = None
    arrives_s: int | None = None
    level: int | None = None
    busy_s: int | None = None


@dataclass(frozen=True, slots=True)
class Swap:
    """Take visit ``out`` from this technician and the unassigned visit fits."""

    out: int
    technician: int


@dataclass(frozen=True, slots=True)
class Assigned:
    """The decision about a visit that has a technician: the chosen one and the next two."""

    visit: int
    reasons: tuple[Reason, ...]


class Verdict(StrEnum):
    """Why a visit has no technician.

    UNREACHABLE is a proof: nobody could begin it in a window with every hard rule kept, even with
    only the committed work. CROWDED_OUT: somebody could, but only by displacing other visits.
    """

    UNREACHABLE = "unreachable"
    CROWDED_OUT = "crowded_out"


@dataclass(frozen=True, slots=True)
class Unassigned:
    """The decision about a visit that nobody has: a reason for every technician."""

    visit: int
    verdict: Verdict
    reasons: tuple[Reason, ...]
    swap: Swap | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """Everyone's routes; ``assigned`` and ``unassigned`` explain them."""

    routes: tuple[Route, ...] = ()
    assigned: tuple[Assigned, ...] = ()
    unassigned: tuple[Unassigned, ...] = ()

    def placed(self) -> dict[int, tuple[Route, Stop]]:
        """Every planned visit's route and stop, by visit id."""
        return {stop.visit: (route, stop) for route in self.routes for stop in route.stops}


class ChangeKind(StrEnum):
    """What happened to a visit between two plans."""

    ADDED = "added"
    DROPPED = "dropped"
    REASSIGNED = "reassigned"
    SHIFTED = "shifted"


@dataclass(frozen=True, slots=True)
class Change:
    """One visit that is not as it was; ``old``/``new`` are its routes, None where it has none."""

    visit: int
    kind: ChangeKind
    old: Route | None
    new: Route | None
    old_start_s: int | None
    new_start_s: int | None


def diff(old: Plan, new: Plan, *, shift_s: int = SHIFT_S) -> tuple[Change, ...]:
    """List every visit that was added, dropped, reassigned or moved by more than ``shift_s``.

    Ordered by visit id. Other people is REASSIGNED, whatever its start; the same people in another
    order of mention are the same people.
    """
    before, after = old.placed(), new.placed()
    changes = []
    for visit in sorted(before.keys() | after.keys()):
        was, now = before.get(visit), after.get(visit)
        kind = _kind(was, now, shift_s=shift_s)
        if kind is not None:
            changes.append(
                Change(
                    visit=visit,
                    kind=kind,
                    old=was[0] if was else None,
                    new=now[0] if now else None,
                    old_start_s=was[1].start_s if was else None,
                    new_start_s=now[1].start_s if now else None,
                )
            )
    return tuple(changes)


def _kind(
    was: tuple[Route, Stop] | None, now: tuple[Route, Stop] | None, *, shift_s: int
) -> ChangeKind | None:
    if was is None:
        return ChangeKind.ADDED
    if now is None:
        return ChangeKind.DROPPED
    if set(was[0].technicians) != set(now[0].technicians):
        return ChangeKind.REASSIGNED
    if abs(was[1].start_s - now[1].start_s) > shift_s:
        return ChangeKind.SHIFTED
    return None
