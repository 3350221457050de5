"""Who may be in a call, and what joining it means for the ticket."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, func, select

from app.services.scope import NotVisible, get_visible
from app.services.tickets.links import LIVE_CALLS, held_link
from app.services.tickets.targets import meet_target
from models.account import Role, User, Viewer
from models.call import CallState, Participant, Signal, SignalKind, VideoCall
from models.message import Link
from models.ticket import EventKind

STAFF = frozenset({Role.TECHNICIAN, Role.LEAD})
# A mesh sends one's own picture to each of the others: more than four is too much for a phone.
MAX_PRESENT = 4
# A page says how it is every 25 s; three in a row unheard, and it is taken for gone.
UNHEARD = timedelta(seconds=75)


class CallEnded(RuntimeError):
    """The call is over: nothing more is said in it."""


class CallFull(RuntimeError):
    """Four are in the call already."""


@dataclass(frozen=True)
class Caller:
    """Who stands at a call's door. ``user`` is none for a phone that belongs to no account."""

    user: User | None
    name: str
    is_host: bool
    may_join: bool
    may_end: bool

    @property
    def is_commune(self) -> bool:
        """Whether it is the side that asked for help."""
        return self.user is None or self.user.role is Role.COMMUNE


@dataclass(frozen=True)
class Claim:
    """As whom somebody comes to a call's door: by a link, else by the log-in."""

    viewer: Viewer | None = None
    link_id: int | None = None


@dataclass(frozen=True)
class Present:
    """Somebody who is in the call now."""

    participant_id: int
    instance: str
    name: str
    is_host: bool


@dataclass(frozen=True)
class Joined:
    """What a page needs after joining; it listens to the log from ``cursor`` on."""

    participant: Participant
    cursor: int
    present: list[Present]


def find_call(
    session: Session, call_id: int, *, claim: Claim, now: datetime
) -> tuple[VideoCall, Caller]:
    """The call and what the claim allows in it.

    Raises
    ------
    NotVisible
        If there is no such call, or it is foreign to this person.
    """
    if claim.link_id is not None:
        link = held_link(session, claim.link_id, now=now)
        if link is None:
            raise NotVisible(f"call {call_id}")
        return caller_by_link(session, call_id, link=link)
    if claim.viewer is None:
        raise NotVisible(f"call {call_id}")
    return caller_of(session, call_id, viewer=claim.viewer)


def caller_of(session: Session, call_id: int, *, viewer: Viewer) -> tuple[VideoCall, Caller]:
    """The call and what this person may do in it, by the matrix of roles.

    Raises
    ------
    NotVisible
        If there is no such call, or it is foreign to this person.
    """
    call = session.get(VideoCall, call_id)
    if call is None or viewer.role in (Role.ADMIN, Role.AUDITOR):
        raise NotVisible(f"call {call_id}")
    ticket = get_visible(session, call.ticket_number, viewer=viewer)
    is_host = viewer.user_id == call.host_id
    is_own_team = viewer.role is Role.LEAD and viewer.team_id in (ticket.team_id, call.host.team_id)
    may_join = is_host or is_own_team or viewer.role in (Role.COMMUNE, Role.TECHNICIAN)
    user = session.get_one(User, viewer.user_id)
    return call, Caller(
        user=user,
        name=user.name,
        is_host=is_host,
        may_join=may_join,
        may_end=is_host or is_own_team,
    )


def caller_by_link(session: Session, call_id: int, *, link: Link) -> tuple[VideoCall, Caller]:
    """The call and what the holder of a link may do in it.

    Raises
    ------
    NotVisible
        If the link is for another call, or its person has been switched off.
    """
    call = session.get(VideoCall, call_id)
    if call is None or link.call_id != call.id:
        raise NotVisible(f"call {call_id}")
    if link.user_id is None:
        # Two phones of one commune are told apart by their last digits; so is a reload.
        name = f"{call.ticket.commune.full_name} …{link.phone[-3:]}"
        return call, Caller(user=None, name=name, is_host=False, may_join=True, may_end=False)
    user = session.get(User, link.user_id)
    if user is None or not user.is_active:
        raise NotVisible(f"call {call_id}")
    is_host = user.id == call.host_id
    return call, Caller(user=user, name=user.name, is_host=is_host, may_join=True, may_end=is_host)


