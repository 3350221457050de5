"""From a parsed command to what is done and what is answered."""

from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import Session, col

from app.i18n import _, label, mark
from app.services import fieldwork
from app.services.escalation import live_call
from app.services.planning import active_assignment
from app.services.refusals import ActionRefused, NotAllowedError
from app.services.scope import visible_tickets
from app.services.texting import label_of, plain_place, short_time, technician_prompt
from app.sms.commands import Command, Confidence
from app.sms.phrases import DeclineReason, Verb
from models.account import Role, User, Viewer
from models.lifecycle import Action, Status, TransitionError
from models.message import OutboundMessage
from models.plan import Assignment, AssignmentMember
from models.ticket import Ticket

LISTED = 4
ACTIONS = {
    Verb.ACCEPT: Action.ACCEPT,
    Verb.DECLINE: Action.UNASSIGN,
    Verb.DEPART: Action.DEPART,
    Verb.ARRIVE: Action.ARRIVE,
    Verb.RESOLVE: Action.RESOLVE,
    Verb.VIDEO: Action.ESCALATE,
    Verb.CONFIRM: Action.CONFIRM,
    Verb.REOPEN: Action.REOPEN,
}
# Where a ticket stands when the verb is the natural next word about it, then where it still fits.
NATURAL: dict[Verb, tuple[tuple[Status, ...], ...]] = {
    Verb.ACCEPT: ((Status.ASSIGNED,),),
    Verb.DECLINE: ((Status.ASSIGNED,), (Status.ACCEPTED, Status.EN_ROUTE)),
    Verb.DEPART: ((Status.ACCEPTED,), (Status.ASSIGNED,)),
    Verb.ARRIVE: ((Status.EN_ROUTE,), (Status.ACCEPTED, Status.ASSIGNED)),
    Verb.RESOLVE: ((Status.ON_SITE,), (Status.EN_ROUTE, Status.ACCEPTED, Status.ASSIGNED)),
    Verb.VIDEO: ((Status.ON_SITE, Status.EN_ROUTE), (Status.ACCEPTED, Status.ASSIGNED)),
    Verb.CONFIRM: ((Status.RESOLVED,),),
    Verb.REOPEN: ((Status.RESOLVED,),),
}
# Where the ticket stands once the verb was done: saying it again changes nothing.
DONE_AT = {
    Verb.ACCEPT: (Status.ACCEPTED,),
    Verb.DEPART: (Status.EN_ROUTE,),
    Verb.ARRIVE: (Status.ON_SITE,),
    Verb.RESOLVE: (Status.RESOLVED,),
    Verb.CONFIRM: (Status.CLOSED,),
}
DONE_EVENTS = frozenset(
    {
        "accepted",
        "declined",
        "departed",
        "arrived",
        "resolved",
        "resolved_confirmed",
        "video_started",
        "commune_confirmed",
        "commune_reopened",
    }
)
EVENTS = {
    Verb.ACCEPT: "accepted",
    Verb.DECLINE: "declined",
    Verb.DEPART: "departed",
    Verb.ARRIVE: "arrived",
    Verb.RESOLVE: "resolved",
    Verb.VIDEO: "video_started",
    Verb.CONFIRM: "commune_confirmed",
    Verb.REOPEN: "commune_reopened",
}
REASONS = {
    DeclineReason.FAR: mark("Đường xa"),
    DeclineReason.BUSY: mark("Đang bận"),
    DeclineReason.SICK: mark("Bị ốm"),
    DeclineReason.SKILL: mark("Chưa đủ kỹ năng"),
    DeclineReason.PARTS: mark("Thiếu vật tư"),
    DeclineReason.WEATHER: mark("Thời tiết xấu"),
    DeclineReason.TRANSPORT: mark("Không có xe"),
}


@dataclass(frozen=True)
class Sender:
    """Who wrote. ``only_phone``: known only as the phone to call of some tickets."""

    user: User
    viewer: Viewer
    only_phone: str | None = None

    @property
    def is_commune(self) -> bool:
        """Whether the commune's grammar holds."""
        return self.user.role is Role.COMMUNE


@dataclass(frozen=True)
class Answer:
    """The text to send back."""

    event: str
    values: dict[str, object] = field(default_factory=dict)
    ticket: Ticket | None = None
    prompt: dict[str, str] | None = None
    link_kind: str | None = None
    link_id: int | None = None


