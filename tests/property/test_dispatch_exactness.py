"""Brute force over every start and every lunch agrees with what the schedules claim."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import permutations, product

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dispatch.legs import Legs
from dispatch.model import Model
from dispatch.plan import Plan, Route, Stop, Verdict
from dispatch.problem import Problem
from dispatch.rules import Walk
from dispatch.schedule import Scheduler
from dispatch.solve import solve
from dispatch.solvers.insertion import Outcome, insert
from tests.dispatch_days import (
    CLOSES_S,
    GRID_S,
    HOUR_S,
    LANDING,
    NOON,
    OPENS_S,
    PORT,
    a_problem,
    boats,
    days,
    later,
)

few = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
LUNCHES = (None, *range(NOON.earliest_s, NOON.latest_s + 1, GRID_S))
STARTS = range(OPENS_S, CLOSES_S + 1, GRID_S)


def routes_with(problem: Problem, technician: int, visit_id: int) -> Iterator[Route]:
    """Every route of a technician with committed work and this one visit, on the grid."""
    fixed = sorted(
        (w for w in problem.committed if technician in w.technicians), key=lambda w: w.start_s
    )
    stops = tuple(Stop(w.visit, w.start_s) for w in fixed)
    for start, lunch in product(STARTS, LUNCHES):
        yield Route((technician,), (*stops, Stop(visit_id, start)), lunch)


def somebody_can(problem: Problem, visit_id: int) -> bool:
    """Whether any technician could begin the visit with nothing but committed work, by trial."""
    for technician in problem.technicians:
        others = replace(
            problem,
            committed=tuple(w for w in problem.committed if technician.id in w.technicians),
        )
        for route in routes_with(problem, technician.id, visit_id):
            if not Walk(others, Plan((route,))).violations:
                return True
    return False


@few
@given(problem=days(most_visits=4, most_technicians=2, absences=False))
def test_unreachable_is_said_exactly_when_brute_force_finds_nobody(problem: Problem) -> None:
    plan = solve(problem, solver="insertion")

    for item in plan.unassigned:
        reachable = somebody_can(problem, item.visit)
        assert (item.verdict is Verdict.UNREACHABLE) == (not reachable)


@few
@given(
    problem=days(most_visits=4, most_technicians=2, absences=False),
    now_s=st.integers(0, 14).map(lambda n: OPENS_S + n * GRID_S),
)
def test_the_verdict_looks_at_committed_work_only(problem: Problem, now_s: int) -> None:
    day = later(problem, solve(problem, solver="insertion"), now_s=now_s)
    new = day.visits[0].id
    if new in {work.visit for work in day.committed}:
        return

    result = insert(day, day.published or Plan(), new)

    assert (result.outcome is Outcome.UNREACHABLE) == (not somebody_can(day, new))


@settings(few, max_examples=15)
@given(problem=days(most_visits=2, most_technicians=1, absences=False))
def test_a_tour_of_two_is_feasible_exactly_when_brute_force_finds_times(problem: Problem) -> None:
    model = Model(problem)
    scheduler = Scheduler(model)
    technician = problem.technicians[0].id

    for order in permutations([visit.id for visit in problem.visits]):
        if not all(model.may_serve(model.units[0], model.spec(i)) for i in order):
            continue
        tour = scheduler.tour(model.units[0], tuple(map(model.spec, order)))
        found = any(
            not Walk(problem, Plan((Route((technician,), stops, lunch),))).violations
            for starts in product(STARTS, repeat=len(order))
            if list(starts) == sorted(starts)
            for stops in [tuple(map(Stop, order, starts))]
            for lunch in LUNCHES
        )
        assert tour.feasible == found


@few
@given(problem=days(most_technicians=1))
def test_a_visit_fits_in_constant_time_exactly_where_a_whole_schedule_says_so(
    problem: Problem,
) -> None:
    model = Model(problem)
    scheduler, unit = Scheduler(model), model.units[0]
    specs = [model.spec(visit.id) for visit in problem.visits]
    tour = scheduler.tour(unit, ())

    for spec in specs:
        fit = scheduler.fit(tour, spec)
        trials = [scheduler.tour_with(tour, spec, i) for i in range(len(tour.specs) + 1)]
        assert (fit is not None) == any(trial.feasible for trial in trials)
        if fit is not None:
            assert trials[fit[1]].feasible
            tour = trials[fit[1]]


@few
@given(problem=days(absences=False))
def test_held_starts_cost_nothing_hard(problem: Problem) -> None:
    told = solve(problem, solver="insertion")
    kept = tuple(visit for visit in problem.visits if visit.id in told.placed())
    day = replace(later(problem, told, now_s=problem.now_s), visits=kept)

    again = solve(day, solver="insertion")

    assert again.routes == told.routes


@given(leaves=st.integers(OPENS_S, CLOSES_S), by=st.integers(0, HOUR_S))
def test_who_leaves_earlier_never_arrives_later_even_by_boat(leaves: int, by: int) -> None:
    legs = Legs(a_problem(ferries=boats()))

    for start, end in ((0, LANDING), (LANDING, 0), (PORT, LANDING), (0, 1)):
        early = leaves + legs.leg(start, end, leaves_s=leaves)[0]
        late = leaves + by + legs.leg(start, end, leaves_s=leaves + by)[0]
        assert early <= late
