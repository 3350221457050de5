"""The end of a ticket's life: resolved, confirmed, opened again, called off."""

import secrets
from datetime import timedelta

from app.i18n import _
from app.services.calling import escalation
from app.services.planning.assigning import active_assignment
from app.services.planning.placement import place_ticket, request_replan
from app.services.planning.staff import reporter
from app.services.texts.outbox import say
from app.services.tickets.close_code import check_close_code
from app.services.tickets.refusals import ActionRefused
from app.services.tickets.steps import Step, end_call, finish_visit
from app.services.tickets.targets import start_target, stop_target
from models.call import CallOutcome
from models.lifecycle import Action, Actor
from models.ticket import Ticket

REOPEN_WITHIN = timedelta(days=7)


def resolve(step: Step, *, note: str, code: str | None) -> None:
    """Done; with the commune's code in a technician's hands it is closed with proof."""
    ticket = step.ticket
    if code is not None:
        check_close_code(step.session, ticket, code, now=step.now)
    end_call(step, CallOutcome.SOLVED, note)
    finish_visit(step, work_done=note)
    stop_target(step.session, ticket, now=step.now)
    step.apply(Action.RESOLVE, note=note)
    ticket.resolved_at = step.now
    ticket.waiting_until_at = None
    ticket.close_code = ticket.close_code or f"{secrets.randbelow(10_000):04d}"
    request_replan(step.session, cause="resolve", now=step.now)
    if code is not None:
        confirm(step, code=code, note="")
        return
    filer, phone = reporter(step.session, ticket)
    say(
        step.session,
        "commune_resolved",
        key=f"commune_resolved:{ticket.number}:{ticket.event_count}",
        now=step.now,
        to=filer if filer.phone == phone else None,
        phone=phone,
        ticket=ticket,
        prompt={"1": "confirm", "2": "reopen"},
        values={"number": ticket.code},
    )


def confirm(step: Step, *, code: str | None, note: str) -> None:
    """It works: closed. A technician proves it with the commune's code."""
    if step.actor is Actor.TECHNICIAN:
        check_close_code(step.session, step.ticket, code or "", now=step.now)
    step.apply(Action.CONFIRM, note=note)
    step.ticket.closed_at = step.now


def reopen(step: Step, *, note: str) -> None:
    """It does not work after all: a new full target, and somebody comes again."""
    ticket = step.ticket
    if ticket.closed_at is not None and step.now > ticket.closed_at + REOPEN_WITHIN:
        raise ActionRefused(
            "status", _("Phiếu đã đóng quá 7 ngày. Hãy gửi yêu cầu mới và nhắc số phiếu này.")
        )
    step.apply(Action.REOPEN, note=note)
    ticket.resolved_at = ticket.closed_at = ticket.close_code = None
    start_target(step.session, ticket, now=step.now)
    place_ticket(step.session, ticket, now=step.now)


def cancel(step: Step, *, note: str) -> None:
    """No longer wanted; whoever was to go is told at once."""
    _call_off(step, Action.CANCEL, note)


def merge(step: Step, survivor: Ticket) -> None:
    """The same matter as another ticket, which goes on; this one points to it."""
    _call_off(step, Action.MERGE, "")
    step.ticket.merged_into = survivor.number


def _call_off(step: Step, action: Action, note: str) -> None:
    ticket = step.ticket
    end_call(step, None, note)
    assignment = active_assignment(step.session, ticket.number or 0)
    stop_target(step.session, ticket, now=step.now)
    step.apply(action, note=note)
    if assignment is not None:
        escalation.release(step.session, ticket, assignment, now=step.now, event="cancelled")
        request_replan(step.session, cause=action.value, now=step.now)
    ticket.waiting_until_at = None
    ticket.closed_at = step.now
