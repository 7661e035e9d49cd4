"""The lane's geometry: places, poses, and that all circuits can be driven."""

from functools import cache

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sdvbench.simulators.circuit.lane import Lane, wrapped
from sdvbench.simulators.circuit.layout import (
    APART_M,
    LEAST_RADIUS_M,
    LENGTH_M,
    _apart,
    draw_lane,
)

lane_of = cache(draw_lane)
ROADS = st.integers(0, 2**31)
SQUARE = Lane([(0, 0), (40, 0), (40, 40), (0, 40)], [10, 10, 10, 10])


def test_a_rounded_square_is_as_long_as_it_should_be():
    assert SQUARE.length_m == pytest.approx(4 * 20 + 2 * np.pi * 10)
    assert SQUARE.pose(20 + 5 * np.pi).heading_rad == pytest.approx(np.pi / 2)


@given(ROADS, st.floats(0, 1, exclude_max=True), st.floats(-9, 9))
def test_a_point_beside_the_centre_line_is_found_there(road, share, aside_m):
    lane = lane_of(road)
    assert LEAST_RADIUS_M > 9
    assert APART_M > 2 * 9
    pose = lane.pose(share * lane.length_m)
    x = pose.x_m - aside_m * np.sin(pose.heading_rad)
    y = pose.y_m + aside_m * np.cos(pose.heading_rad)
    place = lane.locate(x, y)
    assert place.deviation_m == pytest.approx(aside_m, abs=1e-9)
    between = (place.along_m - share * lane.length_m + 1) % lane.length_m - 1
    assert between == pytest.approx(0, abs=1e-6)


def test_arrays_of_any_shape_are_located_as_their_points_are():
    x, y = np.random.default_rng(0).uniform(-20, 60, (2, 3, 5))
    together = SQUARE.locate(x, y)
    for index in np.ndindex(3, 5):
        alone = SQUARE.locate(x[index], y[index])
        assert together.along_m[index] == alone.along_m
        assert together.deviation_m[index] == alone.deviation_m


@settings(max_examples=40)
@given(ROADS)
def test_the_centre_line_is_one_smooth_closed_curve(road):
    lane = lane_of(road)
    points = 4000
    step = lane.length_m / points
    pose = lane.pose(np.arange(points + 1) * step)
    across, up = np.diff(pose.x_m), np.diff(pose.y_m)
    assert np.hypot(across, up) == pytest.approx(step, rel=1e-3)
    bend = wrapped(np.arctan2(up, across) - pose.heading_rad[:-1])
    assert np.abs(bend).max() <= step / LEAST_RADIUS_M


@settings(max_examples=40)
@given(ROADS)
def test_circuits_bend_no_more_than_the_least_radius_allows(road):
    lane = lane_of(road)
    points = int(lane.length_m / 0.25)
    pose = lane.pose(np.arange(points + 2) * (lane.length_m / points))
    headings = np.arctan2(np.diff(pose.y_m), np.diff(pose.x_m))
    turned = np.abs(wrapped(np.diff(headings))) / (lane.length_m / points)
    assert turned.max() <= 1.0001 / LEAST_RADIUS_M
    assert np.abs(pose.curvature).max() <= 1 / LEAST_RADIUS_M
    assert LENGTH_M[0] <= lane.length_m <= LENGTH_M[1]


@settings(max_examples=40)
@example(91592)
@given(ROADS)
def test_circuits_do_not_cross_themselves(road):
    lane = lane_of(road)
    pose = lane.pose(np.arange(0, lane.length_m - 1, 2.0))
    assert not crossings(pose.x_m, pose.y_m)


def test_a_crossing_would_be_found():
    assert crossings(np.array([0, 10, 10, 0.0]), np.array([0, 10, 0, 10.0]))


def crossings(x, y):
    """How many pairs of a closed polygon's edges cross."""
    next_x, next_y = np.roll(x, -1), np.roll(y, -1)

    def side(px, py):  # of edge i (rows) on which point j (columns) lies
        along_x, along_y = (next_x - x)[:, None], (next_y - y)[:, None]
        area = along_x * (py - y[:, None]) - along_y * (px - x[:, None])
        return np.sign(np.where(np.abs(area) < 1e-9, 0, area))  # on a straight, it is rounding

    apart = side(x, y) * side(next_x, next_y) < 0
    return int((apart & apart.T).sum())


@pytest.mark.parametrize(("waist_m", "apart"), [(15, False), (30, True)])
def test_parts_that_come_close_are_noticed(waist_m, apart):
    half = waist_m / 2
    hourglass = [(-150, -80), (0, -half), (150, -80), (150, 80), (0, half), (-150, 80)]
    assert _apart(Lane(hourglass, [12] * 6)) is apart


def test_a_number_is_always_the_same_circuit_and_others_differ():
    assert draw_lane(5).length_m == draw_lane(5).length_m
    assert len({draw_lane(road).length_m for road in range(20)}) == 20


def test_some_circuits_are_driven_clockwise_and_some_are_not():
    turned = {round(float(lane_of(road)._turn.sum() / (2 * np.pi))) for road in range(20)}
    assert turned == {-1, 1}


def test_arcs_that_overlap_are_refused():
    with pytest.raises(ValueError, match="overlap"):
        Lane([(0, 0), (40, 0), (40, 40), (0, 40)], [25, 25, 25, 25])
