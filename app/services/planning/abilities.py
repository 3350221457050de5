"""What people can do and when they work: rows that rarely change, kept in memory."""

import time
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from weakref import WeakKeyDictionary

from sqlalchemy import Pool
from sqlmodel import Session, select

from models.workforce import Shift, Technician, TechnicianSkill

# An edit in another process is seen after that long; a new technician at once.
KEPT_S = 30.0
Minutes = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Ability:
    """Skills with their levels; ``shifts`` by weekday where they differ from the office's hours."""

    skills: Mapping[str, int]
    shifts: Mapping[int, Minutes]


_kept: WeakKeyDictionary[Pool, tuple[float, dict[int, Ability]]] = WeakKeyDictionary()


def abilities(session: Session, technician_ids: Iterable[int]) -> dict[int, Ability]:
    """What everybody can do, by technician; read at most twice a minute for each database.

    Read anew when somebody of ``technician_ids`` is not known yet.
    """
    pool = session.connection().engine.pool
    kept = _kept.get(pool)
    if (
        kept
        and time.monotonic() - kept[0] < KEPT_S
        and all(person in kept[1] for person in technician_ids)
    ):
        return kept[1]
    fresh = _read(session)
    _kept[pool] = (time.monotonic(), fresh)
    return fresh


def forget_abilities(session: Session) -> None:
    """Read them anew next time; whoever edits skills or shifts calls this."""
    _kept.pop(session.connection().engine.pool, None)


def _read(session: Session) -> dict[int, Ability]:
    skills: dict[int, dict[str, int]] = defaultdict(dict)
    levels = select(
        TechnicianSkill.technician_id, TechnicianSkill.skill_code, TechnicianSkill.level
    )
    for technician_id, code, level in session.exec(levels):
        skills[technician_id][code] = level
    shifts: dict[int, dict[int, Minutes]] = defaultdict(dict)
    hours = select(Shift.technician_id, Shift.weekday, Shift.starts_minute, Shift.ends_minute)
    for technician_id, weekday, starts, ends in session.exec(hours):
        shifts[technician_id][weekday] = (starts, ends)
    return {
        person: Ability(MappingProxyType(skills[person]), MappingProxyType(shifts[person]))
        for person in session.exec(select(Technician.id))
        if person is not None
    }
