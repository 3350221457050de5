"""Whatever happens on a day, and in whatever order: what has begun is never changed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dispatch.day.day import Closure, Day, Longer
from dispatch.day.log import DayLog, Publication, log_to_json
from dispatch.day.policies import POLICIES
from dispatch.day.telling import told_now
from dispatch.horizon import PROMISE_S
from dispatch.legs import Legs
from dispatch.objective import evaluate
from dispatch.plan import ChangeKind, Plan, diff
from dispatch.problem import Absence, Problem
from dispatch.schedule import Scheduler
from dispatch.settle import settle
from dispatch.simulate import simulate
from dispatch.solve import solve
from dispatch.solvers.draft import Draft, model_of
from dispatch.solvers.ejection import admit
from dispatch.solvers.insertion import fill
from tests.dispatch_days import CLOSES_S, GRID_S, HOUR_S, OPENS_S, days, later

few = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
quarters = st.integers(0, 28).map(lambda n: OPENS_S + n * GRID_S)
# VROOM runs in a process of its own, which is too slow here; the days of the benchmark play it.
QUICK = tuple(policy for policy in POLICIES if policy != "vroom")


@st.composite
def streams(draw: st.DrawFn) -> Day:
    """Any small day on which tickets arrive, people fall ill, roads close and visits drag on."""
    problem = draw(days(absences=False))
    arriving = tuple(
        replace(visit, arrives_s=draw(quarters)) if draw(st.booleans()) else visit
        for visit in problem.visits
    )
    people = [technician.id for technician in problem.technicians]
    absences, closures, longer = [], [], []
    for _ in range(draw(st.integers(0, 3))):
        at_s = draw(quarters)
        until_s = draw(st.sampled_from([at_s, at_s + HOUR_S, CLOSES_S + HOUR_S]))
        kind = draw(st.sampled_from(["absent", "closed", "longer"]))
        if kind == "absent":
            absences.append(Absence((draw(st.sampled_from(people)),), at_s, max(at_s, until_s)))
        elif kind == "closed":
            pair = (draw(st.integers(0, 3)), draw(st.integers(0, 3)))
            closures.append(Closure((pair,), at_s, max(at_s, until_s)))
        else:
            visit = draw(st.sampled_from(arriving))
            extra = draw(st.integers(0, 8)) * GRID_S
            longer.append(Longer(visit.id, at_s, visit.duration_s + extra))
    return Day(replace(problem, visits=arriving), tuple(absences), tuple(closures), tuple(longer))


def played(day: Day, policy: str) -> DayLog:
    """The day under a policy, with a small search that always comes out the same."""
    return simulate(day, policy, iterations=20, solver="ruin_recreate")


@dataclass(frozen=True)
class Journey:
    """To whom a visit was given and for when; between which places, and when the way begins."""

    visit: int
    person: int
    start_s: int
    pair: frozenset[int | None]
    leaves_s: int


def journeys(problem: Problem, plan: Plan) -> Iterator[Journey]:
    """Every journey of a plan, counted afresh: start, less travel and a lunch taken on it."""
    legs = Legs(problem)
    for route in plan.routes:
        (person,) = map(problem.technician, route.technicians)
        free_s, place, lunch_s = person.shift_s[0], person.home, route.lunch_s
        for stop in route.stops:
            visit = problem.visit(stop.visit)
            there = place if visit.location is None else visit.location
            leaves_s = max(free_s, visit.arrives_s or 0)
            on_the_way_s = legs.leg(place, there, leaves_s=leaves_s)[0]
            if lunch_s is not None and lunch_s + person.lunch.duration_s <= stop.start_s:
                on_the_way_s, lunch_s = on_the_way_s + person.lunch.duration_s, None
            leaves_s = max(leaves_s, stop.start_s - on_the_way_s)
            yield Journey(stop.visit, person.id, stop.start_s, frozenset({place, there}), leaves_s)
            free_s, place = stop.start_s + visit.duration_s, there


def as_told(problem: Problem, plan: Plan) -> dict[int, tuple[int, int]]:
    """Who begins each visit, and when."""
    return {one.visit: (one.person, one.start_s) for one in journeys(problem, plan)}


@pytest.mark.parametrize("policy", QUICK)
@few
@given(day=streams())
def test_what_has_begun_keeps_its_people_and_its_start_over_any_stream(
    policy: str, day: Day
) -> None:
    log = played(day, policy)

    begun: dict[int, tuple[int, int]] = {}
    for one, after in pairwise([*log.published, Publication(2 * CLOSES_S, log.executed)]):
        told = as_told(day.problem, after.plan)
        begun |= {
            journey.visit: (journey.person, journey.start_s)
            for journey in journeys(day.problem, one.plan)
            if max(journey.leaves_s, one.at_s) < after.at_s
        }
        assert begun.items() <= told.items()


@pytest.mark.parametrize("policy", QUICK)
@few
@given(day=streams())
def test_what_was_done_keeps_every_rule_of_the_day(policy: str, day: Day) -> None:
    log = played(day, policy)

    whole = replace(day.problem, absences=day.absences)
    assert evaluate(whole, log.executed).violations == ()


@pytest.mark.parametrize("policy", QUICK)
@few
@given(day=streams())
def test_no_journey_begins_on_a_closed_road(policy: str, day: Day) -> None:
    log = played(day, policy)

    begun: set[int] = set()
    for one, after in pairwise([*log.published, Publication(2 * CLOSES_S, log.executed)]):
        for journey in journeys(day.problem, one.plan):
            begins_s = max(journey.leaves_s, one.at_s)
            if begins_s < after.at_s and journey.visit not in begun and len(journey.pair) == 2:
                begun.add(journey.visit)
                for closure in day.closures:
                    if closure.at_s <= begins_s < closure.until_s:
                        assert journey.pair not in {
                            frozenset[int | None](pair) for pair in closure.pairs
                        }


@few
@given(day=streams())
def test_no_promise_is_broken_that_could_be_kept(day: Day) -> None:
    log = played(day, "ours")

    assert log.figures["broken_promises"] == 0


@few
@given(day=streams())
def test_arrivals_alone_change_nothing_within_ninety_minutes(day: Day) -> None:
    log = played(Day(day.problem), "ours")

    for one, after in pairwise(log.published):
        for change in diff(one.plan, after.plan):
            if change.kind is not ChangeKind.ADDED:
                assert (change.old_start_s or 0) >= after.at_s + PROMISE_S


@few
@given(day=streams())
def test_nobody_is_told_of_a_visit_before_it_is_known(day: Day) -> None:
    log = played(day, "ours")

    for one in log.published:
        for visit in one.plan.placed():
            assert (day.problem.visit(visit).arrives_s or 0) <= one.at_s


@settings(few, max_examples=10)
@given(day=streams())
def test_the_same_seed_gives_the_same_log(day: Day) -> None:
    once, again = played(day, "ours"), played(day, "ours")

    assert json.dumps(log_to_json(once)) == json.dumps(log_to_json(again))


@few
@given(problem=days(), now_s=quarters, seed=st.integers(0, 3))
def test_settling_never_costs_more_and_breaks_no_rule(
    problem: Problem, now_s: int, seed: int
) -> None:
    day = later(problem, solve(problem, solver="insertion"), now_s=now_s)
    draft = Draft(Scheduler(model_of(day)))
    draft.keep(solve(day, iterations=30, seed=seed, start=Plan()))
    before = evaluate(day, draft.plan())

    settle(draft)

    after = evaluate(day, draft.plan())
    assert after.total == draft.cost() <= before.total
    assert after.violations == before.violations == ()


@few
@given(problem=days(), now_s=quarters)
def test_a_plan_as_it_was_told_is_settled_already(problem: Problem, now_s: int) -> None:
    day = later(problem, solve(problem, solver="insertion"), now_s=now_s)
    draft = Draft(Scheduler(model_of(day)))
    draft.keep(day.published or Plan())
    before = draft.plan()

    settle(draft)

    assert draft.plan() == before


@few
@given(problem=days(), now_s=quarters)
def test_an_ejection_gains_and_keeps_what_is_promised(problem: Problem, now_s: int) -> None:
    new = problem.visits[-1].id
    told = solve(replace(problem, visits=problem.visits[:-1]), solver="insertion")
    day = replace(later(problem, told, now_s=now_s), published=told)
    draft = Draft(Scheduler(model_of(day)))
    draft.keep(told)
    fill(draft)
    if new in draft.where or not evaluate(day, draft.plan()).ok:
        return

    plan = admit(day, told, new)

    if plan is not None:
        assert new in plan.placed()
        assert evaluate(day, plan).violations == ()
        assert evaluate(day, plan).total < draft.cost()
        for spec in draft.specs.values():
            if spec.promised:
                assert spec.id in plan.placed()


@few
@given(problem=days(), now_s=quarters)
def test_what_is_held_back_leaves_a_plan_that_keeps_every_rule(
    problem: Problem, now_s: int
) -> None:
    day = replace(problem, now_s=now_s)
    plan = solve(day, solver="insertion")

    told = told_now(day, plan, patient=3)

    assert evaluate(day, told).violations == ()
    assert set(told.placed().items()) <= set(plan.placed().items()) or told.routes != plan.routes
