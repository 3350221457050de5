"""The steps of a ticket's life with all that each brings along: clocks, assignments, calls, texts.

`fieldwork.act` has checked who asks and whether the step exists; here it is taken.
"""

import secrets
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlmodel import Session

from app.i18n import _
from app.services.calling import escalation
from app.services.planning.assigning import active_assignment
from app.services.planning.by_hand import assign_by_hand
from app.services.planning.placement import place_ticket, request_replan
from app.services.planning.staff import leads_of, reporter, user_of
from app.services.reference import reference
from app.services.texts.outbox import say
from app.services.texts.texting import plain_place
from app.services.tickets.refusals import ActionRefused, NotAllowedError
from app.services.tickets.targets import meet_target, start_target, stop_target
from models.account import Role, User, Viewer
from models.calendar import LOCAL, local_date
from models.call import CallOutcome
from models.lifecycle import Action, Actor, Status
from models.plan import Assignment
from models.ticket import Ticket
from models.types import JsonDict
from models.workforce import Technician


@dataclass(frozen=True)
class Step:
    """Who does what to which ticket, and when."""

    session: Session
    ticket: Ticket
    actor: Actor
    by: User
    viewer: Viewer
    now: datetime

    def apply(self, action: Action, *, note: str = "", resumed_as: Status | None = None) -> None:
        """Change the status and write the event."""
        self.ticket.apply(
            action,
            self.actor,
            now=self.now,
            by=None if self.actor is Actor.CLOCK else self.by,
            text=note or None,
            resumed_as=resumed_as,
            data=self._on_behalf(action),
        )

    def _on_behalf(self, action: Action) -> dict[str, object]:
        if self.actor not in (Actor.LEAD, Actor.DISPATCHER):
            return {}
        assignment = active_assignment(self.session, self.ticket.number or 0)
        if assignment is None or action is Action.ASSIGN:
            return {}
        return {"technician": user_of(self.session, assignment.technician_id).name}


def assign(step: Step, technician_id: int, *, note: str) -> None:
    """Give the ticket to whom a person chose; whoever had it is told."""
    technician = step.session.get(Technician, technician_id)
    if technician is None:
        raise ActionRefused("technician", _("Không có kỹ thuật viên này."))
    if step.viewer.role is Role.LEAD and technician.team_id != step.viewer.team_id:
        raise NotAllowedError("a lead assigns own members")
    ticket = step.ticket
    current = active_assignment(step.session, ticket.number or 0)
    if current is not None:
        if [member.technician_id for member in current.members] == [technician_id]:
            raise ActionRefused("technician", _("Phiếu đã thuộc về người này."))
        step.apply(Action.UNASSIGN)
        escalation.release(step.session, ticket, current, now=step.now)
    assign_by_hand(
        step.session,
        ticket,
        technician_id=technician_id,
        viewer=step.viewer,
        now=step.now,
        note=note,
    )


def unassign(step: Step, *, reason: str) -> None:
    """Take the ticket back. A refusal tells the lead and finds somebody else at once."""
    ticket, session = step.ticket, step.session
    assignment = active_assignment(session, ticket.number or 0)
    is_refusal = step.actor is Actor.TECHNICIAN
    data = _refused_by(step, assignment) if assignment and is_refusal else {}
    ticket.apply(
        Action.UNASSIGN, step.actor, now=step.now, by=step.by, data=data, text=reason or None
    )
    if assignment is not None:
        escalation.release(
            session,
            ticket,
            assignment,
            now=step.now,
            except_user_id=step.by.id if is_refusal else None,
        )
    if is_refusal:
        _tell_leads_of_refusal(step, reason)
        place_ticket(session, ticket, now=step.now)
    request_replan(session, cause="unassign", now=step.now)


def _refused_by(step: Step, assignment: Assignment) -> JsonDict:
    """Who declines; one of a crew declines for the whole car."""
    crew = [member.technician_id for member in assignment.members]
    data: JsonDict = {"technician_id": step.viewer.technician_id or assignment.technician_id}
    return data | {"crew": crew} if len(crew) > 1 else data


def _tell_leads_of_refusal(step: Step, reason: str) -> None:
    ticket = step.ticket
    for lead in leads_of(step.session, step.viewer.team_id or 0):
        say(
            step.session,
            "lead_declined",
            key=f"lead_declined:{ticket.number}:{ticket.event_count}:{lead.id}",
            now=step.now,
            to=lead,
            ticket=ticket,
            values={
                "number": ticket.code,
                "commune": plain_place(step.session, ticket),
                "name": step.by.name,
                "reason": reason[:30],
            },
        )


