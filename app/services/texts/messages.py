"""Texts as people may read them again: one conversation of what went out and what came in."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import cast

from sqlalchemy import ColumnElement, and_, false, literal, or_, true
from sqlalchemy.orm import Mapped
from sqlmodel import Session, col, select

from app.services.scope import in_scope
from app.sms.phones import masked, normalise
from app.sms.provider import Inbound
from app.sms.texts import fill_link
from models.account import Role, User, Viewer
from models.message import InboundMessage, InboundState, OutboundMessage, OutboundState
from models.ticket import Ticket

Table = type[InboundMessage] | type[OutboundMessage]
READS_ALL = frozenset({Role.DISPATCHER, Role.ADMIN, Role.AUDITOR})
OWN_ONLY = frozenset({Role.COMMUNE, Role.TECHNICIAN})
HIDDEN = "…"


class UnknownTextError(LookupError):
    """No text has that id."""


class ForeignPhoneError(LookupError):
    """The phone is somebody else's; whether anything was written to it is not told."""


@dataclass(frozen=True)
class TextData:
    """One text. ``id`` is ``i7`` for the seventh that came in, ``o12`` for one that went out."""

    id: str
    is_inbound: bool
    phone: str
    body: str
    ticket_number: int | None
    state: InboundState | OutboundState
    at: datetime

    @property
    def place(self) -> tuple[datetime, bool, int]:
        """Where it stands: by time, what came in before its answer."""
        return self.at, not self.is_inbound, int(self.id[1:])


@dataclass(frozen=True)
class TextPage:
    """Texts, oldest first; ``next`` is the id to go on after, None at the end."""

    items: tuple[TextData, ...]
    next: str | None


def texts_for(
    session: Session, *, viewer: Viewer, phone: str = "", after: str = "", limit: int = 200
) -> TextPage:
    """Texts that this person may read, of one phone or of all, after the one of that id.

    Communes and technicians read their own phone, leads those of their team and its tickets,
    dispatchers and administrators all; an auditor sees that they were, not what they said.

    Raises
    ------
    ForeignPhoneError
        If the phone is not the commune's or technician's own.
    UnknownTextError
        If ``after`` is no text's id.
    """
    phone = _written_alike(phone)
    if viewer.role in OWN_ONLY:
        own = session.exec(select(User.phone).where(col(User.id) == viewer.user_id)).first()
        if phone and phone != own:
            raise ForeignPhoneError
        phone = own or ""
        if not own:
            return TextPage((), None)
    last = _find(session, after) if after else None
    found: list[TextData] = []
    for table in (InboundMessage, OutboundMessage):
        found += _read(session, table, viewer=viewer, phone=phone, last=last, limit=limit + 1)
    found.sort(key=lambda text: text.place)
    items = tuple(_shown(text, viewer) for text in found[:limit])
    return TextPage(items, items[-1].id if len(found) > limit else None)


def _find(session: Session, text_id: str) -> TextData:
    row: InboundMessage | OutboundMessage | None = None
    if text_id[1:].isdecimal() and len(text_id) <= 10:
        if text_id[0] == "i":
            row = session.get(InboundMessage, int(text_id[1:]))
        elif text_id[0] == "o":
            row = session.get(OutboundMessage, int(text_id[1:]))
    if row is None:
        raise UnknownTextError(text_id)
    return _text(row)


def _read(
    session: Session,
    table: Table,
    *,
    viewer: Viewer,
    phone: str,
    last: TextData | None,
    limit: int,
) -> list[TextData]:
    at: Mapped[datetime] = (
        col(InboundMessage.received_at)
        if table is InboundMessage
        else col(OutboundMessage.created_at)
    )
    query = select(table).where(_readable(table, viewer))
    if phone:
        query = query.where(col(table.phone) == phone)
    if last is not None:
        query = query.where(_later(table, at, last))
    found = session.exec(query.order_by(at, col(table.id)).limit(limit))
    # A query over either of two tables is one over their common parent to the type checker.
    rows = cast("Iterable[InboundMessage | OutboundMessage]", found)
    return [_text(row) for row in rows]


def _later(table: Table, at: Mapped[datetime], last: TextData) -> ColumnElement[bool]:
    is_inbound = table is InboundMessage
    if is_inbound is last.is_inbound:
        same_moment = col(table.id) > int(last.id[1:])
    else:
        same_moment = literal(last.is_inbound)
    return or_(at > last.at, and_(at == last.at, same_moment))


def _readable(table: Table, viewer: Viewer) -> ColumnElement[bool]:
    if viewer.role in READS_ALL or viewer.role in OWN_ONLY:
        return true()
    if viewer.team_id is None:
        return false()
    team = select(User.id).where(col(User.team_id) == viewer.team_id)
    tickets = select(Ticket.number).where(in_scope(viewer), col(Ticket.team_id) == viewer.team_id)
    return or_(col(table.user_id).in_(team), col(table.ticket_number).in_(tickets))


def _text(row: InboundMessage | OutboundMessage) -> TextData:
    is_inbound = isinstance(row, InboundMessage)
    return TextData(
        id=f"{'i' if is_inbound else 'o'}{row.id}",
        is_inbound=is_inbound,
        phone=row.phone,
        # A link is made at the moment of sending and never kept.
        body=fill_link(row.body, ""),
        ticket_number=row.ticket_number,
        state=row.state,
        at=row.received_at if isinstance(row, InboundMessage) else row.created_at,
    )


def _shown(text: TextData, viewer: Viewer) -> TextData:
    if viewer.role is Role.AUDITOR:
        return replace(text, phone=masked(text.phone), body=HIDDEN)
    return text


def typed_text(phone: str, body: str) -> Inbound:
    """A text as if that phone of the demo had sent it; each one is a text of its own."""
    return Inbound(
        provider="console",
        provider_message_id=uuid.uuid4().hex,
        phone=_written_alike(phone),
        body=body,
    )


def readable_body(text: OutboundMessage) -> str:
    """A text as it may be shown again: without its link."""
    return fill_link(text.body, "")


def _written_alike(phone: str) -> str:
    """The number in the form in which it is kept; what is no number stays as it is."""
    try:
        return normalise(phone) if phone else ""
    except ValueError:
        return phone
