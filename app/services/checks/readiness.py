"""Whether this installation can serve: the database answers, is migrated, and somebody works."""

from datetime import datetime
from enum import StrEnum
from pathlib import Path

from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import select

from models.database import reading
from models.lease import Lease

# Migration files are named by their revision, which counts up.
# The files are read by name: loading Alembic would cost every web process 10 MB.
MIGRATIONS = Path(__file__).resolve().parents[3] / "models" / "migrations" / "versions"
NEWEST = max(path.name.partition("_")[0] for path in MIGRATIONS.glob("[0-9]*.py"))


class Readiness(StrEnum):
    """What a probe is told; without a worker pages still serve."""

    READY = "ready"
    WITHOUT_WORKER = "without worker"
    NOT_MIGRATED = "not migrated"
    NO_DATABASE = "no database"


def readiness(engine: Engine, *, machine_now: datetime) -> Readiness:
    """How things stand, by one short look into the database."""
    try:
        with reading(engine) as session:
            row = session.connection().execute(text("SELECT version_num FROM alembic_version"))
            if row.scalar() != NEWEST:
                return Readiness.NOT_MIGRATED
            leases = session.exec(select(Lease)).all()
    except SQLAlchemyError:
        return Readiness.NO_DATABASE
    is_led = any(lease.until_at > machine_now for lease in leases)
    return Readiness.READY if is_led else Readiness.WITHOUT_WORKER