def answer_to(
    session: Session,
    command: Command,
    *,
    sender: Sender,
    prompts: list[OutboundMessage],
    now: datetime,
) -> Answer:
    """Do what the command says and word the answer; a mistake is answered in words as well."""
    verb = command.verb
    if verb is Verb.HELP:
        return Answer("help_commune" if sender.is_commune else "help_technician")
    if verb is Verb.STOP:
        sender.user.sms_stopped_at = now
        return Answer("stopped")
    if verb is Verb.START:
        sender.user.sms_stopped_at = None
        return Answer("started")
    mine = _mine(session, sender)
    if verb is Verb.LIST:
        return _list(session, sender, mine)
    if verb in (Verb.UNKNOWN, Verb.ASK):
        return Answer("unknown")
    chosen = _choose(session, command, mine=mine, sender=sender, prompts=prompts)
    if isinstance(chosen, Answer):
        return chosen
    if verb is Verb.STATUS:
        return _status(session, chosen, now=now)
    if verb is Verb.NOTE:
        return _note(session, chosen, command, sender=sender, now=now)
    if command.confidence is Confidence.FUZZY and verb in _REPEATED_BACK:
        return _repeat_back(chosen, command)
    return _act(session, chosen, command, sender=sender, now=now)


_REPEATED_BACK = frozenset({Verb.RESOLVE, Verb.DECLINE, Verb.CONFIRM})


def _mine(session: Session, sender: Sender) -> list[Ticket]:
    """Tickets that this phone may speak about: assigned to them, or their commune's own."""
    query = visible_tickets(sender.viewer)
    if sender.is_commune:
        query = query.where(col(Ticket.status).not_in([Status.CANCELLED, Status.MERGED]))
        if sender.only_phone:
            query = query.where(col(Ticket.contact_phone) == sender.only_phone)
        return list(session.exec(query.order_by(col(Ticket.number).desc()).limit(50)).all())
    query = (
        query.join(Assignment, col(Assignment.ticket_number) == col(Ticket.number))
        .join(AssignmentMember, col(AssignmentMember.assignment_id) == col(Assignment.id))
        .where(
            col(AssignmentMember.technician_id) == sender.viewer.technician_id,
            col(Assignment.is_active),
        )
        .order_by(col(Assignment.starts_at), col(Ticket.number))
    )
    return list(session.exec(query).all())


def _choose(
    session: Session,
    command: Command,
    *,
    mine: list[Ticket],
    sender: Sender,
    prompts: list[OutboundMessage],
) -> Ticket | Answer:
    """The ticket that is meant, or the answer that asks for it. Never a guess between two."""
    if command.letter_ok is False:
        return Answer("not_yours", {"number": str(command.number)})
    by_number = {ticket.number: ticket for ticket in mine}
    if command.number is not None and not _is_code(command, by_number, mine):
        found = by_number.get(command.number) or _visited(session, sender, command.number)
        return found or Answer("not_yours", {"number": str(command.number)})
    if command.digit is not None:
        owned = _owned_by_digit(command.digit, mine, prompts)
        if len(owned) == 1:
            return owned[0]
        if owned:
            return _which(session, sender, owned)
    for statuses in NATURAL.get(command.verb, (tuple(Status),)):
        fitting = [ticket for ticket in mine if ticket.status in statuses]
        if len(fitting) == 1:
            return fitting[0]
        if fitting:
            return _which(session, sender, fitting)
    if command.digit is not None or len(mine) == 1:
        last = mine[0] if len(mine) == 1 else _last_prompted(session, prompts)
        if last is not None:
            return last
    return _which(session, sender, mine) if mine else Answer("no_ticket")


def _is_code(command: Command, by_number: dict[int | None, Ticket], mine: list[Ticket]) -> bool:
    """`xong 4821` with one ticket at hand: 4821 is no ticket of theirs but the commune's code."""
    on_site = [ticket for ticket in mine if ticket.status is Status.ON_SITE]
    return (
        command.verb is Verb.RESOLVE
        and command.number not in by_number
        and len(on_site) == 1
        and len(command.numbers) == 1
        and len(command.numbers[0]) == 4
    )


def _visited(session: Session, sender: Sender, number: int) -> Ticket | None:
    """A ticket that they may still read although it is no longer in their hands."""
    if sender.only_phone:
        return None
    return session.exec(visible_tickets(sender.viewer).where(col(Ticket.number) == number)).first()


def _owned_by_digit(digit: int, mine: list[Ticket], prompts: list[OutboundMessage]) -> list[Ticket]:
    """Tickets whose newest text asked for this digit and which still wait for its verb."""
    newest: dict[int | None, OutboundMessage] = {}
    for message in prompts:
        newest.setdefault(message.ticket_number, message)
    owned = []
    for ticket in mine:
        latest = newest.get(ticket.number)
        verb = (latest.prompt or {}).get(str(digit)) if latest is not None else None
        if verb is None:
            continue
        if any(ticket.status in statuses for statuses in NATURAL.get(Verb(verb), ())):
            owned.append(ticket)
    return owned


def _last_prompted(session: Session, prompts: list[OutboundMessage]) -> Ticket | None:
    """The ticket of the newest text that asked for anything: the answer came too late."""
    number = prompts[0].ticket_number if prompts else None
    return session.get(Ticket, number) if number else None