def accept(step: Step, *, note: str) -> None:
    """The technician will go."""
    step.apply(Action.ACCEPT, note=note)


def depart(step: Step, *, note: str) -> None:
    """The technician is on the way."""
    step.apply(Action.DEPART, note=note)
    assignment = active_assignment(step.session, step.ticket.number or 0)
    if assignment is not None:
        assignment.departed_at = step.now
        step.session.add(assignment)
        _seen(step, assignment, at_code=None)


def arrive(step: Step, *, note: str) -> None:
    """The technician is there: the target is met and the commune gets its code."""
    step.apply(Action.ARRIVE, note=note)
    ticket = step.ticket
    meet_target(step.session, ticket, now=step.now)
    ticket.close_code = ticket.close_code or f"{secrets.randbelow(10_000):04d}"
    assignment = active_assignment(step.session, ticket.number or 0)
    if assignment is None:
        return
    assignment.arrived_at = step.now
    assignment.departed_at = assignment.departed_at or step.now
    step.session.add(assignment)
    _seen(step, assignment, at_code=ticket.commune_code)
    _filer, phone = reporter(step.session, ticket)
    say(
        step.session,
        "commune_arrived",
        key=f"commune_arrived:{assignment.id}",
        now=step.now,
        phone=phone,
        ticket=ticket,
        values={
            "number": ticket.code,
            "name": user_of(step.session, assignment.technician_id).name,
            "code": ticket.close_code,
        },
    )


def _seen(step: Step, assignment: Assignment, *, at_code: str | None) -> None:
    """One word from the car tells where all of its people are."""
    for member in assignment.members:
        technician = step.session.get_one(Technician, member.technician_id)
        technician.seen_at = step.now
        technician.at_code = at_code or technician.at_code
        step.session.add(technician)


def to_video(step: Step, *, note: str) -> None:
    """A person turns the visit into a call."""
    reason = "technician" if step.actor is Actor.TECHNICIAN else "person"
    escalation.escalate(
        step.session,
        step.ticket,
        actor=step.actor,
        reason=reason,
        now=step.now,
        by=step.by,
        note=note,
    )


def send_back(step: Step, *, note: str) -> None:
    """The call did not solve it: a visit with a new full target, what was tried written down."""
    end_call(step, CallOutcome.VISIT_NEEDED, note)
    finish_visit(step, work_done=note)
    stop_target(step.session, step.ticket, now=step.now)
    step.apply(Action.SEND_BACK, note=note)
    start_target(step.session, step.ticket, now=step.now)
    place_ticket(step.session, step.ticket, now=step.now)


def wait(step: Step, *, note: str, until_on: date | None) -> None:
    """Parts or a third party are missing; no target runs until the date."""
    calendar = reference(step.session).calendar
    today = local_date(step.now)
    if until_on is not None and until_on <= today:
        raise ActionRefused("date", _("Ngày hẹn lại phải từ ngày mai trở đi."))
    day = until_on or calendar.working_days(today + timedelta(days=1), 1)[0]
    opening = calendar.next_opening(datetime.combine(day, time(0), LOCAL))
    end_call(step, None, note)
    finish_visit(step, work_done=note)
    stop_target(step.session, step.ticket, now=step.now)
    step.apply(Action.WAIT, note=note)
    step.ticket.waiting_until_at = opening


def resume(step: Step, *, resumed_as: Status | None) -> None:
    """The wait is over: a visit, or a call."""
    ticket = step.ticket
    step.apply(Action.RESUME, resumed_as=resumed_as)
    ticket.waiting_until_at = None
    start_target(step.session, ticket, now=step.now)
    if ticket.status is Status.VIDEO:
        escalation.book_call(step.session, ticket, reason="person", now=step.now)
    else:
        place_ticket(step.session, ticket, now=step.now)


def end_call(step: Step, outcome: CallOutcome | None, note: str) -> None:
    call = escalation.live_call(step.session, step.ticket.number or 0)
    if call is not None:
        escalation.close_call(
            step.session,
            step.ticket,
            call,
            outcome=outcome,
            actor=step.actor,
            now=step.now,
            by=step.by,
            note=note,
        )
        step.session.flush()


def finish_visit(step: Step, *, work_done: str) -> None:
    """End the active assignment and keep what the trip report needs of it."""
    assignment = active_assignment(step.session, step.ticket.number or 0)
    if assignment is None:
        return
    assignment.is_active = False
    assignment.ended_at = assignment.finished_at = step.now
    assignment.work_done = work_done
    step.session.add(assignment)
    _seen(step, assignment, at_code=step.ticket.commune_code)
    step.session.flush()
