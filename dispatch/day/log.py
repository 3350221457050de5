"""What a day was like: every plan that people were told, what was done, and what it comes to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from dispatch.files.fields import Json
from dispatch.files.plans import plan_to_json
from dispatch.horizon import PROMISE_S
from dispatch.model import Model
from dispatch.plan import ChangeKind, Plan, diff
from dispatch.problem import Problem
from dispatch.solvers.draft import model_of


@dataclass(frozen=True, slots=True)
class Publication:
    """A plan that people were told, and what it changed for those who knew the one before.

    ``broken_promises``: visits that were to begin within 90 minutes and changed their people, were
    dropped or moved by more than 30 minutes, although no event had made them impossible.
    """

    at_s: int
    plan: Plan
    reassigned: int = 0
    shifted: int = 0
    dropped: int = 0
    broken_promises: int = 0


@dataclass(frozen=True, slots=True)
class DayLog:
    """A day that was played; ``executed`` is what was done, lunches included."""

    published: tuple[Publication, ...]
    executed: Plan
    value: int
    served: int
    travel_s: int
    distance_m: int

    @property
    def figures(self) -> dict[str, int]:
        """What the day comes to, by name."""
        return {
            "value": self.value,
            "served": self.served,
            "travel_s": self.travel_s,
            "distance_m": self.distance_m,
            "publications": len(self.published),
            "reassigned": sum(one.reassigned for one in self.published),
            "shifted": sum(one.shifted for one in self.published),
            "dropped": sum(one.dropped for one in self.published),
            "broken_promises": sum(one.broken_promises for one in self.published),
        }


def publication(problem: Problem, plan: Plan) -> Publication:
    """The plan as news to people who were told ``problem.published``."""
    before = problem.published or Plan()
    kinds = {change.visit: change.kind for change in diff(before, plan)}
    counts = {kind: sum(1 for found in kinds.values() if found is kind) for kind in ChangeKind}
    placed = before.placed()
    soon = {
        visit
        for visit, kind in kinds.items()
        if kind is not ChangeKind.ADDED and placed[visit][1].start_s < problem.now_s + PROMISE_S
    }
    return Publication(
        problem.now_s,
        plan,
        reassigned=counts[ChangeKind.REASSIGNED],
        shifted=counts[ChangeKind.SHIFTED],
        dropped=counts[ChangeKind.DROPPED],
        broken_promises=len(_breakable(problem, soon)) if soon else 0,
    )


def _breakable(problem: Problem, visits: Iterable[int]) -> set[int]:
    """Those visits whose promise could have been kept."""
    model: Model = model_of(problem)
    return {visit for visit in visits if model.spec(visit).promised}


def log_to_json(log: DayLog) -> dict[str, Json]:
    """The log as a log file holds it."""
    return {
        "published": [
            {
                "at_s": one.at_s,
                "plan": plan_to_json(one.plan),
                "reassigned": one.reassigned,
                "shifted": one.shifted,
                "dropped": one.dropped,
            }
            for one in log.published
        ],
        "executed": plan_to_json(log.executed, figures=log.figures),
        "figures": log.figures,
    }
