"""A country by regions: the rules hold across borders, and everybody gives a reason."""

from __future__ import annotations

import multiprocessing
import os
from dataclasses import replace

import pytest

from dispatch.country.borders import whole_draft
from dispatch.country.estimates import estimated_travel, written_travel
from dispatch.country.far_reasons import refusals
from dispatch.country.generate import CountrySize, country
from dispatch.country.partition import Partition, part
from dispatch.country.parts import Crowd, Effort, Task, give_reasons, task
from dispatch.country.regions import is_large, solve_regions
from dispatch.desk import Desk
from dispatch.explain import unassigned
from dispatch.files.fields import Json
from dispatch.files.formats import problem_from_json
from dispatch.files.plans import plan_from_json
from dispatch.objective import evaluate
from dispatch.plan import Plan, Route, Stop, Verdict
from dispatch.problem import Absence, Committed, Problem
from dispatch.travel import NEVER_S, travel_matrix

SMALL = CountrySize(tickets=60, technicians=20, teams=4, provinces=2, communes=60)


@pytest.fixture(scope="module")
def land() -> Problem:
    """Two provinces with four teams."""
    return problem_from_json(country(3, SMALL))


@pytest.fixture(scope="module")
def planned(land: Problem) -> Plan:
    """Its plan."""
    return solve_regions(land, iterations=40, processes=1)


def test_a_country_plan_keeps_every_rule_and_decides_every_visit(
    land: Problem, planned: Plan
) -> None:
    cost = evaluate(land, planned)

    assert cost.violations == ()
    decided = [item.visit for item in (*planned.assigned, *planned.unassigned)]
    assert sorted(decided) == [visit.id for visit in land.visits]
    assert {item.visit for item in planned.assigned} == set(planned.placed())


def test_a_visit_that_nobody_has_has_a_reason_for_everybody(land: Problem, planned: Plan) -> None:
    everybody = [technician.id for technician in land.technicians]

    assert planned.unassigned
    for item in planned.unassigned:
        assert [reason.technician for reason in item.reasons] == everybody


def test_reasons_from_afar_are_those_that_asking_gives(land: Problem, planned: Plan) -> None:
    day = replace(
        land, absences=(Absence((land.technicians[0].id,), 27_000, 61_200),), published=None
    )
    draft = whole_draft(day, Plan(planned.routes[1:]))
    desk = Desk(draft.scheduler, lambda unit: draft.tours[unit.index])

    found = refusals(day, draft)

    asked = [unassigned(day, spec.id, desk.candidates(spec.id)) for spec in draft.absent()]
    assert found == tuple(sorted(asked, key=lambda item: item.visit))
    assert any(item.verdict is Verdict.CROWDED_OUT for item in found)


def test_two_processes_find_the_plan_that_one_finds(land: Problem, planned: Plan) -> None:
    assert solve_regions(land, iterations=40, processes=2) == planned


def test_a_process_that_dies_leaves_its_parts_to_this_one(land: Problem, planned: Plan) -> None:
    effort = Effort("insertion", None, None, 1)
    tasks = [task(land, Plan(planned.routes), effort) for _ in range(3)]

    with Crowd(2) as crowd:
        found = list(crowd.each(die_elsewhere, tasks))

    assert [plan.routes for plan in found] == 3 * [give_reasons_here(tasks[0]).routes]


def die_elsewhere(work: Task) -> Json:
    """What a process does that has no memory left; here it is the work itself."""
    if multiprocessing.parent_process() is not None:
        os._exit(9)
    return give_reasons(work)


def give_reasons_here(work: Task) -> Plan:
    """The same work without any process."""
    return plan_from_json(give_reasons(work))


def test_no_step_makes_the_plan_worse_than_its_start(land: Problem, planned: Plan) -> None:
    again = solve_regions(land, solver="insertion", start=planned, processes=1)

    assert evaluate(land, again).total <= evaluate(land, planned).total


