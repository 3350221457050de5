"""Day files are read with their events, and a day that is played follows its clock."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dispatch.day.course import Course
from dispatch.day.day import Closure, Day, Longer, day_from_json
from dispatch.day.log import log_to_json
from dispatch.day.policies import POLICIES
from dispatch.files.instances import problem_to_json
from dispatch.horizon import committed_now
from dispatch.plan import Plan
from dispatch.problem import Absence, Problem, Visit
from dispatch.simulate import simulate
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

NINE, TEN, NOON_S = 9 * HOUR_S, 10 * HOUR_S, 12 * HOUR_S
EVENTS = [
    {"at_s": NINE, "kind": "absent", "technicians": [0], "until_s": TEN},
    {"at_s": TEN, "kind": "closed", "pairs": [[0, 1]], "until_s": NOON_S},
    {"at_s": NOON_S, "kind": "longer", "visit": 0, "duration_s": 7_200},
]


def a_file(**changes: object) -> dict[str, object]:
    """A day file with one visit and three events."""
    return {**problem_to_json(a_problem([a_visit()])), "events": EVENTS, **changes}


def test_a_day_file_is_read_with_its_events_and_its_roads_open() -> None:
    day = day_from_json(a_file())

    assert day.absences == (Absence((0,), NINE, TEN),)
    assert day.closures == (Closure(((0, 1),), TEN, NOON_S),)
    assert day.longer == (Longer(0, NOON_S, 7_200),)
    assert day.problem.absences == ()
    assert day.problem.travel.travel_s[0][1] < HOUR_S
    assert day.moments_s() == (NINE, TEN, NOON_S)


@pytest.mark.parametrize(
    ("event", "path"),
    [
        ({**EVENTS[0], "technicians": [9]}, "events[0].technicians[0]"),
        ({**EVENTS[0], "kind": "ill"}, "events[0].kind"),
        ({**EVENTS[0], "until_s": 0}, "events[0].until_s"),
        ({**EVENTS[1], "pairs": [[0, 99]]}, "events[0].pairs[0]"),
        ({**EVENTS[2], "visit": 9}, "events[0].visit"),
        ({**EVENTS[2], "duration_s": -1}, "events[0].duration_s"),
    ],
)
def test_a_wrong_event_is_told_with_its_path(event: dict[str, object], path: str) -> None:
    with pytest.raises(ValueError) as caught:
        day_from_json(a_file(events=[event]))

    assert str(caught.value).startswith(path)


def under_way(*visits: Visit, plan: Plan, **events: object) -> Course:
    """A day of two people under way with this plan."""
    problem = a_problem(visits, [a_technician(0), a_technician(1)])
    course = Course(Day(problem, **events))  # type: ignore[arg-type]  # the events by their names
    course.tell(plan)
    return course


def test_a_ticket_is_known_from_its_arrival() -> None:
    course = under_way(a_visit(0), a_visit(1, arrives_s=NINE), plan=Plan())

    assert course.go_to(NINE - 1) == ()
    assert course.go_to(NINE) == (1,)


def test_a_visit_is_committed_when_its_journey_begins() -> None:
    course = under_way(a_visit(0), plan=Plan((a_route(0, (0, TEN)),)))
    leaves_s = TEN - course.problem.travel.travel_s[0][1]

    course.go_to(leaves_s - 1)
    before = course.problem.committed
    course.go_to(leaves_s)

    assert before == ()
    assert [work.visit for work in course.problem.committed] == [0]


def test_a_journey_does_not_begin_in_the_moment_its_driver_falls_ill() -> None:
    leaves_s = TEN - GRID_S * 2
    plan = Plan((a_route(0, (0, TEN)),))

    ill = under_way(a_visit(0), plan=plan, absences=(Absence((0,), leaves_s, NOON_S),))
    away = under_way(a_visit(0), plan=plan, absences=(Absence((0,), leaves_s + 1, NOON_S),))
    ill.go_to(leaves_s)
    away.go_to(leaves_s)

    assert ill.problem.committed == ()
    assert [work.visit for work in away.problem.committed] == [0]


def test_a_road_is_closed_from_its_event_until_its_end() -> None:
    course = under_way(a_visit(0), plan=Plan(), closures=(Closure(((0, 1),), NINE, TEN),))
    open_s = course.problem.travel.travel_s[1][0]

    course.go_to(NINE)
    shut_s = course.problem.travel.travel_s[1][0]
    course.go_to(TEN)

    assert shut_s > CLOSES_S
    assert course.problem.travel.travel_s[1][0] == open_s


def test_a_longer_visit_is_heard_of_while_it_lasts_and_not_after() -> None:
    plan = Plan((a_route(0, (0, NINE)),))
    during = under_way(a_visit(0), plan=plan, longer=(Longer(0, TEN - 1, 3 * HOUR_S),))
    after = under_way(a_visit(0), plan=plan, longer=(Longer(0, TEN, 3 * HOUR_S),))
    for course in (during, after):
        course.go_to(NINE)
        course.go_to(TEN)

    assert during.problem.visit(0).duration_s == 3 * HOUR_S
    assert after.problem.visit(0).duration_s == HOUR_S


def test_a_boat_that_has_to_be_caught_begins_the_journey() -> None:
    islet = a_visit(location=ISLET, windows_s=((13 * HOUR_S, 14 * HOUR_S),))
    problem = a_problem([islet], ferries=boats(sail_out_s=(TEN, 13 * HOUR_S)))
    plan = Plan((a_route(0, (0, 13 * HOUR_S), lunch_s=None),))

    waiting = committed_now(problem, plan, now_s=OPENS_S)
    boarding = committed_now(problem, plan, now_s=NINE)

    assert waiting == ()
    assert [work.visit for work in boarding] == [0]


def test_lunch_that_has_begun_is_finished_after_its_window() -> None:
    problem = a_problem([a_visit(0), a_visit(1, arrives_s=13 * HOUR_S + 60)], [a_technician(0)])
    course = Course(Day(problem))
    course.tell(Plan((a_route(0, (0, NOON_S - 60), lunch_s=13 * HOUR_S - 60),)))
    course.go_to(NOON_S)

    course.go_to(13 * HOUR_S + 60)

    (eating,) = course.problem.absences
    assert (eating.technicians, eating.until_s) == ((0,), 13 * HOUR_S - 60 + 2 * GRID_S)


def a_day_of_arrivals() -> Day:
    """Two people, four tickets of which two arrive, somebody falls ill."""
    visits = [a_visit(i, location=1 + i % 3, priority=1 + i) for i in range(4)]
    visits[2] = replace(visits[2], arrives_s=NINE)
    visits[3] = replace(visits[3], arrives_s=TEN)
    people = [a_technician(0), a_technician(1, home=3)]
    return Day(a_problem(visits, people), absences=(Absence((0,), TEN + 60, CLOSES_S),))


@pytest.mark.parametrize("policy", [name for name in POLICIES if name != "vroom"])
def test_a_log_says_what_was_told_and_what_was_done(policy: str) -> None:
    log = simulate(a_day_of_arrivals(), policy, iterations=30, solver="ruin_recreate")

    data = log_to_json(log)
    assert set(data) == {"published", "executed", "figures"}
    moments = [one.at_s for one in log.published]
    assert moments == sorted(set(moments))
    assert log.figures["value"] == sum(15 for _ in log.executed.placed())
    assert log.figures["reassigned"] == sum(one.reassigned for one in log.published)
    assert log.figures["broken_promises"] == 0


def test_an_unknown_policy_is_refused() -> None:
    with pytest.raises(ValueError, match="no policy 'best'"):
        simulate(a_day_of_arrivals(), "best")


def test_a_day_with_fewer_people_is_the_same_call() -> None:
    day = a_day_of_arrivals()
    fewer: Problem = replace(day.problem, technicians=day.problem.technicians[1:])

    log = simulate(Day(fewer), "ours", iterations=30, solver="ruin_recreate")

    assert {i for route in log.executed.routes for i in route.technicians} == {1}
