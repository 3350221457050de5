"""The commune's four digits: proof that it is done, and not to be found by trying."""

import hmac
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from app.i18n import _
from app.services.tickets.refusals import ActionRefused
from models.account import LoginThrottle
from models.database import RecordedRefusal
from models.ticket import Ticket

KIND = "close"
# Of 10,000 codes; a technician at the counter mishears it once or twice.
TRIES = 5
TRIES_WITHIN = timedelta(hours=1)


class WrongCodeError(ActionRefused, RecordedRefusal):
    """The code is wrong; that it was tried stays written although the step is refused."""


def check_close_code(session: Session, ticket: Ticket, code: str, *, now: datetime) -> None:
    """Compare the code with the commune's.

    Raises
    ------
    WrongCodeError
        If it is another one, or was tried too often: then the commune has to confirm itself.
    """
    row = _tries(session, ticket, now=now)
    if row.failures >= TRIES:
        raise ActionRefused(
            "code", _("Đã nhập sai mã 5 lần. Hãy để xã tự xác nhận trên trang hoặc qua tin nhắn.")
        )
    right = ticket.close_code or ""
    if right and hmac.compare_digest(right.encode(), code.strip().encode()):
        return
    row.failures += 1
    row.last_failure_at = now
    session.add(row)
    raise WrongCodeError("code", _("Mã xác nhận của xã chưa đúng."))


def count_wrong_code(session: Session, ticket: Ticket, *, now: datetime) -> None:
    """Write down a wrong try whose own transaction part was taken back."""
    row = _tries(session, ticket, now=now)
    row.failures += 1
    row.last_failure_at = now
    session.add(row)


def _tries(session: Session, ticket: Ticket, *, now: datetime) -> LoginThrottle:
    subject = str(ticket.number)
    row = session.exec(
        select(LoginThrottle).where(
            col(LoginThrottle.kind) == KIND, col(LoginThrottle.subject) == subject
        )
    ).first()
    if row is None:
        return LoginThrottle(kind=KIND, subject=subject, last_failure_at=now)
    if now - row.last_failure_at > TRIES_WITHIN:
        row.failures = 0
    return row
