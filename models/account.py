"""Who may come in: users with one role each, their API tokens, and the throttle of log-ins."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, Relationship, SQLModel

from models.geography import Commune
from models.types import choice


class Role(StrEnum):
    """What a user is; decides together with commune or team what they see and may do."""

    COMMUNE = "commune"
    TECHNICIAN = "technician"
    LEAD = "lead"
    DISPATCHER = "dispatcher"
    ADMIN = "admin"
    AUDITOR = "auditor"


class Language(StrEnum):
    """Languages of pages and texts; Vietnamese comes first."""

    VI = "vi"
    EN = "en"


class User(SQLModel, table=True):
    """A person who logs in or writes by SMS.

    ``commune_code`` is set for commune staff, ``team_id`` for technicians and leads.
    ``session_epoch`` is part of every session: raising it ends them all. ``totp_secret`` is set
    once the second factor is in use; ``totp_last_step`` is the last code's time step, taken once.
    """

    id: int | None = Field(default=None, primary_key=True)
    username: str = Field(max_length=64, unique=True)
    name: str = Field(max_length=120)
    role: Role = Field(sa_type=choice(Role))
    commune_code: str | None = Field(default=None, foreign_key="commune.code", index=True)
    team_id: int | None = Field(default=None, foreign_key="team.id", index=True)
    phone: str | None = Field(default=None, max_length=16, index=True)
    password_hash: str = Field(max_length=200)
    language: Language = Field(default=Language.VI, sa_type=choice(Language))
    is_active: bool = True
    session_epoch: int = 0
    sms_stopped_at: datetime | None = None
    totp_secret: str | None = Field(default=None, max_length=64)
    totp_last_step: int | None = None

    commune: Commune | None = Relationship()


@dataclass(frozen=True)
class Viewer:
    """Who is looking or acting: all that the scope and the services need of a user."""

    user_id: int
    username: str
    name: str
    role: Role
    language: Language
    commune_code: str | None = None
    team_id: int | None = None
    technician_id: int | None = None

    @classmethod
    def of(cls, user: User, *, technician_id: int | None) -> "Viewer":
        """The user as services see them."""
        return cls(
            user_id=user.id or 0,
            username=user.username,
            name=user.name,
            role=user.role,
            language=user.language,
            commune_code=user.commune_code,
            team_id=user.team_id,
            technician_id=technician_id,
        )


class ApiToken(SQLModel, table=True):
    """A bearer token of the API; only its SHA-256 is stored."""

    __tablename__ = "api_token"

    id: int | None = Field(default=None, primary_key=True)
    user_id: int = Field(foreign_key="user.id", index=True)
    name: str = Field(max_length=80)
    token_hash: str = Field(max_length=64, unique=True)
    created_at: datetime
    expires_at: datetime | None = None

    user: User = Relationship()


class LoginThrottle(SQLModel, table=True):
    """Failed log-ins of one account or one address; ``until_at`` is machine time."""

    __tablename__ = "login_throttle"
    __table_args__ = (UniqueConstraint("kind", "subject"),)

    id: int | None = Field(default=None, primary_key=True)
    kind: str = Field(max_length=8)
    subject: str = Field(max_length=64)
    failures: int = 0
    last_failure_at: datetime
    until_at: datetime | None = None
