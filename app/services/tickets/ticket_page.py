"""Everything that a ticket's page shows to one person, in at most six queries."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_
from sqlalchemy.orm import joinedload
from sqlmodel import Session, col, select

from app.i18n import pick
from app.services.calling.call_wish import NO_CALL
from app.services.planning.crews import names_beside_driver
from app.services.planning.reasons import explained
from app.services.reference import reference
from app.services.scope import NotVisible, PhoneShown, has_say, phone_shown, visible_tickets
from app.services.tickets.drawer import SwapOffer, also_needed, skill_choices, swap_offer
from app.services.tickets.fieldwork import allowed_actions
from app.services.tickets.form_choices import answered_fields
from app.services.tickets.headlines import Standing, headline
from app.services.tickets.listing import LIVE, Host, LiveCall
from app.services.tickets.timeline import Entry, call_reason, timeline
from app.services.tickets.visit_view import Visit, visit_shown
from app.services.world.roads_page import closed_words
from app.sms.phones import masked, national
from models.account import Role, User, Viewer
from models.call import CallState, VideoCall
from models.catalog import Priority
from models.lifecycle import BEFORE_HELP, ENDED, Action, Status
from models.numbers import written
from models.plan import Assignment, Decision, Outcome
from models.ticket import Attachment, Channel, EventKind, Ticket
from models.workforce import Team, Technician


@dataclass(frozen=True)
class Call:
    """The call that is booked or running."""

    id: int
    host: str
    starts_at: datetime
    is_open: bool
    reason: str


@dataclass(frozen=True)
class File:
    """A file as the page lists it."""

    id: int
    filename: str
    size_kb: int
    is_picture: bool


@dataclass(frozen=True)
class TicketPage:
    """A ticket as one person sees it now."""

    number: int
    code: str
    version: int
    last_sequence: int
    title: str
    description: str
    status: Status
    priority: Priority
    place: str
    category: str
    village: str
    citizens_waiting: int
    extra: list[tuple[str, str]]
    created_at: datetime
    created_by: str
    is_on_behalf: bool
    target_at: datetime | None
    headline: str
    phone: str | None
    phone_words: str
    visit: Visit | None
    call: Call | None
    reasons: list[str]
    swap: SwapOffer | None
    also_needs: list[str]
    skills: list[tuple[str, str]]
    entries: list[Entry]
    files: list[File]
    actions: list[Action]
    close_code: str | None
    merged_into: int | None
    merged_code: str
    can_write: bool
    can_ask_for_call: bool


def load_page(session: Session, number: int, *, viewer: Viewer, now: datetime) -> TicketPage:
    """The page of that ticket.

    Raises
    ------
    NotVisible
        If there is none, or it is foreign to this person.
    """
    ticket, call, host = _ticket(session, number, viewer)
    decision, assignment, technician, team, others = _plan(session, number)
    entries = timeline(session, ticket, viewer=viewer, now=now)
    phone, phone_words = phone_to_call(ticket, viewer, now)
    standing = Standing(
        status=ticket.status,
        technician=", ".join((technician.name, *others)) if technician else None,
        starts_at=assignment.starts_at if assignment else None,
        travel_m=assignment.travel_m if assignment else 0,
        host=host.name if host else None,
        call_starts_at=call.starts_at if call else None,
        is_call_running=call is not None and call.state is CallState.RUNNING,
        waiting_until_at=ticket.waiting_until_at,
        merged_into=ticket.merged_into,
    )
    is_commune = viewer.role is Role.COMMUNE
    facts = reference(session)
    return TicketPage(
        number=number,
        code=ticket.code,
        version=ticket.version,
        last_sequence=ticket.event_count,
        title=ticket.title,
        description=ticket.description,
        status=ticket.status,
        priority=ticket.priority,
        place=facts.places[ticket.commune_code].full_name,
        category=pick(ticket.category.name_vi, ticket.category.name_en),
        village=ticket.village,
        citizens_waiting=ticket.citizens_waiting,
        extra=answered_fields(ticket),
        created_at=ticket.created_at,
        created_by=ticket.created_by.name,
        is_on_behalf=ticket.channel is Channel.ON_BEHALF,
        target_at=ticket.target_at,
        headline=headline(standing, now=now, is_commune=is_commune),
        phone=phone,
        phone_words=phone_words,
        visit=visit_shown(assignment, technician, team, viewer, others=others),
        call=_call(call, host, now),
        reasons=_reasons(session, ticket, decision, is_commune=is_commune),
        swap=swap_offer(session, decision) if ticket.status is Status.OPEN else None,
        also_needs=also_needed(ticket, facts),
        skills=skill_choices(facts) if viewer.role in (Role.LEAD, Role.DISPATCHER) else [],
        entries=entries,
        files=_files(session, ticket, entries),
        actions=allowed_actions(session, ticket, viewer=viewer),
        close_code=ticket.close_code if is_commune and ticket.status not in ENDED else None,
        merged_into=ticket.merged_into,
        merged_code=written(ticket.merged_into) if ticket.merged_into else "",
        can_write=can_write(ticket, viewer),
        can_ask_for_call=is_commune and call is None and _may_wish(ticket, entries),
    )


def can_write(ticket: Ticket, viewer: Viewer) -> bool:
    """Whether this person may add words and files; a commune until the ticket is closed."""
    if viewer.role is Role.COMMUNE:
        return ticket.status not in ENDED
    return viewer.role in (Role.TECHNICIAN, Role.LEAD, Role.DISPATCHER) and has_say(ticket, viewer)


def _reasons(
    session: Session, ticket: Ticket, decision: Decision | None, *, is_commune: bool
) -> list[str]:
    if decision is None or not _explains(decision, ticket):
        return []
    closed = closed_words(reference(session), ticket.commune_code, at=decision.at)
    return [*explained(session, decision, is_commune=is_commune), *closed]


def _explains(decision: Decision, ticket: Ticket) -> bool:
    """Whether the newest decision is why the ticket stands where it stands."""
    if ticket.status is Status.VIDEO:
        return decision.outcome in (Outcome.UNREACHABLE, Outcome.CROWDED_OUT)
    return ticket.status in (*BEFORE_HELP, Status.ON_SITE)


def _may_wish(ticket: Ticket, entries: list[Entry]) -> bool:
    is_asked = any(entry.kind == EventKind.CALL_ASKED for entry in entries)
    return ticket.status not in NO_CALL and not is_asked


def _ticket(
    session: Session, number: int, viewer: Viewer
) -> tuple[Ticket, VideoCall | None, User | None]:
    found = session.execute(
        visible_tickets(viewer)
        .where(col(Ticket.number) == number)
        .outerjoin(
            LiveCall,
            and_(col(LiveCall.ticket_number) == col(Ticket.number), col(LiveCall.state).in_(LIVE)),
        )
        .outerjoin(Host, col(Host.id) == col(LiveCall.host_id))
        .add_columns(LiveCall, Host)
        .options(joinedload(Ticket.category), joinedload(Ticket.created_by))  # type: ignore[arg-type]  # SQLModel types relations as their target
    ).first()
    if found is None:
        raise NotVisible(str(number))
    return found[0], found[1], found[2]


def _plan(
    session: Session, number: int
) -> tuple[Decision | None, Assignment | None, User | None, Team | None, list[str]]:
    """The newest decision, and beside it who goes: the driver, the team, who comes along."""
    found = session.execute(
        select(Decision, Assignment, User, Team)
        .add_columns(names_beside_driver())
        .outerjoin(
            Assignment,
            and_(
                col(Assignment.ticket_number) == col(Decision.ticket_number),
                col(Assignment.is_active),
            ),
        )
        .outerjoin(Technician, col(Technician.id) == col(Assignment.technician_id))
        .outerjoin(User, col(User.id) == col(Technician.user_id))
        .outerjoin(Team, col(Team.id) == col(Assignment.team_id))
        .where(col(Decision.ticket_number) == number)
        .order_by(col(Decision.id).desc())
        .limit(1)
    ).first()
    if found is None:
        return None, None, None, None, []
    return found[0], found[1], found[2], found[3], found[4].split(", ") if found[4] else []


def _call(call: VideoCall | None, host: User | None, now: datetime) -> Call | None:
    if call is None:
        return None
    return Call(
        id=call.id or 0,
        host=host.name if host else "",
        starts_at=call.starts_at,
        is_open=call.state is CallState.RUNNING or call.starts_at <= now,
        reason=call_reason({"reason": call.reason}),
    )


def phone_to_call(ticket: Ticket, viewer: Viewer, now: datetime) -> tuple[str | None, str]:
    """The number to dial, and how it is read; both empty where it is not this person's to know."""
    filed_by_commune = ticket.created_by.role is Role.COMMUNE
    phone = ticket.contact_phone or (ticket.created_by.phone if filed_by_commune else None)
    shown = phone_shown(ticket, viewer=viewer, now=now)
    if phone is None or shown is PhoneShown.NONE:
        return None, ""
    if shown is PhoneShown.MASKED:
        return None, masked(phone)
    return phone, national(phone)


def _files(session: Session, ticket: Ticket, entries: list[Entry]) -> list[File]:
    """The files; asked for only where the story tells of one."""
    if not any(entry.kind == EventKind.FILE_ADDED for entry in entries):
        return []
    rows = session.exec(
        select(Attachment)
        .where(col(Attachment.ticket_number) == ticket.number)
        .order_by(col(Attachment.id))
    )
    return [
        File(
            id=row.id or 0,
            filename=row.filename,
            size_kb=max(1, round(row.size / 1024)),
            is_picture=row.media_type.startswith("image/"),
        )
        for row in rows
    ]
