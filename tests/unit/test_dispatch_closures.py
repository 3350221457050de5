"""Closed roads: what they shut, the way around, and what cannot be reached at all."""

import pytest

from dispatch.closures import Closure, is_inside, shut_by_area, with_closures
from dispatch.places import Location, Terrain
from dispatch.travel import NEVER_S, ROADS, Road, Roads, TravelMatrix, travel_matrix

# A line A-B-C from west to east, 11 km apart, D north of B, and an island far out.
A, B, C, D, ISLAND = range(5)
PLACES = (
    Location(lat=15.0, lon=108.0),
    Location(lat=15.0, lon=108.1),
    Location(lat=15.0, lon=108.2),
    Location(lat=15.1, lon=108.1),
    Location(lat=15.0, lon=109.0, terrain=Terrain.ISLAND),
)
TRAVEL = travel_matrix(PLACES)


def square(centre: Location, half: float) -> Closure:
    """An area around a place."""
    corners = ((-1, -1), (-1, 1), (1, 1), (1, -1))
    return Closure(
        area=tuple(
            Location(lat=centre.lat + y * half, lon=centre.lon + x * half) for y, x in corners
        )
    )


def test_a_closed_pair_takes_longer_both_ways_and_so_does_what_lies_beyond_it():
    closed = with_closures(TRAVEL, PLACES, [Closure(pair=(A, B))])

    for start, end in ((A, B), (B, A), (A, C), (C, A)):
        assert TRAVEL.travel_s[start][end] < closed.travel_s[start][end] < NEVER_S
        assert TRAVEL.distance_m[start][end] < closed.distance_m[start][end]
    assert closed.travel_s[B][C] == TRAVEL.travel_s[B][C]
    assert closed.travel_s[A][D] == TRAVEL.travel_s[A][D]


def test_a_place_on_the_closed_way_is_no_way_around_it():
    closed = with_closures(TRAVEL, PLACES, [Closure(pair=(A, C))])

    assert closed.travel_s[A][B] > TRAVEL.travel_s[A][B]
    assert closed.travel_s[A][C] > 1.05 * TRAVEL.travel_s[A][C]


def test_where_there_is_no_other_way_nobody_gets_there():
    three = PLACES[:3]

    closed = with_closures(travel_matrix(three), three, [Closure(pair=(A, B))])

    assert closed.travel_s[A][B] == closed.travel_s[A][C] == NEVER_S
    assert closed.travel_s[B][C] < NEVER_S


def test_a_place_in_a_closed_area_can_neither_be_reached_nor_left():
    closed = with_closures(TRAVEL, PLACES, [square(PLACES[B], 0.02)])

    others = (A, C, D)
    assert all(closed.travel_s[B][j] == closed.travel_s[j][B] == NEVER_S for j in others)
    assert closed.travel_s[B][B] == 0


def test_an_area_across_the_way_is_driven_around():
    # North of A-B-C nothing is closed: over D one still comes from A to C.
    closed = with_closures(TRAVEL, PLACES, [square(Location(lat=15.0, lon=108.05), 0.01)])

    assert TRAVEL.travel_s[A][C] < closed.travel_s[A][C] < NEVER_S
    assert closed.travel_s[A][D] == TRAVEL.travel_s[A][D]


def test_two_places_within_one_area_still_reach_each_other():
    area = square(Location(lat=15.0, lon=108.05), 0.08).area

    assert (A, B) not in shut_by_area(PLACES, area)
    assert {(B, C), (A, D)} <= shut_by_area(PLACES, area)


def test_no_way_on_land_leads_over_the_sea():
    three = (PLACES[A], PLACES[B], PLACES[ISLAND])

    closed = with_closures(travel_matrix(three), three, [Closure(pair=(0, 1))])

    assert closed.travel_s[0][1] == NEVER_S
    assert closed.travel_s[0][2] == travel_matrix(three).travel_s[0][2]


def test_without_closures_the_table_is_the_same_object():
    assert with_closures(TRAVEL, PLACES, []) is TRAVEL


def test_a_table_from_elsewhere_is_closed_just_the_same():
    given = TravelMatrix(
        ((0, 1300, 1900), (1300, 0, 1300), (1900, 1300, 0)),
        ((0, 12000, 18000), (12000, 0, 12000), (18000, 12000, 0)),
    )

    closed = with_closures(given, (PLACES[A], PLACES[D], PLACES[C]), [Closure(pair=(0, 2))])

    assert 1900 < closed.travel_s[0][2] < NEVER_S


def test_a_closure_is_an_area_or_a_pair_and_an_area_has_three_corners():
    with pytest.raises(ValueError, match="either"):
        Closure()
    with pytest.raises(ValueError, match="at least 3"):
        Closure(area=PLACES[:2])


def test_inside_is_what_the_edge_surrounds():
    area = square(PLACES[B], 0.05).area

    assert is_inside(PLACES[B], area)
    assert not is_inside(PLACES[C], area)


def test_speeds_detours_and_parking_are_what_one_gives():
    slow = Roads(plain=Road(detour=1.2, speed_kmh=22.5, parking_s=600))

    leg = travel_matrix(PLACES[:2], slow).travel_s[A][B]

    assert leg - 600 == pytest.approx(2 * (TRAVEL.travel_s[A][B] - ROADS.plain.parking_s), abs=1)


def test_a_leg_takes_the_slower_road_of_its_two_ends():
    hill = Location(lat=15.0, lon=108.1, terrain=Terrain.MOUNTAIN)
    roads = Roads(mountain=Road(detour=2, speed_kmh=20, parking_s=0))

    both = travel_matrix((PLACES[A], hill), roads)

    assert both.travel_s[0][1] - ROADS.plain.parking_s == pytest.approx(
        both.distance_m[0][1] / (20 / 3.6), abs=1
    )
