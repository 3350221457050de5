"""What erasing personal data means, row by row; retention and a person's right both use it."""

from sqlalchemy import ColumnElement, delete, null, update
from sqlmodel import Session, col, select

from models.call import Signal
from models.geography import RoadClosure
from models.message import InboundMessage, OutboundMessage, OutboundState
from models.ticket import EventText, TicketEvent

# No phone is written like that, so no search by phone and no page of one finds the text.
NO_PHONE = ""
ERASED_CODE = "erased"
ON_THE_WAY = (OutboundState.QUEUED, OutboundState.SENDING)


def erase_event_texts(session: Session, events: ColumnElement[bool]) -> None:
    """Take the words off these events; the chain goes on with their salted digest."""
    ids = select(TicketEvent.id).where(events)
    session.exec(
        update(EventText)
        .where(col(EventText.event_id).in_(ids))
        .values(body="", salt="")
        .execution_options(synchronize_session=False)
    )


def erase_sent(session: Session, texts: ColumnElement[bool]) -> None:
    """Take words and phone off these texts of the outbox; what has not left stays unsent."""
    session.exec(
        update(OutboundMessage)
        .where(texts, col(OutboundMessage.state).in_(ON_THE_WAY))
        .values(state=OutboundState.FAILED, code=ERASED_CODE, claim=None)
        .execution_options(synchronize_session=False)
    )
    session.exec(
        update(OutboundMessage)
        .where(texts)
        .values(body="", phone=NO_PHONE, prompt=null())
        .execution_options(synchronize_session=False)
    )


def erase_heard(session: Session, texts: ColumnElement[bool]) -> None:
    """Take words and phone off these texts of the inbox."""
    session.exec(
        update(InboundMessage)
        .where(texts)
        .values(body="", folded="", phone=NO_PHONE)
        .execution_options(synchronize_session=False)
    )


def erase_signals(session: Session, lines: ColumnElement[bool]) -> None:
    """Remove lines of calls' logs: they hold what was written and the addresses of machines."""
    session.exec(delete(Signal).where(lines).execution_options(synchronize_session=False))


def erase_closure_notes(session: Session, user_id: int) -> None:
    """Take off what somebody wrote about the roads that they closed; the closures stay."""
    session.exec(
        update(RoadClosure)
        .where(col(RoadClosure.filed_by_id) == user_id)
        .values(note="")
        .execution_options(synchronize_session=False)
    )
