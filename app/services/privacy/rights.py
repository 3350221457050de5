"""The rights of a person: everything stored about them as one document, and erasing it."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, delete, false, inspect, or_, update
from sqlmodel import Session, SQLModel, col, select
from sqlmodel.sql.expression import SelectOfScalar

from app.i18n import mark
from app.services.people.administration import AdministrationError
from app.services.planning.assigning import lock_plan
from app.services.privacy import erasure
from app.services.tickets.links import LIVE_CALLS
from app.sms.phones import normalise
from models.account import ApiToken, User
from models.call import CallState, Participant, Signal, SignalKind, VideoCall
from models.geography import RoadClosure
from models.message import InboundMessage, Link, OutboundMessage
from models.plan import Assignment, AssignmentMember, Decision
from models.study import Study
from models.ticket import Attachment, EventText, Ticket, TicketEvent
from models.types import JsonDict
from models.workforce import Leave, Shift, Team, Technician, TechnicianSkill

ERASED_NAME = mark("Người dùng đã xóa")
# A repeat of the same form is no longer known; the old digest could be searched for the phone.
ERASED_DIGEST = "erased"
# A dropped call may be taken up again.
UNFINISHED_CALLS = LIVE_CALLS | {CallState.DROPPED}
SECRETS = {"password_hash", "totp_secret", "totp_last_step", "session_epoch", "token_hash"}
INTERNAL = {"body_digest", "search_text", "chain_tip", "event_count", "folded", "claim", "key"}


@dataclass(frozen=True)
class Person:
    """Somebody who logs in, or a phone that only a ticket or a text names."""

    user: User | None
    phone: str | None

    def owns(self, table: type[InboundMessage | OutboundMessage | Link]) -> ColumnElement[bool]:
        """Whether a row is theirs: by log-in, or by their phone where it is nobody else's."""
        if self.user is None:
            return col(table.phone) == self.phone
        is_theirs = col(table.user_id) == self.user.id
        if self.phone is None:
            return is_theirs
        return or_(is_theirs, (col(table.phone) == self.phone) & col(table.user_id).is_(None))

    @property
    def user_id(self) -> int:
        """Id of the log-in; 0, which no row has, without one."""
        return self.user.id or 0 if self.user else 0

    @property
    def is_contact(self) -> ColumnElement[bool]:
        """Whether a ticket names their phone as the one to call."""
        return false() if self.phone is None else col(Ticket.contact_phone) == self.phone


def find_person(session: Session, who: str) -> Person:
    """The person of that username or phone.

    Raises
    ------
    AdministrationError
        If nothing is stored about them, or the phone is that of several log-ins.
    """
    named = session.exec(select(User).where(col(User.username) == who.casefold())).first()
    if named is not None:
        return Person(named, named.phone)
    try:
        phone = normalise(who)
    except ValueError:
        raise AdministrationError(f"there is no user {who}, and it is no phone number") from None
    users = session.exec(select(User).where(col(User.phone) == phone)).all()
    if len(users) > 1:
        names = ", ".join(user.username for user in users)
        raise AdministrationError(f"several log-ins have that phone, name one: {names}")
    person = Person(users[0] if users else None, phone)
    if person.user is None and not _is_known(session, person):
        raise AdministrationError("nothing is stored about that phone")
    return person


def _is_known(session: Session, person: Person) -> bool:
    queries = [select(Ticket.number).where(person.is_contact)]
    for table in (InboundMessage, OutboundMessage, Link):
        queries.append(select(table.id).where(person.owns(table)))
    return any(session.exec(query.limit(1)).first() is not None for query in queries)


