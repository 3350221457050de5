"""The way to the database: SQLite by default, PostgreSQL in production."""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import sqlalchemy
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.orm.exc import StaleDataError
from sqlmodel import Session

T = TypeVar("T")
# SQLite waits that long for another writer, PostgreSQL for a lock; then the door answers 503.
WAIT_S = 10
# A process that is paused in the middle of a transaction would keep its locks for good, the lease's
# row among them: PostgreSQL ends such a session, and the process's next statement fails.
PG_OPTIONS = f"-c lock_timeout={WAIT_S}s -c idle_in_transaction_session_timeout=30s -c timezone=UTC"


def connect(url: str, *, pool_size: int = 10) -> Engine:
    """Engine for a SQLAlchemy address; ``postgresql://`` means psycopg 3."""
    if url.startswith("sqlite"):
        return _connect_sqlite(url)
    parsed = sqlalchemy.make_url(url).set(drivername="postgresql+psycopg")
    return create_engine(
        parsed,
        pool_size=pool_size,
        max_overflow=20,
        pool_timeout=WAIT_S,
        pool_pre_ping=True,
        connect_args={"options": PG_OPTIONS},
    )


def _connect_sqlite(url: str) -> Engine:
    engine = create_engine(
        url,
        connect_args={"timeout": WAIT_S, "check_same_thread": False},
        pool_size=20,
        max_overflow=400,
        pool_timeout=WAIT_S,
    )

    @event.listens_for(engine, "connect")
    def set_up(connection: Any, _record: Any) -> None:  # vendor's own connection, untyped
        # The driver must not begin by itself: its deferred transactions lost concurrent updates.
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
        # Kilobytes for each connection: a worker may hold twenty.
        cursor.execute("PRAGMA cache_size=-1000")
        cursor.execute("PRAGMA mmap_size=0")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: sqlalchemy.Connection) -> None:
        reads_only = connection.get_execution_options().get("reads_only", False)
        connection.exec_driver_sql("BEGIN" if reads_only else "BEGIN IMMEDIATE")

    return engine


class RecordedRefusal(Exception):
    """Raised to refuse the work while what was written so far stays, such as the try itself."""


@contextmanager
def transaction(engine: Engine) -> Iterator[Session]:
    """One unit of work: committed at the end of the block, rolled back on any error."""
    with Session(engine, expire_on_commit=False) as session:
        transaction_ = session.begin()
        try:
            yield session
        except RecordedRefusal:
            transaction_.commit()
            raise
        except BaseException:
            transaction_.rollback()
            raise
        transaction_.commit()


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """A view that writes nothing: on SQLite it never waits for a writer."""
    bound = engine.execution_options(reads_only=True) if is_sqlite(engine) else engine
    with Session(bound, expire_on_commit=False, autoflush=False) as session:
        yield session
        # What was read stays readable after the block; a rollback alone would expire it.
        session.expunge_all()
        session.rollback()


def is_sqlite(engine: Engine | sqlalchemy.Connection) -> bool:
    """Whether this is the built-in default database."""
    return engine.dialect.name == "sqlite"


def retry_on_conflict(work: Callable[[], T], *, attempts: int = 4) -> T:
    """Run a whole transaction again when another one got in its way.

    ``work`` opens and closes its own transaction. The last conflict is raised.
    """
    for attempt in range(1, attempts + 1):
        try:
            return work()
        except (StaleDataError, IntegrityError, OperationalError) as conflict:
            if attempt == attempts or not is_conflict(conflict):
                raise
            time.sleep(random.uniform(0, 0.02 * 2**attempt))
    raise AssertionError("unreachable")


def is_conflict(error: Exception) -> bool:
    """Whether trying the whole transaction again can help."""
    if isinstance(error, StaleDataError | IntegrityError):
        return True
    if isinstance(error, DBAPIError):
        # PostgreSQL: serialization_failure, deadlock_detected.
        return getattr(error.orig, "sqlstate", None) in {"40001", "40P01"}
    return False
