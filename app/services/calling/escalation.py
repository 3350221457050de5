"""From a visit to a call: who takes it, when, how both sides are told, and how it ends."""

import secrets
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from app.services.planning.assigning import active_assignment
from app.services.planning.staff import (
    leads_of,
    members_of,
    nearest_team,
    qualified,
    reporter,
    user_of,
)
from app.services.reference import reference
from app.services.texts.outbox import say
from app.services.texts.texting import plain_place, short_time
from app.services.tickets.targets import running_target
from models.account import Role, User
from models.call import CallOutcome, CallState, VideoCall
from models.lifecycle import Action, Actor, Status
from models.plan import Assignment, AssignmentMember
from models.ticket import EventKind, Ticket
from models.workforce import Technician

LIVE = (CallState.BOOKED, CallState.RUNNING)


def escalate(
    session: Session,
    ticket: Ticket,
    *,
    actor: Actor,
    reason: str,
    now: datetime,
    by: User | None = None,
    note: str = "",
) -> VideoCall:
    """Turn the ticket into a call now, or at the next opening.

    It ends the active assignment, except on site, where the technician stays and a specialist
    joins. ``reason`` is a code of `VideoCall.reason`.
    """
    was_on_site = ticket.status is Status.ON_SITE
    assignment = active_assignment(session, ticket.number or 0)
    ticket.apply(Action.ESCALATE, actor, now=now, by=by, data={"reason": reason}, text=note or None)
    asked_by = by.id if by is not None and by.role is Role.TECHNICIAN else None
    if assignment is not None and not was_on_site:
        release(
            session,
            ticket,
            assignment,
            now=now,
            event="called_instead",
            except_user_id=asked_by,
        )
    target = running_target(session, ticket)
    if target is not None:
        target.escalated_at = now
        session.add(target)
    on_site_id = assignment.technician_id if assignment is not None and was_on_site else None
    return book_call(session, ticket, reason=reason, now=now, not_host_id=on_site_id)


def release(
    session: Session,
    ticket: Ticket,
    assignment: Assignment,
    *,
    now: datetime,
    event: str = "unassigned",
    except_user_id: int | None = None,
    staying: frozenset[int] = frozenset(),
) -> None:
    """End an assignment and tell its people that they need not go.

    ``staying``: users who go all the same, with others than before; another text tells them so.
    """
    assignment.is_active = False
    assignment.ended_at = now
    session.add(assignment)
    session.flush()
    for user in members_of(session, assignment):
        if user.id != except_user_id and user.id not in staying:
            say(
                session,
                event,
                key=f"{event}:{assignment.id}:{user.id}",
                now=now,
                to=user,
                ticket=ticket,
                values={"number": ticket.code, "commune": plain_place(session, ticket)},
            )


def book_call(
    session: Session,
    ticket: Ticket,
    *,
    reason: str,
    now: datetime,
    is_beside_visit: bool = False,
    not_host_id: int | None = None,
) -> VideoCall:
    """Book the call with the qualified technician who is free soonest, else the lead.

    A live call of the ticket is kept as it is: there is never a second one.
    """
    live = live_call(session, ticket.number or 0)
    if live is not None:
        return live
    technician, starts_at = find_host(session, ticket, now=now, not_host_id=not_host_id)
    if technician is not None:
        host = user_of(session, technician.id or 0)
        ticket.team_id = ticket.team_id if is_beside_visit else technician.team_id
    else:
        team = nearest_team(session, ticket)
        host = next(iter(leads_of(session, team.id or 0)))
        ticket.team_id = team.id
    call = VideoCall(
        ticket_number=ticket.number or 0,
        room=secrets.token_urlsafe(16),
        reason=reason,
        is_beside_visit=is_beside_visit,
        technician_id=technician.id if technician else None,
        host_id=host.id or 0,
        created_at=now,
        starts_at=starts_at,
    )
    session.add(call)
    session.flush()
    ticket.record(
        EventKind.CALL_OFFERED.value,
        actor=Actor.CLOCK,
        now=now,
        data={
            "reason": reason,
            "host": host.name,
            "starts_at": starts_at.isoformat(),
            "call_id": call.id,
        },
    )
    _invite(session, ticket, call, host, now=now)
    return call


