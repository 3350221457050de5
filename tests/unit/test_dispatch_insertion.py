"""One arriving ticket: who gets it, why, who came second, and why nobody can."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from dispatch.explain import candidates
from dispatch.plan import ChangeKind, Code, Plan, Swap, diff
from dispatch.problem import (
    Absence,
    Committed,
    Ferry,
    Location,
    Lunch,
    Problem,
    Technician,
    Terrain,
    Visit,
)
from dispatch.solve import replan, solve
from dispatch.solvers.insertion import Outcome, insert
from dispatch.travel import travel_matrix
from tests.dispatch_days import (
    CLOSES_S,
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

NINE = 9 * HOUR_S


def codes(problem: Problem, plan: Plan, visit: int) -> dict[int, Code]:
    """Each technician's code about a visit."""
    return {c.technician: c.code for c in candidates(problem, plan, visit)}


def test_the_nearest_qualified_technician_goes_and_the_next_two_are_named() -> None:
    people = [a_technician(i, home=home) for i, home in enumerate((3, 1, 0, 2))]
    problem = a_problem([a_visit(location=1)], people)

    found = insert(problem, Plan(), 0)

    assert (found.outcome, found.technician) == (Outcome.ASSIGNED, 1)
    assert [r.code for r in found.reasons] == [Code.CHOSEN, Code.FARTHER, Code.FARTHER]
    assert found.reasons[1].by_s == 2 * problem.travel.travel_s[0][1]
    assert found.start_s == OPENS_S
    assert found.plan.assigned[0].reasons == found.reasons


def test_of_two_equally_far_the_less_busy_one_goes() -> None:
    people = [a_technician(0), a_technician(1)]
    problem = a_problem([a_visit(0, location=0), a_visit(1)], people)
    plan = Plan((a_route(0, (0, NINE)),))

    assert insert(problem, plan, 1).technician == 1


def test_an_urgent_ticket_goes_to_who_can_begin_it_early() -> None:
    people = [a_technician(0, home=1), a_technician(1, home=0)]
    visits = [a_visit(0, location=1, duration_s=3 * HOUR_S), a_visit(1, location=1, priority=1)]
    problem = a_problem(visits, people, committed=(Committed((0,), 0, OPENS_S),))
    plan = Plan((a_route(0, (0, OPENS_S)),))

    found = insert(problem, plan, 1)

    assert found.technician == 1
    assert found.reasons[1].later_s is not None
    assert found.reasons[1].later_s > 0


@pytest.mark.parametrize(
    ("visit", "person", "code"),
    [
        (a_visit(skills={"data": 1}), a_technician(), Code.SKILL),
        (a_visit(skills={"network": 3}), a_technician(), Code.SKILL_LEVEL),
        (
            a_visit(windows_s=((OPENS_S, OPENS_S + GRID_S),)),
            a_technician(),
            Code.CANNOT_REACH_BEFORE_DEADLINE,
        ),
        (a_visit(duration_s=7 * HOUR_S + HOUR_S), a_technician(had_lunch=True), Code.SHIFT_END),
        (
            a_visit(duration_s=4 * HOUR_S, windows_s=((NINE + 2 * GRID_S, 10 * HOUR_S),)),
            a_technician(),
            Code.LUNCH,
        ),
    ],
)
def test_unreachable_names_the_rule_that_stands_in_the_way(
    visit: Visit, person: Technician, code: Code
) -> None:
    found = insert(a_problem([visit], [person]), Plan(), 0)

    assert found.outcome is Outcome.UNREACHABLE
    assert [reason.code for reason in found.reasons] == [code]
    assert found.swap is None


def test_absence_and_committed_work_are_named() -> None:
    people = [a_technician(0), a_technician(1)]
    visits = [a_visit(0, duration_s=4 * HOUR_S), a_visit(1, windows_s=((OPENS_S, 11 * HOUR_S),))]
    problem = a_problem(
        visits,
        people,
        committed=(Committed((0,), 0, OPENS_S + 2 * GRID_S),),
        absences=(Absence((1,), OPENS_S, CLOSES_S),),
    )
    plan = Plan((a_route(0, (0, OPENS_S + 2 * GRID_S)),))

    assert codes(problem, plan, 1) == {0: Code.COMMITTED, 1: Code.ABSENT}
    assert insert(problem, plan, 1).outcome is Outcome.UNREACHABLE