def export_person(session: Session, person: Person) -> JsonDict:
    """Everything stored about a person, ready for JSON; secrets and their hashes are left out."""
    user_id = person.user_id
    technician = _technician(session, person)
    technician_id = technician.id or 0 if technician else 0
    return {
        "phone": person.phone,
        "account": _row(person.user) if person.user else None,
        "api_tokens": _rows(session, ApiToken, col(ApiToken.user_id) == user_id),
        "technician": _row(technician) if technician else None,
        "skills": _rows(
            session, TechnicianSkill, col(TechnicianSkill.technician_id) == technician_id
        ),
        "shifts": _rows(session, Shift, col(Shift.technician_id) == technician_id),
        "leaves": _rows(session, Leave, col(Leave.technician_id) == technician_id),
        "assignments": _rows(
            session, Assignment, col(Assignment.id).in_(_assignments_of(technician_id))
        ),
        "tickets_filed": _rows(session, Ticket, col(Ticket.created_by_id) == user_id),
        "tickets_with_this_phone": list(
            session.exec(
                select(Ticket.number).where(person.is_contact).order_by(col(Ticket.number))
            )
        ),
        "events": _events(session, user_id),
        "files": _rows(session, Attachment, col(Attachment.uploaded_by_id) == user_id),
        "texts_received": _rows(session, OutboundMessage, person.owns(OutboundMessage)),
        "texts_sent": _rows(session, InboundMessage, person.owns(InboundMessage)),
        "links": _rows(session, Link, person.owns(Link)),
        "road_closures": _rows(session, RoadClosure, col(RoadClosure.filed_by_id) == user_id),
        "studies": _rows(session, Study, col(Study.by_id) == user_id),
        "calls_hosted": _rows(session, VideoCall, col(VideoCall.host_id) == user_id),
        "calls_joined": _rows(session, Participant, col(Participant.user_id) == user_id),
        "call_chat": _rows(
            session,
            Signal,
            _was_said_by(user_id),
            col(Signal.kind) == SignalKind.CHAT,
        ),
    }


def erase_person(session: Session, person: Person, *, password_hash: str) -> None:
    """Take everything that names or quotes a person out of the database; their tickets stay.

    Events and the hash chain stay, and with them the names that an event says of whoever was sent.
    ``password_hash`` is of a random password that nobody has.

    Raises
    ------
    AdministrationError
        If somebody is being helped by them or with them right now.
    """
    # Nobody is given a ticket meanwhile.
    lock_plan(session)
    _refuse_while_needed(session, person)
    erasure.erase_event_texts(session, col(TicketEvent.by_id) == person.user_id)
    erasure.erase_sent(session, person.owns(OutboundMessage))
    erasure.erase_heard(session, person.owns(InboundMessage))
    erasure.erase_closure_notes(session, person.user_id)
    _delete(session, Link, person.owns(Link))
    session.exec(
        update(Ticket)
        .where(person.is_contact)
        .values(contact_phone=None, body_digest=ERASED_DIGEST, version=col(Ticket.version) + 1)
        .execution_options(synchronize_session=False)
    )
    _erase_calls(session, person.user_id)
    technician = _technician(session, person)
    if technician is not None:
        _erase_technician(session, technician)
    if person.user is not None:
        _erase_account(session, person.user, password_hash=password_hash)
    session.flush()


def _refuse_while_needed(session: Session, person: Person) -> None:
    technician = _technician(session, person)
    held = session.exec(
        select(Assignment.ticket_number).where(
            col(Assignment.is_active),
            col(Assignment.id).in_(_assignments_of(technician.id or 0 if technician else 0)),
        )
    ).first()
    if held is not None:
        raise AdministrationError(
            f"they are still assigned to ticket {held}: give it to somebody else first"
        )
    called = session.exec(
        select(VideoCall.ticket_number)
        .join(Ticket, col(Ticket.number) == col(VideoCall.ticket_number))
        .where(
            col(VideoCall.state).in_(UNFINISHED_CALLS),
            or_(
                col(VideoCall.host_id) == person.user_id,
                col(Ticket.created_by_id) == person.user_id,
                col(VideoCall.id).in_(_calls_of(person.user_id)),
                person.is_contact,
            ),
        )
    ).first()
    if called is not None:
        raise AdministrationError(
            f"a call about ticket {called} is booked or running with them: end it first"
        )


