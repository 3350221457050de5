"""Where things are and when they can be reached: communes, closed roads, boats, their hours."""

from datetime import date, datetime
from enum import StrEnum

from sqlmodel import Field, SQLModel

from models.types import JSON_TYPE, choice


class Terrain(StrEnum):
    """What the road is like; the travel estimate has a factor and a speed for each."""

    PLAIN = "plain"
    MOUNTAIN = "mountain"
    ISLAND = "island"


class CommuneKind(StrEnum):
    """Xã, phường or đặc khu."""

    COMMUNE = "xa"
    WARD = "phuong"
    ZONE = "dac-khu"


class PauseReason(StrEnum):
    """Why no boat sails."""

    STORM = "storm"
    REPAIR = "repair"
    OTHER = "other"


class Commune(SQLModel, table=True):
    """One of the 96 commune-level units; ``code`` is the official five-digit code."""

    code: str = Field(primary_key=True, max_length=5)
    name: str = Field(max_length=60)
    kind: CommuneKind = Field(sa_type=choice(CommuneKind))
    folded: str = Field(max_length=60)
    former_province: str = Field(max_length=40)
    former_district: str = Field(default="", max_length=120)
    predecessors: str = Field(default="", max_length=400)
    seat: str = Field(default="", max_length=200)
    terrain: Terrain = Field(sa_type=choice(Terrain))
    lat: float
    lon: float
    area_km2: float
    population: int

    @property
    def full_name(self) -> str:
        """Name with its kind, ``Xã Trà Bồng``."""
        return f"{KIND_NAMES[self.kind]} {self.name}"


KIND_NAMES = {
    CommuneKind.COMMUNE: "Xã",
    CommuneKind.WARD: "Phường",
    CommuneKind.ZONE: "Đặc khu",
}


class RoadClosure(SQLModel, table=True):
    """A road that is closed for a while: the way between two communes, or all ways over an area.

    Either ``from_code`` and ``to_code`` are set (both directions), or ``area``: the corners
    ``[[lat, lon], …]`` of a polygon, first and last joined. No ``until_at``: until it is lifted.
    ``key`` is the sender's. ``planned_at``: when the planner was last asked because it began,
    ended or was lifted; the moment counts in the tickets' time.
    """

    __tablename__ = "road_closure"

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(max_length=64, unique=True)
    from_code: str | None = Field(default=None, foreign_key="commune.code")
    to_code: str | None = Field(default=None, foreign_key="commune.code")
    area: list[list[float]] | None = Field(default=None, sa_type=JSON_TYPE)
    from_at: datetime
    until_at: datetime | None = None
    note: str = Field(default="", max_length=200)
    filed_by_id: int = Field(foreign_key="user.id")
    filed_at: datetime
    lifted_by_id: int | None = Field(default=None, foreign_key="user.id")
    lifted_at: datetime | None = None
    planned_at: datetime


class FerrySailing(SQLModel, table=True):
    """A daily boat; ``sails_minute`` counts from midnight, local time."""

    __tablename__ = "ferry_sailing"

    id: int | None = Field(default=None, primary_key=True)
    to_island: bool
    sails_minute: int
    crossing_min: int
    before_min: int


class FerryPause(SQLModel, table=True):
    """Days, both included, without boats; ``resumed_at`` when they sail again after all."""

    __tablename__ = "ferry_pause"

    id: int | None = Field(default=None, primary_key=True)
    from_on: date
    until_on: date
    reason: PauseReason = Field(sa_type=choice(PauseReason))
    filed_by_id: int = Field(foreign_key="user.id")
    filed_at: datetime
    resumed_by_id: int | None = Field(default=None, foreign_key="user.id")
    resumed_at: datetime | None = None


class CommuneWindow(SQLModel, table=True):
    """When a visit to a commune may begin on certain days; None and None: not at all.

    ``weekdays`` has bit 0 set for Monday … bit 6 for Sunday. Of the days that it names, those from
    ``from_on`` to ``until_on`` count (both included, None: no end). Minutes count from midnight.
    Several rows of one day add up; rows with dates replace those without.
    """

    __tablename__ = "commune_window"

    id: int | None = Field(default=None, primary_key=True)
    commune_code: str = Field(foreign_key="commune.code", index=True)
    weekdays: int
    from_on: date | None = None
    until_on: date | None = None
    opens_minute: int | None = None
    closes_minute: int | None = None
    note: str = Field(default="", max_length=200)
