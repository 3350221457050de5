"""Sessions of the pages: none, half-way between password and code, and logged in."""

import secrets
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from flask import session, url_for
from flask_login import login_user

from app.access import Account
from app.i18n import _, span
from models.account import User

HALF_WAY = "half_way"
SEED = "second_factor_seed"
HALF_WAY_FOR = timedelta(minutes=5)


@dataclass(frozen=True)
class HalfWay:
    """Whose password was right, for which epoch, until which second, and where they are going."""

    user_id: int
    epoch: int
    until: float
    target: str


def begin_session(account: Account) -> None:
    """Log that person in, in a new session."""
    forget_session()
    session.permanent = True
    login_user(account)


def begin_half_way(user: User, *, target: str, now: datetime) -> None:
    """Remember that the password was right; it lets in to no page but those of the code."""
    until = (now + HALF_WAY_FOR).timestamp()
    state = HalfWay(user.id or 0, user.session_epoch, until, local_target(target))
    forget_session()
    session[HALF_WAY] = asdict(state)


def half_way(*, now: datetime) -> HalfWay | None:
    """The state between password and code, unless it is over; ``now`` is machine time."""
    kept = session.get(HALF_WAY)
    state = HalfWay(**kept) if kept else None
    return state if state and now.timestamp() < state.until else None


def seed() -> str:
    """What this session's proposed secret is made from."""
    if SEED not in session:
        session[SEED] = secrets.token_urlsafe(16)
    return str(session[SEED])


def forget_session() -> None:
    """Empty the session but for the language: nothing of before log-in lives on after it."""
    language = session.get("language")
    session.clear()
    if language:
        session["language"] = language


def local_target(target: str) -> str:
    """The address to go on to: a path of ours, else the first page."""
    is_local = (
        target.startswith("/")
        and not target.startswith("//")
        and "\\" not in target
        and target.isprintable()
    )
    return target if is_local else url_for("home.show")


def too_many_tries(wait: timedelta) -> str:
    """What is said to whoever has to wait before they may try again."""
    at_least = span(max(wait, timedelta(minutes=1)))
    return _("Đã nhập sai nhiều lần. Hãy đợi %(span)s rồi thử lại.", span=at_least)
