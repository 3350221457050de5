"""Who goes: teams, technicians, what they can do and when they work."""

from datetime import datetime
from enum import StrEnum

from sqlmodel import Field, Relationship, Session, SQLModel, col, select

from models.account import Role, User, Viewer
from models.geography import Commune
from models.types import choice


class Employer(StrEnum):
    """Whose engineer a technician is."""

    DEPARTMENT = "department"
    VNPT = "vnpt"
    VIETTEL = "viettel"


class Team(SQLModel, table=True):
    """A group of about 20 people; its base is where they start, nothing more.

    ``has_crews``: whether its people may share a car for what nobody of them can do alone.
    """

    id: int | None = Field(default=None, primary_key=True)
    name_vi: str = Field(max_length=80)
    name_en: str = Field(max_length=80)
    base_code: str = Field(foreign_key="commune.code")
    has_crews: bool = True

    base: Commune = Relationship()


class Technician(SQLModel, table=True):
    """A user who goes out. ``at_code`` is the last commune they reported from, ``seen_at`` when.

    ``seats``: people that the car holds, driver included. ``mentor_id``: a trainee travels only
    with that technician. ``carried_*`` is what they did in the last two weeks beyond the least
    loaded person of equal skill, kept by the clock so that planning need not count.
    """

    id: int | None = Field(default=None, primary_key=True)
    user_id: int = Field(foreign_key="user.id", unique=True)
    team_id: int = Field(foreign_key="team.id", index=True)
    employer: Employer = Field(sa_type=choice(Employer))
    home_code: str = Field(foreign_key="commune.code")
    seats: int = 4
    mentor_id: int | None = Field(default=None, foreign_key="technician.id")
    is_on_duty: bool = True
    at_code: str | None = Field(default=None, foreign_key="commune.code")
    seen_at: datetime | None = None
    carried_busy_s: int = 0
    carried_highland: int = 0
    carried_island: int = 0

    user: User = Relationship()
    team: Team = Relationship()
    skills: list["TechnicianSkill"] = Relationship()


class TechnicianSkill(SQLModel, table=True):
    """A skill of a technician, level 1-3."""

    __tablename__ = "technician_skill"

    technician_id: int = Field(foreign_key="technician.id", primary_key=True)
    skill_code: str = Field(foreign_key="skill.code", primary_key=True)
    level: int


class Shift(SQLModel, table=True):
    """A working day that differs from the office's; minutes from midnight, local time."""

    technician_id: int = Field(foreign_key="technician.id", primary_key=True)
    weekday: int = Field(primary_key=True)
    starts_minute: int
    ends_minute: int


class Leave(SQLModel, table=True):
    """A time in which a technician does not work; who comes back earlier has it end then."""

    id: int | None = Field(default=None, primary_key=True)
    technician_id: int = Field(foreign_key="technician.id", index=True)
    from_at: datetime
    until_at: datetime
    note: str = Field(default="", max_length=200)
    filed_by_id: int | None = Field(default=None, foreign_key="user.id")
    filed_at: datetime | None = None


def viewer_of(session: Session, user: User) -> Viewer:
    """The user as services see them; a technician's row is looked up."""
    technician_id = None
    if user.role is Role.TECHNICIAN:
        technician_id = session.exec(
            select(Technician.id).where(col(Technician.user_id) == user.id)
        ).first()
    return Viewer.of(user, technician_id=technician_id)
