"""Texts as events of the live stream, for the demo's page of phones."""

from sqlalchemy import func
from sqlmodel import Session, col, select

from app.services.boards.subscription import Source, StreamEvent, Subscriber
from models.message import InboundMessage, OutboundMessage, OutboundState

AT_MOST = 20
LEFT = col(OutboundMessage.state).not_in([OutboundState.QUEUED, OutboundState.SENDING])


def _start_sent(session: Session, _subscriber: Subscriber) -> int:
    return session.exec(select(func.count()).select_from(OutboundMessage).where(LEFT)).one()


def _read_sent(
    session: Session, subscriber: Subscriber, cursor: int
) -> tuple[list[StreamEvent], int]:
    """Texts that left the outbox. They leave in any order of id, so the cursor counts them."""
    left = _start_sent(session, subscriber)
    newest = (
        select(OutboundMessage.id, OutboundMessage.phone)
        .where(LEFT)
        .order_by(col(OutboundMessage.sent_at).desc(), col(OutboundMessage.id).desc())
        .limit(min(max(left - cursor, 0), AT_MOST))
    )
    rows = session.exec(newest).all() if left > cursor else []
    return [_message("out", number, phone) for number, phone in reversed(rows)], left


def _start_heard(session: Session, _subscriber: Subscriber) -> int:
    return session.exec(select(func.max(InboundMessage.id))).one() or 0


def _read_heard(
    session: Session, _subscriber: Subscriber, cursor: int
) -> tuple[list[StreamEvent], int]:
    newer = (
        select(InboundMessage.id, InboundMessage.phone)
        .where(col(InboundMessage.id) > cursor)
        .order_by(col(InboundMessage.id))
        .limit(AT_MOST)
    )
    rows = session.exec(newer).all()
    events = [_message("in", number, phone) for number, phone in rows]
    return events, max([cursor, *(number for number, _phone in rows if number is not None)])


def _message(direction: str, number: int | None, phone: str) -> StreamEvent:
    return StreamEvent("message", {"direction": direction, "id": number, "phone": phone})


SENT = Source("sent", _start_sent, _read_sent)
HEARD = Source("heard", _start_heard, _read_heard)
