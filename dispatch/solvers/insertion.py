"""Insertion: each visit goes where it adds least, and nothing else moves house.

``insert`` answers for one arriving ticket, within a web request: the published plan keeps its
people and their order, committed stops are not touched, promised ones (start within 90 minutes)
shift by no more than 30 minutes, and the new visit is tried at every position of every technician
who has the skills. The choice is the objective's: added travel, plus a term for hours (somebody
busy pays more) and one for waiting (an urgent ticket is begun early); see ``dispatch.objective``.

``fill`` builds a whole plan that way, the most valuable and most pressing visits first.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from dispatch.desk import Desk
from dispatch.explain import RUNNERS_UP, Candidate, reasons, unassigned
from dispatch.plan import Assigned, Plan, Reason, Route, Swap, Verdict
from dispatch.problem import Problem
from dispatch.solvers.draft import Draft
from dispatch.units import Spec


class Outcome(StrEnum):
    """How the insertion of one visit ended."""

    ASSIGNED = "assigned"
    UNREACHABLE = "unreachable"
    CROWDED_OUT = "crowded_out"


@dataclass(frozen=True, slots=True)
class Insertion:
    """The decision about one visit, with its reasons.

    ``reasons``: the chosen technician and the next two, or one for every technician if nobody has
    the visit. ``arrives_s`` is the earliest arrival, ``leg_s`` and ``leg_m`` lead to the visit.
    ``score``: what the choice minimised, for who has another day to compare with. ``swap`` (crowded
    out only): what would admit it. ``plan``: the plan with the visit in it, or as
    it was with the verdict added; routes that the visit does not join are the very same objects.
    """

    outcome: Outcome
    visit: int
    reasons: tuple[Reason, ...]
    plan: Plan
    technician: int | None = None
    technicians: tuple[int, ...] = ()
    route: Route | None = None
    start_s: int | None = None
    arrives_s: int | None = None
    leg_s: int = 0
    leg_m: int = 0
    added_travel_s: int = 0
    added_m: int = 0
    score: int = 0
    swap: Swap | None = None


def insert(problem: Problem, plan: Plan, visit_id: int) -> Insertion:
    """Give one visit to the technician for whom it adds least, or prove why nobody gets it.

    Parameters
    ----------
    problem
        The day; its ``visits`` hold those of the plan and the new one.
    plan
        What people have been told, starts included. If the visit stands in it, it leaves first.
    visit_id
        The visit to place.

    Raises
    ------
    ValueError
        If the visit, or one of the plan's, is not in the problem, or the visit is committed.
    """
    placing = Placing(problem, plan, visit_id)
    return placing.assigned() or placing.refused()


class Placing:
    """One visit asked of one day, in two steps, for who has another day to try first.

    Finding out why nobody can costs several times what finding somebody costs: a caller asks
    ``assigned`` of each day, and ``refused`` only when no day has anybody.
    """

    def __init__(self, problem: Problem, plan: Plan, visit_id: int) -> None:
        self._problem = problem
        self._plan = plan
        self._visit_id = visit_id
        self._desk = Desk.of(problem, plan, without=visit_id)
        self._able = self._desk.feasible(visit_id)
        formation = None if self._able else self._desk.idle_crew(visit_id)
        if formation is not None:  # nobody alone, but some who have nothing to do can together
            together = Desk.of(problem, plan, without=visit_id, formation=formation)
            able = together.feasible(visit_id)
            if able:
                self._desk, self._able = together, able

    def assigned(self) -> Insertion | None:
        """The visit at the technician for whom it adds least; None where nobody can."""
        best = self._able[0] if self._able else None
        if best is None or best.route is None:
            return None
        told = reasons(self._able if len(self._able) > RUNNERS_UP else self._answers())
        return Insertion(
            Outcome.ASSIGNED,
            self._visit_id,
            told,
            _plan_with(self._plan, best.route, Assigned(self._visit_id, told)),
            technician=best.technician,
            technicians=best.technicians,
            route=best.route,
            start_s=best.start_s,
            arrives_s=best.arrives_s,
            leg_s=best.leg_s,
            leg_m=best.leg_m,
            added_travel_s=best.added_travel_s,
            added_m=best.added_m,
            score=best.score,
        )

    def refused(self) -> Insertion:
        """The verdict where nobody can: a proof, or the swap that would admit the visit."""
        decision = unassigned(self._problem, self._visit_id, self._answers())
        proof = decision.verdict is Verdict.UNREACHABLE
        cleared = _cleared(self._plan, self._visit_id)
        return Insertion(
            Outcome.UNREACHABLE if proof else Outcome.CROWDED_OUT,
            self._visit_id,
            decision.reasons,
            replace(cleared, unassigned=(*cleared.unassigned, decision)),
            swap=decision.swap,
        )

    def _answers(self) -> tuple[Candidate, ...]:
        """Those who can, and why everybody else cannot."""
        return self._desk.with_refusals(self._visit_id, self._able)


def _cleared(plan: Plan, visit_id: int) -> Plan:
    """The plan without the visit and without what was said about it."""
    routes = []
    for route in plan.routes:
        stops = tuple(stop for stop in route.stops if stop.visit != visit_id)
        if len(stops) == len(route.stops):
            routes.append(route)
        elif stops:
            routes.append(replace(route, stops=stops))
    return Plan(
        tuple(routes),
        tuple(item for item in plan.assigned if item.visit != visit_id),
        tuple(item for item in plan.unassigned if item.visit != visit_id),
    )


def _plan_with(plan: Plan, route: Route, decision: Assigned) -> Plan:
    cleared = _cleared(plan, decision.visit)
    people = set(route.technicians)
    routes = list(cleared.routes)
    at = next((i for i, old in enumerate(routes) if set(old.technicians) == people), None)
    if at is None:
        # Routes of one person stand in the order of time.
        begins = route.stops[0].start_s
        at = next(
            (
                i
                for i, old in enumerate(routes)
                if people & set(old.technicians) and old.stops and old.stops[0].start_s > begins
            ),
            len(routes),
        )
        routes.insert(at, route)
    else:
        routes[at] = route
    return Plan(tuple(routes), (*cleared.assigned, decision), cleared.unassigned)


def fill(draft: Draft) -> None:
    """Insert every absent visit that fits, the most valuable first, then the most pressing."""
    # All routes are built at once, as in Potvin and Rousseau 1993; the order is that of the value.
    for spec in most_valuable_first(draft.absent()):
        draft.insert_best(spec)


def most_valuable_first(specs: Iterable[Spec]) -> list[Spec]:
    """The order in which visits are inserted: by value, then by their latest start."""
    return sorted(specs, key=lambda s: (-s.value, s.windows[-1][1], s.id))
