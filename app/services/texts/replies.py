"""From a parsed command to what is done and what is answered."""

from dataclasses import replace
from datetime import datetime

from sqlmodel import Session

from app.i18n import _, label, mark
from app.services.calling.escalation import live_call
from app.services.planning.assigning import active_assignment, lock_plan
from app.services.planning.lateness import report_late, was_reported
from app.services.texts.meant import LISTED, NATURAL, Answer, Sender, choose, entries, mine
from app.services.texts.texting import plain_place, short_time, technician_prompt
from app.services.tickets import fieldwork
from app.services.tickets.close_code import WrongCodeError, count_wrong_code
from app.services.tickets.refusals import ActionRefused, NotAllowedError
from app.sms.commands import Command, Confidence
from app.sms.delay import minutes_late
from app.sms.phrases import DeclineReason, Verb
from models.lifecycle import Action, Status, TransitionError
from models.message import OutboundMessage
from models.ticket import Ticket

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
    at_hand = mine(session, sender)
    if verb is Verb.LIST:
        return _list(session, sender, at_hand)
    if verb in (Verb.UNKNOWN, Verb.ASK):
        minutes = None if sender.is_commune else minutes_late(command.note)
        if minutes is None:
            return Answer("unknown")
        about = replace(command, verb=Verb.ARRIVE)
        late = choose(session, about, mine=at_hand, sender=sender, prompts=prompts)
        return late if isinstance(late, Answer) else _late(session, late, minutes, sender, now=now)
    chosen = choose(session, command, mine=at_hand, sender=sender, prompts=prompts)
    if isinstance(chosen, Answer):
        return chosen
    if verb is Verb.STATUS:
        return _status(session, chosen, now=now)
    if verb is Verb.NOTE:
        return _note(session, chosen, command, sender=sender, now=now)
    if command.confidence is Confidence.FUZZY and verb in _REPEATED_BACK:
        return _repeat_back(chosen, command)
    return _act(session, chosen, command, sender=sender, now=now)


def _late(
    session: Session, ticket: Ticket, minutes: int, sender: Sender, *, now: datetime
) -> Answer:
    """The visit begins later; the same words again within two minutes change nothing."""
    number = ticket.number or 0
    # Of two copies that come at once the second waits here and sees the first.
    lock_plan(session)
    if not was_reported(session, number, user_id=sender.user.id or 0, now=now):
        try:
            report_late(session, number, minutes, viewer=sender.viewer, now=now)
        except (ActionRefused, NotAllowedError):
            values = {"number": ticket.code, "state": label(ticket.status)}
            return Answer("not_allowed", dict(values), ticket)
    assignment = active_assignment(session, number)
    starts_at = assignment.starts_at if assignment else now
    return Answer(
        "late",
        {
            "number": ticket.code,
            "commune": plain_place(session, ticket),
            "time": short_time(starts_at, now),
        },
        ticket,
        prompt=technician_prompt(ticket.status),
    )


_REPEATED_BACK = frozenset({Verb.RESOLVE, Verb.DECLINE, Verb.CONFIRM})


def _list(session: Session, sender: Sender, mine: list[Ticket]) -> Answer:
    open_ones = [ticket for ticket in mine if ticket.status is not Status.CLOSED]
    if not open_ones:
        return Answer("list_empty")
    more = max(0, len(open_ones) - LISTED)
    return Answer("list", {"entries": entries(session, sender, open_ones), "more": more})


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
    except WrongCodeError:
        count_wrong_code(session, ticket, now=now)
        return Answer("wrong_code", {"number": ticket.code}, ticket)
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
