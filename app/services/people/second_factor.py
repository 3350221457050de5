"""The second factor of a user: switched on, asked for, and switched off again.

``user_id`` is somebody whose password or session was checked; ``step`` is the time step of a code
that was right. Each change ends every session, the caller's own too: it begins a new one.
"""

from sqlmodel import Session
from structlog import get_logger

from app.services.people.administration import get_user
from app.services.people.throttling import forgive_codes
from models.account import User

log = get_logger()


def take_step(session: Session, user_id: int, *, step: int) -> User | None:
    """Use a code up; None if it, or a later one, was used before."""
    user = _locked(session, user_id)
    if user.totp_last_step is not None and step <= user.totp_last_step:
        return None
    user.totp_last_step = step
    forgive_codes(session, user_id=user_id)
    return user


def switch_on(session: Session, user_id: int, *, secret: str, step: int) -> User | None:
    """Ask this user for codes from now on; None if that is so already."""
    user = _locked(session, user_id)
    if user.totp_secret is not None:
        return None
    user.totp_secret, user.totp_last_step = secret, step
    user.session_epoch += 1
    log.info("second factor switched on", user=user_id)
    return user


def switch_off(session: Session, user_id: int, *, step: int) -> User | None:
    """Ask this user for no more codes; None if the code was used before."""
    user = take_step(session, user_id, step=step)
    if user is None:
        return None
    _forget(user)
    log.info("second factor switched off", user=user_id)
    return user


def reset(session: Session, username: str) -> None:
    """Take the second factor from somebody who lost their phone, with their wrong codes.

    Raises
    ------
    AdministrationError
        If there is no such user.
    """
    user = get_user(session, username)
    _forget(user)
    forgive_codes(session, user_id=user.id or 0)


def _forget(user: User) -> None:
    user.totp_secret = user.totp_last_step = None
    user.session_epoch += 1


def _locked(session: Session, user_id: int) -> User:
    # Of two that bring the same code at once, the second one sees that it was used.
    return session.get_one(User, user_id, with_for_update=True, populate_existing=True)
