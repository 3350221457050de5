"""Nearest: to the end of the route of who is nearest then, and nothing is moved afterwards."""

from __future__ import annotations

from dispatch.objective import evaluate
from dispatch.plan import Plan
from dispatch.problem import Problem
from dispatch.schedule import Scheduler
from dispatch.solvers.draft import Draft, model_of
from dispatch.solvers.nearest import fill, place_nearest
from tests.dispatch_days import (
    CLOSES_S,
    GRID_S,
    HOUR_S,
    OPENS_S,
    a_problem,
    a_route,
    a_technician,
    a_visit,
)

NINE = 9 * HOUR_S


def filled(problem: Problem) -> Plan:
    """The whole day by this rule."""
    draft = Draft(Scheduler(model_of(problem)))
    fill(draft)
    return draft.plan()


def who(plan: Plan) -> dict[int, tuple[int, ...]]:
    """The technicians of every planned visit."""
    return {visit: route.technicians for visit, (route, _) in plan.placed().items()}


def test_the_nearest_qualified_technician_goes() -> None:
    people = [
        a_technician(0, home=3),
        a_technician(1, home=2),
        a_technician(2, home=1, skills={"data": 3}),
    ]

    plan = filled(a_problem([a_visit(location=1)], people))

    assert who(plan) == {0: (1,)}


def test_a_tie_goes_to_the_lower_id() -> None:
    plan = filled(a_problem([a_visit(location=1)], [a_technician(7), a_technician(4)]))

    assert who(plan) == {0: (4,)}


def test_the_urgent_comes_first_and_then_who_cannot_wait() -> None:
    early = ((OPENS_S, 12 * HOUR_S),)
    visits = [a_visit(0, priority=3), a_visit(1, priority=1), a_visit(2, windows_s=early)]

    plan = filled(a_problem(visits))

    assert [stop.visit for stop in plan.routes[0].stops] == [1, 2, 0]


def test_distance_counts_from_the_last_place_and_not_from_home() -> None:
    people = [a_technician(0, home=1), a_technician(1, home=0)]
    visits = [a_visit(0, location=3, priority=1), a_visit(1, location=1, priority=2)]

    plan = filled(a_problem(visits, people))

    assert who(plan) == {0: (0,), 1: (1,)}


def test_who_cannot_be_home_in_time_is_passed_over() -> None:
    people = [a_technician(0, shift_s=(OPENS_S, NINE)), a_technician(1, home=3)]

    plan = filled(a_problem([a_visit()], people))

    assert who(plan) == {0: (1,)}


def test_who_would_miss_lunch_is_passed_over() -> None:
    visit = a_visit(location=1, windows_s=((OPENS_S, NINE),), duration_s=5 * HOUR_S)

    plan = filled(a_problem([visit]))

    assert plan.routes == ()


def test_an_arriving_visit_goes_to_the_end_although_it_would_fit_before() -> None:
    told = Plan((a_route(0, (0, 10 * HOUR_S)),))
    problem = a_problem([a_visit(0, location=2), a_visit(1, location=1)], published=told)

    plan = place_nearest(problem, told, 1)

    assert [stop.visit for stop in plan.routes[0].stops] == [0, 1]
    assert plan.routes[0].stops[0].start_s == 10 * HOUR_S
    assert evaluate(problem, plan).violations == ()


def test_an_arriving_visit_that_nobody_can_take_changes_nothing() -> None:
    told = Plan((a_route(0, (0, NINE)),))
    problem = a_problem([a_visit(0), a_visit(1, windows_s=((OPENS_S, OPENS_S + GRID_S),))])

    assert place_nearest(problem, told, 1) is told


def test_an_arriving_visit_leaves_the_routes_of_others_alone() -> None:
    people = [a_technician(0, home=3), a_technician(1, home=1)]
    told = Plan((a_route(0, (0, NINE)),))
    problem = a_problem([a_visit(0, location=3), a_visit(1, location=1)], people)

    plan = place_nearest(problem, told, 1)

    assert plan.routes[0] == told.routes[0]
    assert who(plan) == {0: (0,), 1: (1,)}
    assert plan.placed()[1][1].start_s < CLOSES_S
