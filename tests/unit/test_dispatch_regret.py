"""Insertion with regret: who would lose most if they waited goes first."""

from __future__ import annotations

from dispatch.schedule import Scheduler
from dispatch.solvers import insertion, regret
from dispatch.solvers.draft import Draft, model_of
from tests.dispatch_days import HOUR_S, OPENS_S, a_problem, a_technician, a_visit

TWO_PEOPLE = (
    a_technician(1, home=0, skills={"network": 1, "data": 1}),
    a_technician(2, home=1, skills={"network": 1}),
)
AT_NINE = ((OPENS_S + HOUR_S, OPENS_S + HOUR_S),)


def a_draft() -> Draft:
    """Two visits at nine: anybody could do the first, only technician 1 the second."""
    anybody = a_visit(1, location=0, skills={"network": 1}, windows_s=AT_NINE)
    expert = a_visit(2, location=0, skills={"data": 1}, windows_s=AT_NINE)
    return Draft(Scheduler(model_of(a_problem([anybody, expert], TWO_PEOPLE))))


def test_a_visit_that_only_one_can_do_is_placed_before_one_that_others_can_do_too() -> None:
    draft = a_draft()

    regret.fill(draft)

    assert [tour.ids for tour in draft.tours] == [(2,), (1,)]


def test_without_regret_the_nearest_takes_the_first_and_the_second_stays_out() -> None:
    draft = a_draft()

    insertion.fill(draft)

    assert [tour.ids for tour in draft.tours] == [(1,), ()]


def test_value_comes_before_regret() -> None:
    urgent = a_visit(1, location=0, skills={"network": 1}, windows_s=AT_NINE, value=100)
    expert = a_visit(2, location=0, skills={"data": 1}, windows_s=AT_NINE)
    draft = Draft(Scheduler(model_of(a_problem([expert, urgent], TWO_PEOPLE[:1]))))

    regret.fill(draft)

    assert draft.tours[0].ids == (1,)
