"""*Unreachable* is said exactly when brute force finds nobody; a swap that is named is one."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dispatch.explain import candidates
from dispatch.plan import Code, Plan, Verdict
from dispatch.problem import Absence, Committed, Lunch, Problem, Technician
from dispatch.schedule import Scheduler
from dispatch.solve import solve
from dispatch.solvers.draft import Draft, model_of
from dispatch.solvers.insertion import Outcome, insert
from tests.dispatch_days import (
    CLOSES_S,
    GRID_S,
    HOUR_S,
    ISLET,
    OPENS_S,
    PORT,
    a_problem,
    a_visit,
    boats,
    days,
    later,
)
from tests.dispatch_oracle import somebody_can_begin

few = settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
SKILLS = ("data", "network", "power")


def quarters(first_s: int, last_s: int) -> st.SearchStrategy[int]:
    """Moments on the grid."""
    return st.integers(first_s // GRID_S, last_s // GRID_S).map(lambda n: n * GRID_S)


@st.composite
def lunches(draw: st.DrawFn) -> Lunch:
    """Lunch around noon, its window as short as nothing."""
    opens = draw(quarters(11 * HOUR_S, 12 * HOUR_S))
    closes = draw(quarters(opens, 13 * HOUR_S))
    return Lunch(opens, closes, draw(st.sampled_from([2 * GRID_S, HOUR_S])))


@st.composite
def members(draw: st.DrawFn, number: int) -> Technician:
    """Anybody who may share a car: one of two homes, few seats, a trainee now and then."""
    home = draw(st.sampled_from([0, 0, 0, 1]))
    asked = draw(st.lists(st.sampled_from(SKILLS), min_size=1, max_size=2, unique=True))
    rarely = st.integers(0, 5).map(lambda n: n == 0)
    return Technician(
        number,
        1,
        home,
        {name: draw(st.integers(1, 2)) for name in asked},
        (OPENS_S, draw(st.sampled_from([CLOSES_S, CLOSES_S, 14 * HOUR_S]))),
        draw(lunches()),
        seats=draw(st.sampled_from([1, 2, 3, 4])),
        at=draw(st.sampled_from([0, 2, 3])) if draw(rarely) else None,
        free_s=draw(quarters(OPENS_S, 13 * HOUR_S)) if draw(rarely) else 0,
        had_lunch=draw(rarely),
        mentor=draw(st.integers(0, number - 1)) if number and draw(rarely) else None,
    )


@st.composite
def crew_days(draw: st.DrawFn) -> Problem:
    """A day of few visits and people who may share cars, with boats, absences, committed work."""
    by_sea = draw(st.booleans())
    people = [draw(members(i)) for i in range(draw(st.sampled_from([1, 2, 3, 4, 4])))]
    visits = []
    for number in range(draw(st.integers(1, 3))):
        asked = draw(st.lists(st.sampled_from(SKILLS), min_size=1, max_size=2, unique=True))
        opens = draw(quarters(OPENS_S, 13 * HOUR_S))
        windows = [(opens, draw(quarters(opens + HOUR_S, CLOSES_S)))]
        if draw(st.integers(0, 3)) == 0:
            again = draw(quarters(OPENS_S, 15 * HOUR_S))
            windows.append((again, again + HOUR_S))
        places = [0, 1, 2, 3, PORT, *([ISLET] * 3 if by_sea else [])]
        visits.append(
            a_visit(
                number,
                location=None if draw(st.integers(0, 9)) == 0 else draw(st.sampled_from(places)),
                skills={name: draw(st.sampled_from([1, 1, 2])) for name in asked},
                windows_s=tuple(windows),
                duration_s=draw(quarters(GRID_S, 3 * HOUR_S)),
                arrives_s=draw(quarters(OPENS_S, 12 * HOUR_S))
                if draw(st.integers(0, 4)) == 0
                else None,
            )
        )
    away = tuple(
        Absence((draw(st.integers(0, len(people) - 1)),), at_s, draw(quarters(at_s, CLOSES_S)))
        for at_s in draw(st.lists(quarters(OPENS_S, 14 * HOUR_S), max_size=2))
    )
    problem = replace(
        a_problem(
            visits,
            people,
            now_s=draw(quarters(OPENS_S, 13 * HOUR_S)) if draw(st.booleans()) else OPENS_S,
            ferries=boats() if by_sea else (),
            absences=away,
        ),
        crews=draw(st.integers(0, 3)) > 0,
    )
    return replace(problem, committed=draw(commitments(problem)))


@st.composite
def commitments(draw: st.DrawFn, problem: Problem) -> tuple[Committed, ...]:
    """Up to two cars on the way, of one or two people who stand together."""
    works: list[Committed] = []
    free = list(problem.technicians)
    visits = [visit.id for visit in problem.visits[1:]]
    while visits and free and draw(st.booleans()):
        first = free.pop(draw(st.integers(0, len(free) - 1)))
        with_them = [t for t in free if (t.home, t.at) == (first.home, first.at)]
        also = draw(st.sampled_from(with_them)) if with_them and draw(st.booleans()) else None
        if also is not None:
            free.remove(also)
        ids = (first.id,) if also is None else (first.id, also.id)
        works.append(Committed(ids, visits.pop(), draw(quarters(OPENS_S, 12 * HOUR_S))))
    return tuple(works)


@few
@given(problem=crew_days())
def test_unreachable_is_said_exactly_when_nobody_could_begin(problem: Problem) -> None:
    fixed = {work.visit for work in problem.committed}

    for visit in problem.visits:
        if visit.id not in fixed:
            found = insert(problem, Plan(), visit.id)
            assert (found.outcome is Outcome.UNREACHABLE) == (
                not somebody_can_begin(problem, visit.id)
            )


@few
@given(problem=crew_days())
def test_a_whole_plan_says_so_too_and_has_a_reason_for_everybody(problem: Problem) -> None:
    plan = solve(problem, solver="insertion")

    for item in plan.unassigned:
        reachable = somebody_can_begin(problem, item.visit)
        assert (item.verdict is Verdict.UNREACHABLE) == (not reachable)
        assert [r.technician for r in item.reasons] == [t.id for t in problem.technicians]


def without(plan: Plan, visit_id: int) -> Plan:
    """The routes as they are, but for one visit."""
    return Plan(
        tuple(
            replace(route, stops=tuple(s for s in route.stops if s.visit != visit_id))
            for route in plan.routes
        )
    )


@few
@given(problem=days(most_visits=9, most_technicians=2), now_s=quarters(OPENS_S, 12 * HOUR_S))
def test_the_swap_admits_an_arriving_ticket_when_it_is_done(problem: Problem, now_s: int) -> None:
    new = problem.visits[0].id
    told = solve(replace(problem, visits=problem.visits[1:]), solver="insertion")
    day = later(problem, told, now_s=now_s)

    found = insert(day, told, new)

    if found.swap is not None:
        after = candidates(day, without(told, found.swap.out), new)
        assert next(c for c in after if c.technician == found.swap.technician).feasible
        assert any(
            reason.technician == found.swap.technician
            and reason.code is Code.WOULD_DISPLACE
            and reason.visit == found.swap.out
            for reason in found.reasons
        )


@few
@given(problem=days(most_visits=9, most_technicians=2))
def test_the_swaps_of_a_whole_plan_admit_their_tickets_when_they_are_done(
    problem: Problem,
) -> None:
    plan = solve(problem, solver="insertion")
    model = model_of(problem)

    for item in plan.unassigned:
        if item.swap is not None:
            draft = Draft(Scheduler(model))
            draft.keep(without(plan, item.swap.out))
            tours = [draft.tours[u.index] for u in model.units_of(item.swap.technician)]
            spec = model.spec(item.visit)
            longer = [draft.scheduler.best_tour(tour, spec) for tour in tours]
            assert any(tour is not None for tour in longer)
