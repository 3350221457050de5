"""The demo's last working days, played through the real services with a clock of their own."""

import heapq
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import count

from sqlalchemy import String, cast, literal, update
from sqlmodel import Session, col, select

from app.services.calling import calls
from app.services.calling.escalation import live_call
from app.services.demo.scenes import Scene, SceneStep, filed_at, scenes
from app.services.planning.assigning import active_assignment
from app.services.reference import reference
from app.services.texts.inbox import receive
from app.services.tickets import fieldwork
from app.services.tickets.intake import TicketDraft, open_ticket
from app.sms.provider import Inbound
from models.account import Role, User, Viewer
from models.calendar import local_date
from models.lifecycle import Action, Status
from models.message import OutboundMessage, OutboundState
from models.plan import Assignment, PlanRun
from models.search import fold
from models.ticket import Ticket
from models.workforce import Technician

# Minutes from the step before; what follows the plan (driving, arriving) is not here.
_USUAL_MIN = {
    "accept": 5,
    "unassign": 2,
    "decline": 6,
    "escalate": 3,
    "join": 2,
    "wait": 35,
    "confirm": 25,
    "reopen": 70,
    "cancel": 20,
    "merge": 4,
    "comment": 9,
    "note": 3,
}
# What people write by SMS instead of opening a page.
_WORDS = {
    "accept": "nhan {code}",
    "depart": "di {code}",
    "arrive": "den {code}",
    "decline": "tu choi {code} {text}",
    "confirm": "xac nhan {code}",
}
_WRITES_TEXTS = frozenset({Role.TECHNICIAN, Role.COMMUNE})
_USUAL_BY = {
    "confirm": Role.COMMUNE,
    "reopen": Role.COMMUNE,
    "cancel": Role.COMMUNE,
    "comment": Role.COMMUNE,
    "merge": Role.DISPATCHER,
    "note": Role.LEAD,
}


@dataclass
class _Story:
    """A scene that is being played: its ticket, and which step comes next."""

    scene: Scene
    number: int = 0
    done: int = 0

    def next_step(self) -> SceneStep | None:
        """The step to take, or None at the end."""
        return self.scene.steps[self.done] if self.done < len(self.scene.steps) else None


@dataclass
class _Stage:
    """Everything the stories share."""

    session: Session
    now: datetime
    people: dict[str, Viewer]
    technicians: dict[int, Viewer]
    named: dict[str, int] = field(default_factory=dict)


def play_scenes(session: Session, *, now: datetime) -> int:
    """Let every scene happen, all in the order of time up to ``now``; the number of tickets.

    Texts of the past are marked as sent: nobody must get them now.
    """
    calendar = reference(session).calendar
    stage = _stage(session, now)
    order = count()
    due = [
        (filed_at(scene, calendar=calendar, now=now), next(order), _Story(scene))
        for scene in scenes()
    ]
    played = len(due)
    heapq.heapify(due)
    while due:
        at, _, story = heapq.heappop(due)
        _play(stage, story, at=at)
        step = story.next_step()
        if step is not None:
            due_at = _due_at(stage, story, step, after=at)
            heapq.heappush(due, (due_at, next(order), story))
    _settle_texts(session)
    _end_plan_runs(session, now=now)
    return played


def _stage(session: Session, now: datetime) -> _Stage:
    rows = session.exec(
        select(User, Technician.id).outerjoin(Technician, col(Technician.user_id) == col(User.id))
    )
    viewers = [Viewer.of(user, technician_id=technician_id) for user, technician_id in rows]
    people = {_place(viewer): viewer for viewer in viewers if viewer.role is not Role.TECHNICIAN}
    technicians = {
        viewer.technician_id: viewer for viewer in viewers if viewer.technician_id is not None
    }
    return _Stage(session, now, people, technicians)


def _place(viewer: Viewer) -> str:
    """Under which name a role of some place is found: ``commune 21025``, ``lead 1``."""
    return f"{viewer.role} {viewer.commune_code or viewer.team_id or ''}".strip()


def _play(stage: _Stage, story: _Story, *, at: datetime) -> None:
    """File the ticket, or take its next step."""
    if not story.number:
        story.number = _file(stage, story.scene, at=at)
        stage.named[story.scene.name] = story.number
        return
    step = story.scene.steps[story.done]
    story.done += 1
    ticket = stage.session.get_one(Ticket, story.number)
    is_call = ticket.status is Status.VIDEO
    if step.do == "join" or (step.do == "arrive" and is_call):
        _join(stage, ticket, at=at)
        return
    viewer = _who(stage, ticket, step)
    if viewer is None:
        return
    if step.do in _WORDS and viewer.role in _WRITES_TEXTS and not is_call:
        _text(stage, ticket, step, viewer=viewer, at=at)
        return
    if step.do in {"comment", "note"}:
        fieldwork.comment(
            stage.session,
            story.number,
            viewer=viewer,
            now=at,
            text=step.text,
            is_internal=step.do == "note",
        )
        return
    action = Action.UNASSIGN if step.do == "decline" else Action(step.do)
    # On some days the planner decides otherwise than the scene expects, and a visit becomes a call:
    # then its first steps fall away and the rest still makes sense.
    if action not in fieldwork.allowed_actions(stage.session, ticket, viewer=viewer):
        return
    fieldwork.act(
        stage.session,
        story.number,
        action,
        viewer=viewer,
        now=at,
        note=step.text,
        until_on=_until(stage, step) if step.do == "wait" else None,
        into=stage.named.get(step.into),
    )


