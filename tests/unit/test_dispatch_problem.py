"""A problem is checked when it is built, and says which field is wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from dispatch.files.formats import problem_from_json
from dispatch.files.instances import problem_to_json
from dispatch.files.plans import plan_from_json, plan_to_json
from dispatch.plan import Assigned, Code, Plan, Reason, Swap, Unassigned, Verdict
from dispatch.problem import Absence, Committed, Location
from tests.dispatch_days import HOUR_S, a_problem, a_route, a_technician, a_visit, boats

# An instance as a file holds it: Any, because the tests break it field by field.
Instance = dict[str, Any]


def an_instance() -> Instance:
    """Two places, one technician, one visit; no matrix."""
    return {
        "name": "small",
        "now_s": 28_800,
        "locations": [
            {"lat": 15.12, "lon": 108.80, "terrain": "plain"},
            {"lat": 14.35, "lon": 108.00, "terrain": "mountain", "region": "west"},
        ],
        "technicians": [
            {
                "id": 7,
                "team": 1,
                "home": 0,
                "skills": {"network": 2},
                "shift_s": [27_000, 61_200],
                "lunch": {"earliest_s": 39_600, "latest_s": 46_800, "duration_s": 2_700},
                "seats": 2,
            }
        ],
        "visits": [
            {
                "id": 3,
                "location": 0,
                "skills": {"network": 1},
                "priority": 2,
                "start_s": [[28_800, 41_400], [48_600, 61_200]],
                "duration_s": 3_600,
                "value": 40,
            }
        ],
    }


def test_an_instance_without_a_matrix_gets_the_estimate() -> None:
    problem = problem_from_json(an_instance())

    assert problem.travel.travel_s[0][1] > 3 * HOUR_S
    assert problem.visit(3).windows_s == ((28_800, 41_400), (48_600, 61_200))


@pytest.mark.parametrize(
    ("spoil", "path"),
    [
        (lambda i: i.pop("visits"), "visits: missing"),
        (lambda i: i["visits"][0].update(priority=5), "visits[0].priority: "),
        (lambda i: i["visits"][0].update(duration_s="1h"), "visits[0].duration_s: "),
        (lambda i: i["visits"][0].update(duration_s=-1), "visits[0].duration_s: "),
        (lambda i: i["visits"][0].update(location=9), "visits[0].location: "),
        (lambda i: i["visits"][0].update(start_s=[5, 4]), "visits[0].start_s: "),
        (lambda i: i["visits"][0].update(start_s=[[1, 2, 3]]), "visits[0].start_s[0]: "),
        (lambda i: i["visits"][0].update(start_s=[]), "visits[0].start_s: "),
        (lambda i: i["visits"][0].update(skills={"network": 4}), "visits[0].skills.network: "),
        (lambda i: i["visits"][0].update(value=True), "visits[0].value: "),
        (lambda i: i["visits"].append(i["visits"][0]), "visits[1].id: 3 stands there twice"),
        (lambda i: i["locations"][1].update(terrain="sea"), "locations[1].terrain: "),
        (lambda i: i["locations"][1].update(lat=95), "locations[1].lat: "),
        (lambda i: i["technicians"][0].update(home=-1), "technicians[0].home: "),
        (lambda i: i["technicians"][0].update(shift_s=[9, 3]), "technicians[0].shift_s: "),
        (
            lambda i: i["technicians"][0]["lunch"].update(latest_s=0),
            "technicians[0].lunch.latest_s",
        ),
        (
            lambda i: i["technicians"][0]["lunch"].pop("duration_s"),
            "technicians[0].lunch.duration_s",
        ),
        (lambda i: i.update(travel_s=[[0]]), "travel_s: "),
        (lambda i: i.update(travel_s=[[0, 1], [1]]), "travel_s[1]: "),
        (lambda i: i.update(state={"committed": [{}]}), "state.committed[0].technicians: "),
        (lambda i: i.update(state={"published": {}}), "state.published.routes: missing"),
        (lambda i: i.update(now_s=1.5), "now_s: "),
    ],
)
def test_a_wrong_field_is_named_by_its_path(spoil: Callable[[Instance], object], path: str) -> None:
    instance = an_instance()
    spoil(instance)

    with pytest.raises(ValueError) as caught:
        problem_from_json(instance)

    assert str(caught.value).startswith(path)


def test_something_that_is_no_object_is_refused() -> None:
    with pytest.raises(ValueError, match="an object is expected"):
        problem_from_json([1, 2])


def test_windows_out_of_order_are_sorted_and_joined() -> None:
    visit = a_visit(windows_s=((500, 600), (100, 200), (150, 300)))

    assert visit.windows_s == ((100, 300), (500, 600))


def test_committed_work_must_be_a_visit_of_the_day() -> None:
    with pytest.raises(ValueError, match=r"state\.committed\[0\]\.visit"):
        a_problem(committed=(Committed((0,), 99, 30_000),))


def test_skills_cannot_be_changed_afterwards() -> None:
    skills = {"network": 2}
    technician = a_technician(skills=skills)
    skills["network"] = 3

    assert technician.skills["network"] == 2
    with pytest.raises(TypeError):
        technician.skills["network"] = 1  # type: ignore[index]  # that is what is tested


def test_a_latitude_beyond_the_pole_is_refused() -> None:
    with pytest.raises(ValueError, match="lat"):
        Location(91, 0)


def test_a_plan_survives_its_file() -> None:
    plan = Plan(
        (a_route(7, (3, 30_000), lunch_s=40_000), a_route(8, (4, 31_000))),
        (Assigned(3, (Reason(7, Code.CHOSEN, by_s=60, by_m=900),)),),
        (Unassigned(5, Verdict.CROWDED_OUT, (Reason(7, Code.ROUTE_FULL),), Swap(3, 7)),),
    )

    read = plan_from_json(json.loads(json.dumps(plan_to_json(plan))))

    assert read == plan


def test_a_problem_survives_its_file() -> None:
    problem = a_problem(
        [a_visit(0, arrives_s=30_000), a_visit(1, location=None)],
        [a_technician(0), a_technician(1, mentor=0)],
        ferries=boats(),
        committed=(Committed((0,), 0, 34_200),),
        absences=(Absence((1,), 30_000, 40_000),),
        published=Plan((a_route(0, (0, 34_200)),)),
    )

    read = problem_from_json(json.loads(json.dumps(problem_to_json(problem))))

    assert read == problem
