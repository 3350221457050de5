"""One ticket that is over, as rows, for the bench's scratch database."""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert
from sqlmodel import Session, SQLModel

from app.services.reference import Reference
from app.services.tickets.intake import search_text
from models.account import User
from models.catalog import Category
from models.geography import Commune
from models.lifecycle import Action, Actor, Status
from models.message import OutboundMessage, OutboundState
from models.plan import Assignment, AssignmentMember, Decision, Outcome
from models.ticket import Channel, EventKind, ResponseTarget, Ticket, TicketEvent
from models.workforce import Technician
from scripts.bench_words import WORK_DONE, words_of


@dataclass
class _Event:
    """A ticket event before it is a row; sealed by the model's own hash."""

    ticket_number: int
    sequence: int
    at: datetime
    kind: str
    from_status: Status | None
    to_status: Status | None
    actor: str | None
    by_id: int | None
    data: dict[str, Any]  # as the column holds it
    previous_hash: str
    is_internal: bool = False
    text_digest: str | None = None
    hash: str = ""

    def seal(self) -> str:
        """Close the chain over this event."""
        # The method reads the fields alone, so that a plain record serves as well as a row.
        self.hash = TicketEvent.chained_hash(self, self.ticket_number)  # type: ignore[arg-type]
        return self.hash


@dataclass
class Rows:
    """Rows by table, in the order that foreign keys need; written when there are many."""

    session: Session
    tables: tuple[type[SQLModel], ...] = (
        Ticket,
        TicketEvent,
        ResponseTarget,
        Decision,
        Assignment,
        AssignmentMember,
        OutboundMessage,
    )
    rows: dict[type[SQLModel], list[dict[str, Any]]] = field(default_factory=dict)

    def add(self, table: type[SQLModel], **values: Any) -> None:  # the columns of that table
        """Keep one row."""
        self.rows.setdefault(table, []).append(values)

    def write(self) -> None:
        """Insert everything that was kept."""
        for table in self.tables:
            if rows := self.rows.pop(table, None):
                self.session.execute(insert(table), rows)


@dataclass(frozen=True)
class World:
    """Who files and who goes."""

    communes: dict[str, Commune]
    categories: list[Category]
    staff: list[Technician]
    clerks: dict[str, User]
    lead: User
    facts: Reference