def join(
    session: Session, call: VideoCall, caller: Caller, *, instance: str, now: datetime
) -> Joined:
    """Let the person in with this page; a page they held before is taken over.

    The first join starts the call; with both sides in it the response target is met.

    Raises
    ------
    CallEnded, CallFull
    """
    hold(session, call)
    participant = _participant(session, call, caller)
    present = [
        one for one in present_in(session, call, now=now) if one.participant_id != participant.id
    ]
    if len(present) >= MAX_PRESENT:
        raise CallFull
    is_first = participant.joined_at is None
    participant.instance = instance
    participant.joined_at = participant.joined_at or now
    participant.left_at = None
    session.add(participant)
    line = Signal(
        call_id=call.id or 0,
        at=now,
        kind=SignalKind.JOIN,
        participant_id=participant.id or 0,
        from_instance=instance,
        body="",
    )
    session.add(line)
    session.flush()
    if is_first:
        _begin(session, call, caller, now=now)
    return Joined(participant=participant, cursor=line.id or 0, present=present)


def hold(session: Session, call: VideoCall) -> None:
    """Queue behind everybody else who writes to this call, so that its log is in order of commit.

    Raises
    ------
    CallEnded
    """
    session.refresh(call, with_for_update=True)
    if call.state not in LIVE_CALLS:
        raise CallEnded


def present_in(session: Session, call: VideoCall, *, now: datetime) -> list[Present]:
    """Who is in the call now, in the order of joining: has not left, and was heard lately."""
    rows = session.exec(
        select(Participant)
        .join(Signal, col(Signal.participant_id) == col(Participant.id))
        .where(
            col(Participant.call_id) == call.id,
            col(Participant.joined_at).is_not(None),
            col(Participant.left_at).is_(None),
        )
        .group_by(col(Participant.id))
        .having(func.max(col(Signal.at)) > now - UNHEARD)
        .order_by(col(Participant.joined_at), col(Participant.id))
    ).all()
    return [
        Present(
            participant_id=row.id or 0,
            instance=row.instance,
            name=row.name,
            is_host=row.user_id == call.host_id,
        )
        for row in rows
    ]


def participant_of(session: Session, call: VideoCall, caller: Caller) -> Participant | None:
    """The caller's place in the call, once they have joined."""
    return session.exec(
        select(Participant).where(
            col(Participant.call_id) == call.id,
            col(Participant.user_id) == caller.user.id
            if caller.user
            else col(Participant.user_id).is_(None) & (col(Participant.name) == caller.name),
        )
    ).first()


def _participant(session: Session, call: VideoCall, caller: Caller) -> Participant:
    found = participant_of(session, call, caller)
    if found is not None:
        return found
    made = Participant(
        call_id=call.id or 0,
        user_id=caller.user.id if caller.user else None,
        name=caller.name,
    )
    session.add(made)
    session.flush()
    return made


def _begin(session: Session, call: VideoCall, caller: Caller, *, now: datetime) -> None:
    """Write down somebody's first join: the call runs; with both sides in it, help has begun."""
    if call.state is CallState.BOOKED:
        call.state = CallState.RUNNING
        call.started_at = now
        session.add(call)
    call.ticket.record(
        EventKind.CALL_JOINED.value,
        now=now,
        by=caller.user,
        data={"name": caller.name, "call_id": call.id},
    )
    session.add(call.ticket)
    if _both_sides_joined(session, call):
        meet_target(session, call.ticket, now=now)


def _both_sides_joined(session: Session, call: VideoCall) -> bool:
    roles = session.exec(
        select(User.role)
        .select_from(Participant)
        .outerjoin(User, col(User.id) == col(Participant.user_id))
        .where(col(Participant.call_id) == call.id, col(Participant.joined_at).is_not(None))
    ).all()
    # A phone without an account joins as none: it is the commune's.
    has_commune = any(role in (None, Role.COMMUNE) for role in roles)
    return has_commune and any(role in STAFF for role in roles)
