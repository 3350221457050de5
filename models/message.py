"""Texts: the outbox (what must be said) and the inbox (what was heard)."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from models.account import Language
from models.types import JSON_TYPE, JsonDict, choice


class OutboundState(StrEnum):
    """A text's way out; it only climbs, except that a definite refusal ends it."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    FAILED = "failed"


class InboundState(StrEnum):
    """What became of a text that came in."""

    NEW = "new"
    ANSWERED = "answered"
    IGNORED = "ignored"
    KEPT = "kept"


class OutboundMessage(SQLModel, table=True):
    """One text to one phone. ``key`` says it once: the same key is never written twice.

    ``body`` holds ``{link}`` where the link will stand, which is made at sending; ``link_kind``
    says which (``ticket``, ``call``). ``prompt`` maps a quick digit to a verb, valid for 72 h.
    ``due_at`` moves past a lease while a worker has it. ``claim`` is that worker's token.
    """

    __tablename__ = "outbound_message"
    __table_args__ = (
        Index("ix_outbound_due", "state", "due_at"),
        Index("ix_outbound_phone", "phone", "id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(max_length=120, unique=True)
    phone: str = Field(max_length=16)
    user_id: int | None = Field(default=None, foreign_key="user.id")
    ticket_number: int | None = Field(default=None, foreign_key="ticket.number", index=True)
    event: str = Field(max_length=32)
    language: Language = Field(sa_type=choice(Language))
    body: str
    link_kind: str | None = Field(default=None, max_length=8)
    link_id: int | None = None
    prompt: JsonDict | None = Field(default=None, sa_type=JSON_TYPE)
    state: OutboundState = Field(default=OutboundState.QUEUED, sa_type=choice(OutboundState))
    created_at: datetime
    due_at: datetime
    claim: str | None = Field(default=None, max_length=64)
    attempts: int = 0
    provider: str | None = Field(default=None, max_length=16)
    provider_id: str | None = Field(default=None, max_length=64, index=True)
    code: str | None = Field(default=None, max_length=32)
    sent_at: datetime | None = None


class InboundMessage(SQLModel, table=True):
    """One text received; a provider's message id is taken in once."""

    __tablename__ = "inbound_message"
    __table_args__ = (
        UniqueConstraint("provider", "provider_message_id"),
        Index("ix_inbound_phone", "phone", "id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    provider: str = Field(max_length=16)
    provider_message_id: str = Field(max_length=64)
    phone: str = Field(max_length=16)
    user_id: int | None = Field(default=None, foreign_key="user.id")
    ticket_number: int | None = Field(default=None, foreign_key="ticket.number", index=True)
    body: str
    folded: str
    verb: str | None = Field(default=None, max_length=16)
    received_at: datetime
    state: InboundState = Field(default=InboundState.NEW, sa_type=choice(InboundState))
    answer_id: int | None = Field(default=None, foreign_key="outbound_message.id")


class Link(SQLModel, table=True):
    """A short link for one person and one ticket or call; only the hash of its id is stored."""

    id: int | None = Field(default=None, primary_key=True)
    token_hash: str = Field(max_length=64, unique=True)
    kind: str = Field(max_length=8)
    ticket_number: int = Field(foreign_key="ticket.number", index=True)
    call_id: int | None = Field(default=None, foreign_key="video_call.id", index=True)
    user_id: int | None = Field(default=None, foreign_key="user.id")
    phone: str = Field(max_length=16)
    created_at: datetime
    expires_at: datetime