def _which(session: Session, sender: Sender, tickets: list[Ticket]) -> Answer:
    return Answer("which_ticket", {"entries": _entries(session, sender, tickets, short=True)})


def _entries(
    session: Session, sender: Sender, tickets: list[Ticket], *, short: bool = False
) -> list[str]:
    """One short line for each ticket, as many as fit into a text."""
    lines = []
    for ticket in tickets[:LISTED]:
        line = f"{ticket.code} {plain_place(session, ticket)}"
        if not short:
            assignment = active_assignment(session, ticket.number or 0)
            when = f" {short_time(assignment.starts_at)[:5]}" if assignment else ""
            line += f"{when} {label_of(session, ticket, sender.user.language)}"
        lines.append(line[:34])
    return lines


def _list(session: Session, sender: Sender, mine: list[Ticket]) -> Answer:
    open_ones = [ticket for ticket in mine if ticket.status is not Status.CLOSED]
    if not open_ones:
        return Answer("list_empty")
    more = max(0, len(open_ones) - LISTED)
    return Answer("list", {"entries": _entries(session, sender, open_ones), "more": more})


def _status(session: Session, ticket: Ticket, *, now: datetime) -> Answer:
    assignment = active_assignment(session, ticket.number or 0)
    when = short_time(assignment.starts_at, now) if assignment else ""
    values = {"number": ticket.code, "state": label(ticket.status), "time": when}
    return Answer("commune_status", dict(values), ticket)


def _note(
    session: Session, ticket: Ticket, command: Command, *, sender: Sender, now: datetime
) -> Answer:
    text = command.note.strip()
    if not text:
        return Answer("unknown")
    fieldwork.comment(session, ticket.number or 0, viewer=sender.viewer, now=now, text=text)
    return Answer("noted", {"number": ticket.code}, ticket)


def _repeat_back(ticket: Ticket, command: Command) -> Answer:
    """A misspelt word that ends something is asked back, never done."""
    words = {Verb.RESOLVE: "xong", Verb.DECLINE: "tu choi", Verb.CONFIRM: "dung"}
    word = words[command.verb]
    values = {"number": ticket.code, "verb": word, "example": f"{word} {ticket.code}"}
    return Answer("fuzzy", dict(values), ticket)


def _act(
    session: Session, ticket: Ticket, command: Command, *, sender: Sender, now: datetime
) -> Answer:
    verb = command.verb
    if ticket.status in DONE_AT.get(verb, ()):
        return _done(session, ticket, verb, now=now)
    reason = _(REASONS[command.reason]) if command.reason else ""
    if verb is Verb.DECLINE and not (reason or command.note.strip()):
        return Answer("decline_reason", {"number": ticket.code}, ticket)
    code = command.code
    if verb is Verb.RESOLVE and code is None and command.number not in (None, ticket.number):
        code = command.numbers[0]
    try:
        # All or nothing: a wrong code must not leave an arrival behind.
        with session.begin_nested():
            _take(session, ticket, command, reason=reason, code=code, sender=sender, now=now)
    except (TransitionError, NotAllowedError):
        return Answer("not_allowed", {"number": ticket.code, "state": label(ticket.status)}, ticket)
    except ActionRefused as refused:
        event = "wrong_code" if refused.field == "code" else "not_allowed"
        return Answer(event, {"number": ticket.code, "state": label(ticket.status)}, ticket)
    return _done(session, ticket, verb, now=now)


def _take(
    session: Session,
    ticket: Ticket,
    command: Command,
    *,
    reason: str,
    code: str | None,
    sender: Sender,
    now: datetime,
) -> None:
    verb, number = command.verb, ticket.number or 0
    if verb is Verb.RESOLVE and ticket.status in NATURAL[verb][1]:
        # "Done" without "arrived": the gap is filled, so that the target and the visit count.
        fieldwork.act(session, number, Action.ARRIVE, viewer=sender.viewer, now=now)
    fieldwork.act(
        session,
        number,
        ACTIONS[verb],
        viewer=sender.viewer,
        now=now,
        reason=reason if verb is Verb.DECLINE else "",
        note=command.note.strip(),
        code=code,
    )


def _done(session: Session, ticket: Ticket, verb: Verb, *, now: datetime) -> Answer:
    """The answer that the first and every further time gets."""
    assignment = active_assignment(session, ticket.number or 0)
    call = live_call(session, ticket.number or 0) if verb is Verb.VIDEO else None
    event = EVENTS[verb]
    if verb is Verb.RESOLVE and ticket.status is Status.CLOSED:
        event = "resolved_confirmed"
    starts_at = call.starts_at if call else assignment.starts_at if assignment else now
    return Answer(
        event,
        {
            "number": ticket.code,
            "commune": plain_place(session, ticket),
            "time": short_time(starts_at, now),
        },
        ticket,
        prompt=technician_prompt(ticket.status) if assignment else None,
        link_kind="call" if call else None,
        link_id=call.id if call else None,
    )
