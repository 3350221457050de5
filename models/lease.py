"""Who leads: one worker at a time holds the lease; its epoch fences a stale one."""

from datetime import datetime, timedelta

from sqlalchemy import update
from sqlmodel import Field, Session, SQLModel, col


class LeaseLostError(RuntimeError):
    """Somebody else holds the lease by now: what this process was doing must not be written."""


class Lease(SQLModel, table=True):
    """A named right with an owner; ``until_at`` is machine time, never the demo's clock."""

    name: str = Field(primary_key=True, max_length=40)
    owner: str = Field(max_length=80)
    until_at: datetime
    epoch: int = 0


def take_lease(
    session: Session, name: str, *, owner: str, now: datetime, seconds: int
) -> int | None:
    """Take or renew the lease; the epoch if it is ours now, None while another holds it.

    The epoch rises only when the owner changes, so that work begun under an older one is known.
    """
    until = now + timedelta(seconds=seconds)
    renewed = session.exec(
        update(Lease)
        .where(col(Lease.name) == name, col(Lease.owner) == owner)
        .values(until_at=until)
    )
    if renewed.rowcount == 0:
        taken = session.exec(
            update(Lease)
            .where(col(Lease.name) == name, col(Lease.until_at) < now)
            .values(owner=owner, until_at=until, epoch=col(Lease.epoch) + 1)
        )
        if taken.rowcount == 0:
            if session.get(Lease, name) is not None:
                return None
            session.add(Lease(name=name, owner=owner, until_at=until, epoch=1))
            session.flush()
    lease = session.get(Lease, name, populate_existing=True)
    return lease.epoch if lease else None


def check_epoch(session: Session, name: str, epoch: int) -> None:
    """Refuse to write under a lease that has passed on.

    Raises
    ------
    LeaseLostError
        If the lease's epoch is not the one this work was begun under.
    """
    lease = session.get(Lease, name, populate_existing=True, with_for_update=True)
    if lease is None or lease.epoch != epoch:
        raise LeaseLostError(f"the lease {name} has passed to another process")


def give_up_lease(session: Session, name: str, *, owner: str, now: datetime) -> None:
    """Let the next process lead at once; called on an orderly stop."""
    session.exec(
        update(Lease)
        .where(col(Lease.name) == name, col(Lease.owner) == owner)
        .values(until_at=now - timedelta(seconds=1))
    )
