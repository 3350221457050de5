"""Questions about other facts: what if, and a past month played again. No plan is touched."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from models.types import JSON_TYPE, JsonDict, choice


class StudyKind(StrEnum):
    """What is asked."""

    WHAT_IF = "what-if"
    HISTORY = "history"


class StudyState(StrEnum):
    """How far the answer is."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


ENDED = frozenset({StudyState.DONE, StudyState.FAILED, StudyState.CANCELLED})


class Study(SQLModel, table=True):
    """A question that the worker answers, and its answer: numbers and ids, never names.

    ``team_id``: the team of the lead who asks; None: everybody's. ``question`` and ``result`` have
    the shape of their kind (`what_if_question`, `history_question`, `history_report`). ``progress``
    is what the next of ``total`` steps goes on from. ``epoch`` is the worker's that runs it, so
    that a run left over by a dead worker is taken up again.
    """

    __table_args__ = (Index("ix_study_kind_state", "kind", "state"),)

    id: int | None = Field(default=None, primary_key=True)
    kind: StudyKind = Field(sa_type=choice(StudyKind))
    state: StudyState = Field(default=StudyState.QUEUED, sa_type=choice(StudyState))
    asked_at: datetime
    by_id: int | None = Field(default=None, foreign_key="user.id")
    team_id: int | None = Field(default=None, foreign_key="team.id")
    question: JsonDict = Field(default_factory=dict, sa_type=JSON_TYPE)
    epoch: int = 0
    done: int = 0
    total: int = 0
    progress: JsonDict = Field(default_factory=dict, sa_type=JSON_TYPE)
    result: JsonDict | None = Field(default=None, sa_type=JSON_TYPE)
    started_at: datetime | None = None
    finished_at: datetime | None = None

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.state in ENDED
