"""A call's numbered log: what its pages say to each other, kept, so that nothing is lost."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, func, or_, select

from app.services.boards.subscription import Source, StreamEvent, Subscriber
from app.services.calling.calls import hold
from app.services.tickets.links import LIVE_CALLS
from models.call import Participant, Signal, SignalKind, VideoCall
from models.types import JsonDict

MAX_BODY = 64 * 1024
MAX_CHAT = 2000
RATE = 60
RATE_WINDOW = timedelta(seconds=10)
# What a page may say itself; joining is written by the server.
SAID_BY_PAGES = frozenset(SignalKind) - {SignalKind.JOIN}


class TooMuch(RuntimeError):
    """This person says too much in too short a time."""


class TakenOver(RuntimeError):
    """The person has gone on with another page: this one has no voice any longer."""


@dataclass(frozen=True)
class Line:
    """One line of the log as the pages read it; ``sender`` is a page, ``name`` its person."""

    number: int
    at: datetime
    kind: SignalKind
    sender: str
    participant_id: int
    name: str
    body: str

    def data(self) -> JsonDict:
        """The line as the page's script reads it."""
        return {
            "number": self.number,
            "at": self.at.isoformat(),
            "kind": self.kind.value,
            "sender": self.sender,
            "participant": self.participant_id,
            "name": self.name,
            "body": self.body,
        }


def say(
    session: Session,
    call: VideoCall,
    participant: Participant,
    *,
    instance: str,
    kind: SignalKind,
    to_instance: str | None,
    body: str,
    now: datetime,
) -> int:
    """Append a line and return its number; ``to_instance`` none speaks to all.

    Raises
    ------
    CallEnded, TakenOver, TooMuch
    ValueError
        If the page may not say that, or says it at too great a length.
    """
    if kind not in SAID_BY_PAGES:
        raise ValueError(f"{kind} is not for a page to say")
    if len(body.encode()) > MAX_BODY or (kind is SignalKind.CHAT and len(body) > MAX_CHAT):
        raise ValueError("too long")
    hold(session, call)
    if participant.instance != instance:
        raise TakenOver
    if _said_lately(session, participant, now=now) >= RATE:
        raise TooMuch
    if kind is SignalKind.LEAVE:
        participant.left_at = now
        session.add(participant)
    line = Signal(
        call_id=call.id or 0,
        at=now,
        kind=kind,
        participant_id=participant.id or 0,
        from_instance=instance,
        to_instance=to_instance,
        body=body,
    )
    session.add(line)
    session.flush()
    return line.id or 0


def lines_after(
    session: Session, call_id: int, *, number: int, instance: str, limit: int = 200
) -> list[Line]:
    """What this page has not heard yet, in order: said to all or to it, by others."""
    rows = session.exec(
        select(Signal, Participant.name)
        .join(Participant, col(Participant.id) == col(Signal.participant_id))
        .where(
            col(Signal.call_id) == call_id,
            col(Signal.id) > number,
            or_(col(Signal.to_instance).is_(None), col(Signal.to_instance) == instance),
            col(Signal.from_instance) != instance,
        )
        .order_by(col(Signal.id))
        .limit(limit)
    ).all()
    return [_line(signal, name) for signal, name in rows]


def chat_of(session: Session, call_id: int) -> list[Line]:
    """Everything written in the call, oldest first."""
    rows = session.exec(
        select(Signal, Participant.name)
        .join(Participant, col(Participant.id) == col(Signal.participant_id))
        .where(col(Signal.call_id) == call_id, col(Signal.kind) == SignalKind.CHAT)
        .order_by(col(Signal.id))
    ).all()
    return [_line(signal, name) for signal, name in rows]


def last_number(session: Session, call_id: int) -> int:
    """Number of the newest line, 0 while there is none."""
    newest = select(func.max(Signal.id)).where(col(Signal.call_id) == call_id)
    return session.exec(newest).one() or 0


def has_ended(session: Session, call_id: int) -> bool:
    """Whether nothing more is said in the call."""
    state = session.exec(select(VideoCall.state).where(col(VideoCall.id) == call_id)).first()
    return state not in LIVE_CALLS


def _line(signal: Signal, name: str) -> Line:
    return Line(
        number=signal.id or 0,
        at=signal.at,
        kind=signal.kind,
        sender=signal.from_instance,
        participant_id=signal.participant_id,
        name=name,
        body=signal.body,
    )


def _said_lately(session: Session, participant: Participant, *, now: datetime) -> int:
    return session.exec(
        select(func.count())
        .select_from(Signal)
        .where(
            col(Signal.participant_id) == participant.id,
            col(Signal.at) > now - RATE_WINDOW,
        )
    ).one()


def start_signals(session: Session, subscriber: Subscriber) -> int:
    """Where a stream begins that names no number; who may listen was checked at the call's door."""
    return last_number(session, subscriber.wish.call_id or 0)


def read_signals(
    session: Session, subscriber: Subscriber, cursor: int
) -> tuple[list[StreamEvent], int]:
    """What the page of this stream has not heard; ``ended`` once the call is over."""
    wish = subscriber.wish
    lines = lines_after(session, wish.call_id or 0, number=cursor, instance=wish.instance)
    events = [StreamEvent("signal", line.data()) for line in lines]
    if has_ended(session, wish.call_id or 0):
        events.append(StreamEvent("ended", {}))
    return events, max([cursor, *(line.number for line in lines)])


SIGNALS = Source("signal", start_signals, read_signals)
