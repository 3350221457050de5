"""Which ticket a text is about: its number, its quick digit, or the only one that fits."""

from dataclasses import dataclass, field

from sqlmodel import Session, col

from app.services.planning.assigning import active_assignment
from app.services.scope import visible_tickets
from app.services.texts.texting import label_of, plain_place, short_time
from app.sms.commands import Command
from app.sms.phrases import Verb
from models.account import Role, User, Viewer
from models.lifecycle import Status
from models.message import OutboundMessage
from models.plan import Assignment, AssignmentMember
from models.ticket import Ticket

LISTED = 4
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


def mine(session: Session, sender: Sender) -> list[Ticket]:
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


def choose(
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
    return Answer("which_ticket", {"entries": entries(session, sender, tickets, short=True)})


def entries(
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
