"""What goes in and out of the API: one model per body, query and answer."""

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictInt,
    StringConstraints,
)

from models.catalog import Priority
from models.lifecycle import Action, Status
from models.message import InboundState, OutboundState

# Beyond it no number of ours can lie, and the databases' integers end.
LARGEST = 2**31 - 1
PHONE_LENGTH = 20


# PostgreSQL stores no NUL in a text.
NO_NUL = r"^[^\x00]*$"


def _only_text(value: Any) -> Any:  # whatever the caller sent
    # A bare number would be taken for seconds since 1970.
    if isinstance(value, str | date):
        return value
    raise ValueError("a date is written as text")


def _limits(longest: int, *, shortest: int = 0) -> StringConstraints:
    return StringConstraints(
        strict=True,
        strip_whitespace=True,
        min_length=shortest,
        max_length=longest,
        pattern=NO_NUL,
    )


Key = Annotated[str, _limits(64, shortest=8)]
Code = Annotated[str, _limits(32, shortest=1)]
Username = Annotated[str, _limits(64, shortest=1)]
CloseCode = Annotated[str, _limits(8)]
Title = Annotated[str, _limits(120, shortest=1)]
Description = Annotated[str, _limits(4000)]
ShortText = Annotated[str, _limits(1000)]
Phone = Annotated[str, _limits(PHONE_LENGTH, shortest=1)]
TextBody = Annotated[str, _limits(1600)]
Day = Annotated[date, BeforeValidator(_only_text)]


class _In(BaseModel):
    """What a caller sends: a field that the API does not know is a mistake worth telling."""

    model_config = ConfigDict(extra="forbid")


class NewTicket(_In):
    """A request for help. `key` is the caller's own: a repeat of the call files nothing twice."""

    key: Key = Field(description="A UUID made by the caller for this ticket.")
    commune: Code = Field(description="Five-digit code of the commune.")
    category: Code = Field(description="Code of the category.")
    title: Title
    description: Description = ""
    citizens_waiting: StrictInt = Field(default=0, ge=0, le=999, description="0: nobody waits.")


class NewAction(_In):
    """One step of a ticket's life. `version` is the one that the caller saw last."""

    action: Action
    version: StrictInt = Field(ge=0, le=LARGEST)
    technician: Username | None = Field(default=None, description="User name, for assign.")
    reason: ShortText | None = None
    note: ShortText | None = None
    code: CloseCode | None = Field(default=None, description="The commune's four digits.")
    date: Day | None = Field(default=None, description="Until when to wait.")
    into: StrictInt | None = Field(default=None, ge=1, le=LARGEST, description="For merge.")


class NewText(BaseModel):
    """A text message as if a phone of the demo had sent it."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    sender: Phone = Field(alias="from")
    body: TextBody


class TicketPath(BaseModel):
    """Which ticket."""

    number: int = Field(description="The number without its check letter.")


class TicketQuery(BaseModel):
    """Which tickets: words in any spelling, statuses separated by commas, and the page."""

    q: str = Field(default="", max_length=200)
    status: str = Field(default="", max_length=200, description="One or more, with commas.")
    after: str = Field(default="", max_length=40, description="`next` of the page before.")


class MessageQuery(BaseModel):
    """Which texts: of one phone, and after which of them."""

    phone: str = Field(default="", max_length=PHONE_LENGTH)
    after: str = Field(default="", max_length=24, description="`id` of the last one seen.")


class Person(BaseModel):
    """Somebody who comes or calls."""

    username: str
    name: str
    phone: str | None


class Reason(BaseModel):
    """Why this technician, or why not another."""

    code: str
    text: str


class AssignmentOut(BaseModel):
    """Who comes, when and why; of several in one car `technician` drives."""

    technician: Person
    members: list[Person]
    team: str
    arrives_at: datetime
    reasons: list[Reason]


class CallOut(BaseModel):
    """The video call that is booked or running."""

    starts_at: datetime
    technician: Person
    url: str


class Standing(BaseModel):
    """Where a ticket stands; the answer to filing one."""

    number: int
    code: str
    status: Status
    version: int
    target_at: datetime | None
    assignment: AssignmentOut | None
    call: CallOut | None


class TicketOut(Standing):
    """A ticket in full."""

    commune: str
    category: str
    title: str
    description: str
    priority: Priority
    citizens_waiting: int
    created_at: datetime


class TicketPage(BaseModel):
    """A page of tickets; `next` goes into `after` for the following one."""

    items: list[TicketOut]
    next: str | None


class PlannedStop(BaseModel):
    """One visit of a route."""

    number: int
    starts_at: datetime
    ends_at: datetime
    travel_s: int
    zone: str = Field(description="committed, promised or movable")


class PlannedRoute(BaseModel):
    """The visits of one technician, or of several in one car, in order."""

    technicians: list[str]
    team: str
    stops: list[PlannedStop]


class PlanOut(BaseModel):
    """Everybody's routes as they stand."""

    at: datetime
    routes: list[PlannedRoute]


class MessageOut(BaseModel):
    """A text that went out or came in."""

    id: str
    direction: str = Field(description="in or out")
    phone: str
    body: str
    ticket: int | None
    state: OutboundState | InboundState
    at: datetime


class MessagePage(BaseModel):
    """Texts, oldest first; `next` goes into `after`."""

    items: list[MessageOut]
    next: str | None


class TextAnswer(BaseModel):
    """What the system answers to a text; null where a machine or a stranger gets no answer."""

    answer: str | None
