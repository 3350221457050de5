"""Whatever the day: cars that are shared keep every rule, pay, and leave promises alone."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dispatch.crews.forming import form_crews
from dispatch.explain import explain
from dispatch.horizon import PROMISE_S
from dispatch.objective import evaluate
from dispatch.plan import SHIFT_S, Plan
from dispatch.problem import Problem, Technician
from dispatch.schedule import Scheduler
from dispatch.solvers.draft import Draft, model_of
from dispatch.solvers.insertion import fill
from tests.dispatch_days import (
    CLOSES_S,
    GRID_S,
    HOUR_S,
    OPENS_S,
    a_problem,
    a_technician,
    a_visit,
    later,
)

few = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
SKILLS = ("data", "network", "power")


@st.composite
def specialists(draw: st.DrawFn, number: int) -> Technician:
    """Somebody of one base with one skill, so that most tickets need two people."""
    person = a_technician(number, skills={draw(st.sampled_from(SKILLS)): draw(st.integers(1, 2))})
    trainee = number > 0 and draw(st.integers(0, 6)) == 0
    mentor = draw(st.integers(0, number - 1)) if trainee else None
    return replace(person, seats=draw(st.sampled_from([1, 2, 3])), mentor=mentor)


@st.composite
def shared_days(draw: st.DrawFn) -> Problem:
    """Tickets that ask for two skills or for one, early, late or any time."""
    hours = [(OPENS_S, CLOSES_S), (OPENS_S, 11 * HOUR_S), (13 * HOUR_S, CLOSES_S)]
    visits = [
        a_visit(
            i,
            location=draw(st.integers(0, 3)),
            skills=dict.fromkeys(
                draw(st.lists(st.sampled_from(SKILLS), min_size=1, max_size=2, unique=True)), 1
            ),
            windows_s=(draw(st.sampled_from(hours)),),
            duration_s=draw(st.integers(1, 8)) * GRID_S,
            value=draw(st.sampled_from([5, 15, 40])),
        )
        for i in range(draw(st.integers(1, 6)))
    ]
    people = [draw(specialists(i)) for i in range(draw(st.integers(2, 5)))]
    return replace(a_problem(visits, people), crews=True)


def planned(problem: Problem) -> tuple[Plan, int]:
    """The plan that speaks for the crews, and what it costs as the search counts it."""
    formed = form_crews(problem, trials=30)
    draft = Draft(Scheduler(model_of(problem, formation=formed.formation)))
    draft.keep(formed.plan)
    return explain(draft.scheduler, draft.tours, draft.absent()), draft.cost()


@few
@given(problem=shared_days())
def test_crews_keep_every_rule_and_cost_what_evaluate_says(problem: Problem) -> None:
    plan, cost = planned(problem)

    judged = evaluate(problem, plan)
    assert judged.violations == ()
    assert judged.total == cost


@few
@given(problem=shared_days())
def test_sharing_cars_never_serves_less(problem: Problem) -> None:
    alone = Draft(Scheduler(model_of(replace(problem, crews=False))))
    fill(alone)

    plan, _ = planned(problem)

    assert evaluate(problem, plan).value >= evaluate(problem, alone.plan()).value


@few
@given(problem=shared_days(), now_s=st.integers(0, 20).map(lambda n: OPENS_S + n * GRID_S))
def test_a_later_look_keeps_promises_and_never_worsens_what_was_told(
    problem: Problem, now_s: int
) -> None:
    told, _ = planned(problem)
    day = later(problem, told, now_s=now_s)
    before = evaluate(day, told)
    if not before.ok:
        return

    plan, _ = planned(day)

    after = evaluate(day, plan)
    assert after.violations == ()
    assert after.total <= before.total
    for visit, (route, stop) in told.placed().items():
        if stop.start_s < now_s + PROMISE_S:
            kept, new = plan.placed()[visit]
            assert set(kept.technicians) == set(route.technicians)
            assert abs(new.start_s - stop.start_s) <= SHIFT_S