def test_borders_are_no_walls(land: Problem) -> None:
    alone = [region.technicians for region in Partition(land).regions]
    apart = sum(
        evaluate(small, solve_regions(small, iterations=40, processes=1)).value
        for people in alone
        for small in [part(land, people, Partition(land).split(Plan())[alone.index(people)])]
    )

    together = evaluate(land, solve_regions(land, iterations=40, processes=1)).value

    assert together >= apart


def test_people_in_one_car_are_planned_together(land: Problem) -> None:
    first = land.technicians[0]
    other = next(t for t in land.technicians if t.team != first.team)
    work = Committed((first.id, other.id), land.visits[0].id, 30_000)

    regions = Partition(replace(land, committed=(work,))).regions

    assert len(regions) == len(Partition(land).regions) - 1
    assert any({first.id, other.id} <= region.technicians for region in regions)


def test_what_was_promised_stays_with_its_people(land: Problem, planned: Plan) -> None:
    told = replace(land, published=Plan(planned.routes))

    again = solve_regions(told, iterations=40, processes=1, seed=9)

    promised = {
        stop.visit: route.technicians
        for route in planned.routes
        for stop in route.stops
        if stop.start_s < told.now_s + 5_400
    }
    now = again.placed()
    assert promised
    assert {visit: now[visit][0].technicians for visit in promised} == promised


def test_committed_work_is_kept_where_it_is(land: Problem, planned: Plan) -> None:
    route = next(route for route in planned.routes if len(route.stops) > 1)
    stop = route.stops[0]
    day = replace(
        land,
        now_s=stop.start_s,
        committed=(Committed(route.technicians, stop.visit, stop.start_s),),
        published=Plan((Route(route.technicians, (Stop(stop.visit, stop.start_s),)),)),
    )

    plan = solve_regions(day, iterations=20, processes=1)

    assert plan.placed()[stop.visit][0].technicians == route.technicians
    assert plan.placed()[stop.visit][1].start_s == stop.start_s


def test_crews_stay_together_through_every_step(land: Problem) -> None:
    day = replace(land, crews=True, published=None)

    plan = solve_regions(day, iterations=20, processes=1)

    assert evaluate(day, plan).violations == ()
    everybody = [technician.id for technician in day.technicians]
    assert all([r.technician for r in u.reasons] == everybody for u in plan.unassigned)


def test_told_routes_of_strangers_are_passed_over(land: Problem) -> None:
    told = Plan((Route((999,), (Stop(land.visits[0].id, 40_000),)), Route((), ())))

    plan = solve_regions(replace(land, published=told), solver="insertion", processes=1)

    assert evaluate(land, plan).violations == ()


@pytest.mark.parametrize("missing", ["technicians", "visits"])
def test_a_country_without_anybody_or_anything_has_an_empty_plan(
    land: Problem, missing: str
) -> None:
    empty = replace(land, technicians=()) if missing == "technicians" else replace(land, visits=())

    plan = solve_regions(empty, processes=1)

    assert plan.routes == ()


def test_a_table_that_is_not_written_down_has_the_same_entries(land: Problem) -> None:
    places = land.locations[:12]
    written, lazy = travel_matrix(places), estimated_travel(places)

    assert written_travel(places) == written
    for i in range(12):
        assert tuple(lazy.travel_s[i]) == written.travel_s[i]
        assert tuple(lazy.distance_m[i]) == written.distance_m[i]
    assert lazy.among([3, 1, 7]) == written.among([3, 1, 7])
    shut = lazy.without([(1, 3)])
    assert shut.travel_s[3][1] == shut.among([3, 1]).travel_s[0][1] == NEVER_S
    assert shut.travel_s[1][7] == written.travel_s[1][7]


def test_many_teams_make_a_problem_large() -> None:
    assert not is_large(problem_from_json(country(1, SMALL)))
    assert is_large(problem_from_json(country(1, CountrySize.with_tickets(1_000))))


@pytest.mark.parametrize(("solver", "limit_s"), [("magic", None), ("insertion", 0.0)])
def test_a_wrong_request_is_refused(land: Problem, solver: str, limit_s: float | None) -> None:
    with pytest.raises(ValueError, match=r"no solver 'magic'|above zero"):
        solve_regions(land, solver=solver, time_limit_s=limit_s, processes=1)
