"""Video calls: who meets about which ticket, and the numbered log that lets their browsers meet."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field, Relationship, SQLModel

from models.account import User
from models.ticket import Ticket
from models.types import choice


class CallState(StrEnum):
    """Where a call stands."""

    BOOKED = "booked"
    RUNNING = "running"
    ENDED = "ended"
    DROPPED = "dropped"


class CallOutcome(StrEnum):
    """How a technician ends a call."""

    SOLVED = "solved"
    VISIT_NEEDED = "visit_needed"


class SignalKind(StrEnum):
    """What a browser says to another through the log."""

    JOIN = "join"
    DESCRIPTION = "description"
    CANDIDATE = "candidate"
    CHAT = "chat"
    STATE = "state"
    LEAVE = "leave"


class VideoCall(SQLModel, table=True):
    """A call about a ticket. ``is_beside_visit``: offered while a visit stays planned.

    ``reason`` is a code: unreachable, target_passed, technician, person, beside.
    """

    __tablename__ = "video_call"
    __table_args__ = (
        Index(
            "ux_video_call_live",
            "ticket_number",
            unique=True,
            sqlite_where=text("state in ('booked', 'running')"),
            postgresql_where=text("state in ('booked', 'running')"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    ticket_number: int = Field(foreign_key="ticket.number", index=True)
    room: str = Field(max_length=40, unique=True)
    state: CallState = Field(default=CallState.BOOKED, sa_type=choice(CallState))
    reason: str = Field(max_length=24)
    is_beside_visit: bool = False
    technician_id: int | None = Field(default=None, foreign_key="technician.id")
    host_id: int = Field(foreign_key="user.id")
    created_at: datetime
    starts_at: datetime
    started_at: datetime | None = None
    ended_at: datetime | None = None
    outcome: CallOutcome | None = Field(default=None, sa_type=choice(CallOutcome))
    note: str = ""

    ticket: Ticket = Relationship()
    host: User = Relationship()


class Participant(SQLModel, table=True):
    """A person in a call. ``instance`` is the page they hold now; a reload is the same person."""

    __table_args__ = (UniqueConstraint("call_id", "user_id"),)

    id: int | None = Field(default=None, primary_key=True)
    call_id: int = Field(foreign_key="video_call.id")
    user_id: int | None = Field(default=None, foreign_key="user.id")
    name: str = Field(max_length=120)
    instance: str = Field(default="", max_length=40)
    joined_at: datetime | None = None
    left_at: datetime | None = None


class Signal(SQLModel, table=True):
    """One line of a call's log; ``from_instance`` is stamped by the server."""

    __table_args__ = (Index("ix_signal_call", "call_id", "id"),)

    id: int | None = Field(default=None, primary_key=True)
    call_id: int = Field(foreign_key="video_call.id")
    at: datetime
    kind: SignalKind = Field(sa_type=choice(SignalKind))
    participant_id: int = Field(foreign_key="participant.id")
    from_instance: str = Field(max_length=40)
    to_instance: str | None = Field(default=None, max_length=40)
    body: str
