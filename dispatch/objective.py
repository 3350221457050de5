"""What is good, named once: hard rules, then value, then calm, then travel, then evenness.

Every solver and every explanation takes its numbers from here. All terms are whole numbers on one
scale, seconds of travel, so that sums are exact and equal costs compare equal:

===========  ==========================  ====================================================
term         weight                      what is counted
===========  ==========================  ====================================================
unserved     20,000 s a point            value of the visits that are in no route
dropped      14,400 s each               published visits that are in no route any more
changed      3,600 s each                published visits that other people do now
shifted      900 s each                  same people, start moved by more than 30 minutes
travel       1 s a second                everyone's travel, waits for a boat included
balance      30 s an hour squared        each technician's hours (travel and work), squared, so
                                         that an hour more for somebody busy costs more
waiting      100, 40, 10, 2 % (P1…P4)    seconds from when a visit could begin to its start: an
                                         urgent ticket is begun early
===========  ==========================  ====================================================

The first and third weights are those of the measurements the design rests on. The last two choose
between technicians who could all be there in time, and never outweigh a point of value.
"""

from __future__ import annotations

from dataclasses import dataclass

from dispatch.plan import SHIFT_S, Plan
from dispatch.problem import Problem, Visit
from dispatch.rules import Violation, Walk

VALUE_S = 20_000
DROPPED_S = 14_400
CHANGED_S = 3_600
SHIFTED_S = 900
BALANCE_S = 30
# A minute of waiting for P1 weighs a minute of driving; nobody has priority 0.
WAITING_PERCENT = (0, 100, 40, 10, 2)
HOUR_SQUARED = 3_600 * 3_600


@dataclass(frozen=True, slots=True)
class Cost:
    """How good a plan is; smaller is better, and no sum makes up for a broken rule."""

    violations: tuple[Violation, ...]
    value: int
    served: int
    unserved: int
    dropped: int
    changed: int
    shifted: int
    travel_s: int
    distance_m: int
    balance_s: int
    waiting_s: int

    @property
    def total(self) -> int:
        """The sum of all terms but the hard rules, in seconds of travel."""
        return (
            VALUE_S * self.unserved
            + DROPPED_S * self.dropped
            + CHANGED_S * self.changed
            + SHIFTED_S * self.shifted
            + self.travel_s
            + self.balance_s
            + self.waiting_s
        )

    @property
    def ok(self) -> bool:
        """Whether every hard rule is kept."""
        return not self.violations

    @property
    def key(self) -> tuple[int, int]:
        """What plans are ordered by."""
        return len(self.violations), self.total


def balance_s(busy_s: int) -> int:
    """The balance term of one technician who is busy for so many seconds."""
    return BALANCE_S * busy_s * busy_s // HOUR_SQUARED


def could_begin_s(visit: Visit, *, now_s: int) -> int:
    """The moment from which a visit waits: it is known and its first window is open."""
    known = now_s if visit.arrives_s is None else visit.arrives_s
    return max(now_s, known, visit.windows_s[0][0])


def waiting_s(priority: int, *, waits_s: int) -> int:
    """The waiting term of one visit that waits for so many seconds."""
    return WAITING_PERCENT[priority] * max(0, waits_s) // 100


def stability(problem: Problem, plan: Plan) -> tuple[int, int, int]:
    """(dropped, changed, shifted): what people were told and is no longer so."""
    if problem.published is None:
        return 0, 0, 0
    after = plan.placed()
    dropped = changed = shifted = 0
    for visit, (route, stop) in problem.published.placed().items():
        if not problem.knows_visit(visit):
            continue
        now = after.get(visit)
        if now is None:
            dropped += 1
        elif set(now[0].technicians) != set(route.technicians):
            changed += 1
        elif abs(now[1].start_s - stop.start_s) > SHIFT_S:
            shifted += 1
    return dropped, changed, shifted


def evaluate(problem: Problem, plan: Plan) -> Cost:
    """Judge a whole plan: every broken rule, and every term of the objective."""
    walk = Walk(problem, plan)
    placed = plan.placed()
    served = [visit for visit in problem.visits if visit.id in placed]
    value = sum(visit.value for visit in served)
    fixed = {work.visit for work in problem.committed}  # their waiting is past
    busy = {technician.id: 0 for technician in problem.technicians}
    for route, legs in zip(plan.routes, walk.legs, strict=True):
        spent = sum(leg.travel_s + leg.ends_s - leg.start_s for leg in legs)
        for technician in route.technicians:
            busy[technician] = busy.get(technician, 0) + spent
    dropped, changed, shifted = stability(problem, plan)
    return Cost(
        violations=tuple(walk.violations),
        value=value,
        served=len(served),
        unserved=sum(visit.value for visit in problem.visits) - value,
        dropped=dropped,
        changed=changed,
        shifted=shifted,
        travel_s=sum(leg.travel_s for legs in walk.legs for leg in legs),
        distance_m=sum(leg.distance_m for legs in walk.legs for leg in legs),
        balance_s=sum(map(balance_s, busy.values())),
        waiting_s=sum(
            waiting_s(
                visit.priority,
                waits_s=placed[visit.id][1].start_s - could_begin_s(visit, now_s=problem.now_s),
            )
            for visit in served
            if visit.id not in fixed
        ),
    )
