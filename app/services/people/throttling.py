"""Log-ins and codes: whose name it is, and whether too much was tried, in machine time."""

import hashlib
from datetime import datetime, timedelta

from sqlmodel import Session, col, delete, select, update

from models.account import LoginThrottle, User

ACCOUNT = "account"
ADDRESS = "address"
CODE = "code"
# A whole office may stand behind one address.
FREE_TRIES = {ACCOUNT: 5, ADDRESS: 30, CODE: 5}
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(minutes=15)
FORGOTTEN_AFTER = timedelta(hours=1)


def user_named(session: Session, username: str) -> User | None:
    """The user of that name, however it was capitalised."""
    return session.exec(select(User).where(col(User.username) == username.casefold())).first()


def count_attempt(session: Session, *, username: str, address: str, now: datetime) -> timedelta:
    """Count one attempt before the password is looked at; how long to wait, zero to go on.

    Counting first means that many attempts at the same moment are all counted. ``now`` is machine
    time.
    """
    rows = [
        _row(session, ACCOUNT, username.casefold(), now),
        _row(session, ADDRESS, address, now),
    ]
    return _count(session, rows, now)


def count_code(session: Session, *, user_id: int, now: datetime) -> timedelta:
    """Count one code of the second factor before it is looked at, as `count_attempt` does."""
    return _count(session, [_row(session, CODE, str(user_id), now)], now)


def _count(session: Session, rows: list[LoginThrottle], now: datetime) -> timedelta:
    waits = [row.until_at - now for row in rows if row.until_at and row.until_at > now]
    if waits:
        return max(waits)
    for row in rows:
        row.failures += 1
        row.last_failure_at = now
        beyond = row.failures - FREE_TRIES[row.kind]
        if beyond >= 0:
            # Capped exponent: a count of thousands must not overflow a timedelta.
            row.until_at = now + min(FIRST_WAIT * 2 ** min(beyond, 10), LONGEST_WAIT)
        session.add(row)
    return timedelta()


def forgive(session: Session, *, username: str, address: str) -> None:
    """Forget the account's attempts, and of its address's only the one that got in.

    Whoever holds one account could otherwise try all others from its address without end.
    """
    account = _subject(ACCOUNT, username.casefold())
    session.exec(delete(LoginThrottle).where(col(LoginThrottle.subject) == account))
    session.exec(
        update(LoginThrottle)
        .where(
            col(LoginThrottle.subject) == _subject(ADDRESS, address),
            col(LoginThrottle.failures) > 0,
        )
        .values(failures=col(LoginThrottle.failures) - 1, until_at=None)
    )


def forgive_codes(session: Session, *, user_id: int) -> None:
    """Forget the wrong codes of a user, after a right one."""
    subject = _subject(CODE, str(user_id))
    session.exec(delete(LoginThrottle).where(col(LoginThrottle.subject) == subject))


def _row(session: Session, kind: str, of: str, now: datetime) -> LoginThrottle:
    subject = _subject(kind, of)
    row = session.exec(
        select(LoginThrottle)
        .where(col(LoginThrottle.kind) == kind, col(LoginThrottle.subject) == subject)
        # PostgreSQL would let two attempts of one moment read the same count.
        .with_for_update()
    ).first()
    if row is None:
        return LoginThrottle(kind=kind, subject=subject, last_failure_at=now)
    if now - row.last_failure_at > FORGOTTEN_AFTER:
        row.failures, row.until_at = 0, None
    return row


def _subject(kind: str, of: str) -> str:
    """A digest: what was typed as a name may be a password, and may be of any length."""
    return hashlib.sha256(f"{kind}:{of}".encode()).hexdigest()
