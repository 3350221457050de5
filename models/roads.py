"""What travel and visit times are computed from, and the record of everything changed about it."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from models.types import JSON_TYPE, JsonDict, choice


class RoadKind(StrEnum):
    """A road with a speed of its own: one for each terrain, and the passes between regions."""

    PLAIN = "plain"
    MOUNTAIN = "mountain"
    ISLAND = "island"
    PASS = "pass"


class RoadSpeed(SQLModel, table=True):
    """How the estimate turns air distance into time; a kind without a row keeps its default."""

    __tablename__ = "road_speed"

    kind: RoadKind = Field(sa_type=choice(RoadKind), primary_key=True)
    detour_percent: int
    speed_kmh: int
    parking_s: int


class TravelTable(SQLModel, table=True):
    """The travel matrix that the provider of the settings gave; one row, id 1.

    ``digest`` names the places it is for, in their order. Rows from, columns to, whole seconds and
    metres; None where the provider knew no way. ``why`` is empty after a success, else a code and
    what was said; the table fetched before then stays. Both moments are machine time.
    """

    __tablename__ = "travel_table"

    id: int = Field(default=1, primary_key=True)
    source: str = Field(max_length=24)
    address: str = Field(default="", max_length=400)
    digest: str = Field(default="", max_length=64)
    tried_at: datetime
    fetched_at: datetime | None = None
    why: str = Field(default="", max_length=400)
    travel_s: list[list[int | None]] | None = Field(default=None, sa_type=JSON_TYPE)
    distance_m: list[list[int | None]] | None = Field(default=None, sa_type=JSON_TYPE)


class FactorKind(StrEnum):
    """What a learned factor corrects."""

    TRAVEL = "travel"
    VISIT = "visit"


class LearnedFactor(SQLModel, table=True):
    """A correction that an administrator applied: times are multiplied by ``permille`` / 1000.

    ``subject`` is a terrain (travel) or a category's code (visit). The newest that was not undone
    counts. ``observations`` and the quartiles are what it was based on.
    """

    __tablename__ = "learned_factor"
    __table_args__ = (Index("ix_learned_factor_subject", "kind", "subject"),)

    id: int | None = Field(default=None, primary_key=True)
    kind: FactorKind = Field(sa_type=choice(FactorKind))
    subject: str = Field(max_length=32)
    permille: int
    observations: int
    low_permille: int
    high_permille: int
    applied_at: datetime
    applied_by_id: int = Field(foreign_key="user.id")
    undone_at: datetime | None = None
    undone_by_id: int | None = Field(default=None, foreign_key="user.id")


class WorldKind(StrEnum):
    """What was changed about the world that plans stand on."""

    CLOSURE_FILED = "closure_filed"
    CLOSURE_BEGAN = "closure_began"
    CLOSURE_ENDED = "closure_ended"
    CLOSURE_LIFTED = "closure_lifted"
    BOATS_PAUSED = "boats_paused"
    BOATS_RESUMED = "boats_resumed"
    TIMETABLE = "timetable"
    WINDOW_ADDED = "window_added"
    WINDOW_REMOVED = "window_removed"
    SPEEDS = "speeds"
    BASE = "base"
    FACTOR_APPLIED = "factor_applied"
    FACTOR_UNDONE = "factor_undone"
    TRAVEL_TABLE = "travel_table"


class WorldEvent(SQLModel, table=True):
    """One change, append-only: who, when, what it was before and after.

    Its newest id is the stamp by which every process notices that what it keeps is out of date, and
    the place in the live stream.
    """

    __tablename__ = "world_event"

    id: int | None = Field(default=None, primary_key=True)
    at: datetime
    by_id: int | None = Field(default=None, foreign_key="user.id")
    kind: WorldKind = Field(sa_type=choice(WorldKind))
    subject: str = Field(default="", max_length=80)
    before: JsonDict = Field(default_factory=dict, sa_type=JSON_TYPE)
    after: JsonDict = Field(default_factory=dict, sa_type=JSON_TYPE)