def a_full_day(*values: int, now_s: int = OPENS_S) -> tuple[Problem, Plan]:
    """One technician whose whole day is taken by visits of these values; visit 9 asks for nine."""
    stops = [a_visit(i, duration_s=3 * HOUR_S, value=v) for i, v in enumerate(values)]
    new = a_visit(9, windows_s=((OPENS_S, CLOSES_S),), duration_s=3 * HOUR_S, value=40)
    problem = a_problem([*stops, new], now_s=now_s)
    return problem, solve(replace(problem, visits=tuple(stops)), solver="insertion")


def test_crowded_out_names_the_least_valuable_visit_as_the_swap() -> None:
    problem, plan = a_full_day(15, 5, now_s=OPENS_S - 2 * HOUR_S)

    found = insert(problem, plan, 9)

    assert found.outcome is Outcome.CROWDED_OUT
    assert found.swap == Swap(out=1, technician=0)
    assert found.reasons[0].code is Code.WOULD_DISPLACE
    assert found.plan.routes == plan.routes


def test_a_promised_visit_is_never_offered_for_a_swap() -> None:
    problem, plan = a_full_day(5, 15)
    placed = plan.placed()
    promised = [i for i in (0, 1) if placed[i][1].start_s < OPENS_S + 5_400]

    found = insert(problem, plan, 9)

    assert promised
    assert found.swap is not None
    assert found.swap.out not in promised


def test_a_promised_stop_shifts_by_half_an_hour_at_most() -> None:
    early = a_visit(0, location=1, duration_s=HOUR_S)
    new = a_visit(1, location=1, windows_s=((OPENS_S, OPENS_S + 6 * GRID_S),), priority=1)
    problem = a_problem([early, new])
    plan = Plan((a_route(0, (0, OPENS_S + 2 * GRID_S)),))

    found = insert(problem, plan, 1)

    assert found.outcome is Outcome.ASSIGNED
    assert found.plan.placed()[0][1].start_s == OPENS_S + 2 * GRID_S


def test_an_undisturbed_route_keeps_the_very_starts_that_were_told() -> None:
    problem = a_problem([a_visit(0)])
    plan = Plan((a_route(0, (0, 10 * HOUR_S)),))

    again = replan(problem, plan, time_limit_s=None, iterations=20)

    assert again.placed()[0][1].start_s == 10 * HOUR_S


def test_routes_the_visit_does_not_join_are_the_same_objects() -> None:
    people = [a_technician(0, home=1), a_technician(1, home=3)]
    problem = a_problem([a_visit(0, location=3), a_visit(1, location=1)], people)
    plan = Plan((a_route(1, (0, 13 * HOUR_S)),))

    found = insert(problem, plan, 1)

    assert found.plan.routes[0] is plan.routes[0]


def test_a_late_stop_is_kept_late() -> None:
    problem = a_problem([a_visit(0, windows_s=((OPENS_S, NINE),)), a_visit(1)], now_s=NINE + GRID_S)
    plan = Plan((a_route(0, (0, NINE)),))

    found = insert(problem, plan, 1)

    assert found.outcome is Outcome.ASSIGNED
    assert [stop.visit for stop in found.plan.routes[0].stops] in ([0, 1], [1, 0])


def test_a_planned_visit_can_be_asked_about_again() -> None:
    problem = a_problem([a_visit()], [a_technician(0), a_technician(1, home=1)])
    plan = Plan((a_route(0, (0, NINE)),))

    answers = candidates(problem, plan, 0)

    assert [(c.technician, c.code) for c in answers] == [(1, Code.CHOSEN), (0, Code.FARTHER)]
    assert answers[1].added_travel_s == 2 * problem.travel.travel_s[0][1]


def test_a_call_goes_to_who_is_there_without_a_journey() -> None:
    found = insert(a_problem([a_visit(location=None)]), Plan(), 0)

    assert (found.outcome, found.added_travel_s, found.leg_s) == (Outcome.ASSIGNED, 0, 0)


def test_the_island_is_reached_by_boat_and_home_is_reached_again() -> None:
    visit = a_visit(location=ISLET, windows_s=((OPENS_S, 12 * HOUR_S),))

    found = insert(a_problem([visit], ferries=boats()), Plan(), 0)
    no_boat = insert(a_problem([visit], ferries=boats(sail_out_s=())), Plan(), 0)

    assert found.outcome is Outcome.ASSIGNED
    assert (
        found.start_s == NINE + 2 * GRID_S + GRID_S
    )  # the crossing, then a quarter of an hour by road
    assert no_boat.outcome is Outcome.UNREACHABLE


