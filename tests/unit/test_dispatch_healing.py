"""Something goes wrong: the plan heals, and nobody is told what did not change for them."""

from __future__ import annotations

from dataclasses import replace

from dispatch.day.telling import told_now
from dispatch.objective import evaluate
from dispatch.plan import Change, ChangeKind, Plan, Verdict, diff
from dispatch.problem import Absence, Committed, Problem
from dispatch.schedule import Scheduler
from dispatch.settle import settle
from dispatch.solve import replan, solve
from dispatch.solvers.draft import Draft, model_of
from dispatch.solvers.ejection import admit
from tests.dispatch_days import (
    CLOSES_S,
    GRID_S,
    HOUR_S,
    OPENS_S,
    a_problem,
    a_route,
    a_technician,
    a_visit,
    later,
)

NINE, TEN, NOON_S = 9 * HOUR_S, 10 * HOUR_S, 12 * HOUR_S


def a_day(*, people: int = 3, each: int = 2) -> tuple[Problem, Plan]:
    """People with half a day's work each, and the plan that they were told."""
    problem = a_problem(
        [a_visit(i, location=1 + i % 3, value=15) for i in range(people * each)],
        [a_technician(i, home=i % 3) for i in range(people)],
    )
    return problem, solve(problem, solver="insertion")


def healed(problem: Problem, told: Plan) -> tuple[Plan, tuple[Change, ...]]:
    """The plan around what was told, and what is different in it."""
    plan = replan(problem, told, time_limit_s=None, iterations=200)
    return plan, diff(told, plan)


def visits_of(plan: Plan, technician: int) -> set[int]:
    """The visits of one technician."""
    return {i for i, (route, _) in plan.placed().items() if technician in route.technicians}


def test_nobody_is_told_anything_when_nothing_has_happened() -> None:
    problem, told = a_day()

    for now_s in (OPENS_S, NINE, NOON_S):
        plan, _ = healed(later(problem, told, now_s=now_s), told)

        assert [(r.technicians, r.stops) for r in plan.routes] == [
            (r.technicians, r.stops) for r in told.routes
        ]


def test_the_visits_of_somebody_ill_go_to_others_who_keep_their_own() -> None:
    problem, told = a_day()
    ill = next(r.technicians[0] for r in told.routes if len(r.stops) > 1)
    day = replace(problem, absences=(Absence((ill,), OPENS_S, CLOSES_S),))

    plan, changes = healed(day, told)

    assert visits_of(plan, ill) == set()
    assert {change.visit for change in changes} == visits_of(told, ill)
    assert {change.kind for change in changes} == {ChangeKind.REASSIGNED}
    assert evaluate(day, plan).violations == ()


def test_who_reports_late_starts_later_and_nobody_else_hears_of_it() -> None:
    problem = a_problem(
        [a_visit(0), a_visit(1), a_visit(2, location=3)],
        [a_technician(0), a_technician(1, home=3)],
    )
    told = Plan((a_route(0, (0, NINE), (1, TEN)), a_route(1, (2, NINE))))
    late = replace(problem.technicians[0], free_s=NINE)
    day = replace(problem, technicians=(late, problem.technicians[1]))

    plan, changes = healed(day, told)

    assert changes == ()
    assert plan.placed()[0][1].start_s == NINE + 2 * GRID_S
    assert plan.placed()[2][1].start_s == NINE
    assert evaluate(day, plan).violations == ()


def test_a_visit_that_takes_longer_moves_only_what_follows_it() -> None:
    problem, told = a_day()
    first = next(r for r in told.routes if len(r.stops) > 1)
    day = later(problem, told, now_s=first.stops[0].start_s)
    dragging = replace(
        day,
        visits=tuple(
            replace(v, duration_s=v.duration_s + 2 * HOUR_S) if v.id == first.stops[0].visit else v
            for v in day.visits
        ),
    )

    plan, changes = healed(dragging, told)

    behind = {stop.visit for stop in first.stops[1:]}
    assert changes
    assert {change.visit for change in changes} <= behind
    assert evaluate(dragging, plan).violations == ()


def test_who_has_to_go_home_earlier_gives_up_the_end_of_the_route_only() -> None:
    problem, told = a_day()
    tired = max(told.routes, key=lambda route: route.stops[-1].start_s)
    last = tired.stops[-1]
    day = replace(
        problem,
        technicians=tuple(
            replace(t, shift_s=(OPENS_S, last.start_s)) if t.id in tired.technicians else t
            for t in problem.technicians
        ),
    )

    plan, changes = healed(day, told)

    assert last.visit in {change.visit for change in changes}
    others = {i for r in told.routes if r is not tired for i in (s.visit for s in r.stops)}
    assert not others & {change.visit for change in changes}
    assert evaluate(day, plan).violations == ()


