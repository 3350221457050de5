"""What an SMS provider must be able to do. Knows neither web nor database."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class SentState(StrEnum):
    """What the provider said to a text."""

    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"


class Retry(StrEnum):
    """Whether trying again can help.

    LATER: refused for sure, may be sent again. CHECK: the answer was lost, look it up first.
    """

    NO = "no"
    LATER = "later"
    CHECK = "check"


@dataclass(frozen=True)
class Message:
    """A text to hand over: E.164 phone, and since when the provider may have it."""

    outbox_id: int
    phone: str
    body: str
    sent_after: datetime


@dataclass(frozen=True)
class Sent:
    """What became of a text at the provider; ``code`` is the vendor's own."""

    state: SentState
    provider_id: str | None = None
    code: str | None = None
    retry: Retry = Retry.NO


@dataclass(frozen=True)
class Inbound:
    """A text that somebody sent to us."""

    provider: str
    provider_message_id: str
    phone: str
    body: str


@dataclass(frozen=True)
class Receipt:
    """A provider's word about a text: sent, delivered, undelivered or failed."""

    outbox_id: int | None
    provider_id: str
    state: str
    code: str | None = None


@dataclass(frozen=True)
class WebhookRequest:
    """A call of the provider, free of any web framework. Header names are as sent."""

    path_and_query: str
    form: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


class SmsProvider(Protocol):
    """A vendor of text messages: the whole of it in one class."""

    name: str

    def send(self, message: Message) -> Sent:
        """Hand a text over; never raises for what the vendor or the network does."""
        ...

    def look_up(self, message: Message) -> Sent | None:
        """What the provider has of this text; None when it has nothing."""
        ...

    def verify(self, request: WebhookRequest) -> bool:
        """Whether the call really comes from the provider."""
        ...

    def parse_inbound(self, request: WebhookRequest) -> Inbound:
        """The text in a verified call.

        Raises
        ------
        ValueError
            If the call holds none.
        """
        ...

    def parse_receipt(self, request: WebhookRequest) -> Receipt:
        """The receipt in a verified call.

        Raises
        ------
        ValueError
            If the call holds none.
        """
        ...

    def health(self) -> bool:
        """Whether texts can be handed over now."""
        ...
