"""The ticket, its events, target clocks and files. `Ticket.apply()` alone writes the status."""

import hashlib
import json
import secrets
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Column, Index, Integer, UniqueConstraint
from sqlalchemy.orm import object_session
from sqlmodel import Field, Relationship, SQLModel

from models.account import User
from models.catalog import Category, Priority
from models.geography import Commune
from models.lifecycle import Action, Actor, Status, next_status
from models.numbers import written
from models.types import JSON_TYPE, JsonDict, choice

FIRST_NUMBER = 1001


class Channel(StrEnum):
    """How a ticket came in."""

    WEB = "web"
    API = "api"
    SMS = "sms"
    ON_BEHALF = "on_behalf"


class EventKind(StrEnum):
    """What happened to a ticket without changing its status, besides the actions themselves."""

    FILED = "filed"
    COMMENT = "comment"
    NOTE = "note"
    FILE_ADDED = "file_added"
    CALL_OFFERED = "call_offered"
    CALL_ASKED = "call_asked"
    CALL_JOINED = "call_joined"
    CALL_ENDED = "call_ended"
    RESCHEDULED = "rescheduled"
    UNREACHABLE = "unreachable"
    CROWDED_OUT = "crowded_out"
    TARGET_MISSED = "target_missed"
    LEAD_TOLD = "lead_told"
    NEEDS_CHANGED = "needs_changed"
    LATE_REPORTED = "late_reported"


_version = Column("version", Integer, nullable=False)


class Ticket(SQLModel, table=True):
    """A commune's request, with one number for life.

    ``key`` is the sender's own key: a repeat of the same form or call is the same ticket.
    ``body_digest`` tells a repeat from another body under the same key. ``extra`` maps the
    category's extra field keys to text. ``close_code`` exists from the first arrival on.
    ``team_id`` is the team that has it in hand or had it last; none while it is in the open pool.
    ``also_needs`` maps further skills to levels: what a lead asks for beside the category's own.
    ``chain_tip`` and ``event_count`` are the end of the ticket's hash chain.
    """

    __table_args__ = (
        UniqueConstraint("created_by_id", "key"),
        Index("ix_ticket_status_number", "status", "number"),
        Index("ix_ticket_commune_number", "commune_code", "number"),
        Index("ix_ticket_target", "target_at"),
        # A number is never used twice, not even after a row was removed.
        {"sqlite_autoincrement": True},
    )
    __mapper_args__ = {"version_id_col": _version}

    number: int | None = Field(default=None, primary_key=True)
    version: int = Field(default=None, sa_column=_version)
    key: str = Field(max_length=64)
    body_digest: str = Field(max_length=64)
    channel: Channel = Field(sa_type=choice(Channel))
    status: Status = Field(default=Status.OPEN, sa_type=choice(Status))
    commune_code: str = Field(foreign_key="commune.code")
    category_code: str = Field(foreign_key="category.code")
    priority: Priority = Field(sa_type=choice(Priority))
    title: str = Field(max_length=120)
    description: str = Field(default="", max_length=4000)
    extra: JsonDict = Field(default_factory=dict, sa_type=JSON_TYPE)
    citizens_waiting: int = 0
    village: str = Field(default="", max_length=120)
    contact_phone: str | None = Field(default=None, max_length=16)
    created_by_id: int = Field(foreign_key="user.id")
    created_at: datetime
    team_id: int | None = Field(default=None, foreign_key="team.id")
    target_at: datetime | None = None
    waiting_until_at: datetime | None = None
    resolved_at: datetime | None = None
    closed_at: datetime | None = None
    close_code: str | None = Field(default=None, max_length=4)
    also_needs: JsonDict | None = Field(default=None, sa_type=JSON_TYPE)
    merged_into: int | None = Field(default=None, foreign_key="ticket.number")
    search_text: str = ""
    event_count: int = 0
    chain_tip: str = Field(default="", max_length=64)

    commune: Commune = Relationship()
    category: Category = Relationship()
    created_by: User = Relationship()

    @property
    def code(self) -> str:
        """The number as it is always written, ``1042R``."""
        return written(self.number or 0)

    def apply(
        self,
        action: Action,
        actor: Actor,
        *,
        now: datetime,
        by: User | None = None,
        data: JsonDict | None = None,
        text: str | None = None,
        resumed_as: Status | None = None,
    ) -> "TicketEvent":
        """Change the status and write down the event.

        Raises
        ------
        TransitionError
            If the ticket's life does not allow it; nothing is changed.
        """
        before = self.status
        after = next_status(before, action, actor, resumed_as=resumed_as)
        self.status = after
        event = self.record(action.value, actor=actor, now=now, by=by, data=data, text=text)
        event.from_status = before
        event.to_status = after
        event.seal(self)
        return event

    def record(
        self,
        kind: str,
        *,
        now: datetime,
        actor: Actor | None = None,
        by: User | None = None,
        data: JsonDict | None = None,
        text: str | None = None,
        is_internal: bool = False,
    ) -> "TicketEvent":
        """Append an event that changes no status; ``text`` is personal and stands beside it."""
        self.event_count += 1
        event = TicketEvent(
            ticket=self,
            ticket_number=self.number or 0,
            sequence=self.event_count,
            at=now,
            kind=kind,
            actor=actor.value if actor else None,
            by=by,
            by_id=by.id if by else None,
            data=data or {},
            is_internal=is_internal,
            previous_hash=self.chain_tip,
        )
        if text:
            event.text = EventText(body=text, salt=secrets.token_hex(16))
            event.text_digest = event.text.digest()
        event.seal(self)
        # Nothing leads from a ticket to its events (they may be many), so saving does not either.
        session = object_session(self)
        if session is not None:
            session.add(event)
        return event


