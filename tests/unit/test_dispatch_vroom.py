"""VROOM's plan: promises kept, no other memory, exact times, and what it cannot be asked."""

from __future__ import annotations

import sys
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dispatch.horizon import PROMISE_S
from dispatch.model import Model
from dispatch.objective import evaluate
from dispatch.plan import SHIFT_S, Plan
from dispatch.problem import Absence, Problem
from dispatch.rules import Rule
from dispatch.schedule import Scheduler
from dispatch.solve import missing
from dispatch.solvers import insertion
from dispatch.solvers.draft import Draft, model_of
from dispatch.solvers.vroom import improve, is_missing, replan_without_memory, vroom_plan
from dispatch.solvers.vroom_request import HIGHEST_PRIORITY, vroom_input
from tests.dispatch_days import (
    CLOSES_S,
    GRID_S,
    HOUR_S,
    ISLET,
    NOON,
    OPENS_S,
    a_problem,
    a_route,
    a_technician,
    a_visit,
    boats,
    days,
    later,
)

NINE = 9 * HOUR_S
needs_vroom = pytest.mark.skipif(is_missing(), reason="pyvroom is not installed")
few = settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)


def planned(problem: Problem) -> Plan:
    """VROOM alone on this day, with exact times."""
    draft = Draft(Scheduler(model_of(problem)))
    improve(draft)
    return draft.plan()


@needs_vroom
@few
@given(problem=days(absences=False), now_s=st.integers(0, 11).map(lambda n: OPENS_S + n * GRID_S))
def test_without_memory_promised_and_committed_work_stays(problem: Problem, now_s: int) -> None:
    draft = Draft(Scheduler(model_of(problem)))
    insertion.fill(draft)
    told = draft.plan()
    day = later(problem, told, now_s=now_s)

    plan = replan_without_memory(day, told, time_limit_s=None)

    assert plan is not None
    assert Rule.COMMITTED not in {broken.rule for broken in evaluate(day, plan).violations}
    after = plan.placed()
    for visit, (route, stop) in told.placed().items():
        if stop.start_s < now_s + PROMISE_S:
            assert after[visit][0].technicians == route.technicians
            assert abs(after[visit][1].start_s - stop.start_s) <= SHIFT_S


@needs_vroom
def test_what_was_told_counts_for_nothing_beyond_the_promise() -> None:
    people = [a_technician(0, home=3), a_technician(1, home=1)]
    told = Plan((a_route(0, (0, 14 * HOUR_S)),))
    problem = a_problem([a_visit(location=1)], people, published=told)

    plan = replan_without_memory(problem, told, time_limit_s=None)

    assert plan is not None
    assert plan.placed()[0][0].technicians == (1,)


@needs_vroom
def test_nobody_who_can_take_it_leaves_everything_out() -> None:
    problem = a_problem([a_visit(skills={"data": 1}), a_visit(1, skills={"network": 3})])

    assert vroom_plan(Model(problem)) == Plan()


@needs_vroom
def test_the_valuable_visit_is_served_where_one_must_stay_out() -> None:
    window = ((NINE, NINE),)
    visits = [a_visit(0, windows_s=window, value=15), a_visit(1, windows_s=window, value=40)]

    assert list(planned(a_problem(visits)).placed()) == [1]


@needs_vroom
def test_lunch_is_left_room_for() -> None:
    visits = [a_visit(i, location=0, duration_s=2 * HOUR_S, value=40) for i in range(4)]

    plan = planned(a_problem(visits))

    assert len(plan.placed()) == 3
    assert plan.routes[0].lunch_s is not None


@needs_vroom
def test_the_island_is_planned_by_boat_and_calls_are_held_too() -> None:
    visits = [a_visit(0, location=ISLET), a_visit(1, location=None)]

    plan = planned(a_problem(visits, ferries=boats()))

    assert set(plan.placed()) == {0, 1}


@needs_vroom
def test_a_plan_that_is_no_better_is_not_taken() -> None:
    draft = Draft(Scheduler(Model(a_problem([a_visit()]))))
    insertion.fill(draft)
    before = draft.plan()

    assert not improve(draft)
    assert draft.plan() == before


def test_values_above_the_scale_become_shares_of_the_highest() -> None:
    visits = [a_visit(0, value=400), a_visit(1, value=40), a_visit(2, value=1)]

    jobs = vroom_input(Model(a_problem(visits)))["jobs"]

    assert isinstance(jobs, list)
    assert [job["priority"] for job in jobs] == [HIGHEST_PRIORITY, 10, 1]


def test_a_promise_weighs_more_than_two_others() -> None:
    visits = [a_visit(0, value=2), a_visit(1, value=100), a_visit(2, value=5)]
    told = Plan((a_route(0, (0, NINE)),))

    jobs = vroom_input(Model(a_problem(visits, published=told)))["jobs"]

    assert isinstance(jobs, list)
    assert [job["priority"] for job in jobs] == [HIGHEST_PRIORITY, 40, 2]


def test_a_visit_that_is_worth_nothing_is_not_asked_for() -> None:
    assert vroom_input(Model(a_problem([a_visit(value=0)])))["jobs"] == []


def test_who_is_absent_until_the_end_closes_early_and_who_comes_back_has_a_break() -> None:
    people = [a_technician(0), a_technician(1), a_technician(2)]
    problem = a_problem([a_visit()], people)
    away = (
        Absence((0,), NINE, CLOSES_S),
        Absence((1,), NINE, 10 * HOUR_S),
        Absence((2,), OPENS_S, CLOSES_S),
    )

    vehicles = vroom_input(Model(replace(problem, absences=away)))["vehicles"]

    assert isinstance(vehicles, list)
    assert [vehicle["time_window"] for vehicle in vehicles] == [
        [OPENS_S, NINE],
        [OPENS_S, CLOSES_S],
    ]
    lunch = {"id": 1, "time_windows": [[NOON.earliest_s, NOON.latest_s]], "service": 2 * GRID_S}
    absence = {"id": 2, "time_windows": [[NINE, NINE]], "service": HOUR_S}
    assert vehicles[1]["breaks"] == [lunch, absence]


def test_a_missing_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "vroom", None)

    assert is_missing()
    assert "pyvroom" in missing()
