"""Small working days for the dispatch tests: plain factories, and a Hypothesis strategy of days.

All times in generated days are multiples of ``GRID_S``, so that the best schedule of anything lies
on that grid and brute force over it is exact.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from hypothesis import strategies as st

from dispatch.horizon import committed_now
from dispatch.plan import Plan, Route, Stop
from dispatch.problem import (
    Absence,
    Carried,
    Committed,
    Ferry,
    Location,
    Lunch,
    Problem,
    Technician,
    Terrain,
    Visit,
)
from dispatch.travel import TravelMatrix

GRID_S = 900
HOUR_S = 3_600
OPENS_S, CLOSES_S = 8 * HOUR_S, 16 * HOUR_S
NOON = Lunch(11 * HOUR_S, 13 * HOUR_S, 2 * GRID_S)

# Four places ashore in a row, an hour apart at most, then the port, the landing and the island.
PLACES = (
    Location(15.10, 108.80),
    Location(15.12, 108.70),
    Location(15.00, 108.50, Terrain.MOUNTAIN),
    Location(14.80, 108.90),
    Location(15.21, 108.93),
    Location(15.38, 109.12, Terrain.ISLAND),
    Location(15.39, 109.13, Terrain.ISLAND),
)
PORT, LANDING, ISLET = 4, 5, 6
STEPS = ((0, 0), (1, 1), (3, 1), (2, 4), (1, 2), (2, 3), (2, 4))  # on a grid of quarter hours


def a_matrix(places: int = len(PLACES)) -> TravelMatrix:
    """Travel between the places, street-block style, in quarter hours; a kilometre a minute."""
    seconds = tuple(
        tuple((abs(a[0] - b[0]) + abs(a[1] - b[1])) * GRID_S for b in STEPS[:places])
        for a in STEPS[:places]
    )
    return TravelMatrix(seconds, tuple(tuple(s * 1000 // 60 for s in row) for row in seconds))


def boats(sail_out_s: Sequence[int] = (9 * HOUR_S, 12 * HOUR_S)) -> tuple[Ferry, Ferry]:
    """A boat each way; back at 11:00 and 14:30."""
    back = (11 * HOUR_S, 14 * HOUR_S + 2 * GRID_S)
    return (
        Ferry(PORT, LANDING, tuple(sail_out_s), 2 * GRID_S, GRID_S),
        Ferry(LANDING, PORT, back, 2 * GRID_S, GRID_S),
    )


def a_technician(
    number: int = 0,
    *,
    home: int = 0,
    skills: dict[str, int] | None = None,
    shift_s: tuple[int, int] = (OPENS_S, CLOSES_S),
    lunch: Lunch = NOON,
    had_lunch: bool = False,
    mentor: int | None = None,
) -> Technician:
    """A technician at the first place with one skill, on shift from eight to four."""
    own = {"network": 2} if skills is None else skills
    return Technician(number, 1, home, own, shift_s, lunch, had_lunch=had_lunch, mentor=mentor)


def a_visit(
    number: int = 0,
    *,
    location: int | None = 1,
    skills: dict[str, int] | None = None,
    priority: int = 3,
    windows_s: tuple[tuple[int, int], ...] = ((OPENS_S, CLOSES_S),),
    duration_s: int = HOUR_S,
    value: int = 15,
    arrives_s: int | None = None,
) -> Visit:
    """An hour's visit at the second place, any time in the day."""
    needs = {"network": 1} if skills is None else skills
    return Visit(number, location, needs, priority, windows_s, duration_s, value, arrives_s)


def a_problem(
    visits: Sequence[Visit] = (),
    technicians: Sequence[Technician] = (),
    *,
    now_s: int = OPENS_S,
    ferries: tuple[Ferry, ...] = (),
    committed: tuple[Committed, ...] = (),
    absences: tuple[Absence, ...] = (),
    published: Plan | None = None,
) -> Problem:
    """A day over ``PLACES``; one technician unless others are given."""
    return Problem(
        now_s,
        PLACES,
        tuple(technicians) or (a_technician(),),
        tuple(visits),
        a_matrix(),
        ferries=ferries,
        committed=committed,
        absences=absences,
        published=published,
    )


