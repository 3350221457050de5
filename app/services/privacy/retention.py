"""Personal data is kept for 24 months after a ticket ended; then only what happened remains.

Numbers, times, statuses, events and the hash chain stay, so that every report still adds up. Each
call does one batch in the caller's transaction and does nothing when there is nothing left to do.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path

from sqlalchemy import ColumnElement, delete, func, update
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from app.services.privacy.erasure import (
    NO_PHONE,
    erase_event_texts,
    erase_heard,
    erase_sent,
    erase_signals,
)
from app.services.reference import Reference, reference
from app.services.tickets.attachments import FOLDER
from app.services.tickets.intake import search_text
from models.call import Participant, Signal, VideoCall
from models.geography import RoadClosure
from models.lifecycle import ENDED
from models.message import InboundMessage, Link, OutboundMessage
from models.plan import Assignment
from models.ticket import Attachment, Ticket, TicketEvent
from models.workforce import Leave

# Two years are 730 or 731 days: never a day too early.
KEPT = timedelta(days=731)
# Stands where the digest of what was sent in stood: it could be searched for the phone.
ANONYMISED = "anonymised"
TICKETS_AT_ONCE = 100
TEXTS_AT_ONCE = 500
FILES_AT_ONCE = 500
# A file waits that long for its form to be sent.
UNOWNED_KEPT = timedelta(days=2)


def anonymise_old(session: Session, *, now: datetime, at_once: int = TICKETS_AT_ONCE) -> int:
    """Anonymise the oldest tickets that ended more than 24 months ago; how many it were.

    At most ``at_once`` a call: repeat until none is left.
    """
    tickets = session.exec(_old_tickets(now - KEPT).limit(at_once).with_for_update()).all()
    if not tickets:
        return 0
    facts = reference(session)
    for ticket in tickets:
        _anonymise(ticket, facts)
    numbers = [ticket.number or 0 for ticket in tickets]
    erase_event_texts(session, col(TicketEvent.ticket_number).in_(numbers))
    erase_sent(session, col(OutboundMessage.ticket_number).in_(numbers))
    erase_heard(session, col(InboundMessage.ticket_number).in_(numbers))
    _erase_calls(session, numbers)
    _erase_visit_notes(session, numbers)
    for table in (Link, Attachment):
        session.exec(
            delete(table)
            .where(col(table.ticket_number).in_(numbers))
            .execution_options(synchronize_session=False)
        )
    session.flush()
    return len(tickets)


def forget_old_texts(session: Session, *, now: datetime) -> int:
    """Erase texts of no ticket and notes older than 24 months, 500 a call; how many it were.

    Notes are what was written about a closed road or about why somebody was away.
    """
    sent = session.exec(_old_sent(now - KEPT).limit(TEXTS_AT_ONCE)).all()
    heard = session.exec(_old_heard(now - KEPT).limit(TEXTS_AT_ONCE)).all()
    if sent:
        erase_sent(session, col(OutboundMessage.id).in_(sent))
    if heard:
        erase_heard(session, col(InboundMessage.id).in_(heard))
    notes = 0
    for table, query in _old_notes(now - KEPT):
        old = session.exec(query.limit(TEXTS_AT_ONCE)).all()
        if old:
            session.exec(
                update(table)
                .where(col(table.id).in_(old))
                .values(note="")
                .execution_options(synchronize_session=False)
            )
        notes += len(old)
    return len(sent) + len(heard) + notes


def is_due(session: Session, *, now: datetime) -> bool:
    """Whether anything is left to forget: asked first, so that nobody waits for a writer."""
    before = now - KEPT
    return (
        session.exec(_old_tickets(before).limit(1)).first() is not None
        or session.exec(_old_sent(before).limit(1)).first() is not None
        or session.exec(_old_heard(before).limit(1)).first() is not None
        or any(session.exec(query.limit(1)).first() for _table, query in _old_notes(before))
    )


def remove_unowned_files(session: Session, *, data_path: Path, machine_now: datetime) -> int:
    """Remove files that no ticket owns any more, or never came to own; how many it were.

    Called after the rows are gone for good: a file without a row does no harm, a row without its
    file does. A file that is also another ticket's stays.
    """
    removed = 0
    before = (machine_now - UNOWNED_KEPT).timestamp()
    files = _old_files(data_path / FOLDER, before)
    while paths := list(islice(files, FILES_AT_ONCE)):
        names = [path.name for path in paths]
        owned = set(
            session.exec(select(Attachment.sha256).where(col(Attachment.sha256).in_(names)))
        )
        for path in paths:
            # Looked at once more: a second sending of the same file makes it new again.
            if path.name not in owned and path.stat().st_mtime < before:
                path.unlink(missing_ok=True)
                removed += 1
    return removed


def _old_files(folder: Path, before: float) -> Iterator[Path]:
    for path in folder.glob("??/*"):
        if path.stat().st_mtime < before:
            yield path


def _ended_before(moment: datetime) -> ColumnElement[bool]:
    """Whether a ticket had come to its end by then."""
    last_event = (
        select(func.max(TicketEvent.at))
        .where(col(TicketEvent.ticket_number) == col(Ticket.number))
        .correlate(Ticket)
        .scalar_subquery()
    )
    is_ended: ColumnElement[bool] = col(Ticket.status).in_(ENDED)
    return is_ended & (func.coalesce(col(Ticket.closed_at), last_event) < moment)


def _old_tickets(before: datetime) -> SelectOfScalar[Ticket]:
    return (
        select(Ticket)
        .where(_ended_before(before), col(Ticket.body_digest) != ANONYMISED)
        .order_by(col(Ticket.number))
    )


def _old_notes(
    before: datetime,
) -> list[tuple[type[RoadClosure] | type[Leave], SelectOfScalar[int | None]]]:
    roads = select(col(RoadClosure.id)).where(
        col(RoadClosure.note) != "",
        func.coalesce(col(RoadClosure.lifted_at), col(RoadClosure.until_at)) < before,
    )
    leaves = select(col(Leave.id)).where(col(Leave.note) != "", col(Leave.until_at) < before)
    return [(RoadClosure, roads), (Leave, leaves)]


def _old_sent(before: datetime) -> SelectOfScalar[int | None]:
    return select(col(OutboundMessage.id)).where(
        col(OutboundMessage.ticket_number).is_(None),
        col(OutboundMessage.created_at) < before,
        col(OutboundMessage.phone) != NO_PHONE,
    )


def _old_heard(before: datetime) -> SelectOfScalar[int | None]:
    return select(col(InboundMessage.id)).where(
        col(InboundMessage.ticket_number).is_(None),
        col(InboundMessage.received_at) < before,
        col(InboundMessage.phone) != NO_PHONE,
    )


def _anonymise(ticket: Ticket, facts: Reference) -> None:
    ticket.title = facts.categories[ticket.category_code].name_vi
    ticket.description = ticket.village = ""
    ticket.extra = {}
    ticket.contact_phone = None
    ticket.body_digest = ANONYMISED
    # The full-text index follows this column.
    ticket.search_text = search_text(ticket, facts)


def _erase_calls(session: Session, numbers: Sequence[int]) -> None:
    calls = select(VideoCall.id).where(col(VideoCall.ticket_number).in_(numbers))
    erase_signals(session, col(Signal.call_id).in_(calls))
    # Somebody who came by a link alone is named by their commune and the end of their phone.
    session.exec(
        update(Participant)
        .where(col(Participant.call_id).in_(calls), col(Participant.user_id).is_(None))
        .values(name="")
        .execution_options(synchronize_session=False)
    )
    session.exec(
        update(VideoCall)
        .where(col(VideoCall.ticket_number).in_(numbers))
        .values(note="")
        .execution_options(synchronize_session=False)
    )


def _erase_visit_notes(session: Session, numbers: Sequence[int]) -> None:
    session.exec(
        update(Assignment)
        .where(col(Assignment.ticket_number).in_(numbers))
        .values(hand_note="", work_done="", parts="")
        .execution_options(synchronize_session=False)
    )
