"""Pictures: their geometry, and what changes in them as the car moves."""

import math

import numpy as np
import pytest

from sdvbench.simulators.circuit import camera as lens
from sdvbench.simulators.circuit.camera import camera
from sdvbench.simulators.circuit.car import Car
from sdvbench.simulators.circuit.ground import DistanceMap, colours, grain
from sdvbench.simulators.circuit.lane import Lane
from sdvbench.simulators.circuit.light import Light
from sdvbench.simulators.circuit.sky import panorama
from sdvbench.simulators.circuit.view import View

CORNERS = np.array([(0, 0), (60, 0), (80, 40), (50, 90), (-10, 60)], np.float64)
RADII = [12, 13, 14, 15, 16]
LANE = Lane(CORNERS, RADII)
PLAIN = Light(grain=0)


def view_of(lane, light=PLAIN, sky=None, size=(66, 200)):
    return View(camera(*size), DistanceMap(lane), panorama(0) if sky is None else sky, light)


@pytest.fixture(scope="module")
def view():
    return view_of(LANE)


def car_at(along_m, aside_m=0.0, lane=LANE, turned_rad=0.0):
    pose = lane.pose(along_m)
    heading = float(pose.heading_rad)
    x, y = pose.x_m - aside_m * math.sin(heading), pose.y_m + aside_m * math.cos(heading)
    return Car(float(x), float(y), heading + turned_rad, 10.0)


def line_column(image, rows):
    """The middle of the red line in these rows."""
    part = image[rows].astype(int)
    red = part[..., 0] > 1.6 * part[..., 1]
    assert red.any()
    return np.nonzero(red)[1].mean()


@pytest.mark.parametrize(("height", "width"), [(66, 200), (96, 96), (160, 320)])
def test_ground_is_where_a_pinhole_camera_sees_it(height, width):
    rays = camera(height, width)
    focal = width / 2 / math.tan(lens.FIELD_OF_VIEW_RAD / 2)
    down, up = math.sin(lens.DOWN_RAD), math.cos(lens.DOWN_RAD)
    for row, column in ((0, 0), (5, width - 1), (len(rays.left_m) - 1, width // 3)):
        x, y = rays.ahead_m[row, 0] - lens.AHEAD_M, rays.left_m[row, column]
        depth = x * up + lens.HEIGHT_M * down
        rise = x * down - lens.HEIGHT_M * up
        assert width / 2 - focal * y / depth == pytest.approx(column + 0.5, abs=0.01)
        expected = rays.sky_rows + row + 0.5
        assert height / 2 - focal * rise / depth == pytest.approx(expected, abs=0.01)
    assert rays.sky_rows + len(rays.left_m) == height


@pytest.mark.parametrize("along_m", [1.0, 60.0, 100.0, 165.0, 230.0])
def test_a_pixel_has_the_colour_of_its_distance(view, along_m):
    """At places on all straights, which lead into all directions."""
    assert LANE.pose([along_m, along_m + 8]).curvature.tolist() == [0, 0]
    image = view.seen_from(car_at(along_m, 0.5))
    rays = camera(66, 200)
    for row in (30, 40, 49):
        line, left_m = image[rays.sky_rows + row].astype(int), rays.left_m[row] + 0.5
        edge, red, asphalt = (np.abs(left_m - aside).argmin() for aside in (1.88, 0, 0.3))
        assert line[edge].min() > 150
        assert line[red, 0] > 1.6 * line[red, 1]
        assert 60 < line[asphalt].min() <= line[asphalt].max() < 125


def test_a_mirrored_world_gives_a_mirrored_image():
    sky = panorama(0)
    mirror = Lane(CORNERS * (1, -1), RADII)
    one, other = view_of(LANE, sky=sky), view_of(mirror, sky=sky[:, ::-1])
    for along_m, aside_m in ((3.0, 0.5), (40.0, -1.0), (90.0, 0.0), (150.0, 1.5)):
        seen = one.seen_from(car_at(along_m, aside_m)).astype(int)
        mirrored = other.seen_from(car_at(along_m, -aside_m, mirror))[:, ::-1]
        assert np.abs(seen - mirrored).mean() < 0.1
        assert np.abs(seen - seen[:, ::-1]).mean() > 5  # so it is no symmetric image


def test_a_car_further_right_sees_the_line_further_left(view):
    columns = [
        line_column(view.seen_from(car_at(10.0, aside_m)), slice(45, 66))
        for aside_m in (1.0, 0.5, 0.0, -0.5, -1.0)
    ]
    assert columns == sorted(columns, reverse=True)
    assert np.diff(columns).max() < -8
    assert columns[2] == pytest.approx(99.5, abs=1)


def test_a_car_that_turns_left_sees_the_line_and_the_hills_further_right(view):
    straight, turned = (view.seen_from(car_at(10.0, turned_rad=by)) for by in (0, 0.1))
    assert line_column(turned, slice(45, 66)) > line_column(straight, slice(45, 66)) + 8
    shift = 11  # pixels of 0.1 rad in the middle of the image
    errors = {
        by: np.abs(turned[8:14, 80 + by : 120 + by].astype(int) - straight[8:14, 80:120]).mean()
        for by in range(-20, 21)
    }
    assert min(errors, key=errors.get) == pytest.approx(shift, abs=1)


def test_a_pixel_is_the_mean_of_what_it_covers(view):
    large = view_of(LANE, size=(8 * 66, 8 * 200))
    for along_m, aside_m in ((5.0, 0.5), (100.0, 0.3), (200.0, 0.0)):
        car = car_at(along_m, aside_m)
        fine = large.seen_from(car).reshape(66, 8, 200, 8, 3).mean(axis=(1, 3))
        differences = np.abs(view.seen_from(car) - fine)[18:]
        assert differences.mean() < 1
        assert np.quantile(differences, 0.99) < 20


def test_blurred_colours_keep_their_mean():
    levels = colours((1, 1, 1)).reshape(4, 20, -1)
    assert levels.mean(axis=2) == pytest.approx(
        np.broadcast_to(levels.mean(axis=2)[:, :1], (4, 20)), rel=2e-3
    )


def test_grain_is_without_a_mean_and_moves_with_the_ground():
    flat, starts = grain()
    assert abs(flat[: starts[1]].mean()) < 0.01
    assert np.abs(flat).max() <= 1
    rough = view_of(LANE, Light())
    here, there = (rough.seen_from(car_at(along_m)) for along_m in (5.0, 5.5))
    grass = np.s_[40:66, :20]
    assert here[grass].std() > 4
    assert (here[grass] != there[grass]).mean() > 0.5


def test_brighter_light_is_brighter_and_never_wraps():
    dim, bright = (view_of(LANE, Light((gain,) * 3, grain=1.0)) for gain in (0.8, 1.6))
    dark, light = (view.seen_from(car_at(5.0)).astype(int) for view in (dim, bright))
    assert (light >= dark).all()
    assert light.mean() > 1.4 * dark.mean()


def test_a_car_far_away_sees_grass_only(view):
    image = view.seen_from(Car(5000.0, -9000.0, 1.0, 10.0))
    assert (image[30:, :, 1] > image[30:, :, 0]).all()
