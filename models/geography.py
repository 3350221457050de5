"""Where things are: the communes, closed roads, and the boats to the island."""

from datetime import datetime
from enum import StrEnum

from sqlmodel import Field, SQLModel

from models.types import choice


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
    """No journey begins between the two communes, either way, while the closure lasts."""

    __tablename__ = "road_closure"

    id: int | None = Field(default=None, primary_key=True)
    from_code: str = Field(foreign_key="commune.code")
    to_code: str = Field(foreign_key="commune.code")
    from_at: datetime
    until_at: datetime | None = None
    note: str = Field(default="", max_length=200)


class FerrySailing(SQLModel, table=True):
    """A daily boat; ``sails_minute`` counts from midnight, local time."""

    __tablename__ = "ferry_sailing"

    id: int | None = Field(default=None, primary_key=True)
    to_island: bool
    sails_minute: int
    crossing_min: int
    before_min: int
