"""Days out of seeds: the same seed the same file, and everything in proportion."""

from __future__ import annotations

import pytest

from dispatch.country.generate import CountrySize, country
from dispatch.day.day import day_from_json
from dispatch.files.formats import problem_from_json
from dispatch.generate import Size, province


def test_the_same_seed_makes_the_same_day() -> None:
    size = Size(tickets=30, arriving=10, absent=2, closed=1, longer=1, ferries=True)

    first, again, other = province(7, size), province(7, size), province(8, size)

    assert first == again
    assert first != other


def test_a_province_has_what_was_asked_for() -> None:
    size = Size(
        tickets=30,
        technicians=12,
        skills=3,
        crews=True,
        ferries=True,
        arriving=10,
        absent=2,
        closed=1,
        longer=3,
    )

    day = day_from_json(province(1, size))

    assert len(day.problem.visits) == 40
    assert sum(visit.arrives_s is not None for visit in day.problem.visits) == 10
    assert len(day.problem.technicians) == 12
    assert {name for visit in day.problem.visits for name in visit.skills} <= {"s0", "s1", "s2"}
    assert day.problem.crews
    assert len(day.problem.ferries) == 2
    assert (len(day.absences), len(day.closures), len(day.longer)) == (2, 1, 3)


def test_a_quiet_day_is_an_instance_without_events() -> None:
    file = province(1, Size(tickets=5))

    assert "events" not in file
    assert "ferries" not in file
    assert problem_from_json(file).absences == ()


def test_a_whole_country_has_its_communes_teams_and_people_and_no_table() -> None:
    file = country(1, CountrySize())
    problem = problem_from_json(file)

    assert "travel_s" not in file
    assert len({technician.team for technician in problem.technicians}) == 70
    assert len(problem.technicians) == 1_400
    assert len(problem.visits) == 4_000
    assert 3_321 <= len(problem.locations) <= 3_321 + 70
    assert country(1, CountrySize()) == file


def test_a_smaller_country_asks_as_much_of_everybody() -> None:
    size = CountrySize.with_tickets(1_000)

    assert size.technicians == 350
    assert size.tickets / size.technicians == pytest.approx(4_000 / 1_400, rel=0.01)


@pytest.mark.parametrize(
    ("size", "what"),
    [
        ({"tickets": -1}, "tickets: -1 is negative"),
        ({"technicians": 0}, "technicians: 0 is less than 1"),
        ({"technicians": 2, "absent": 3}, "absent: 3 of 2 technicians"),
        ({"tickets": 2, "longer": 3}, "longer: 3 of 2 tickets"),
    ],
)
def test_a_size_that_cannot_be_is_refused(size: dict[str, int], what: str) -> None:
    with pytest.raises(ValueError, match=what):
        Size(**size)
