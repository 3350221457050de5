"""What is good, named once: hard rules, then value, then calm, then travel, then evenness.

Every solver and every explanation takes its numbers from here. All terms are whole numbers on one
scale, seconds of travel, so that sums are exact and equal costs compare equal:

===========  ==========================  ====================================================
term         weight                      what is counted
===========  ==========================  ====================================================
unserved     20,000 s a point            value of the visits that are in no route
dropped      400,000 s each              published visits that are in no route any more: as much
                                         as 20 points, so only for something a class more urgent
changed      3,600 s each                published visits that other people do now
shifted      900 s each                  same people, start moved by more than 30 minutes
travel       1 s a second                everyone's travel, waits for a boat included
balance      30 s an hour squared        the hours (travel and work) of each member of a route,
                                         squared on top of the hours they carry from the last
                                         weeks: an hour more for somebody busy costs more
trips        300 s each                  highland and island trips that a member carries, for a
                                         route with a stop in such terrain that is not home's
waiting      50, 10, 2, 1 % (P1…P4)      seconds from when a visit could begin to its start: an
                                         urgent ticket is begun early
===========  ==========================  ====================================================

The first and third weights are those of the measurements the design rests on; the second costs 1 %
of value on days of many arrivals and halves the visits that are given up. The last three choose
between technicians who could all be there in time, and never outweigh a point of value. People are
persons: whoever has an entry for each of several days is one, and a visit that stays with them and
moves to another day has shifted.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from dispatch.places import Terrain
from dispatch.plan import SHIFT_S, Plan
from dispatch.problem import Problem, Technician, Visit
from dispatch.rules import Leg, Violation, Walk

VALUE_S = 20_000
DROPPED_S = 400_000
CHANGED_S = 3_600
SHIFTED_S = 900
BALANCE_S = 30
TRIP_S = 300
# Targets say how urgent a ticket is; waiting decides among ways that are about as long. Nobody has
# priority 0.
WAITING_PERCENT = (0, 50, 10, 2, 1)
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
    trips_s: int
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
            + self.trips_s
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


def balance_s(busy_s: int, *, people: int = 1, carried_s: int = 0) -> int:
    """The balance term of a route of so many people who are busy for ``busy_s`` seconds.

    ``carried_s`` is the sum of what they carry: the square grows from there, and what it was
    before is left out.
    """
    return BALANCE_S * busy_s * (people * busy_s + 2 * carried_s) // HOUR_SQUARED


def trip_costs_s(members: Iterable[Technician], *, home: Terrain) -> dict[Terrain, int]:
    """What a stop in each terrain costs these people as a trip, once for the whole route."""
    carried = [member.carried for member in members]
    costs = {
        Terrain.PLAIN: 0,
        Terrain.MOUNTAIN: TRIP_S * sum(one.highland for one in carried),
        Terrain.ISLAND: TRIP_S * sum(one.island for one in carried),
    }
    costs[home] = 0
    return costs


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
        elif problem.people(now[0].technicians) != problem.people(route.technicians):
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
    evenness = [
        _evenness(problem, route.technicians, legs)
        for route, legs in zip(plan.routes, walk.legs, strict=True)
    ]
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
        balance_s=sum(balance for balance, _ in evenness),
        trips_s=sum(trips for _, trips in evenness),
        waiting_s=sum(
            waiting_s(
                visit.priority,
                waits_s=placed[visit.id][1].start_s - could_begin_s(visit, now_s=problem.now_s),
            )
            for visit in served
            if visit.id not in fixed
        ),
    )


def _evenness(problem: Problem, technicians: Iterable[int], legs: Iterable[Leg]) -> tuple[int, int]:
    """(balance, trips) of one route."""
    members = [problem.technician(i) for i in technicians if problem.knows_technician(i)]
    driven = tuple(legs)
    if not members or not driven:
        return 0, 0
    spent = sum(leg.travel_s + leg.ends_s - leg.start_s for leg in driven)
    carried_s = sum(member.carried.busy_s for member in members)
    home = problem.locations[members[0].home].terrain
    costs = trip_costs_s(members, home=home)
    seen = {
        problem.locations[leg.location].terrain
        for leg in driven
        if leg.visit is not None and problem.visit(leg.visit).location is not None
    }
    return (
        balance_s(spent, people=len(members), carried_s=carried_s),
        sum(costs[terrain] for terrain in seen),
    )
