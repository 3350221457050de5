"""Every phone of the demo: what it was sent, what it sent, and its answer as its owner."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, union_all
from sqlalchemy import select as sql_select
from sqlmodel import Session, col, select

from app.i18n import label
from app.services.privacy.erasure import NO_PHONE
from app.services.reference import reference
from app.services.texts.inbox import receive
from app.services.texts.messages import typed_text
from app.services.tickets.links import make_link
from app.sms.phones import national
from app.sms.texts import LINK, fill_link
from models.account import Role, User
from models.message import InboundMessage, InboundState, OutboundMessage, OutboundState

SHOWN = 100
# Texts that have not left the outbox are not on the phone yet.
ON_THE_WAY = (OutboundState.QUEUED, OutboundState.SENDING)


@dataclass(frozen=True)
class Phone:
    """A phone of the demo; ``last_at`` is None where nothing was written yet."""

    number: str
    words: str
    owner: str
    role: str
    last_at: datetime | None
    last_body: str


@dataclass(frozen=True)
class Text:
    """One text in a conversation. ``link_kind`` says what its link opens, if it has one."""

    id: int
    is_from_phone: bool
    body: str
    at: datetime
    state: InboundState | OutboundState
    link_kind: str | None


def phones(session: Session) -> list[Phone]:
    """Every phone, those with the newest text first, then by owner."""
    last = _last_texts(session)
    owners: dict[str, tuple[str, str]] = {}
    for user in session.exec(select(User).where(col(User.phone).is_not(None))):
        owners.setdefault(user.phone or "", (user.name, _role_words(session, user)))
    for number in last:
        owners.setdefault(number, (national(number), ""))
    found = [
        Phone(
            number=number,
            words=national(number),
            owner=owner,
            role=role,
            last_at=last[number][0] if number in last else None,
            last_body=last[number][1] if number in last else "",
        )
        for number, (owner, role) in owners.items()
    ]
    found.sort(key=lambda one: one.owner)
    found.sort(key=lambda one: one.last_at.timestamp() if one.last_at else 0, reverse=True)
    return found


def _role_words(session: Session, user: User) -> str:
    place = reference(session).places.get(user.commune_code or "")
    if user.role is Role.COMMUNE and place:
        return place.full_name
    return label(user.role)


def _last_texts(session: Session) -> dict[str, tuple[datetime, str]]:
    """Time and words of the newest text of each phone."""
    sent: Select[*tuple[Any, ...]] = sql_select(
        col(OutboundMessage.phone).label("phone"),
        col(OutboundMessage.created_at).label("at"),
        col(OutboundMessage.body).label("body"),
    ).where(col(OutboundMessage.state).not_in(ON_THE_WAY), col(OutboundMessage.phone) != NO_PHONE)
    heard: Select[*tuple[Any, ...]] = sql_select(
        col(InboundMessage.phone).label("phone"),
        col(InboundMessage.received_at).label("at"),
        col(InboundMessage.body).label("body"),
    ).where(col(InboundMessage.phone) != NO_PHONE)
    both = union_all(sent, heard).subquery()
    rows = session.execute(
        sql_select(both.c.phone, both.c.at, both.c.body)
        .order_by(both.c.at.desc())
        .limit(SHOWN * 20)
    )
    last: dict[str, tuple[datetime, str]] = {}
    for phone, at, body in rows:
        last.setdefault(phone, (at, fill_link(body, "")))
    return last


def conversation(session: Session, number: str) -> list[Text]:
    """The newest texts of a phone, oldest first."""
    sent = session.exec(
        select(OutboundMessage)
        .where(col(OutboundMessage.phone) == number, col(OutboundMessage.state).not_in(ON_THE_WAY))
        .order_by(col(OutboundMessage.id).desc())
        .limit(SHOWN)
    )
    heard = session.exec(
        select(InboundMessage)
        .where(col(InboundMessage.phone) == number)
        .order_by(col(InboundMessage.id).desc())
        .limit(SHOWN)
    )
    texts = [_sent(row) for row in sent] + [_heard(row) for row in heard]
    # What a phone wrote comes before its answer, which carries the same moment.
    texts.sort(key=lambda text: (text.at, not text.is_from_phone, text.id))
    return texts[-SHOWN:]


def _sent(row: OutboundMessage) -> Text:
    return Text(
        id=row.id or 0,
        is_from_phone=False,
        body=fill_link(row.body, ""),
        at=row.created_at,
        state=row.state,
        link_kind=row.link_kind if LINK in row.body else None,
    )


def _heard(row: InboundMessage) -> Text:
    return Text(
        id=row.id or 0,
        is_from_phone=True,
        body=row.body,
        at=row.received_at,
        state=row.state,
        link_kind=None,
    )


def answer(session: Session, number: str, body: str, *, now: datetime) -> None:
    """Write a text as the phone's owner; it is taken in like any other."""
    receive(session, typed_text(number, body.strip()[:1000]), now=now)


def link_of(
    session: Session, number: str, text_id: int, *, now: datetime, secret: str
) -> str | None:
    """Path of the link in a text, the very one that was sent; None where there is none."""
    row = session.get(OutboundMessage, text_id)
    if row is None or row.phone != number or row.link_kind is None or row.ticket_number is None:
        return None
    is_call = row.link_kind == "call"
    token = make_link(
        session,
        kind=row.link_kind,
        ticket_number=row.ticket_number,
        call_id=row.link_id if is_call else None,
        user_id=row.user_id,
        phone=row.phone,
        now=now,
        secret=secret,
    )
    return f"/{'c' if is_call else 't'}/{token}"
