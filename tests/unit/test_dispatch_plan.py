"""What changed between two plans, and what may still be changed."""

from __future__ import annotations

import pytest

from dispatch.horizon import Zone, committed_now, legs, plan_legs, zones
from dispatch.plan import ChangeKind, Plan, diff
from tests.dispatch_days import GRID_S, HOUR_S, a_problem, a_route, a_technician, a_visit

NINE = 9 * HOUR_S


@pytest.mark.parametrize(
    ("new", "kind"),
    [
        (Plan((a_route(0, (1, NINE), (2, 12 * HOUR_S)),)), ChangeKind.ADDED),
        (Plan(), ChangeKind.DROPPED),
        (Plan((a_route(5, (1, NINE)),)), ChangeKind.REASSIGNED),
        (Plan((a_route(0, (1, NINE + 1_801)),)), ChangeKind.SHIFTED),
    ],
)
def test_diff_names_what_happened(new: Plan, kind: ChangeKind) -> None:
    changes = diff(Plan((a_route(0, (1, NINE)),)), new)

    assert [change.kind for change in changes] == [kind]


def test_half_an_hour_is_no_change() -> None:
    assert diff(Plan((a_route(0, (1, NINE)),)), Plan((a_route(0, (1, NINE - 1_800)),))) == ()


def test_a_journey_begins_as_late_as_its_start_allows() -> None:
    problem = a_problem([a_visit(location=2)])
    route = a_route(0, (0, 10 * HOUR_S))

    out, home = legs(problem, route)

    assert out.leaves_s == 10 * HOUR_S - problem.travel.travel_s[0][2]
    assert (out.visit, home.visit) == (0, None)
    assert plan_legs(problem, Plan((route,))) == ((out, home),)


def test_zones_follow_the_clock() -> None:
    problem = a_problem([a_visit(i, location=2) for i in range(3)])
    plan = Plan((a_route(0, (0, 10 * HOUR_S), (1, 11 * HOUR_S), (2, 14 * HOUR_S)),))
    travel = problem.travel.travel_s[0][2]

    before = zones(problem, plan, now_s=10 * HOUR_S - travel - 1)
    after = zones(problem, plan, now_s=10 * HOUR_S - travel)

    assert before[0] is Zone.PROMISED
    assert after[0] is Zone.COMMITTED
    assert after[1] is Zone.PROMISED if 11 * HOUR_S - (10 * HOUR_S - travel) < 5_400 else True
    assert after[2] is Zone.MOVABLE


def test_what_the_problem_calls_committed_stays_so() -> None:
    problem = a_problem([a_visit(), a_visit(1)], [a_technician(0), a_technician(1)])
    plan = Plan((a_route(0, (0, NINE)), a_route(1, (1, 15 * HOUR_S - GRID_S))))

    work = committed_now(problem, plan, now_s=NINE)

    assert [w.visit for w in work] == [0]
    assert work[0].technicians == (0,)
