"""Who was given what, when, and why: decisions, assignments, and the planner's runs."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index, text
from sqlmodel import Field, Relationship, SQLModel

from models.ticket import Ticket
from models.types import JSON_TYPE, JsonDict, choice
from models.workforce import Team, Technician


class Outcome(StrEnum):
    """What the planner found for a ticket."""

    ASSIGNED = "assigned"
    LATE = "late"
    UNREACHABLE = "unreachable"
    CROWDED_OUT = "crowded_out"


class Decision(SQLModel, table=True):
    """A planning decision about one ticket with its reasons; the newest one counts.

    ``reasons`` are rows of codes and numbers (see ``app/services/planning/reason_rows.py``): the
    chosen one and the runners-up, or one for every technician when nobody was found. ``swap`` is
    ``{"out": ticket number, "technician_id"}`` for a crowded-out ticket.
    """

    id: int | None = Field(default=None, primary_key=True)
    ticket_number: int = Field(foreign_key="ticket.number", index=True)
    at: datetime
    outcome: Outcome = Field(sa_type=choice(Outcome))
    by_id: int | None = Field(default=None, foreign_key="user.id")
    reasons: list[JsonDict] = Field(default_factory=list, sa_type=JSON_TYPE)
    swap: JsonDict | None = Field(default=None, sa_type=JSON_TYPE)


class Assignment(SQLModel, table=True):
    """A ticket given to a technician or a crew: who, when, and what it costs.

    ``technician_id`` drives, ``members`` holds everybody. ``starts_at`` is the planned arrival,
    ``told_starts_at`` what its people were told last. ``travel_*`` is the leg to it,
    ``added_travel_s`` what the ticket adds to the route, ``joins_number`` the ticket whose trip it
    joins. When the visit is over, ``departed_at`` … ``parts`` keep what the trip report needs.
    """

    # SQLite uses a partial index only where the query says the same words: `is_active = 1`.
    __table_args__ = (
        Index(
            "ux_assignment_active",
            "ticket_number",
            unique=True,
            sqlite_where=text("is_active = 1"),
            postgresql_where=text("is_active"),
        ),
        Index(
            "ix_assignment_route",
            "technician_id",
            "starts_at",
            sqlite_where=text("is_active = 1"),
            postgresql_where=text("is_active"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    ticket_number: int = Field(foreign_key="ticket.number", index=True)
    team_id: int = Field(foreign_key="team.id")
    technician_id: int = Field(foreign_key="technician.id")
    decision_id: int = Field(foreign_key="decision.id")
    is_active: bool = True
    is_by_hand: bool = False
    hand_note: str = ""
    assigned_at: datetime
    starts_at: datetime
    told_starts_at: datetime
    ends_at: datetime
    travel_s: int
    travel_m: int
    added_travel_s: int
    joins_number: int | None = None
    ended_at: datetime | None = None
    departed_at: datetime | None = None
    arrived_at: datetime | None = None
    finished_at: datetime | None = None
    work_done: str = ""
    parts: str = ""

    ticket: Ticket = Relationship()
    team: Team = Relationship()
    technician: Technician = Relationship()
    decision: Decision = Relationship()
    members: list["AssignmentMember"] = Relationship()


class AssignmentMember(SQLModel, table=True):
    """A person of an assignment; a crew has several, ``technician_id`` of the assignment drives."""

    __tablename__ = "assignment_member"

    assignment_id: int = Field(foreign_key="assignment.id", primary_key=True)
    technician_id: int = Field(foreign_key="technician.id", primary_key=True)


class PlanRun(SQLModel, table=True):
    """One run of the re-planner: what caused it, how long it took, what changed.

    ``figures`` is ``{"open", "assigned", "reassigned", "shifted", "dropped", "skipped", "crews",
    "failed", "missing": [library], "spread": {"hours", "highland", "island"}}``.
    """

    __tablename__ = "plan_run"

    id: int | None = Field(default=None, primary_key=True)
    asked_at: datetime
    cause: str = Field(max_length=24)
    by_id: int | None = Field(default=None, foreign_key="user.id")
    started_at: datetime | None = Field(default=None, index=True)
    finished_at: datetime | None = Field(default=None, index=True)
    wall_ms: int | None = None
    figures: JsonDict = Field(default_factory=dict, sa_type=JSON_TYPE)