def _text(stage: _Stage, ticket: Ticket, step: SceneStep, *, viewer: Viewer, at: datetime) -> None:
    """The step as a text from the person's own phone; it is answered as any text is."""
    phone = stage.session.get_one(User, viewer.user_id).phone or ""
    body = _WORDS[step.do].format(code=ticket.code, text=fold(step.text)).strip()
    text_id = f"demo-{ticket.number}-{ticket.event_count}"
    receive(stage.session, Inbound("console", text_id, phone, body), now=at)


def _file(stage: _Stage, scene: Scene, *, at: datetime) -> int:
    by = "dispatcher" if scene.on_behalf else f"commune {scene.commune}"
    clerk = stage.session.get_one(User, stage.people[f"commune {scene.commune}"].user_id)
    draft = TicketDraft(
        key=f"demo-{scene.commune}-{scene.filed}",
        commune_code=scene.commune,
        category_code=scene.category,
        title=scene.title,
        description=scene.description,
        citizens_waiting=scene.citizens_waiting,
        extra=scene.extra,
        village=scene.village,
        contact_phone=clerk.phone or "",
    )
    return open_ticket(stage.session, draft, viewer=stage.people[by], now=at).ticket.number or 0


def _who(stage: _Stage, ticket: Ticket, step: SceneStep) -> Viewer | None:
    """Whoever takes this step: as the scene says, else as is usual; None if nobody has it."""
    role = Role(step.by) if step.by else _USUAL_BY.get(step.do, Role.TECHNICIAN)
    if role is Role.COMMUNE:
        return stage.people[f"commune {ticket.commune_code}"]
    if role is Role.LEAD:
        return stage.people[f"lead {ticket.team_id or 1}"]
    if role is not Role.TECHNICIAN:
        return stage.people[role.value]
    call = live_call(stage.session, ticket.number or 0)
    assignment = active_assignment(stage.session, ticket.number or 0)
    if assignment is not None:
        return stage.technicians[assignment.technician_id]
    if call is None:
        return None
    if call.technician_id is not None:
        return stage.technicians[call.technician_id]
    return stage.people[f"lead {ticket.team_id}"]


def _join(stage: _Stage, ticket: Ticket, *, at: datetime) -> None:
    """Both sides join the ticket's call."""
    call = live_call(stage.session, ticket.number or 0)
    if call is None:
        return
    hosts = [viewer for viewer in _viewers(stage) if viewer.user_id == call.host_id]
    for viewer in (*hosts, stage.people[f"commune {ticket.commune_code}"]):
        _, caller = calls.caller_of(stage.session, call.id or 0, viewer=viewer)
        calls.join(stage.session, call, caller, instance=f"demo-{viewer.user_id}", now=at)


def _viewers(stage: _Stage) -> list[Viewer]:
    return [*stage.technicians.values(), *stage.people.values()]


def _until(stage: _Stage, step: SceneStep) -> date:
    """The date of a wait: counted from now, so that it is still to come."""
    tomorrow = local_date(stage.now) + timedelta(days=1)
    return reference(stage.session).calendar.working_days(tomorrow, step.days)[-1]


def _due_at(stage: _Stage, story: _Story, step: SceneStep, *, after: datetime) -> datetime:
    """When a step is taken: at its planned moment, else some minutes after the one before.

    Never later than now; the steps that are left keep their order and a minute between them.
    """
    ticket = stage.session.get_one(Ticket, story.number)
    assignment = active_assignment(stage.session, story.number)
    moment = after + timedelta(minutes=_USUAL_MIN.get(step.do, 0))
    if assignment is not None:
        moment = max(moment, _planned(stage, ticket, assignment, step) or moment)
    elif step.do == "join" and (call := live_call(stage.session, story.number)) is not None:
        moment = max(after, call.starts_at) + timedelta(minutes=2)
    elif step.do == "resolve":
        moment = after + timedelta(minutes=14)
    left = len(story.scene.steps) - story.done
    return max(after, min(moment, stage.now - timedelta(minutes=left)))


def _planned(
    stage: _Stage, ticket: Ticket, assignment: Assignment, step: SceneStep
) -> datetime | None:
    """The moment that the plan has for a step; people are a little off it, each their own way."""
    off = timedelta(minutes=(ticket.number or 0) % 7 - 3)
    if step.do == "depart":
        return assignment.starts_at - timedelta(seconds=assignment.travel_s)
    if step.do == "arrive":
        return assignment.starts_at + off
    if step.do == "resolve" and assignment.arrived_at is not None:
        visit_min = reference(stage.session).categories[ticket.category_code].visit_min
        return assignment.arrived_at + timedelta(minutes=visit_min) + 2 * off
    return None


def _settle_texts(session: Session) -> None:
    session.exec(
        update(OutboundMessage)
        .where(col(OutboundMessage.state) == OutboundState.QUEUED)
        .values(
            state=OutboundState.SENT,
            provider="console",
            provider_id=literal("console-").concat(cast(OutboundMessage.id, String)),
            attempts=1,
            sent_at=col(OutboundMessage.created_at),
        )
        .execution_options(synchronize_session=False)
    )


def _end_plan_runs(session: Session, *, now: datetime) -> None:
    """What the scenes wished of the re-planner is done: the next run is due by its clock.

    So a visitor still meets the tickets that a lead took back a minute ago.
    """
    session.exec(
        update(PlanRun)
        .where(col(PlanRun.finished_at).is_(None))
        .values(asked_at=now, started_at=now, finished_at=now, wall_ms=0)
        .execution_options(synchronize_session=False)
    )
