"""The register of breaches of personal data: what happened, and whether it was reported in time."""

from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from models.privacy import Breach

# Law 91/2025/QH15: to the authority within 72 hours of being noticed.
REPORT_WITHIN = timedelta(hours=72)


class BreachError(ValueError):
    """The entry cannot be written; the message says why."""


def add_breach(
    session: Session,
    *,
    noticed_at: datetime,
    what: str,
    concerned: str,
    measures: str = "",
    now: datetime,
) -> Breach:
    """Write a breach into the register. ``now`` is machine time.

    Raises
    ------
    BreachError
        If it lies in the future, or says nothing.
    """
    if noticed_at > now:
        raise BreachError("a breach cannot be noticed in the future")
    if not (what.strip() and concerned.strip()):
        raise BreachError("say what happened and whom it concerned")
    breach = Breach(noticed_at=noticed_at, what=what, concerned=concerned, measures=measures)
    session.add(breach)
    session.flush()
    return breach


def breaches(session: Session) -> list[Breach]:
    """The register, oldest first."""
    return list(session.exec(select(Breach).order_by(col(Breach.noticed_at), col(Breach.id))))


def mark_reported(session: Session, breach_id: int, *, at: datetime, now: datetime) -> Breach:
    """Note when a breach was reported. ``now`` is machine time.

    Raises
    ------
    BreachError
        If there is none of that id, or the moment cannot be.
    """
    breach = session.get(Breach, breach_id)
    if breach is None:
        raise BreachError(f"there is no breach {breach_id}")
    if not breach.noticed_at <= at <= now:
        raise BreachError("a report comes after the breach was noticed, and not in the future")
    breach.reported_at = at
    return breach


def report_due_at(breach: Breach) -> datetime:
    """By when it must be reported."""
    return breach.noticed_at + REPORT_WITHIN
