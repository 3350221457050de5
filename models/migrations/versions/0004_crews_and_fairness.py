"""Crews, trainees, and the hours and trips that people carry from the last two weeks."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "0004"
down_revision = "0003"

JSON = sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql")


def upgrade() -> None:
    """Columns with a default, so that rows of an installation in use stay as they are."""
    op.add_column("team", sa.Column("has_crews", sa.Boolean(), nullable=False, server_default="1"))
    for name in ("carried_busy_s", "carried_highland", "carried_island"):
        column = sa.Column(name, sa.Integer(), nullable=False, server_default="0")
        op.add_column("technician", column)
    op.add_column("leave", sa.Column("filed_at", UTCDateTime(), nullable=True))
    # Written out: Alembic adds a reference in a second step, which SQLite does not have.
    op.execute("ALTER TABLE technician ADD COLUMN mentor_id INTEGER REFERENCES technician (id)")
    op.execute('ALTER TABLE leave ADD COLUMN filed_by_id INTEGER REFERENCES "user" (id)')
    op.add_column("assignment", sa.Column("joins_number", sa.Integer(), nullable=True))
    op.add_column("ticket", sa.Column("also_needs", JSON, nullable=True))
