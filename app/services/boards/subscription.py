"""What one open stream is made of: its wish, its place, its events, and the sources behind them."""

import queue
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from sqlmodel import Session

from models.account import Viewer
from models.types import JsonDict

# A reader that slow is cut off; it comes back with its position and catches up.
QUEUED = 1000


@dataclass(frozen=True)
class Position:
    """How far a stream has come; written as ``123`` or ``123;signal=45``."""

    change: int
    cursors: Mapping[str, int] = field(default_factory=dict)

    def __str__(self) -> str:
        return ";".join([str(self.change), *(f"{kind}={at}" for kind, at in self.cursors.items())])

    @classmethod
    def parse(cls, text: str) -> "Position | None":
        """The position that was written so; None for anything else."""
        first, *rest = text.split(";")
        pairs = [part.partition("=") for part in rest]
        numbers = [first, *(number for _kind, _sign, number in pairs)]
        if not all(
            number.isascii() and number.isdigit() and len(number) < 16 for number in numbers
        ):
            return None
        return cls(int(first), {kind: int(number) for kind, _sign, number in pairs})


@dataclass(frozen=True)
class StreamEvent:
    """One event on its way to a browser; `position` is where the stream then stands."""

    kind: str
    data: JsonDict
    position: Position | None = None


@dataclass(frozen=True)
class Wish:
    """What a stream wants to hear; `after` is where it left off."""

    ticket: int | None = None
    after: Position | None = None
    sources: Mapping[str, int | None] = field(default_factory=dict)
    call_id: int | None = None
    instance: str = ""


@dataclass(eq=False)
class Subscriber:
    """An open stream. Only its hub puts events in; only its own thread takes them out."""

    viewer: Viewer | None
    owner: str
    wish: Wish
    opened: int = 0
    position: Position = field(default_factory=lambda: Position(0))
    # What this viewer has in sight, so that its leaving can be told.
    known: set[int] = field(default_factory=set)
    # Caught up with; the hub's reader may still come upon them.
    told: frozenset[int] = frozenset()
    waiting: "queue.Queue[StreamEvent | None]" = field(
        default_factory=lambda: queue.Queue(maxsize=QUEUED)
    )

    def put(self, event: StreamEvent | None) -> None:
        """Queue an event, None for the end; a full queue ends the stream too."""
        try:
            self.waiting.put_nowait(event)
        except queue.Full:
            self.waiting = queue.Queue(maxsize=1)
            self.waiting.put_nowait(None)


@dataclass(frozen=True)
class Source:
    """Another kind of event; see the head of this module."""

    kind: str
    start: Callable[[Session, Subscriber], int]
    read: Callable[[Session, Subscriber, int], tuple[list[StreamEvent], int]]
