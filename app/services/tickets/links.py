"""Short links that texts carry: for one person and one ticket or call, and dead when that ends."""

import hashlib
import hmac
import string
from datetime import datetime, timedelta
from enum import StrEnum

from sqlmodel import Session, col, select

from models.call import CallState, VideoCall
from models.lifecycle import ENDED
from models.message import Link
from models.ticket import Ticket

# 62^11 is 65 bits. Letters and digits alone: phones cut a link at a dash or underscore at its end.
ALPHABET = string.ascii_letters + string.digits
TOKEN_LENGTH = 11
TICKET_LINK_KEPT = timedelta(days=7)
# The call's end kills its links; this bounds those of a call that nobody ever ends.
CALL_LINK_KEPT = timedelta(days=7)
OPENS_BEFORE = timedelta(minutes=30)
LIVE_CALLS = frozenset({CallState.BOOKED, CallState.RUNNING})


class LinkKind(StrEnum):
    """What a link opens."""

    TICKET = "ticket"
    CALL = "call"


class Death(StrEnum):
    """Why a link does not open."""

    UNKNOWN = "unknown"
    EARLY = "early"
    EXPIRED = "expired"
    ENDED = "ended"


class LinkDead(LookupError):
    """The link does not open; ``opens_at`` is set when it is only too early."""

    def __init__(self, reason: Death, *, opens_at: datetime | None = None) -> None:
        super().__init__(reason.value)
        self.reason = reason
        self.opens_at = opens_at


def make_link(
    session: Session,
    *,
    kind: str,
    ticket_number: int,
    call_id: int | None,
    user_id: int | None,
    phone: str,
    now: datetime,
    secret: str,
    nonce: str = "",
) -> str:
    """Token of this person's link; only its hash is stored.

    The same arguments give the same token, so that a text that is sent again reads the same and
    every text about a call carries one link. ``nonce`` makes another one.
    """
    kind = LinkKind(kind)
    token = _token(
        secret, kind.value, str(call_id or ticket_number), str(user_id or ""), phone, nonce
    )
    link = _find(session, token)
    if link is None:
        link = Link(
            token_hash=_hash(token),
            kind=kind.value,
            ticket_number=ticket_number,
            call_id=call_id,
            user_id=user_id,
            phone=phone,
            created_at=now,
            expires_at=now,
        )
    link.expires_at = _expiry(session, link, now=now)
    session.add(link)
    session.flush()
    return token


def open_link(session: Session, token: str, *, kind: LinkKind, now: datetime) -> Link:
    """The link of that token and kind, alive.

    Raises
    ------
    LinkDead
        With the reason: unknown, too early, expired, or its call or ticket has ended.
    """
    link = _find(session, token)
    if link is None or link.kind != kind:
        raise LinkDead(Death.UNKNOWN)
    if now >= link.expires_at:
        raise LinkDead(Death.EXPIRED)
    ticket = session.get(Ticket, link.ticket_number)
    if ticket is None or ticket.status in ENDED:
        raise LinkDead(Death.ENDED)
    if kind is LinkKind.CALL:
        call = session.get(VideoCall, link.call_id)
        if call is None or call.state not in LIVE_CALLS:
            raise LinkDead(Death.ENDED)
        opens_at = call.starts_at - OPENS_BEFORE
        if call.state is CallState.BOOKED and now < opens_at:
            raise LinkDead(Death.EARLY, opens_at=opens_at)
    return link


def held_link(session: Session, link_id: int, *, now: datetime) -> Link | None:
    """A link that this browser has opened before; still held when its call has ended."""
    link = session.get(Link, link_id)
    return link if link is not None and now < link.expires_at else None


def _expiry(session: Session, link: Link, *, now: datetime) -> datetime:
    if link.kind == LinkKind.TICKET:
        return now + TICKET_LINK_KEPT
    call = session.get(VideoCall, link.call_id)
    if call is None:
        raise ValueError("a call's link needs the call")
    return max(now, call.starts_at) + CALL_LINK_KEPT


def _find(session: Session, token: str) -> Link | None:
    return session.exec(select(Link).where(col(Link.token_hash) == _hash(token))).first()


def _token(secret: str, *parts: str) -> str:
    """Letters and digits from an HMAC over the parts, which cannot run into each other."""
    message = b"".join(len(part).to_bytes(4) + part.encode() for part in parts)
    number = int.from_bytes(hmac.digest(secret.encode(), b"link" + message, "sha256"))
    letters = []
    for _place in range(TOKEN_LENGTH):
        number, index = divmod(number, len(ALPHABET))
        letters.append(ALPHABET[index])
    return "".join(letters)


def _hash(token: str) -> str:
    # Plain SHA-256: 65 random bits cannot be searched, and links outlive a change of the secret.
    return hashlib.sha256(token.encode()).hexdigest()