def test_a_closed_road_changes_only_who_would_have_taken_it() -> None:
    problem = a_problem(
        [a_visit(0, location=2), a_visit(1, location=3)],
        [a_technician(0, home=0), a_technician(1, home=3)],
    )
    told = Plan((a_route(0, (0, OPENS_S + HOUR_S)), a_route(1, (1, OPENS_S))))
    day = replace(problem, travel=problem.travel.without([(0, 2)]))

    plan, changes = healed(day, told)

    assert [change.visit for change in changes] == [0]
    assert visits_of(plan, 1) == {0, 1}


def test_what_nobody_can_do_any_more_has_a_verdict() -> None:
    problem = a_problem([a_visit(windows_s=((OPENS_S, TEN),))])
    told = solve(problem, solver="insertion")
    day = replace(problem, absences=(Absence((0,), OPENS_S, NOON_S),))

    plan, changes = healed(day, told)

    assert [change.kind for change in changes] == [ChangeKind.DROPPED]
    assert [item.verdict for item in plan.unassigned] == [Verdict.UNREACHABLE]


def test_work_under_way_is_finished_by_who_falls_ill() -> None:
    problem = a_problem([a_visit(0), a_visit(1)], [a_technician(0), a_technician(1)])
    told = Plan((a_route(0, (0, NINE), (1, NOON_S)),))
    day = replace(
        problem,
        now_s=NINE,
        committed=(Committed((0,), 0, NINE),),
        absences=(Absence((0,), NINE, CLOSES_S),),
    )

    plan, changes = healed(day, told)

    assert [(change.visit, change.kind) for change in changes] == [(1, ChangeKind.REASSIGNED)]
    assert plan.placed()[0][0].technicians == (0,)


def test_settling_takes_back_an_exchange_that_gains_nothing() -> None:
    problem = a_problem([a_visit(0), a_visit(1)], [a_technician(0), a_technician(1)], now_s=OPENS_S)
    told = Plan((a_route(0, (0, NOON_S)), a_route(1, (1, NOON_S))))
    draft = Draft(Scheduler(model_of(replace(problem, published=told))))
    draft.keep(Plan((a_route(0, (1, NOON_S)), a_route(1, (0, NOON_S)))))

    settle(draft)

    assert diff(told, draft.plan()) == ()


def test_settling_keeps_a_change_that_is_worth_its_charge() -> None:
    problem = a_problem(
        [a_visit(0, location=3)], [a_technician(0, home=0), a_technician(1, home=3)]
    )
    told = Plan((a_route(0, (0, NOON_S)),))
    draft = Draft(Scheduler(model_of(replace(problem, published=told))))
    near = Plan((a_route(1, (0, NOON_S)),))
    draft.keep(near)

    settle(draft)

    assert visits_of(draft.plan(), 1) == {0}


def test_an_urgent_ticket_takes_the_place_of_a_patient_one() -> None:
    told = Plan((a_route(0, (0, NOON_S)),))
    problem = a_problem(
        [
            a_visit(0, priority=4, value=2, windows_s=((NOON_S, NOON_S),)),
            a_visit(1, priority=1, value=100, windows_s=((NOON_S, NOON_S + GRID_S),)),
        ]
    )

    plan = admit(problem, told, 1)

    assert plan is not None
    assert set(plan.placed()) == {1}


def test_a_promised_visit_makes_room_for_nobody() -> None:
    told = Plan((a_route(0, (0, NINE)),))
    problem = a_problem(
        [
            a_visit(0, priority=4, value=2, windows_s=((NINE, NINE),)),
            a_visit(1, priority=1, value=100, windows_s=((NINE, NINE + GRID_S),)),
        ]
    )

    assert admit(problem, told, 1) is None


def test_a_patient_visit_is_told_when_its_journey_is_near() -> None:
    visit = a_visit(0, priority=4, windows_s=((NOON_S, CLOSES_S),))
    problem = a_problem([visit, a_visit(1, priority=3)])
    plan = solve(problem, solver="insertion")
    start_s = plan.placed()[0][1].start_s

    early = told_now(problem, plan)
    near = told_now(replace(problem, now_s=start_s - HOUR_S), plan)
    known = told_now(replace(problem, published=plan), plan)

    assert set(early.placed()) == {1}
    assert set(near.placed()) == set(known.placed()) == {0, 1}