def _erase_calls(session: Session, user_id: int) -> None:
    erasure.erase_signals(session, _was_said_by(user_id))
    session.exec(
        update(Participant)
        .where(col(Participant.user_id) == user_id)
        .values(name=ERASED_NAME)
        .execution_options(synchronize_session=False)
    )
    session.exec(
        update(VideoCall)
        .where(col(VideoCall.host_id) == user_id)
        .values(note="")
        .execution_options(synchronize_session=False)
    )
    decided = select(Decision.id).where(col(Decision.by_id) == user_id)
    session.exec(
        update(Assignment)
        .where(col(Assignment.decision_id).in_(decided))
        .values(hand_note="")
        .execution_options(synchronize_session=False)
    )


def _erase_technician(session: Session, technician: Technician) -> None:
    session.exec(
        update(Assignment)
        .where(col(Assignment.technician_id) == technician.id)
        .values(work_done="", parts="")
        .execution_options(synchronize_session=False)
    )
    _delete(session, TechnicianSkill, col(TechnicianSkill.technician_id) == technician.id)
    _delete(session, Shift, col(Shift.technician_id) == technician.id)
    _delete(session, Leave, col(Leave.technician_id) == technician.id)
    technician.is_on_duty = False
    technician.home_code = session.get_one(Team, technician.team_id).base_code
    technician.at_code = technician.seen_at = None


def _erase_account(session: Session, user: User, *, password_hash: str) -> None:
    _delete(session, ApiToken, col(ApiToken.user_id) == user.id)
    # A username is often a name; a people file that still has it makes a new log-in.
    user.username = f"erased-{user.id}"
    user.name = ERASED_NAME
    user.phone = user.sms_stopped_at = user.totp_secret = user.totp_last_step = None
    user.password_hash = password_hash
    user.is_active = False
    user.session_epoch += 1


def _delete(session: Session, table: type[SQLModel], rows: ColumnElement[bool]) -> None:
    session.exec(delete(table).where(rows).execution_options(synchronize_session=False))


def _technician(session: Session, person: Person) -> Technician | None:
    return session.exec(select(Technician).where(col(Technician.user_id) == person.user_id)).first()


def _assignments_of(technician_id: int) -> SelectOfScalar[int]:
    return select(AssignmentMember.assignment_id).where(
        col(AssignmentMember.technician_id) == technician_id
    )


def _was_said_by(user_id: int) -> ColumnElement[bool]:
    """Whether a line of a call's log is of that person."""
    theirs = select(Participant.id).where(col(Participant.user_id) == user_id)
    return col(Signal.participant_id).in_(theirs)


def _calls_of(user_id: int) -> SelectOfScalar[int]:
    return select(Participant.call_id).where(col(Participant.user_id) == user_id)


def _events(session: Session, user_id: int) -> list[JsonDict]:
    """What they did and wrote, in order."""
    rows = session.exec(
        select(TicketEvent, EventText.body)
        .outerjoin(EventText, col(EventText.event_id) == col(TicketEvent.id))
        .where(col(TicketEvent.by_id) == user_id)
        .order_by(col(TicketEvent.id))
    )
    return [
        {
            "ticket_number": event.ticket_number,
            "at": event.at.isoformat(),
            "kind": event.kind,
            "text": body or "",
        }
        for event, body in rows
    ]


def _rows(session: Session, table: type[SQLModel], *where: ColumnElement[bool]) -> list[JsonDict]:
    keys = inspect(table).primary_key
    return [_row(row) for row in session.exec(select(table).where(*where).order_by(*keys))]


def _row(row: SQLModel) -> JsonDict:
    return row.model_dump(mode="json", exclude=SECRETS | INTERNAL)
