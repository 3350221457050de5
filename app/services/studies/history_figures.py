"""What a replayed month comes to, in numbers: the shape that `Study.result` keeps."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from app.services.studies.history_days import PastTicket
from app.services.studies.history_play import Reached, Replay
from models.catalog import Priority
from models.types import JsonDict

# Below either, a difference of one ticket says nothing.
FEW_TICKETS, FEW_DAYS = 60, 10


@dataclass(frozen=True)
class Tally:
    """What became of the tickets of one priority; ``waiting``: their target lies after the end."""

    in_time: int = 0
    late: int = 0
    call: int = 0
    waiting: int = 0

    @property
    def asked(self) -> int:
        """All of them."""
        return self.in_time + self.late + self.call + self.waiting

    @property
    def missed(self) -> int:
        """Those that nobody reached in time on the spot."""
        return self.late + self.call


@dataclass(frozen=True)
class Side:
    """One way of playing the month. ``hours`` are each person's on an average day they were in."""

    people: int
    travel_s: int
    distance_m: int
    tallies: Mapping[Priority, Tally]
    hours: tuple[float, ...]

    @property
    def total(self) -> Tally:
        """All priorities together."""
        rows = self.tallies.values()
        return Tally(
            sum(row.in_time for row in rows),
            sum(row.late for row in rows),
            sum(row.call for row in rows),
            sum(row.waiting for row in rows),
        )


@dataclass(frozen=True)
class Figures:
    """Both ways, and how much there was to go on."""

    days: int
    tickets: int
    as_it_was: Side
    as_asked: Side
    priorities: tuple[Priority, ...] = field(default=())

    @property
    def is_little(self) -> bool:
        """Whether there is too little data to conclude anything from."""
        return self.tickets < FEW_TICKETS or self.days < FEW_DAYS


def side_row(
    replay: Replay, tickets: Sequence[PastTicket], people: Sequence[int], days: int
) -> JsonDict:
    """One side as it is kept."""
    counts: dict[str, Counter[str]] = {priority.value: Counter() for priority in Priority}
    for ticket in tickets:
        what = replay.reached.get(ticket.number)
        if what is None:
            what = Reached.LATE.value if ticket.number in replay.overdue else "waiting"
        counts[ticket.priority.value][what] += 1
    return {
        "people": len(people),
        "travel_s": replay.travel_s,
        "distance_m": replay.distance_m,
        "tallies": {priority: dict(found) for priority, found in counts.items()},
        "busy_s": [replay.busy_s.get(person, 0) // max(1, days) for person in people],
    }


def read_figures(row: JsonDict) -> Figures:
    """Read what `Study.result` keeps."""
    sides = [_side(row[name]) for name in ("as_it_was", "as_asked")]
    asked = [priority for priority in Priority if sides[0].tallies[priority].asked]
    return Figures(row["days"], row["tickets"], sides[0], sides[1], tuple(asked))


def _side(row: JsonDict) -> Side:
    tallies = {
        priority: Tally(
            in_time=found.get(Reached.IN_TIME.value, 0),
            late=found.get(Reached.LATE.value, 0),
            call=found.get(Reached.CALL.value, 0),
            waiting=found.get("waiting", 0),
        )
        for priority in Priority
        for found in [row["tallies"].get(priority.value, {})]
    }
    hours = tuple(sorted(round(busy_s / 3600, 2) for busy_s in row["busy_s"]))
    return Side(row["people"], row["travel_s"], row["distance_m"], tallies, hours)
