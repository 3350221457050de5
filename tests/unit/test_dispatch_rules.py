"""Each hard rule and each term of the objective: kept, and broken by exactly that much."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dispatch import objective
from dispatch.objective import evaluate
from dispatch.plan import Plan, Route, Stop
from dispatch.problem import Absence, Committed, Problem
from dispatch.rules import Rule
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
)

TEN = 10 * HOUR_S
ONE_VISIT = Plan((a_route(0, (0, TEN), lunch_s=None),))


def broken(problem: Problem, plan: Plan) -> set[Rule]:
    """The rules that the plan breaks."""
    return {violation.rule for violation in evaluate(problem, plan).violations}


def test_a_short_morning_breaks_no_rule() -> None:
    assert broken(a_problem([a_visit()]), ONE_VISIT) == set()


@pytest.mark.parametrize(
    ("problem", "plan", "rule"),
    [
        (a_problem([a_visit()]), Plan((a_route(9, (0, TEN)),)), Rule.KNOWN),
        (a_problem([a_visit()]), Plan((a_route(0, (5, TEN)),)), Rule.KNOWN),
        (a_problem([a_visit(skills={"data": 1})]), ONE_VISIT, Rule.SKILLS),
        (a_problem([a_visit(skills={"network": 3})]), ONE_VISIT, Rule.SKILLS),
        (a_problem([a_visit()]), Plan((a_route(0, (0, OPENS_S)),)), Rule.ARRIVAL),
        (a_problem([a_visit(windows_s=((OPENS_S, TEN - 1),))]), ONE_VISIT, Rule.WINDOW),
        (a_problem([a_visit(windows_s=((0, 9), (TEN + 1, CLOSES_S)))]), ONE_VISIT, Rule.WINDOW),
        (a_problem([a_visit(duration_s=6 * HOUR_S)]), ONE_VISIT, Rule.SHIFT),
        (a_problem([a_visit(duration_s=4 * HOUR_S)]), ONE_VISIT, Rule.LUNCH),
        (
            a_problem([a_visit()]),
            Plan((a_route(0, (0, TEN), lunch_s=NOON.latest_s + 1),)),
            Rule.LUNCH,
        ),
        (
            a_problem([a_visit()], absences=(Absence((0,), OPENS_S, CLOSES_S),)),
            ONE_VISIT,
            Rule.ABSENCE,
        ),
        (
            a_problem([a_visit()], committed=(Committed((0,), 0, TEN - 1),)),
            ONE_VISIT,
            Rule.COMMITTED,
        ),
        (
            a_problem([a_visit()], [a_technician(), a_technician(1, mentor=0)]),
            Plan((a_route(1, (0, TEN)),)),
            Rule.MENTOR,
        ),
        (
            a_problem([a_visit()], [a_technician(i) for i in range(3)]),
            Plan((Route((0, 1, 2), (Stop(0, TEN),)),)),
            Rule.SEATS,
        ),
        (
            a_problem([a_visit()], [a_technician(), a_technician(1, home=3)]),
            Plan((Route((0, 1), (Stop(0, TEN),)),)),
            Rule.CREW,
        ),
        (a_problem([a_visit(location=ISLET)], ferries=boats(())), ONE_VISIT, Rule.ARRIVAL),
    ],
)
def test_each_rule_is_seen_to_break(problem: Problem, plan: Plan, rule: Rule) -> None:
    assert rule in broken(problem, plan)


def test_a_visit_is_planned_once() -> None:
    problem = a_problem([a_visit()], [a_technician(), a_technician(1)])

    assert broken(problem, Plan((a_route(0, (0, TEN)), a_route(1, (0, TEN))))) == {Rule.ONCE}


def test_a_crew_joins_its_skills() -> None:
    people = [a_technician(), a_technician(1, skills={"data": 3})]
    problem = a_problem([a_visit(skills={"data": 2, "network": 2})], people)

    assert broken(problem, Plan((Route((0, 1), (Stop(0, TEN),)),))) == set()
    assert broken(problem, Plan((a_route(0, (0, TEN)),))) == {Rule.SKILLS}


def test_committed_work_is_not_judged_again() -> None:
    visit = a_visit(skills={"data": 3}, windows_s=((0, 1),))
    problem = a_problem([visit], committed=(Committed((0,), 0, TEN),))

    assert broken(problem, ONE_VISIT) == set()


def test_nobody_sets_off_for_a_ticket_that_is_not_known_yet() -> None:
    problem = a_problem([a_visit(arrives_s=TEN)])
    arrives = TEN + problem.travel.travel_s[0][1]

    assert broken(problem, Plan((a_route(0, (0, arrives - 1)),))) == {Rule.ARRIVAL}
    assert broken(problem, Plan((a_route(0, (0, arrives)),))) == set()


def test_a_call_is_held_where_the_technician_is() -> None:
    problem = a_problem([a_visit(0, location=2), a_visit(1, location=None)])

    cost = evaluate(problem, Plan((a_route(0, (0, 9 * HOUR_S), (1, TEN)),)))

    assert cost.violations == ()
    assert cost.travel_s == 2 * problem.travel.travel_s[0][2]


def test_unserved_value_costs_its_weight() -> None:
    problem = a_problem([a_visit(value=40)])

    cost = evaluate(problem, Plan())

    assert cost.total == 40 * objective.VALUE_S == 40 * cost.unserved // 40 * objective.VALUE_S


def test_travel_and_waiting_and_hours_are_counted_exactly() -> None:
    problem = a_problem([a_visit(priority=1)])
    travel = 2 * problem.travel.travel_s[0][1]

    cost = evaluate(problem, ONE_VISIT)

    assert cost.travel_s == travel
    assert cost.waiting_s == (TEN - OPENS_S) * objective.WAITING_PERCENT[1] // 100
    assert cost.balance_s == objective.BALANCE_S * (travel + HOUR_S) ** 2 // HOUR_S**2
    assert cost.total == travel + cost.waiting_s + cost.balance_s


@pytest.mark.parametrize(
    ("told", "charge"),
    [
        (Plan((a_route(0, (0, TEN)),)), 0),
        (Plan((a_route(0, (0, TEN + 2 * GRID_S)),)), 0),
        (Plan((a_route(0, (0, TEN + 2 * GRID_S + 1)),)), objective.SHIFTED_S),
        (Plan((a_route(1, (0, TEN)),)), objective.CHANGED_S),
        (Plan((a_route(0, (1, TEN)),)), objective.DROPPED_S),
    ],
)
def test_stability_is_charged_by_kind(told: Plan, charge: int) -> None:
    problem = a_problem([a_visit(), a_visit(1)], [a_technician(), a_technician(1)])

    calm = evaluate(problem, ONE_VISIT).total
    moved = evaluate(replace(problem, published=told), ONE_VISIT).total

    assert moved - calm == charge
