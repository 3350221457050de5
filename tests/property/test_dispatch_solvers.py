"""Whatever the day, no solver breaks a hard rule, worsens its start or forgets its arithmetic."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dispatch.explain import candidates
from dispatch.horizon import PROMISE_S
from dispatch.objective import evaluate
from dispatch.plan import SHIFT_S, Plan
from dispatch.problem import Problem
from dispatch.rules import Rule
from dispatch.schedule import Scheduler
from dispatch.solve import SOLVERS, missing, replan, solve
from dispatch.solvers.draft import Draft, model_of
from dispatch.solvers.insertion import Outcome, fill, insert
from dispatch.solvers.ruin_recreate import Search
from dispatch.solvers.warm import warm
from tests.dispatch_days import GRID_S, HOUR_S, OPENS_S, days, later

few = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
STARTS_A_PROCESS = ("vroom",)  # for every plan, which costs a quarter of a second
moments = st.integers(0, 20).map(lambda n: OPENS_S + n * GRID_S)


@pytest.fixture(scope="module", autouse=True)
def _compiled_once() -> None:
    if "numba" not in missing():
        warm()


def affordable(solver: str) -> settings:
    """As many days as the solver's plans are cheap."""
    return settings(few, max_examples=8) if solver in STARTS_A_PROCESS else few


@pytest.mark.parametrize("solver", sorted(SOLVERS))
def test_no_solver_breaks_a_hard_rule(solver: str) -> None:
    @affordable(solver)
    @given(problem=days())
    def keeps_every_rule(problem: Problem) -> None:
        plan = solve(problem, solver=solver, iterations=40)

        assert evaluate(problem, plan).violations == ()

    keeps_every_rule()


@pytest.mark.parametrize("solver", sorted(SOLVERS))
def test_no_solver_worsens_the_plan_it_starts_from(solver: str) -> None:
    @affordable(solver)
    @given(problem=days())
    def ends_no_worse(problem: Problem) -> None:
        start = solve(problem, solver="insertion")

        plan = solve(problem, solver=solver, start=start, iterations=40, seed=3)

        assert evaluate(problem, plan).total <= evaluate(problem, start).total

    ends_no_worse()


@few
@given(problem=days(), now_s=moments)
def test_incremental_cost_equals_evaluate(problem: Problem, now_s: int) -> None:
    day = later(problem, solve(problem, solver="insertion"), now_s=now_s)
    draft = Draft(Scheduler(model_of(day)))
    draft.keep(day.published or Plan())
    fill(draft)
    search = Search(draft, seed=1)

    search.run(time_limit_s=None, iterations=40, started=time.monotonic())

    assert search.best_cost == draft.cost() == evaluate(day, draft.plan()).total


@few
@given(problem=days(), now_s=moments)
def test_committed_work_never_moves(problem: Problem, now_s: int) -> None:
    day = later(problem, solve(problem, solver="insertion"), now_s=now_s)

    plan = replan(day, day.published or Plan(), time_limit_s=None, iterations=40)

    rules = {violation.rule for violation in evaluate(day, plan).violations}
    assert Rule.COMMITTED not in rules
    for work in day.committed:
        route, stop = plan.placed()[work.visit]
        assert (route.technicians, stop.start_s) == (work.technicians, work.start_s)


@few
@given(problem=days(absences=False), now_s=st.integers(0, 11).map(lambda n: OPENS_S + n * GRID_S))
def test_promised_visits_keep_their_person_and_start_within_half_an_hour(
    problem: Problem, now_s: int
) -> None:
    told = solve(problem, solver="insertion")
    day = later(problem, told, now_s=now_s)

    plan = replan(day, told, time_limit_s=None, iterations=60)

    after = plan.placed()
    for visit, (route, stop) in told.placed().items():
        if stop.start_s < now_s + PROMISE_S:
            assert after[visit][0].technicians == route.technicians
            assert abs(after[visit][1].start_s - stop.start_s) <= SHIFT_S
    assert evaluate(day, plan).violations == ()


@few
@given(problem=days())
def test_the_same_seed_gives_the_same_plan(problem: Problem) -> None:
    once = solve(problem, seed=7, iterations=50)
    again = solve(problem, seed=7, iterations=50)

    assert once == again


@few
@given(problem=days(), now_s=moments)
def test_insertion_keeps_people_and_order_and_every_rule(problem: Problem, now_s: int) -> None:
    new = problem.visits[-1].id
    told = solve(replace(problem, visits=problem.visits[:-1]), solver="insertion")
    day = later(problem, told, now_s=now_s)
    before = {r.technicians: [s.visit for s in r.stops if s.visit != new] for r in told.routes}

    result = insert(day, told, new)

    after = {
        r.technicians: [s.visit for s in r.stops if s.visit != new] for r in result.plan.routes
    }
    assert {people: stops for people, stops in after.items() if stops} == {
        people: stops for people, stops in before.items() if stops
    }
    assert (new in result.plan.placed()) == (result.outcome is Outcome.ASSIGNED)
    assert len(candidates(day, told, new)) == len(day.technicians)
    if evaluate(day, told).ok:
        assert evaluate(day, result.plan).violations == ()


@few
@given(problem=days())
def test_insertion_into_a_fresh_plan_keeps_every_rule(problem: Problem) -> None:
    new = problem.visits[-1].id
    told = solve(replace(problem, visits=problem.visits[:-1]), solver="insertion")

    result = insert(problem, told, new)

    assert evaluate(problem, result.plan).violations == ()
    if result.outcome is Outcome.ASSIGNED and result.route is not None:
        joined = evaluate(problem, result.plan).travel_s
        without = Plan(tuple(r for r in result.plan.routes if r != result.route))
        assert joined >= evaluate(problem, without).travel_s
        assert result.added_travel_s <= 8 * HOUR_S


@few
@given(problem=days())
def test_every_visit_has_reasons(problem: Problem) -> None:
    plan = solve(problem, iterations=20)

    planned = {item.visit for item in plan.assigned}
    left = {item.visit for item in plan.unassigned}
    assert planned == set(plan.placed())
    assert planned | left == {visit.id for visit in problem.visits}
    assert all(item.reasons for item in plan.assigned)
    people = sorted(technician.id for technician in problem.technicians)
    for item in plan.unassigned:
        assert [reason.technician for reason in item.reasons] == people