class TicketEvent(SQLModel, table=True):
    """One thing that happened; append-only, chained by hash within its ticket.

    ``kind`` is an Action or an EventKind. ``data`` holds codes, names and times for the timeline's
    sentence, never free text of a person.
    """

    __tablename__ = "ticket_event"
    __table_args__ = (UniqueConstraint("ticket_number", "sequence"),)

    id: int | None = Field(default=None, primary_key=True)
    ticket_number: int = Field(foreign_key="ticket.number")
    sequence: int
    at: datetime
    kind: str = Field(max_length=24)
    from_status: Status | None = Field(default=None, sa_type=choice(Status))
    to_status: Status | None = Field(default=None, sa_type=choice(Status))
    actor: str | None = Field(default=None, max_length=16)
    by_id: int | None = Field(default=None, foreign_key="user.id")
    data: JsonDict = Field(default_factory=dict, sa_type=JSON_TYPE)
    is_internal: bool = False
    text_digest: str | None = Field(default=None, max_length=64)
    previous_hash: str = Field(default="", max_length=64)
    hash: str = Field(default="", max_length=64)

    ticket: Ticket = Relationship()
    by: User | None = Relationship()
    text: "EventText" = Relationship(sa_relationship_kwargs={"uselist": False})

    def seal(self, ticket: Ticket) -> None:
        """Close the chain over this event."""
        self.hash = self.chained_hash(ticket.number or 0)
        ticket.chain_tip = self.hash

    def chained_hash(self, ticket_number: int) -> str:
        """SHA-256 over the previous hash and every field that may never change."""
        fields = [
            self.previous_hash,
            ticket_number,
            self.sequence,
            self.at.isoformat(),
            self.kind,
            self.from_status.value if self.from_status else None,
            self.to_status.value if self.to_status else None,
            self.actor,
            self.by_id,
            self.data,
            self.is_internal,
            self.text_digest,
        ]
        written_out = json.dumps(fields, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(written_out.encode()).hexdigest()


class EventText(SQLModel, table=True):
    """Personal text of an event. Erasing body and salt leaves the chain intact."""

    __tablename__ = "event_text"

    event_id: int | None = Field(default=None, foreign_key="ticket_event.id", primary_key=True)
    body: str
    salt: str = Field(max_length=32)

    def digest(self) -> str:
        """Salted SHA-256 that the event's hash covers."""
        return hashlib.sha256((self.salt + self.body).encode()).hexdigest()


class ResponseTarget(SQLModel, table=True):
    """One run of the target clock: when help was promised to begin, and whether it did.

    A ticket has a new row each time it comes back to open from a call, a wait or a resolution.
    ``met_at`` is the first arrival on site or the first joined call.
    """

    __tablename__ = "response_target"

    id: int | None = Field(default=None, primary_key=True)
    ticket_number: int = Field(foreign_key="ticket.number", index=True)
    priority: Priority = Field(sa_type=choice(Priority))
    starts_at: datetime
    target_at: datetime
    met_at: datetime | None = None
    ended_at: datetime | None = None
    escalated_at: datetime | None = None
    missed_told_at: datetime | None = None


class Attachment(SQLModel, table=True):
    """A file of a ticket, kept outside the web root under its hash.

    ``original_sha256`` is of what was sent, ``sha256`` of what is stored (images are re-encoded).
    """

    id: int | None = Field(default=None, primary_key=True)
    ticket_number: int = Field(foreign_key="ticket.number", index=True)
    sha256: str = Field(max_length=64)
    original_sha256: str = Field(max_length=64)
    filename: str = Field(max_length=120)
    media_type: str = Field(max_length=100)
    size: int
    uploaded_by_id: int = Field(foreign_key="user.id")
    uploaded_at: datetime