class PastTicket:
    """One ticket that is over, or nearly: its life as events, and the rows that go with it."""

    def __init__(
        self,
        number: int,
        at: datetime,
        end: Status,
        world: World,
        dice: random.Random,
        next_ids: dict[type[SQLModel], Iterator[int]],
    ) -> None:
        self.number = number
        self.created_at = at
        self.end = end
        self.world = world
        self.dice = dice
        self.next_ids = next_ids
        self.commune = dice.choice(list(world.communes.values()))
        self.category = dice.choice(world.categories)
        self.person = dice.choice(world.staff)
        self.clerk = world.clerks[self.commune.code]
        self.events: list[_Event] = []
        self.at = at
        self.state = Status.OPEN

    def write(self, rows: Rows, *, merged_into: int | None) -> None:
        """Live the life and keep the rows."""
        self._event(EventKind.FILED.value, Actor.COMMUNE, self.clerk.id, minutes=0)
        self._step(Action.ASSIGN, Status.ASSIGNED, Actor.SCHEDULER, None, minutes=0)
        is_visited = self.end in (Status.CLOSED, Status.RESOLVED)
        moments = self._visit() if is_visited else {}
        if self.end is Status.CLOSED:
            self._step(Action.CONFIRM, Status.CLOSED, Actor.COMMUNE, self.clerk.id, minutes=40)
        elif self.end is Status.CANCELLED:
            self._step(Action.CANCEL, Status.CANCELLED, Actor.COMMUNE, self.clerk.id, minutes=30)
        elif self.end is Status.MERGED:
            self._step(Action.MERGE, Status.MERGED, Actor.LEAD, self.world.lead.id, minutes=30)
        self._keep_ticket(rows, moments, merged_into if self.end is Status.MERGED else None)
        self._keep_assignment(rows, moments)
        self._keep_texts(rows, is_visited=is_visited)

    def _visit(self) -> dict[str, datetime]:
        who = self.person.user_id
        self._step(Action.ACCEPT, Status.ACCEPTED, Actor.TECHNICIAN, who, minutes=9)
        departed = self._step(Action.DEPART, Status.EN_ROUTE, Actor.TECHNICIAN, who, minutes=20)
        arrived = self._step(Action.ARRIVE, Status.ON_SITE, Actor.TECHNICIAN, who, minutes=35)
        resolved = self._step(
            Action.RESOLVE,
            Status.RESOLVED,
            Actor.TECHNICIAN,
            who,
            minutes=self.category.visit_min,
        )
        return {"departed": departed, "arrived": arrived, "resolved": resolved}

    def _step(
        self, action: Action, after: Status, actor: Actor, by_id: int | None, *, minutes: int
    ) -> datetime:
        return self._event(action.value, actor, by_id, minutes=minutes, after=after)

    def _event(
        self,
        kind: str,
        actor: Actor,
        by_id: int | None,
        *,
        minutes: int,
        after: Status | None = None,
    ) -> datetime:
        self.at += timedelta(minutes=minutes, seconds=self.dice.randrange(60))
        event = _Event(
            ticket_number=self.number,
            sequence=len(self.events) + 1,
            at=self.at,
            kind=kind,
            from_status=self.state if after else None,
            to_status=after,
            actor=actor.value,
            by_id=by_id,
            data={},
            previous_hash=self.events[-1].hash if self.events else "",
        )
        event.seal()
        self.events.append(event)
        self.state = after or self.state
        return self.at

    def _keep_ticket(
        self, rows: Rows, moments: dict[str, datetime], merged_into: int | None
    ) -> None:
        title, description = words_of(self.category, self.commune, self.dice)
        ticket = Ticket(
            number=self.number,
            version=len(self.events),
            key=str(uuid.UUID(int=self.dice.getrandbits(128))),
            body_digest="0" * 64,
            channel=Channel.WEB,
            status=self.end,
            commune_code=self.commune.code,
            category_code=self.category.code,
            priority=self.category.priority,
            title=title,
            description=description,
            extra={},
            citizens_waiting=0,
            village="",
            contact_phone=self.clerk.phone,
            created_by_id=self.clerk.id or 0,
            created_at=self.created_at,
            team_id=self.person.team_id,
            target_at=None,
            waiting_until_at=None,
            resolved_at=moments.get("resolved"),
            closed_at=self.at if self.end is Status.CLOSED else None,
            close_code="4821" if moments else None,
            merged_into=merged_into,
            event_count=len(self.events),
            chain_tip=self.events[-1].hash,
        )
        ticket.search_text = search_text(ticket, self.world.facts)
        rows.add(Ticket, **ticket.model_dump())
        for event in self.events:
            rows.add(TicketEvent, **vars(event))
        rows.add(
            ResponseTarget,
            ticket_number=self.number,
            priority=self.category.priority,
            starts_at=self.created_at,
            target_at=self.created_at + timedelta(hours=8),
            met_at=moments.get("arrived"),
            ended_at=moments.get("resolved", self.at),
            escalated_at=None,
            missed_told_at=None,
        )

    def _keep_assignment(self, rows: Rows, moments: dict[str, datetime]) -> None:
        decision_id, assignment_id = next(self.next_ids[Decision]), next(self.next_ids[Assignment])
        others = self.dice.sample(self.world.staff, 2)
        reasons = [
            {"code": "CHOSEN", "technician_id": self.person.id, "by_s": 1500, "by_m": 18000},
            *(
                {"code": "FARTHER", "technician_id": one.id, "by_s": 900, "by_m": 11000}
                for one in others
            ),
        ]
        rows.add(
            Decision,
            id=decision_id,
            ticket_number=self.number,
            at=self.created_at,
            outcome=Outcome.ASSIGNED,
            by_id=None,
            reasons=reasons,
            swap=None,
        )
        arrives_at = self.created_at + timedelta(minutes=65)
        rows.add(
            Assignment,
            id=assignment_id,
            ticket_number=self.number,
            team_id=self.person.team_id,
            technician_id=self.person.id,
            decision_id=decision_id,
            is_active=False,
            is_by_hand=False,
            hand_note="",
            assigned_at=self.created_at,
            starts_at=arrives_at,
            told_starts_at=arrives_at,
            ends_at=arrives_at + timedelta(minutes=self.category.visit_min),
            travel_s=1500,
            travel_m=18000,
            added_travel_s=1500,
            ended_at=self.at,
            departed_at=moments.get("departed"),
            arrived_at=moments.get("arrived"),
            finished_at=moments.get("resolved"),
            work_done=self.dice.choice(WORK_DONE) if moments else "",
            parts="",
        )
        rows.add(AssignmentMember, assignment_id=assignment_id, technician_id=self.person.id)

    def _keep_texts(self, rows: Rows, *, is_visited: bool) -> None:
        self._keep_text(rows, "assigned", self.person.user_id, self.person.user.phone)
        if is_visited:
            self._keep_text(rows, "resolved", self.clerk.id, self.clerk.phone)

    def _keep_text(self, rows: Rows, event: str, user_id: int | None, phone: str | None) -> None:
        if phone is None:
            return
        message_id = next(self.next_ids[OutboundMessage])
        rows.add(
            OutboundMessage,
            id=message_id,
            key=f"{event}:{self.number}",
            phone=phone,
            user_id=user_id,
            ticket_number=self.number,
            event=event,
            language="vi",
            body=f"{self.number} {self.category.sms_label}, {self.commune.folded}.",
            link_kind=None,
            link_id=None,
            prompt=None,
            state=OutboundState.SENT,
            created_at=self.at,
            due_at=self.at,
            claim=None,
            attempts=1,
            provider="console",
            provider_id=f"console-{message_id}",
            code=None,
            sent_at=self.at,
        )
