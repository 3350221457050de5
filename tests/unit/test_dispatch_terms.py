"""Each term of the objective: nothing where it does not apply, else exactly its amount."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dispatch import objective
from dispatch.objective import Cost, evaluate
from dispatch.plan import Plan, Route, Stop
from dispatch.problem import Carried, Problem
from tests.dispatch_days import (
    GRID_S,
    HOUR_S,
    ISLET,
    OPENS_S,
    a_problem,
    a_route,
    a_technician,
    a_visit,
    boats,
)

NINE, TEN = 9 * HOUR_S, 10 * HOUR_S
HIGHLAND = 2


def difference(one: Problem, other: Problem, plan: Plan) -> int:
    """By how much the same plan costs more in the other problem."""
    return evaluate(other, plan).total - evaluate(one, plan).total


def test_a_planned_visit_costs_no_value_and_one_left_out_all_of_its_own() -> None:
    problem = a_problem([a_visit(0, value=40), a_visit(1, value=5)])

    cost = evaluate(problem, Plan((a_route(0, (0, TEN)),)))

    assert (cost.value, cost.unserved) == (40, 5)
    assert evaluate(problem, Plan()).total == 45 * objective.VALUE_S


@pytest.mark.parametrize(
    ("told", "term", "amount"),
    [
        (a_route(0, (0, TEN)), "dropped", 0),
        (a_route(0, (1, TEN)), "dropped", objective.DROPPED_S),
        (a_route(1, (0, TEN)), "changed", objective.CHANGED_S),
        (a_route(0, (0, TEN + 1_800)), "shifted", 0),
        (a_route(0, (0, TEN - 1_800)), "shifted", 0),
        (a_route(0, (0, TEN + 1_801)), "shifted", objective.SHIFTED_S),
        (a_route(1, (0, TEN + 1_801)), "changed", objective.CHANGED_S),
    ],
)
def test_what_was_told_and_is_no_longer_so_is_charged_once(
    told: Route, term: str, amount: int
) -> None:
    problem = a_problem([a_visit(0), a_visit(1)], [a_technician(0), a_technician(1)])
    plan = Plan((a_route(0, (0, TEN)),))

    cost = evaluate(replace(problem, published=Plan((told,))), plan)

    assert difference(problem, replace(problem, published=Plan((told,))), plan) == amount
    assert getattr(cost, term) == (1 if amount else 0)


def test_one_member_more_or_less_is_a_change_of_people() -> None:
    people = [a_technician(0), a_technician(1)]
    told = Plan((Route((0, 1), (Stop(0, TEN),)),))
    problem = a_problem([a_visit(0)], people)

    alone = Plan((a_route(0, (0, TEN)),))
    other_way_round = Plan((Route((1, 0), (Stop(0, TEN),)),))

    assert difference(problem, replace(problem, published=told), alone) == objective.CHANGED_S
    assert difference(problem, replace(problem, published=told), other_way_round) == 0


def test_the_same_person_on_another_day_has_shifted_not_changed() -> None:
    tomorrow = replace(a_technician(7), person=0, shift_s=(OPENS_S + 86_400, TEN + 2 * 86_400))
    visit = a_visit(0, windows_s=((OPENS_S, 3 * 86_400),))
    problem = a_problem([visit], [a_technician(0), tomorrow])
    told = Plan((a_route(0, (0, TEN)),))

    later = Plan((a_route(7, (0, TEN + 86_400)),))

    assert difference(problem, replace(problem, published=told), later) == objective.SHIFTED_S


def test_travel_costs_its_seconds_waits_for_boats_included() -> None:
    here = evaluate(a_problem([a_visit(location=0)]), Plan((a_route(0, (0, TEN)),)))
    visit = a_visit(location=ISLET, duration_s=2 * GRID_S)
    problem = a_problem([visit], ferries=boats())
    starts = NINE + 2 * GRID_S + problem.travel.travel_s[5][ISLET]

    over_sea = evaluate(problem, Plan((a_route(0, (0, starts)),)))

    assert here.travel_s == 0
    # Out from when the day begins to the arrival of the 9:00 boat; home with the boat of 11:00.
    home = 11 * HOUR_S + 2 * GRID_S + problem.travel.travel_s[4][0] - (starts + 2 * GRID_S)
    assert over_sea.travel_s == (starts - OPENS_S) + home


@pytest.mark.parametrize(("priority", "percent"), list(enumerate(objective.WAITING_PERCENT))[1:])
def test_waiting_costs_its_share_from_when_the_visit_could_begin(
    priority: int, percent: int
) -> None:
    def cost(start_s: int) -> Cost:
        visit = a_visit(location=0, priority=priority, windows_s=((NINE, 12 * HOUR_S),))
        return evaluate(a_problem([visit]), Plan((a_route(0, (0, start_s)),)))

    assert cost(NINE).waiting_s == 0
    assert cost(TEN).waiting_s == HOUR_S * percent // 100
    assert cost(TEN).total - cost(NINE).total == HOUR_S * percent // 100


def test_an_hour_costs_more_for_whoever_has_worked_more() -> None:
    visits = [a_visit(i, location=0) for i in range(2)]
    people = [a_technician(0), a_technician(1)]
    problem = a_problem(visits, people)

    even = evaluate(problem, Plan((a_route(0, (0, NINE)), a_route(1, (1, NINE)))))
    uneven = evaluate(problem, Plan((a_route(0, (0, NINE), (1, TEN)),)))

    assert evaluate(problem, Plan()).balance_s == 0
    assert even.balance_s == 2 * objective.BALANCE_S
    assert uneven.balance_s == 4 * objective.BALANCE_S


def test_hours_of_the_last_weeks_count_on_top_and_cost_nothing_by_themselves() -> None:
    carried = Carried(busy_s=3 * HOUR_S)
    rested = a_problem([a_visit(location=0)])
    tired = a_problem([a_visit(location=0)], [replace(a_technician(), carried=carried)])
    plan = Plan((a_route(0, (0, NINE)),))

    assert difference(rested, tired, Plan()) == 0
    assert difference(rested, tired, plan) == 2 * 3 * objective.BALANCE_S  # (3 + 1)² - 3² - 1²


def test_every_member_of_a_car_has_worked_its_hours() -> None:
    problem = a_problem([a_visit(location=0)], [a_technician(0), a_technician(1)])

    cost = evaluate(problem, Plan((Route((0, 1), (Stop(0, NINE),)),)))

    assert cost.balance_s == 2 * objective.BALANCE_S


@pytest.mark.parametrize(
    ("places", "home", "trips"),
    [
        ([0], 0, 0),
        ([HIGHLAND], 0, 2),
        ([HIGHLAND, HIGHLAND], 0, 2),
        ([ISLET], 0, 5),
        ([HIGHLAND, ISLET], 0, 7),
        ([HIGHLAND], HIGHLAND, 0),
        ([None], 0, 0),
    ],
)
def test_a_trip_costs_what_its_people_have_had_too_many_of_once_a_route(
    places: list[int | None], home: int, trips: int
) -> None:
    visits = [a_visit(i, location=place) for i, place in enumerate(places)]
    carried = Carried(highland=2, island=5)
    fresh = a_problem(visits, [a_technician(home=home)])
    weary = a_problem(visits, [replace(a_technician(home=home), carried=carried)])
    plan = Plan((a_route(0, *((i, (9 + i) * HOUR_S) for i in range(len(places)))),))

    assert difference(fresh, weary, plan) == trips * objective.TRIP_S
    assert evaluate(weary, plan).trips_s == trips * objective.TRIP_S
