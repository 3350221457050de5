"""Travel: the estimate's published figures, closed roads, boats."""

from __future__ import annotations

import pytest

from dispatch.legs import Legs
from dispatch.places import Location, Terrain
from dispatch.travel import NEVER_S, TravelMatrix, estimated_leg, travel_matrix
from tests.dispatch_days import GRID_S, HOUR_S, ISLET, LANDING, PORT, a_problem, boats

QUANG_NGAI = Location(15.1205, 108.7923, Terrain.PLAIN, "Quảng Ngãi")
KON_TUM = Location(14.3545, 108.0076, Terrain.PLAIN, "Kon Tum")
DAK_TO = Location(14.6609, 107.8389, Terrain.PLAIN, "Kon Tum")


def test_the_estimate_agrees_with_published_roads() -> None:
    over_the_passes = estimated_leg(QUANG_NGAI, KON_TUM)
    along_the_basin = estimated_leg(KON_TUM, DAK_TO)

    assert 186_000 <= over_the_passes[1] <= 200_000
    assert 240 * 60 <= over_the_passes[0] <= 270 * 60
    assert along_the_basin[1] == pytest.approx(46_000, abs=1_000)


def test_the_mountain_end_decides_detour_and_speed() -> None:
    hills = Location(15.2557, 108.5172, Terrain.MOUNTAIN, "Quảng Ngãi")
    coast = Location(15.2557, 108.5172 + 0.1, Terrain.PLAIN, "Quảng Ngãi")

    seconds, metres = estimated_leg(coast, hills)

    assert estimated_leg(hills, coast) == (seconds, metres)
    assert seconds == pytest.approx(metres / 10 + 240, abs=1)


def test_the_same_place_is_no_journey() -> None:
    assert travel_matrix([QUANG_NGAI, QUANG_NGAI]).travel_s == ((0, 0), (0, 0))


def test_a_closed_road_is_closed_both_ways_and_nowhere_else() -> None:
    matrix = travel_matrix([QUANG_NGAI, KON_TUM, DAK_TO])

    closed = matrix.without([(0, 1)])

    assert closed.travel_s[0][1] == closed.travel_s[1][0] == NEVER_S
    assert closed.travel_s[1][2] == matrix.travel_s[1][2]
    assert matrix.travel_s[0][1] < NEVER_S


@pytest.mark.parametrize(
    ("seconds", "message"),
    [
        (((0, 1),), "columns"),
        (((0, 1), (1, 5)), "diagonal"),
        (((0, -1), (1, 0)), "negative"),
    ],
)
def test_a_matrix_that_cannot_be_is_refused(
    seconds: tuple[tuple[int, ...], ...], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        TravelMatrix(seconds, seconds)


def test_the_sea_is_crossed_by_the_next_boat_that_can_be_caught() -> None:
    legs = Legs(a_problem(ferries=boats()))
    to_port = legs.travel_s[0][PORT]

    in_time = 9 * HOUR_S - GRID_S - to_port
    caught = legs.leg(0, ISLET, leaves_s=in_time)
    missed = legs.leg(0, ISLET, leaves_s=in_time + 1)

    onward = legs.travel_s[LANDING][ISLET]
    assert in_time + caught[0] == 9 * HOUR_S + 2 * GRID_S + onward
    assert in_time + 1 + missed[0] == 12 * HOUR_S + 2 * GRID_S + onward
    assert caught[1] == legs.distance_m[0][PORT] + legs.distance_m[LANDING][ISLET]


def test_after_the_last_boat_nobody_arrives() -> None:
    legs = Legs(a_problem(ferries=boats()))

    assert legs.leg(0, ISLET, leaves_s=15 * HOUR_S)[0] == NEVER_S


def test_without_a_timetable_the_matrix_is_taken_as_it_stands() -> None:
    legs = Legs(a_problem())

    assert legs.leg(0, ISLET, leaves_s=0)[0] == legs.travel_s[0][ISLET]


def test_a_drive_may_be_broken_for_lunch_and_a_crossing_may_not() -> None:
    legs = Legs(a_problem(ferries=boats()))
    noon = 11 * HOUR_S + 2 * GRID_S

    drive = legs.after_lunch(0, 3, leaves_s=11 * HOUR_S, lunch_s=noon, length_s=2 * GRID_S)
    before_the_boat = legs.after_lunch(
        PORT, LANDING, leaves_s=11 * HOUR_S, lunch_s=noon, length_s=2 * GRID_S
    )

    assert drive == 11 * HOUR_S + legs.travel_s[0][3] + 2 * GRID_S
    # Lunch ends at 12:00, too late to be at the quay a quarter of an hour before the boat.
    assert before_the_boat >= NEVER_S
