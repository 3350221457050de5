"""Whatever the day: one person more is never worse, one fewer never better, begun work stays."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dispatch.plan import Plan
from dispatch.problem import Problem
from dispatch.solve import solve
from dispatch.what_if.comparison import what_if
from dispatch.what_if.facts import Closed, Fact, Fewer, More, Skilled, another_person
from tests.dispatch_days import GRID_S, OPENS_S, days, later

few = settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
moments = st.integers(0, 16).map(lambda n: OPENS_S + n * GRID_S)


def under_way(problem: Problem, now_s: int) -> tuple[Problem, Plan]:
    """The day at that moment, as people were told it by insertion."""
    plan = solve(problem, solver="insertion")
    return later(problem, plan, now_s=now_s), Plan(plan.routes)


def compared(problem: Problem, told: Plan, fact: Fact) -> tuple[tuple[int, int], tuple[int, int]]:
    found = what_if(problem, told, fact, solver="ruin_recreate", iterations=20)
    return found.before.cost.key, found.after.cost.key


@few
@given(problem=days(), now_s=moments)
def test_one_person_fewer_never_comes_out_better(problem: Problem, now_s: int) -> None:
    day, told = under_way(problem, now_s)

    before, after = compared(day, told, Fewer(day.technicians[0].id))

    assert before <= after


@few
@given(problem=days(), now_s=moments)
def test_one_person_or_skill_more_never_comes_out_worse(problem: Problem, now_s: int) -> None:
    day, told = under_way(problem, now_s)
    person = another_person(day, home=0, skills={"network": 3, "data": 3}, team=1)

    for fact in (More(person), Skilled(day.technicians[0].id, "data", 3)):
        before, after = compared(day, told, fact)

        assert after <= before


@few
@given(problem=days(), now_s=moments)
def test_begun_work_is_the_same_on_both_sides(problem: Problem, now_s: int) -> None:
    day, told = under_way(problem, now_s)
    facts = (Fewer(day.technicians[0].id), Closed(((0, 1),)))

    for fact in facts:
        found = what_if(day, told, fact, solver="insertion", iterations=1)

        for side in (found.before, found.after):
            placed = side.plan.placed()
            kept = [
                (placed[w.visit][0].technicians, placed[w.visit][1].start_s) for w in day.committed
            ]
            assert kept == [(work.technicians, work.start_s) for work in day.committed]
