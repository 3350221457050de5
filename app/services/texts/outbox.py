"""What must be said: written down with the change, sent by the worker, never twice."""

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import Engine, update
from sqlmodel import Session, col, select
from structlog import get_logger

from app.services.tickets.links import make_link
from app.sms.provider import Message, Receipt, Retry, Sent, SentState, SmsProvider
from app.sms.texts import fill_link, render
from models.account import Language, User
from models.database import reading, transaction
from models.message import OutboundMessage, OutboundState
from models.ticket import Ticket

log = get_logger()

# A worker has a text for that long; after it another may look what became of it.
LEASE = timedelta(seconds=60)
ATTEMPTS = 6
BATCH = 20
# A quick digit belongs to its text for three days.
PROMPT_KEPT = timedelta(hours=72)
# A receipt moves a text up this ladder, never down.
RANK = {
    OutboundState.QUEUED: 0,
    OutboundState.SENDING: 1,
    OutboundState.SENT: 2,
    OutboundState.DELIVERED: 3,
    OutboundState.UNDELIVERED: 3,
    OutboundState.FAILED: 3,
}


def say(
    session: Session,
    event: str,
    *,
    key: str,
    now: datetime,
    to: User | None = None,
    phone: str | None = None,
    ticket: Ticket | None = None,
    link_kind: str | None = None,
    link_id: int | None = None,
    prompt: dict[str, str] | None = None,
    values: dict[str, object] | None = None,
    body: str | None = None,
    is_answer: bool = False,
) -> OutboundMessage | None:
    """Write down one text; a worker sends it after the transaction.

    Nothing is written when the person has no phone, has opted out, or the same key was said before.
    ``values`` fill the template of the event, unless ``body`` is given. An answer to somebody's own
    text goes out even after they opted out.
    """
    number = phone or (to.phone if to else None)
    has_stopped = to is not None and to.sms_stopped_at is not None
    if number is None or (has_stopped and not is_answer):
        return None
    said = session.exec(select(OutboundMessage).where(col(OutboundMessage.key) == key)).first()
    if said is not None:
        return said
    language = to.language if to else Language.VI
    message = OutboundMessage(
        key=key,
        phone=number,
        user_id=to.id if to else None,
        ticket_number=ticket.number if ticket else None,
        event=event,
        language=language,
        body=body if body is not None else render(event, language.value, **(values or {})),
        link_kind=link_kind,
        link_id=link_id,
        prompt=dict(prompt) if prompt else None,
        created_at=now,
        due_at=now,
    )
    session.add(message)
    return message


def deliver_due(
    engine: Engine,
    provider: SmsProvider,
    *,
    now: datetime,
    secret: str,
    public_url: str,
    has_links: bool = True,
    fence: Callable[[Session], None] = lambda _session: None,
) -> int:
    """Send every text that is due; how many were handed to the provider.

    ``fence`` is called in each claim: a worker that lost its lease is stopped there.

    Claim, work, record: each claim and each record is a short transaction of its own, the provider
    is called in none. Of two workers one loses the conditional UPDATE and sends nothing.
    """
    sent = 0
    for message_id in _due(engine, now):
        claim = secrets.token_hex(8)
        claimed = _claim(engine, message_id, claim=claim, fence=fence, now=now)
        if claimed is None:
            continue
        message, must_look_up = claimed
        result = provider.look_up(message) if must_look_up else None
        if result is None:
            # The last thing before the text goes out: a worker that was paused since its claim, and
            # lost the text meanwhile, must not send it after all; nor what a receipt tells of now.
            with transaction(engine) as session:
                fence(session)
                row = session.get_one(OutboundMessage, message_id, with_for_update=True)
                if row.claim != claim or row.state is not OutboundState.SENDING:
                    continue
                body = (
                    _with_link(session, row, now=now, secret=secret, public_url=public_url)
                    if has_links
                    else fill_link(row.body, "")
                )
            result = provider.send(
                Message(message.outbox_id, message.phone, body, message.sent_after)
            )
        _record(engine, message_id, claim=claim, result=result, provider=provider.name, now=now)
        sent += result.state in (SentState.QUEUED, SentState.SENT)
    return sent


