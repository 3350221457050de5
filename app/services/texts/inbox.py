"""What was heard: one text in, at most one effect, exactly one answer or a place for a person."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import func
from sqlmodel import Session, col, select

from app.i18n import speaking
from app.services.texts import replies
from app.services.texts.meant import Answer, Sender
from app.services.texts.outbox import say
from app.sms.commands import Command, parse
from app.sms.phrases import Speaker, Verb
from app.sms.provider import Inbound
from models.account import Role, User
from models.message import InboundMessage, InboundState, OutboundMessage
from models.search import fold
from models.ticket import Ticket
from models.workforce import viewer_of

# The same words again within that time are a repeat of the phone network, not of the person.
REPEAT_WITHIN = timedelta(minutes=2)
FLOOD, FLOOD_WITHIN = 20, timedelta(minutes=10)
HELPS, HELPS_WITHIN = 2, timedelta(minutes=10)
STRANGER_ONCE_IN = timedelta(days=1)
PROMPT_KEPT = timedelta(hours=72)
CHANGES_STATE = frozenset(
    {
        Verb.ACCEPT,
        Verb.DECLINE,
        Verb.DEPART,
        Verb.ARRIVE,
        Verb.RESOLVE,
        Verb.VIDEO,
        Verb.CONFIRM,
        Verb.REOPEN,
    }
)
HELP_EVENTS = ("unknown", "help_technician", "help_commune")


@dataclass
class _Heard:
    """One text on its way through."""

    row: InboundMessage
    now: datetime
    sender: Sender | None = None
    prompts: list[OutboundMessage] = field(default_factory=list)


def receive(session: Session, inbound: Inbound, *, now: datetime) -> OutboundMessage | None:
    """Take a text in, do what it says, and queue its answer.

    The same provider id again answers as the first time and does nothing. None: a machine wrote it,
    or it is kept for a person.
    """
    known = session.exec(
        select(InboundMessage).where(
            col(InboundMessage.provider) == inbound.provider,
            col(InboundMessage.provider_message_id) == inbound.provider_message_id,
        )
    ).first()
    if known is not None:
        return session.get(OutboundMessage, known.answer_id) if known.answer_id else None
    heard = _store(session, inbound, now=now)
    answer = _answer(session, heard)
    session.flush()
    return answer


def _store(session: Session, inbound: Inbound, *, now: datetime) -> _Heard:
    body = inbound.body.replace("\x00", "")  # PostgreSQL has no place for it in a text
    user = session.exec(
        select(User)
        .where(col(User.phone) == inbound.phone, col(User.is_active))
        .order_by(col(User.id))
    ).first()
    only_phone = None
    if user is None:
        user, only_phone = _by_contact_phone(session, inbound.phone), inbound.phone
    row = InboundMessage(
        provider=inbound.provider,
        provider_message_id=inbound.provider_message_id[:64],
        phone=inbound.phone[:16],
        user_id=user.id if user else None,
        body=body[:1600],
        folded=fold(body)[:1600],
        received_at=now,
    )
    session.add(row)
    session.flush()
    sender = Sender(user, viewer_of(session, user), only_phone) if user else None
    prompts = session.exec(
        select(OutboundMessage)
        .where(
            col(OutboundMessage.phone) == inbound.phone,
            col(OutboundMessage.prompt).is_not(None),
            col(OutboundMessage.created_at) > now - PROMPT_KEPT,
        )
        .order_by(col(OutboundMessage.id).desc())
        .limit(50)
    ).all()
    return _Heard(row, now, sender, [message for message in prompts if message.prompt])


def _by_contact_phone(session: Session, phone: str) -> User | None:
    """The commune account behind a phone that a ticket names as the one to call."""
    return session.exec(
        select(User)
        .join(Ticket, col(Ticket.created_by_id) == col(User.id))
        .where(
            col(Ticket.contact_phone) == phone,
            col(User.role) == Role.COMMUNE,
            col(User.is_active),
        )
        .order_by(col(Ticket.number).desc())
    ).first()


def _answer(session: Session, heard: _Heard) -> OutboundMessage | None:
    row = heard.row
    if not row.phone.lstrip("+").isdigit():
        row.state = InboundState.IGNORED  # a sender with letters is a machine
        return None
    if _count(session, heard, within=FLOOD_WITHIN) > FLOOD:
        row.state = InboundState.KEPT
        return None
    if heard.sender is None:
        return _to_stranger(session, heard)
    with speaking(heard.sender.user.language):
        command = parse(row.body, role=_grammar(heard.sender), prompt=_merged_prompt(heard.prompts))
        row.verb = command.verb.value
        repeated = _repeated(session, heard, command)
        if repeated is not None:
            return _say(session, heard, None, body=repeated)
        answer = replies.answer_to(
            session, command, sender=heard.sender, prompts=heard.prompts, now=heard.now
        )
        if answer.event in HELP_EVENTS and _helped(session, heard) >= HELPS:
            row.state = InboundState.KEPT
            return None
        return _say(session, heard, answer)


def _grammar(sender: Sender) -> Speaker:
    return "commune" if sender.user.role is Role.COMMUNE else "technician"


def _merged_prompt(prompts: list[OutboundMessage]) -> dict[str, str] | None:
    """Every digit that a live text of this phone owns; the newest text wins."""
    merged: dict[str, str] = {}
    for message in prompts:
        for digit, verb in (message.prompt or {}).items():
            merged.setdefault(digit, verb)
    return merged or None


def _repeated(session: Session, heard: _Heard, command: Command) -> str | None:
    """Body of the answer that the same words got a moment ago, if they changed something then."""
    if command.verb not in CHANGES_STATE:
        return None
    before = session.exec(
        select(InboundMessage)
        .where(
            col(InboundMessage.phone) == heard.row.phone,
            col(InboundMessage.folded) == heard.row.folded,
            col(InboundMessage.id) != heard.row.id,
            col(InboundMessage.received_at) >= heard.now - REPEAT_WITHIN,
            col(InboundMessage.answer_id).is_not(None),
        )
        .order_by(col(InboundMessage.id).desc())
    ).first()
    if before is None or before.answer_id is None:
        return None
    first = session.get_one(OutboundMessage, before.answer_id)
    # A digit alone may mean the next ticket by now: only words that name their ticket are repeats.
    return first.body if first.event in replies.DONE_EVENTS and command.number else None


def _say(
    session: Session, heard: _Heard, answer: Answer | None, *, body: str | None = None
) -> OutboundMessage | None:
    """Queue the one answer to this text and tie both together."""
    user = heard.sender.user if heard.sender else None
    event = answer.event if answer else "repeated"
    message = say(
        session,
        event,
        key=f"answer:{heard.row.id}",
        now=heard.now,
        to=user,
        phone=heard.row.phone,
        ticket=answer.ticket if answer else None,
        link_kind=answer.link_kind if answer else None,
        link_id=answer.link_id if answer else None,
        prompt=answer.prompt if answer else None,
        values=answer.values if answer else None,
        body=body,
        is_answer=True,
    )
    session.flush()
    heard.row.state = InboundState.ANSWERED
    heard.row.answer_id = message.id if message else None
    if answer is not None and answer.ticket is not None:
        heard.row.ticket_number = answer.ticket.number
    session.add(heard.row)
    return message


def _to_stranger(session: Session, heard: _Heard) -> OutboundMessage | None:
    """One answer a day to a number that nobody knows; the text is kept for a person."""
    if _count(session, heard, within=STRANGER_ONCE_IN) > 1:
        heard.row.state = InboundState.KEPT
        return None
    message = _say(session, heard, Answer("stranger"))
    heard.row.state = InboundState.KEPT
    return message


def _count(session: Session, heard: _Heard, *, within: timedelta) -> int:
    """Texts from this phone in that time, this one included."""
    return session.exec(
        select(func.count(col(InboundMessage.id))).where(
            col(InboundMessage.phone) == heard.row.phone,
            col(InboundMessage.received_at) > heard.now - within,
        )
    ).one()


def _helped(session: Session, heard: _Heard) -> int:
    return session.exec(
        select(func.count(col(OutboundMessage.id))).where(
            col(OutboundMessage.phone) == heard.row.phone,
            col(OutboundMessage.event).in_(HELP_EVENTS),
            col(OutboundMessage.created_at) > heard.now - HELPS_WITHIN,
        )
    ).one()