def a_route(technician: int, *stops: tuple[int, int], lunch_s: int | None = None) -> Route:
    """One technician's route over (visit, start) pairs."""
    return Route((technician,), tuple(Stop(*stop) for stop in stops), lunch_s)


def later(problem: Problem, plan: Plan, *, now_s: int) -> Problem:
    """The same day at ``now_s``: the plan was told, and what has begun by then is committed."""
    work = committed_now(problem, plan, now_s=now_s)
    last = {i: w.start_s for w in work for i in w.technicians}
    ate = {
        i
        for route in plan.routes
        if route.lunch_s is not None
        for i in route.technicians
        if route.lunch_s + problem.technician(i).lunch.duration_s <= last.get(i, -1)
    }
    return replace(
        problem,
        now_s=now_s,
        committed=work,
        published=plan,
        technicians=tuple(
            replace(t, had_lunch=t.had_lunch or t.id in ate) for t in problem.technicians
        ),
    )


def _quarter(first_s: int, last_s: int) -> st.SearchStrategy[int]:
    return st.integers(first_s // GRID_S, last_s // GRID_S).map(lambda n: n * GRID_S)


@st.composite
def visits(draw: st.DrawFn, number: int, *, places: int) -> Visit:
    """Any visit: one or two windows, sometimes a call, sometimes not known before later."""
    opens = draw(_quarter(OPENS_S, CLOSES_S - HOUR_S))
    windows = [(opens, draw(_quarter(opens, CLOSES_S)))]
    if draw(st.booleans()):
        second = draw(_quarter(OPENS_S, CLOSES_S))
        windows.append((second, min(second + 2 * HOUR_S, CLOSES_S)))
    return a_visit(
        number,
        location=draw(st.one_of(st.integers(0, places - 1), st.none()))
        if draw(st.integers(0, 9)) == 0
        else draw(st.integers(0, places - 1)),
        skills={draw(st.sampled_from(["network", "data"])): draw(st.integers(1, 2))},
        priority=draw(st.integers(1, 4)),
        windows_s=tuple(windows),
        duration_s=draw(_quarter(GRID_S, 2 * HOUR_S)),
        value=draw(st.sampled_from([2, 5, 15, 40, 100])),
        arrives_s=draw(st.one_of(st.none(), _quarter(OPENS_S, 12 * HOUR_S)))
        if draw(st.integers(0, 5)) == 0
        else None,
    )


@st.composite
def technicians(draw: st.DrawFn, number: int) -> Technician:
    """Any technician ashore; now and then lunch is had, the shift short, or hours are carried."""
    person = a_technician(
        number,
        home=draw(st.integers(0, 3)),
        skills={
            name: draw(st.integers(1, 3))
            for name in draw(st.sampled_from([["network"], ["data"], ["data", "network"]]))
        },
        shift_s=(OPENS_S, draw(st.sampled_from([CLOSES_S, CLOSES_S - 2 * HOUR_S]))),
        had_lunch=draw(st.integers(0, 5)) == 0,
    )
    if draw(st.integers(0, 2)):
        return person
    trips = st.integers(0, 3)
    return replace(person, carried=Carried(draw(_quarter(0, 8 * HOUR_S)), draw(trips), draw(trips)))


@st.composite
def days(
    draw: st.DrawFn, *, most_visits: int = 7, most_technicians: int = 3, absences: bool = True
) -> Problem:
    """Any small day: with and without the sea, an absence now and then."""
    by_sea = draw(st.booleans())
    places = len(PLACES) if by_sea else PORT + 1
    people = [draw(technicians(i)) for i in range(draw(st.integers(1, most_technicians)))]
    asked = [draw(visits(i, places=places)) for i in range(draw(st.integers(1, most_visits)))]
    away: tuple[Absence, ...] = ()
    if absences and draw(st.integers(0, 3)) == 0:
        begins = draw(_quarter(OPENS_S, CLOSES_S))
        away = (Absence((draw(st.integers(0, len(people) - 1)),), begins, CLOSES_S),)
    return a_problem(asked, people, ferries=boats() if by_sea else (), absences=away)