def test_a_trainee_does_not_go_alone() -> None:
    people = [a_technician(0, home=3), a_technician(1, home=1, mentor=0)]

    found = insert(a_problem([a_visit()], people), Plan(), 0)

    assert found.technician == 0


def test_a_visit_that_is_not_asked_for_is_refused() -> None:
    with pytest.raises(ValueError, match="visit 5 is not in the problem"):
        insert(a_problem([a_visit()]), Plan(), 5)
    with pytest.raises(ValueError, match="visit 8 of the plan is not in the problem"):
        insert(a_problem([a_visit()]), Plan((a_route(0, (8, NINE)),)), 0)


def test_committed_work_is_not_asked_about_again() -> None:
    problem = a_problem([a_visit()], committed=(Committed((0,), 0, NINE),))

    with pytest.raises(ValueError, match="visit 0 is committed"):
        insert(problem, Plan((a_route(0, (0, NINE)),)), 0)


def test_a_promise_that_an_absence_breaks_passes_to_somebody_else() -> None:
    people = [a_technician(0), a_technician(1, home=3)]
    away = (Absence((0,), OPENS_S, CLOSES_S),)
    problem = a_problem([a_visit()], people, absences=away)
    told = Plan((a_route(0, (0, NINE)),))

    plan = replan(problem, told, time_limit_s=None, iterations=20)

    assert plan.placed()[0][0].technicians == (1,)
    assert [change.kind for change in diff(told, plan)] == [ChangeKind.REASSIGNED]


def test_people_are_not_changed_for_a_few_minutes_of_travel() -> None:
    people = [a_technician(0), a_technician(1, home=4)]
    problem = a_problem([a_visit(location=1, windows_s=((14 * HOUR_S, CLOSES_S),))], people)
    told = Plan((a_route(0, (0, 14 * HOUR_S)),))

    plan = replan(problem, told, time_limit_s=None, iterations=20)

    assert diff(told, plan) == ()
    assert solve(problem, iterations=20).placed()[0][0].technicians == (1,)


def test_a_closed_road_makes_a_place_unreachable() -> None:
    problem = a_problem([a_visit(location=1)])
    closed = replace(problem, travel=problem.travel.without([(0, 1)]))

    assert insert(closed, Plan(), 0).outcome is Outcome.UNREACHABLE


def test_a_visit_worth_nothing_is_not_travelled_for() -> None:
    plan = solve(a_problem([a_visit(value=0)]), iterations=5)

    assert plan.routes == ()
    assert plan.unassigned[0].reasons[0].code is Code.FARTHER


LY_SON, SA_KY = 0, 1
COAST = "Quảng Ngãi"


def an_island_ticket(*, at_s: int, windows_s: Sequence[tuple[int, int]]) -> Problem:
    """The real island, port and timetable, and a technician in the coastal base."""
    places = (
        Location(15.38, 109.12, Terrain.ISLAND, COAST),
        Location(15.215, 108.935, Terrain.PLAIN, COAST),
        Location(15.1205, 108.7923, Terrain.PLAIN, COAST),
    )
    base = Technician(
        1, 1, 2, {"digital-signature": 1}, (27_000, 61_200), Lunch(41_400, 46_800, 3_600)
    )
    ticket = Visit(1, LY_SON, {"digital-signature": 1}, 1, tuple(windows_s), 1_200, 100)
    out = tuple(h * HOUR_S // 2 for h in (15, 20, 28))
    back = tuple(h * HOUR_S // 2 for h in (17, 25, 31))
    return Problem(
        at_s,
        places,
        (base,),
        (ticket,),
        travel_matrix(places),
        ferries=(
            Ferry(SA_KY, LY_SON, out, 2_100, 1_200),
            Ferry(LY_SON, SA_KY, back, 2_100, 1_200),
        ),
    )


def test_an_urgent_island_ticket_after_the_last_boat_is_unreachable_on_both_days() -> None:
    filed = 13 * HOUR_S + 45 * 60
    today = an_island_ticket(at_s=filed, windows_s=[(filed, 61_200)])
    tomorrow = an_island_ticket(at_s=27_000, windows_s=[(27_000, 29_700)])

    assert insert(today, Plan(), 1).outcome is Outcome.UNREACHABLE
    assert insert(tomorrow, Plan(), 1).outcome is Outcome.UNREACHABLE


def test_the_same_island_ticket_with_the_morning_to_spare_is_reached_by_the_ten_o_clock_boat() -> (
    None
):
    found = insert(an_island_ticket(at_s=27_000, windows_s=[(27_000, 41_400)]), Plan(), 1)

    assert found.start_s == 10 * HOUR_S + 2_100
