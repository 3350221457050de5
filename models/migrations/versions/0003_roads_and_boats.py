"""Closed roads with an area and their filer, boats that do not sail, hours, speeds, factors."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
from sqlmodel.sql import sqltypes

revision = "0003"
down_revision = "0002"

JSON = sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql")
Column, Text, Moment = sa.Column, sqltypes.AutoString, sqltypes.UTCDateTime


def upgrade() -> None:
    """Make the new tables. The old one of closed roads was never written to."""
    op.drop_table("road_closure")
    _closures()
    _boats_and_hours()
    _times()
    op.create_table(
        "world_event",
        Column("id", sa.Integer(), nullable=False),
        Column("at", Moment(), nullable=False),
        Column("by_id", sa.Integer(), nullable=True),
        Column("kind", _choice(*WORLD_KINDS), nullable=False),
        Column("subject", Text(length=80), nullable=False),
        Column("before", JSON, nullable=False),
        Column("after", JSON, nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"]),
        sa.PrimaryKeyConstraint("id"),
    )


def _closures() -> None:
    op.create_table(
        "road_closure",
        Column("id", sa.Integer(), nullable=False),
        Column("key", Text(length=64), nullable=False),
        Column("from_code", Text(), nullable=True),
        Column("to_code", Text(), nullable=True),
        Column("area", JSON, nullable=True),
        Column("from_at", Moment(), nullable=False),
        Column("until_at", Moment(), nullable=True),
        Column("note", Text(length=200), nullable=False),
        Column("filed_by_id", sa.Integer(), nullable=False),
        Column("filed_at", Moment(), nullable=False),
        Column("lifted_by_id", sa.Integer(), nullable=True),
        Column("lifted_at", Moment(), nullable=True),
        Column("planned_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["from_code"], ["commune.code"]),
        sa.ForeignKeyConstraint(["to_code"], ["commune.code"]),
        sa.ForeignKeyConstraint(["filed_by_id"], ["user.id"]),
        sa.ForeignKeyConstraint(["lifted_by_id"], ["user.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
    )


def _boats_and_hours() -> None:
    op.create_table(
        "ferry_pause",
        Column("id", sa.Integer(), nullable=False),
        Column("from_on", sa.Date(), nullable=False),
        Column("until_on", sa.Date(), nullable=False),
        Column("reason", _choice("storm", "repair", "other"), nullable=False),
        Column("filed_by_id", sa.Integer(), nullable=False),
        Column("filed_at", Moment(), nullable=False),
        Column("resumed_by_id", sa.Integer(), nullable=True),
        Column("resumed_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["filed_by_id"], ["user.id"]),
        sa.ForeignKeyConstraint(["resumed_by_id"], ["user.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "commune_window",
        Column("id", sa.Integer(), nullable=False),
        Column("commune_code", Text(), nullable=False),
        Column("weekdays", sa.Integer(), nullable=False),
        Column("from_on", sa.Date(), nullable=True),
        Column("until_on", sa.Date(), nullable=True),
        Column("opens_minute", sa.Integer(), nullable=True),
        Column("closes_minute", sa.Integer(), nullable=True),
        Column("note", Text(length=200), nullable=False),
        sa.ForeignKeyConstraint(["commune_code"], ["commune.code"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_commune_window_commune_code", "commune_window", ["commune_code"])


def _times() -> None:
    op.create_table(
        "road_speed",
        Column("kind", _choice("plain", "mountain", "island", "pass"), nullable=False),
        Column("detour_percent", sa.Integer(), nullable=False),
        Column("speed_kmh", sa.Integer(), nullable=False),
        Column("parking_s", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("kind"),
    )
    op.create_table(
        "travel_table",
        Column("id", sa.Integer(), nullable=False),
        Column("source", Text(length=24), nullable=False),
        Column("address", Text(length=400), nullable=False),
        Column("digest", Text(length=64), nullable=False),
        Column("tried_at", Moment(), nullable=False),
        Column("fetched_at", Moment(), nullable=True),
        Column("why", Text(length=400), nullable=False),
        Column("travel_s", JSON, nullable=True),
        Column("distance_m", JSON, nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "learned_factor",
        Column("id", sa.Integer(), nullable=False),
        Column("kind", _choice("travel", "visit"), nullable=False),
        Column("subject", Text(length=32), nullable=False),
        Column("permille", sa.Integer(), nullable=False),
        Column("observations", sa.Integer(), nullable=False),
        Column("low_permille", sa.Integer(), nullable=False),
        Column("high_permille", sa.Integer(), nullable=False),
        Column("applied_at", Moment(), nullable=False),
        Column("applied_by_id", sa.Integer(), nullable=False),
        Column("undone_at", Moment(), nullable=True),
        Column("undone_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["applied_by_id"], ["user.id"]),
        sa.ForeignKeyConstraint(["undone_by_id"], ["user.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_learned_factor_subject", "learned_factor", ["kind", "subject"])


def _choice(*values: str) -> sa.Enum:
    return sa.Enum(*values, native_enum=False, create_constraint=False, length=24)


WORLD_KINDS = (
    "closure_filed",
    "closure_began",
    "closure_ended",
    "closure_lifted",
    "boats_paused",
    "boats_resumed",
    "timetable",
    "window_added",
    "window_removed",
    "speeds",
    "base",
    "factor_applied",
    "factor_undone",
    "travel_table",
)
