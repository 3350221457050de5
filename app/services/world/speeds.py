"""Speeds, detours and parking of each kind of road, as the administrator sets them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, select

from app.i18n import _
from app.services.planning.placement import request_replan
from app.services.world.log import WorldError, record, take_turn
from dispatch.travel import ROADS, Road
from models.account import Role, Viewer
from models.roads import RoadKind, RoadSpeed, WorldKind
from models.types import JsonDict

# What a road can be at all: a slip of the finger must not plan a day at 450 km/h.
DETOUR_PERCENT = (100, 400)
SPEED_KMH = (5, 100)
PARKING_S = (0, 3600)


@dataclass(frozen=True)
class Speed:
    """One kind of road in whole numbers: 120 is 1.2 times the air line."""

    detour_percent: int
    speed_kmh: int
    parking_s: int


def _default(road: Road) -> Speed:
    return Speed(round(road.detour * 100), round(road.speed_kmh), road.parking_s)


DEFAULTS: Mapping[RoadKind, Speed] = {
    RoadKind.PLAIN: _default(ROADS.plain),
    RoadKind.MOUNTAIN: _default(ROADS.mountain),
    RoadKind.ISLAND: _default(ROADS.island),
    RoadKind.PASS: _default(ROADS.over_pass),
}


def speeds(session: Session) -> dict[RoadKind, Speed]:
    """What is in use now, every kind."""
    rows = {row.kind: row for row in session.exec(select(RoadSpeed))}
    return {
        kind: Speed(rows[kind].detour_percent, rows[kind].speed_kmh, rows[kind].parking_s)
        if kind in rows
        else default
        for kind, default in DEFAULTS.items()
    }


def set_speeds(
    session: Session, wanted: Mapping[RoadKind, Speed], *, viewer: Viewer, now: datetime
) -> bool:
    """Use these; whether anything changed. What equals the default is kept as no row.

    Raises
    ------
    WorldError
        If a value lies outside what a road can be; fields are ``speed-plain`` and the like.
    """
    take_turn(session, viewer, Role.ADMIN)
    before = speeds(session)
    errors: dict[str, str] = {}
    for kind, speed in wanted.items():
        for name, value, (least, most), what in (
            ("detour", speed.detour_percent, DETOUR_PERCENT, _("Từ %(least)s đến %(most)s.")),
            ("speed", speed.speed_kmh, SPEED_KMH, _("Từ %(least)s đến %(most)s km/giờ.")),
            ("parking", speed.parking_s, PARKING_S, _("Từ %(least)s đến %(most)s phút.")),
        ):
            if not least <= value <= most:
                unit = {"detour": 100, "parking": 60}.get(name, 1)
                bounds = {"least": f"{least / unit:g}", "most": f"{most / unit:g}"}
                errors[f"{name}-{kind}"] = what % bounds
    if errors:
        raise WorldError(errors)
    after = {**before, **wanted}
    if after == before:
        return False
    for kind, speed in after.items():
        row = session.get(RoadSpeed, kind)
        if speed == DEFAULTS[kind]:
            if row is not None:
                session.delete(row)
        elif row is None:
            session.add(RoadSpeed(kind=kind, **vars(speed)))
        else:
            row.detour_percent, row.speed_kmh = speed.detour_percent, speed.speed_kmh
            row.parking_s = speed.parking_s
    session.flush()
    record(
        session,
        WorldKind.SPEEDS,
        now=now,
        by=viewer,
        before=_as_json(before),
        after=_as_json(after),
    )
    request_replan(session, cause="speeds", now=now, viewer=viewer)
    return True


def _as_json(values: Mapping[RoadKind, Speed]) -> JsonDict:
    return {kind.value: vars(speed) for kind, speed in values.items()}
