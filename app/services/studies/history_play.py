"""A past month played day by day by the product's own policy: who was reached, and what it took.

A day is played in a process of its own. In the evening a ticket whose target cannot be met any more
becomes a call where its category allows that, else it is late and planned again the next day.
"""

import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from pathlib import Path

from app.services.reference import Reference
from app.services.studies.apart import run_apart
from app.services.studies.history_days import PastTicket, day_problem, known_on, target_day_is_over
from app.services.studies.history_roster import Person
from dispatch.files.instances import problem_to_json
from dispatch.files.plans import plan_from_json
from dispatch.horizon import plan_legs
from dispatch.plan import Plan
from dispatch.problem import Problem
from models.calendar import moment_of
from models.types import JsonDict

# For each look at the whole plan, every quarter of an hour: small, and always the same answer.
ITERATIONS = 1_000
# The worker takes a job that lasts longer than a minute for one that stands still.
KILLED_AFTER_S = 50.0


class Reached(StrEnum):
    """What became of a ticket."""

    IN_TIME = "in-time"
    LATE = "late"
    CALL = "call"


class DayFailed(RuntimeError):
    """A day could not be played; the log says why."""


@dataclass
class Replay:
    """One way of playing the month, as far as it is; ``busy_s`` by person."""

    reached: dict[int, str] = field(default_factory=dict)
    overdue: set[int] = field(default_factory=set)
    travel_s: int = 0
    distance_m: int = 0
    busy_s: dict[int, int] = field(default_factory=dict)

    def to_json(self) -> JsonDict:
        """As `Study.progress` keeps it between two days."""
        return {
            "reached": {str(number): what for number, what in self.reached.items()},
            "overdue": sorted(self.overdue),
            "travel_s": self.travel_s,
            "distance_m": self.distance_m,
            "busy_s": {str(person): busy for person, busy in self.busy_s.items()},
        }

    @classmethod
    def from_json(cls, row: JsonDict) -> "Replay":
        """Read what ``to_json`` wrote; an empty row is the morning of the first day."""
        return cls(
            reached={int(number): what for number, what in row.get("reached", {}).items()},
            overdue=set(row.get("overdue", ())),
            travel_s=row.get("travel_s", 0),
            distance_m=row.get("distance_m", 0),
            busy_s={int(person): busy for person, busy in row.get("busy_s", {}).items()},
        )


def play_day(
    facts: Reference,
    people: Sequence[Person],
    tickets: Sequence[PastTicket],
    on: date,
    replay: Replay,
) -> None:
    """Play one more day and add what became of it.

    Raises
    ------
    DayFailed
        If the simulator failed.
    """
    waiting = [one for one in known_on(tickets, on) if one.number not in replay.reached]
    problem = day_problem(facts, people, waiting, on, late=frozenset(replay.overdue))
    done = simulate_apart(problem) if problem.visits and problem.technicians else Plan()
    _add_visits(replay, problem, done, {one.number: one for one in waiting}, on)
    _add_work(replay, problem, done)
    for ticket in waiting:
        if ticket.number not in replay.reached and target_day_is_over(facts, ticket, on):
            if facts.categories[ticket.category_code].is_remote:
                replay.reached[ticket.number] = Reached.CALL.value
            else:
                replay.overdue.add(ticket.number)


def _add_visits(
    replay: Replay,
    problem: Problem,
    done: Plan,
    tickets: dict[int, PastTicket],
    on: date,
) -> None:
    for number, (_route, stop) in done.placed().items():
        starts_at = moment_of(on, stop.start_s)
        is_late = number in replay.overdue or starts_at > tickets[number].target_at
        replay.reached[number] = (Reached.LATE if is_late else Reached.IN_TIME).value
        replay.overdue.discard(number)


def _add_work(replay: Replay, problem: Problem, done: Plan) -> None:
    for route, legs in zip(done.routes, plan_legs(problem, done), strict=True):
        travel_s = sum(leg.travel_s for leg in legs)
        replay.travel_s += travel_s
        replay.distance_m += sum(leg.distance_m for leg in legs)
        busy_s = travel_s + sum(leg.ends_s - leg.start_s for leg in legs)
        for person in route.technicians:
            replay.busy_s[person] = replay.busy_s.get(person, 0) + busy_s


def simulate_apart(problem: Problem) -> Plan:
    """What was done by the evening of that day.

    Raises
    ------
    DayFailed
        If the simulator failed or was killed.
    """
    with tempfile.TemporaryDirectory(prefix="ungcuu-day-") as folder:
        day, log = Path(folder, "day.json"), Path(folder, "log.json")
        day.write_text(json.dumps(problem_to_json(problem)), encoding="utf-8")
        arguments = ["dispatch", "simulate", str(day), "--policy", "ours", "--seed", "1"]
        arguments += ["--iterations", str(ITERATIONS), "--out", str(log)]
        if not run_apart(arguments, timeout_s=KILLED_AFTER_S, is_patient=True):
            raise DayFailed(problem.name)
        found: JsonDict = json.loads(log.read_text(encoding="utf-8"))
    return Plan(plan_from_json(found["executed"]).routes)
