"""A route of lanes is one road, whose left is positive."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.simulators.metadrive.lanes import left_bend

ARC_M = 15 * math.pi


def test_its_length_is_of_the_road_alone():
    assert left_bend().length_m == pytest.approx(60 + ARC_M + 60 - 10 - 20)


def test_it_bends_to_the_left_where_it_does():
    route = left_bend()
    assert route.curvature(20.0) == 0
    assert route.curvature(60.0) == pytest.approx(1 / 30)
    assert route.point(0.0) == pytest.approx((10.0, 0.0))
    assert route.point(route.length_m) == pytest.approx((90.0, 70.0))


@given(st.floats(0, 60 + ARC_M + 30), st.floats(-5, 5))
def test_places_beside_the_road_are_found(along, left):
    route = left_bend()
    route.restart()
    for step in range(int(along) + 1):  # the car comes from the start
        route.locate(*route.point(float(step)))
    near, far = route.point(along - 1e-4), route.point(along + 1e-4)
    heading = math.atan2(far[1] - near[1], far[0] - near[0])
    x, y = route.point(along)
    place = route.locate(x - left * math.sin(heading), y + left * math.cos(heading))
    assert place.along_m == pytest.approx(along, abs=2e-3)
    assert place.deviation_m == pytest.approx(left, abs=2e-3)
    assert math.remainder(place.heading_rad - heading, math.tau) == pytest.approx(0, abs=1e-3)


def test_a_lane_that_was_not_reached_is_not_where_the_car_is():
    route = left_bend()
    assert route.locate(90.0, 70.0).deviation_m == pytest.approx(-20)  # of the arc's circle
    route.restart()
    route.locate(*route.point(55.0))
    route.locate(*route.point(55.0 + ARC_M / 2))
    assert route.locate(90.0, 70.0).along_m == pytest.approx(route.length_m)
    assert route.locate(90.0, 70.0).deviation_m == pytest.approx(0)
    route.restart()
    assert route.locate(90.0, 70.0).deviation_m == pytest.approx(-20)