def _invite(
    session: Session, ticket: Ticket, call: VideoCall, host: User, *, now: datetime
) -> None:
    values: dict[str, object] = {
        "number": ticket.code,
        "commune": plain_place(session, ticket),
        "time": short_time(call.starts_at, now),
    }
    say(
        session,
        "call_invitation",
        key=f"call_invitation:{call.id}:{host.id}",
        now=now,
        to=host,
        ticket=ticket,
        link_kind="call",
        link_id=call.id,
        values=values,
    )
    _filer, phone = reporter(session, ticket)
    say(
        session,
        "commune_call",
        key=f"commune_call:{call.id}",
        now=now,
        phone=phone,
        ticket=ticket,
        link_kind="call",
        link_id=call.id,
        values=values,
    )


def find_host(
    session: Session, ticket: Ticket, *, now: datetime, not_host_id: int | None = None
) -> tuple[Technician | None, datetime]:
    """Who takes the call, and from when: free now or soonest, and not driving; by id where equal.

    Outside working time the call is booked from the next opening. Without anybody qualified the
    technician is None: the lead takes it at once.
    """
    facts = reference(session)
    opening = facts.calendar.next_opening(now)
    length = timedelta(minutes=facts.categories[ticket.category_code].visit_min)
    people = [person for person in qualified(session, ticket, now=now) if person.id != not_host_id]
    busy = _busy(session, now=now)
    best: tuple[datetime, int, Technician] | None = None
    for person in people:
        free_at = _free_from(busy.get(person.id or 0, []), opening, length)
        starts_at = facts.calendar.next_opening(free_at)
        if best is None or (starts_at, person.id or 0) < best[:2]:
            best = (starts_at, person.id or 0, person)
    return (best[2], best[0]) if best else (None, opening)


def _busy(session: Session, *, now: datetime) -> dict[int, list[tuple[datetime, datetime]]]:
    """When people drive, visit or call, by technician, in order."""
    busy: dict[int, list[tuple[datetime, datetime]]] = {}
    rows = session.exec(
        select(Assignment, Ticket.status, AssignmentMember.technician_id)
        .join(Ticket, col(Ticket.number) == col(Assignment.ticket_number))
        .join(AssignmentMember, col(AssignmentMember.assignment_id) == col(Assignment.id))
        .where(col(Assignment.is_active))
    )
    for assignment, status, person in rows:
        begins = assignment.starts_at - timedelta(seconds=assignment.travel_s)
        ends = assignment.ends_at
        if status in (Status.EN_ROUTE, Status.ON_SITE):
            begins, ends = min(begins, now), max(ends, now + timedelta(minutes=15))
        busy.setdefault(person, []).append((begins, ends))
    for call in session.exec(select(VideoCall).where(col(VideoCall.state).in_(LIVE))):
        if call.technician_id is not None:
            ends = max(call.starts_at, now) + timedelta(minutes=30)
            busy.setdefault(call.technician_id, []).append((call.starts_at, ends))
    return {person: sorted(stretches) for person, stretches in busy.items()}


def _free_from(
    stretches: list[tuple[datetime, datetime]], opening: datetime, length: timedelta
) -> datetime:
    free_at = opening
    for begins, ends in stretches:
        if begins - free_at >= length:
            break
        free_at = max(free_at, ends)
    return free_at


def live_call(session: Session, number: int) -> VideoCall | None:
    """The ticket's booked or running call."""
    return session.exec(
        select(VideoCall).where(
            col(VideoCall.ticket_number) == number, col(VideoCall.state).in_(LIVE)
        )
    ).first()


def close_call(
    session: Session,
    ticket: Ticket,
    call: VideoCall,
    *,
    outcome: CallOutcome | None,
    actor: Actor,
    now: datetime,
    by: User | None = None,
    note: str = "",
) -> None:
    """End a call; without an outcome it is dropped. The ticket's status is the caller's matter."""
    call.state = CallState.ENDED if outcome else CallState.DROPPED
    call.ended_at = now
    call.outcome = outcome
    call.note = note
    session.add(call)
    ticket.record(
        EventKind.CALL_ENDED.value,
        actor=actor,
        now=now,
        by=by,
        data={"call_id": call.id, "outcome": outcome.value if outcome else None},
        text=note or None,
    )


def was_sent_back(session: Session, number: int) -> bool:
    """Whether a call already ended with "a visit is needed": another call would not solve it."""
    return (
        session.exec(
            select(VideoCall.id).where(
                col(VideoCall.ticket_number) == number,
                col(VideoCall.outcome) == CallOutcome.VISIT_NEEDED,
            )
        ).first()
        is not None
    )
