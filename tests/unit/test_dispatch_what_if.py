"""What if: each kind of fact, counted as the judge counts, from the same plan on both sides."""

import json
from pathlib import Path

import pytest

from dispatch.__main__ import main
from dispatch.files.instances import problem_to_json
from dispatch.objective import evaluate
from dispatch.plan import ChangeKind, Plan
from dispatch.problem import Committed, Problem
from dispatch.what_if.comparison import Comparison, what_if
from dispatch.what_if.facts import ByHand, Closed, Fact, Fewer, More, Skilled, another_person
from tests.dispatch_days import CLOSES_S, HOUR_S, OPENS_S, a_problem, a_route, a_technician, a_visit


def asked(problem: Problem, fact: Fact, published: Plan | None = None) -> Comparison:
    """The comparison with a small budget, the same every time."""
    told = published or problem.published or Plan()
    return what_if(problem, told, fact, iterations=60, solver="ruin_recreate")


def two_people() -> Problem:
    """Two technicians in one place and more visits than one of them can do."""
    visits = [a_visit(number, location=1) for number in range(10)]
    return a_problem(visits, [a_technician(0), a_technician(1)])


def test_both_sides_are_counted_as_the_judge_counts():
    problem = two_people()

    found = asked(problem, Fewer(1))

    for side in (found.before, found.after):
        judged = evaluate(problem, side.plan)
        assert (judged.value, judged.served) == (side.cost.value, side.cost.served)
        assert (judged.travel_s, judged.distance_m) == (side.cost.travel_s, side.cost.distance_m)
    assert found.before.asked == found.after.asked == 10


def test_one_person_fewer_serves_no_more_and_loses_nothing_that_one_can_do():
    found = asked(two_people(), Fewer(1))

    assert found.after.cost.ok
    assert found.after.cost.value < found.before.cost.value
    assert {i for route in found.after.plan.routes for i in route.technicians} == {0}
    assert 1 in found.people


def test_who_is_fewer_finishes_what_is_begun():
    fixed = Committed((1,), 5, OPENS_S + HOUR_S)
    problem = a_problem(
        [a_visit(5), a_visit(6)],
        [a_technician(0), a_technician(1)],
        committed=(fixed,),
        published=Plan((a_route(1, (5, OPENS_S + HOUR_S)),)),
    )

    found = asked(problem, Fewer(1))

    assert found.after.cost.ok
    assert found.after.plan.placed()[5][0].technicians == (1,)
    assert found.after.plan.placed()[6][0].technicians == (0,)


def test_one_person_more_never_serves_less():
    problem = two_people()
    more = another_person(problem, home=0, skills={"network": 2}, team=1)

    found = asked(problem, More(more))

    assert found.after.cost.ok
    assert found.after.cost.value >= found.before.cost.value
    assert found.after.cost.total <= found.before.cost.total


def test_a_skill_gained_opens_what_nobody_could_do():
    problem = a_problem([a_visit(3, skills={"data": 2})])

    found = asked(problem, Skilled(0, "data", 2))

    assert found.before.cost.served == 0
    assert found.after.cost.served == 1
    assert [(move.visit, move.kind, move.after) for move in found.moves] == [
        (3, ChangeKind.ADDED, (0,))
    ]


def test_a_closed_road_costs_the_way_around():
    problem = a_problem([a_visit(2, location=2)])

    found = asked(problem, Closed(((0, 2),)))

    assert found.after.cost.served == 1
    assert found.after.cost.travel_s > found.before.cost.travel_s


def test_closed_roads_all_around_cut_off_what_lies_behind_them():
    problem = a_problem([a_visit(1, location=1), a_visit(2, location=2)])

    found = asked(problem, Closed(tuple((1, other) for other in (0, 2, 3, 4))))

    assert found.before.cost.served == 2
    assert 1 in {move.visit for move in found.moves if move.kind is ChangeKind.DROPPED}


def test_a_journey_under_way_counts_the_same_when_its_road_closes():
    fixed = Committed((0,), 1, OPENS_S + HOUR_S)
    told = Plan((a_route(0, (1, OPENS_S + HOUR_S)),))
    problem = a_problem([a_visit(1, location=1)], committed=(fixed,), published=told)

    found = asked(problem, Closed(((0, 1),)))

    assert found.after.cost.travel_s == found.before.cost.travel_s


def test_a_visit_goes_by_hand_to_whom_it_was_given_although_it_pays_less():
    near, far = a_technician(0, home=1), a_technician(1, home=3, skills={"data": 1})
    problem = a_problem([a_visit(1, location=1, value=2)], [near, far])

    found = asked(problem, ByHand(1, 1))

    assert found.before.plan.placed()[1][0].technicians == (0,)
    assert found.after.plan.placed()[1][0].technicians == (1,)
    assert found.after.cost.value == found.before.cost.value == 2
    assert [(move.before, move.after) for move in found.moves] == [((0,), (1,))]
    assert found.people == (0, 1)


def test_a_visit_by_hand_begins_at_the_time_that_was_given():
    problem = a_problem([a_visit(1)])
    start_s = OPENS_S + 5 * HOUR_S

    found = asked(problem, ByHand(1, 0, start_s))

    _route, stop = found.after.plan.placed()[1]
    assert start_s <= stop.start_s <= start_s + 1800


@pytest.mark.parametrize(
    "fact",
    [Fewer(9), Skilled(9, "data", 1), Closed(((0, 99),)), ByHand(9, 0), ByHand(1, 9)],
    ids=str,
)
def test_a_fact_about_something_unknown_is_refused(fact: Fact):
    with pytest.raises(ValueError):
        asked(a_problem([a_visit(1)]), fact)


def test_the_same_question_has_the_same_answer():
    problem = two_people()

    assert asked(problem, Fewer(0)) == asked(problem, Fewer(0))


def test_nothing_of_what_was_asked_about_is_changed():
    problem = two_people()
    before = json.dumps(problem_to_json(problem))

    asked(problem, Fewer(0))

    assert json.dumps(problem_to_json(problem)) == before


def test_somebody_of_several_days_is_one_person():
    problem = a_problem(
        [a_visit(1, windows_s=((OPENS_S + 86_400, CLOSES_S + 86_400),))],
        [
            a_technician(0),
            a_technician(1, shift_s=(OPENS_S + 86_400, CLOSES_S + 86_400)),
        ],
    )

    entries = another_person(problem, home=2, skills={"network": 1}, team=1)

    assert [entry.shift_s[0] for entry in entries] == [OPENS_S, OPENS_S + 86_400]
    assert {entry.person for entry in entries} == {None, entries[0].id}


def test_the_command_answers_a_file_and_names_a_wrong_field(tmp_path: Path, capsys):
    instance, fact, out = (tmp_path / name for name in ("i.json", "f.json", "o.json"))
    instance.write_text(json.dumps(problem_to_json(two_people())))
    fact.write_text(json.dumps({"kind": "fewer", "person": 1}))
    wrong = tmp_path / "wrong.json"
    wrong.write_text(json.dumps({"kind": "skilled", "person": 1, "skill": "data", "level": 7}))

    done = main(["what-if", str(instance), str(fact), "--iterations", "5", "--out", str(out)])
    refused = main(["what-if", str(instance), str(wrong), "--iterations", "5"])

    assert done == 0
    assert json.loads(out.read_text())["people"]
    assert refused == 2
    assert "level" in capsys.readouterr().err
