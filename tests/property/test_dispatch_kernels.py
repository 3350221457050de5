"""The compiled search does the same arithmetic as the plain one, stop by stop."""

from __future__ import annotations

import importlib
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dispatch.objective import BALANCE_S, HOUR_SQUARED, evaluate
from dispatch.plan import Plan
from dispatch.problem import Problem
from dispatch.schedule import Scheduler
from dispatch.solve import solve
from dispatch.solvers.draft import Draft, model_of
from dispatch.solvers.insertion import fill
from dispatch.solvers.warm import warm
from dispatch.travel import NEVER_S
from dispatch.units import Spec
from tests.dispatch_days import (
    GRID_S,
    HOUR_S,
    OPENS_S,
    a_problem,
    a_technician,
    a_visit,
    days,
    later,
)

pytest.importorskip("numba")
ROOT = Path(__file__).resolve().parents[2]
arrays = importlib.import_module("dispatch.solvers.arrays")
compiled = importlib.import_module("dispatch.solvers.compiled")
state = importlib.import_module("dispatch.solvers.kernel_state")
recreating = importlib.import_module("dispatch.solvers.kernel_recreate")
fitting = importlib.import_module("dispatch.solvers.kernel_fit")

few = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
moments = st.integers(0, 20).map(lambda n: OPENS_S + n * GRID_S)
LONGEST = 12


@pytest.fixture(scope="module", autouse=True)
def _compiled_once() -> None:
    warm()


def a_draft(problem: Problem, now_s: int) -> Draft:
    """The day at ``now_s`` after an insertion plan was told, with nothing planned yet."""
    return Draft(
        Scheduler(model_of(later(problem, solve(problem, solver="insertion"), now_s=now_s)))
    )


def routes(data: st.DataObject, draft: Draft) -> list[tuple[Spec, ...]]:
    """Any visits in any order for each unit, as far as it may serve them."""
    left = data.draw(st.permutations(sorted(draft.specs)))
    found = []
    for unit in draft.model.units:
        able = [i for i in left if unit.index in draft.takers[i]]
        ids = able[: data.draw(st.integers(0, 4))]
        left = [i for i in left if i not in ids]
        found.append(tuple(draft.specs[i] for i in ids))
    return found


@few
@given(problem=days(), now_s=moments, data=st.data())
def test_a_route_has_the_same_times_cost_and_verdict(
    problem: Problem, now_s: int, data: st.DataObject
) -> None:
    draft = a_draft(problem, now_s)
    row = {i: n for n, i in enumerate(draft.specs)}
    day = arrays.day_of(draft)
    search = state.a_search(day, longest=LONGEST, seed=1)

    for unit, specs in zip(draft.model.units, routes(data, draft), strict=True):
        search.bench.ids[: len(specs)] = [row[spec.id] for spec in specs]
        fits = state.put(day, search, unit.index, len(specs))

        tour = draft.scheduler.build(unit, specs)
        route = search.tours.routes[unit.index]
        assert fits == tour.feasible
        if fits:
            assert list(search.tours.starts[unit.index, : len(specs)]) == tour.starts
            assert (route["cost"], route["busy_s"]) == (tour.cost, tour.busy_s)
            assert (route["travel_s"], route["trips"]) == (tour.travel_s, tour.trips)
            assert bool(route["exact"]) == tour.exact
            if tour.exact:
                stops = search.tours.stops[unit.index, : len(specs) + 1]
                assert list(stops["late_a"]) == tour.late_a
                assert list(stops["late_b"]) == tour.late_b


@few
@given(problem=days(), now_s=moments, data=st.data())
def test_a_visit_fits_in_the_same_place_at_the_same_cost(
    problem: Problem, now_s: int, data: st.DataObject
) -> None:
    draft = a_draft(problem, now_s)
    row = {i: n for n, i in enumerate(draft.specs)}
    day = arrays.day_of(draft)
    search = state.a_search(day, longest=LONGEST, seed=1)

    for unit, specs in zip(draft.model.units, routes(data, draft), strict=True):
        search.bench.ids[: len(specs)] = [row[spec.id] for spec in specs]
        state.put(day, search, unit.index, len(specs))
        tour = draft.scheduler.build(unit, specs)
        others = [i for i in draft.specs if unit.index in draft.takers[i] and i not in tour.ids]
        for visit in others:
            found = fitting.fit(day, search.tours, search.bench, unit.index, row[visit])

            expected = draft.scheduler.fit(tour, draft.specs[visit])
            assert (found.cost, found.position) == (expected or (NEVER_S, -1))


@few
@given(problem=days(), now_s=moments)
def test_the_cost_that_the_search_keeps_is_that_of_evaluate(problem: Problem, now_s: int) -> None:
    day = later(problem, solve(problem, solver="insertion"), now_s=now_s)
    draft = Draft(Scheduler(model_of(day)))
    draft.keep(day.published or Plan())
    fill(draft)
    before = draft.cost()
    lane = compiled.Lane(arrays.day_of(draft), draft, longest=30, seed=1)
    lane.begin(draft.tours)

    lane.search_until(compiled.PHASES[0], iterations=200, ends=float("inf"))

    draft.replace(lane.tours())
    assert all(tour.feasible or not tour.ids for tour in draft.tours)
    assert lane.cost == draft.cost() == evaluate(day, draft.plan()).total
    assert lane.cost <= before


@few
@given(problem=days())
def test_a_visit_that_takes_the_place_of_others_leaves_a_route_that_can_be_kept(
    problem: Problem,
) -> None:
    draft = Draft(Scheduler(model_of(problem)))
    fill(draft)
    day = arrays.day_of(draft)
    lane = compiled.Lane(day, draft, longest=30, seed=1)
    lane.begin(draft.tours)
    stood = {v: r for v, r in enumerate(lane.search.tours.where) if r >= 0}

    for v in [v for v in day.asked if v not in stood]:
        lane.search.counts[:2] = 0
        lane.search.is_changed[:] = 0
        if recreating.return_by_force(day, lane.search, v):
            r = lane.search.tours.where[v]
            assert lane.search.tours.routes[r]["feasible"]
            out = lane.search.queue[: lane.search.counts[state.QUEUED]]
            assert day.visits["penalty"][out].sum() < day.visits["penalty"][v]


def test_threads_meet_at_fixed_points_so_the_same_seed_gives_the_same_plan() -> None:
    plans = []
    for _ in range(2):
        draft = Draft(Scheduler(model_of(a_full_day())))
        compiled.improve(
            draft, seed=5, time_limit_s=None, iterations=3_000, started=time.monotonic()
        )
        plans.append(draft.plan())

    assert plans[0] == plans[1]


def a_full_day() -> Problem:
    """Five technicians and forty visits: more than fit."""
    asked = [
        a_visit(i, location=i % 4, value=(2, 5, 15, 40)[i % 7 % 4], duration_s=(1 + i % 3) * HOUR_S)
        for i in range(40)
    ]
    return a_problem(asked, [a_technician(i, home=i % 4) for i in range(5)])


def test_balance_divides_without_a_rest() -> None:
    assert HOUR_SQUARED % BALANCE_S == 0


def test_whoever_only_plans_in_the_web_loads_no_solver_library() -> None:
    seen = "import sys, dispatch.solve, dispatch.solvers.insertion as _;"
    seen += "print([m for m in ('numba', 'llvmlite', 'vroom') if m in sys.modules])"

    said = subprocess.run(
        [sys.executable, "-c", seen], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert said.stdout.strip() == "[]"