def _due(engine: Engine, now: datetime) -> list[int]:
    with reading(engine) as session:
        rows = session.exec(
            select(OutboundMessage.id)
            .where(
                col(OutboundMessage.state).in_([OutboundState.QUEUED, OutboundState.SENDING]),
                col(OutboundMessage.due_at) <= now,
            )
            .order_by(col(OutboundMessage.due_at), col(OutboundMessage.id))
            .limit(BATCH)
        ).all()
    return [row for row in rows if row is not None]


def _claim(
    engine: Engine,
    message_id: int,
    *,
    claim: str,
    fence: Callable[[Session], None],
    now: datetime,
) -> tuple[Message, bool] | None:
    """Take one text for this worker; whether it must be looked up first comes with it."""
    with transaction(engine) as session:
        fence(session)
        row = session.get(OutboundMessage, message_id)
        if row is None:
            return None
        # Claimed before and not recorded: a worker died between handing over and writing down.
        must_look_up = row.state is OutboundState.SENDING
        taken = session.exec(
            update(OutboundMessage)
            .where(
                col(OutboundMessage.id) == message_id,
                col(OutboundMessage.due_at) == row.due_at,
                col(OutboundMessage.state) == row.state,
            )
            .values(
                state=OutboundState.SENDING,
                claim=claim,
                due_at=now + LEASE,
                attempts=col(OutboundMessage.attempts) + 1,
                sent_at=row.sent_at or now,
            )
            .execution_options(synchronize_session=False)
        )
        if taken.rowcount != 1:
            return None
        return Message(message_id, row.phone, row.body, row.sent_at or now), must_look_up


def _with_link(
    session: Session, row: OutboundMessage, *, now: datetime, secret: str, public_url: str
) -> str:
    """The body to hand over: its placeholder becomes a link that was made just now."""
    if row.link_kind is None or row.ticket_number is None:
        return row.body
    token = make_link(
        session,
        kind=row.link_kind,
        ticket_number=row.ticket_number,
        call_id=row.link_id if row.link_kind == "call" else None,
        user_id=row.user_id,
        phone=row.phone,
        now=now,
        secret=secret,
    )
    letter = "c" if row.link_kind == "call" else "t"
    return fill_link(row.body, f"{public_url}/{letter}/{token}")


def _record(
    engine: Engine,
    message_id: int,
    *,
    claim: str,
    result: Sent,
    provider: str,
    now: datetime,
) -> None:
    """Write down what came of it, unless another worker has taken the text since.

    A receipt that was quicker knows better what became of the text: its state stays.
    """
    with transaction(engine) as session:
        row = session.get_one(OutboundMessage, message_id, with_for_update=True)
        if row.claim != claim:
            return
        row.claim = None
        row.provider = provider
        row.provider_id = result.provider_id or row.provider_id
        row.code = result.code
        if RANK[row.state] >= RANK[OutboundState.SENT]:
            return
        if result.state in (SentState.QUEUED, SentState.SENT):
            row.state = OutboundState.SENT
        elif result.retry is Retry.NO or row.attempts >= ATTEMPTS:
            row.state = OutboundState.FAILED
            log.warning("text given up", outbox_id=message_id, code=result.code)
        elif result.retry is Retry.LATER:
            # A definite refusal: the provider has nothing of it, so it is queued and sent anew.
            row.state = OutboundState.QUEUED
            row.due_at = now + _pause(row.attempts)
        else:
            # Nobody knows: it stays `sending`, and is looked up before anything else.
            row.due_at = now + _pause(row.attempts)


def _pause(attempts: int) -> timedelta:
    """Wait before the next try: doubling from 5 s, with jitter so that texts spread."""
    seconds = min(600.0, 5.0 * 2 ** (attempts - 1))
    return timedelta(seconds=seconds * (0.75 + secrets.randbelow(500) / 1000))


def record_receipt(session: Session, receipt: Receipt, *, now: datetime) -> bool:
    """Take in a provider's word about a text; it only climbs. Whether the text is known."""
    query = select(OutboundMessage)
    if receipt.outbox_id is not None:
        query = query.where(col(OutboundMessage.id) == receipt.outbox_id)
    else:
        query = query.where(col(OutboundMessage.provider_id) == receipt.provider_id)
    row = session.exec(query.with_for_update()).first()
    if row is None:
        return False
    reported = OutboundState(receipt.state)
    if RANK[reported] > RANK[row.state]:
        row.state = reported
        row.provider_id = row.provider_id or receipt.provider_id
        session.add(row)
    return True
