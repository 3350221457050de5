"""Log-ins and tokens: making them, changing passwords, switching them off."""

import hashlib
import secrets
from datetime import datetime

from sqlmodel import Session, col, select

from models.account import ApiToken, Language, Role, User
from models.geography import Commune
from models.workforce import Team

TOKEN_PREFIX = "uc_"
SHORTEST_PASSWORD = 8


class AdministrationError(ValueError):
    """What was asked for cannot be done; the message says why."""


def create_user(
    session: Session,
    *,
    username: str,
    name: str,
    role: Role,
    password_hash: str,
    phone: str | None = None,
    team_id: int | None = None,
    commune_code: str | None = None,
    language: Language = Language.VI,
) -> User:
    """A new log-in; technicians come by the people file, which knows their skills.

    Raises
    ------
    AdministrationError
        If the name is taken, or the role lacks its commune or team.
    """
    if session.exec(select(User.id).where(col(User.username) == username)).first() is not None:
        raise AdministrationError(f"there is a user {username} already")
    if (role is Role.COMMUNE) != (commune_code is not None):
        raise AdministrationError("a commune log-in needs its commune, and no other role has one")
    if commune_code is not None and session.get(Commune, commune_code) is None:
        raise AdministrationError(f"there is no commune {commune_code}")
    if (role in {Role.TECHNICIAN, Role.LEAD}) != (team_id is not None):
        raise AdministrationError("a technician or lead needs a team, and no other role has one")
    if team_id is not None and session.get(Team, team_id) is None:
        raise AdministrationError(f"there is no team {team_id}")
    user = User(
        username=username,
        name=name,
        role=role,
        commune_code=commune_code,
        team_id=team_id,
        phone=phone,
        password_hash=password_hash,
        language=language,
    )
    session.add(user)
    session.flush()
    return user


def get_user(session: Session, username: str) -> User:
    """The user of that name.

    Raises
    ------
    AdministrationError
        If there is none.
    """
    user = session.exec(select(User).where(col(User.username) == username)).first()
    if user is None:
        raise AdministrationError(f"there is no user {username}")
    return user


def set_password(session: Session, username: str, *, password_hash: str) -> None:
    """Give a new password and end every session of the user."""
    user = get_user(session, username)
    user.password_hash = password_hash
    user.session_epoch += 1


def deactivate_user(session: Session, username: str) -> None:
    """Switch a log-in off: sessions end, tokens are refused; what they did stays."""
    user = get_user(session, username)
    user.is_active = False
    user.session_epoch += 1


def check_password(password: str) -> None:
    """Refuse a password that is too short to keep.

    Raises
    ------
    AdministrationError
        If it has fewer than eight characters.
    """
    if len(password) < SHORTEST_PASSWORD:
        raise AdministrationError(f"a password has at least {SHORTEST_PASSWORD} characters")


def create_token(
    session: Session,
    username: str,
    *,
    name: str,
    now: datetime,
    expires_at: datetime | None = None,
) -> str:
    """A new API token of the user, shown this once; the database keeps its SHA-256.

    ``now`` and ``expires_at`` are machine time.
    """
    token = TOKEN_PREFIX + secrets.token_urlsafe(32)
    user = get_user(session, username)
    session.add(
        ApiToken(
            user_id=user.id or 0,
            name=name,
            token_hash=token_hash(token),
            created_at=now,
            expires_at=expires_at,
        )
    )
    session.flush()
    return token


def revoke_token(session: Session, token_id: int) -> None:
    """Make a token useless at once.

    Raises
    ------
    AdministrationError
        If there is none of that id.
    """
    token = session.get(ApiToken, token_id)
    if token is None:
        raise AdministrationError(f"there is no token {token_id}")
    session.delete(token)


def tokens_of(session: Session, username: str | None = None) -> list[tuple[ApiToken, User]]:
    """Tokens and their users, oldest first."""
    query = select(ApiToken, User).join(User, col(ApiToken.user_id) == col(User.id))
    if username is not None:
        query = query.where(col(User.username) == username)
    return list(session.exec(query.order_by(col(ApiToken.id))).all())


def token_hash(token: str) -> str:
    """What is stored of a token. It has 256 random bits, so that a plain SHA-256 is enough."""
    return hashlib.sha256(token.encode()).hexdigest()
