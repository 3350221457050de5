"""The event chain of every ticket, computed anew (I5)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from sqlmodel import Session, col, select

from app.services.checks.violation import Violation
from models.lifecycle import Status
from models.ticket import EventText, Ticket, TicketEvent

TICKETS_AT_ONCE = 500
SHOWN = 100


@dataclass(frozen=True)
class _End:
    """What a ticket says about the end of its chain."""

    number: int
    event_count: int
    chain_tip: str
    status: Status


def chain_violations(session: Session, *, at_once: int = TICKETS_AT_ONCE) -> Iterator[Violation]:
    """The tickets whose chain does not verify, at most a hundred, one fault of each."""
    found = 0
    after = 0
    while tickets := _tickets_after(session, after, at_once):
        after = tickets[-1].number
        chains = _chains(session, tickets)
        for ticket in tickets:
            fault = _fault(ticket, chains.get(ticket.number, []))
            if fault is not None:
                yield Violation("I5", f"ticket {ticket.number}: {fault}", ticket=ticket.number)
                found += 1
                if found == SHOWN:
                    return


def _tickets_after(session: Session, after: int, at_once: int) -> list[_End]:
    query = (
        select(Ticket.number, Ticket.event_count, Ticket.chain_tip, Ticket.status)
        .where(col(Ticket.number) > after)
        .order_by(col(Ticket.number))
        .limit(at_once)
    )
    return [
        _End(number or 0, count, tip, Status(status))
        for number, count, tip, status in session.exec(query)
    ]


Chain = list[tuple[TicketEvent, EventText | None]]


def _chains(session: Session, tickets: Sequence[_End]) -> dict[int, Chain]:
    query = (
        select(TicketEvent, EventText)
        .outerjoin(EventText, col(EventText.event_id) == col(TicketEvent.id))
        .where(col(TicketEvent.ticket_number).between(tickets[0].number, tickets[-1].number))
        .order_by(col(TicketEvent.ticket_number), col(TicketEvent.sequence))
        # What another session changed since is what must be checked, not what we remember of it.
        .execution_options(populate_existing=True)
    )
    rows = session.exec(query)
    return {
        number: list(chain) for number, chain in groupby(rows, key=lambda row: row[0].ticket_number)
    }


def _fault(ticket: _End, chain: Chain) -> str | None:
    """What is wrong with one chain, if anything."""
    previous, status = "", Status.OPEN
    for sequence, (event, text) in enumerate(chain, start=1):
        if event.sequence != sequence:
            return f"event {sequence} is missing"
        if event.previous_hash != previous:
            return f"event {sequence} does not follow the one before"
        if event.hash != event.chained_hash(ticket.number):
            return f"event {sequence} was changed"
        if text is not None and not _is_erased(text) and text.digest() != event.text_digest:
            return f"the text of event {sequence} was changed"
        previous, status = event.hash, event.to_status or status
    if len(chain) != ticket.event_count or previous != ticket.chain_tip:
        return "its last events are missing"
    if status is not ticket.status:
        return f"it is {ticket.status}, but its events lead to {status}"
    return None


def _is_erased(text: EventText) -> bool:
    """Body and salt are gone by a person's right; the digest stays in the chain."""
    return not text.body and not text.salt
