"""Letterbox: an input of known look, and boxes that find their way back."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from sdvbench.image_size import ImageSize, height_width
from sdvbench.tasks.detection.letterbox import letterbox

sides = st.integers(1, 400)
sizes = st.sampled_from((32, 64, 320, (32, 96), (320, 64), (96, 96)))


def image(width: int, height: int, value: int = 255) -> np.ndarray:
    return np.full((height, width, 3), value, np.uint8)


@settings(max_examples=50)
@given(sides, sides, sizes, st.lists(st.tuples(*[st.floats(0, 1)] * 4), max_size=5))
def test_boxes_come_back(width: int, height: int, imgsz: ImageSize, fractions: list) -> None:
    corners = np.array(fractions, np.float64).reshape(-1, 4)
    corners = np.hstack((np.sort(corners[:, ::2]), np.sort(corners[:, 1::2])))[:, [0, 2, 1, 3]]
    boxes = (corners * [width, height, width, height]).astype(np.float32)
    square, place = letterbox(image(width, height), imgsz)
    inside = place.boxes_to_input(boxes)
    rows, columns = height_width(imgsz)
    assert square.shape == (3, rows, columns)
    assert square.dtype == np.float32
    assert (inside >= -1e-3).all()
    assert (inside <= np.array([columns, rows, columns, rows]) + 1e-3).all()
    assert_allclose(place.boxes_to_image(inside), boxes, atol=0.02)


@settings(max_examples=50)
@given(sides, sides, sizes)
def test_the_image_fills_its_place_and_the_rest_is_grey(w: int, h: int, imgsz: ImageSize) -> None:
    square, place = letterbox(image(w, h), imgsz)
    whole = np.array([[0, 0, w, h]], np.float32)
    x1, y1, x2, y2 = place.boxes_to_input(whole)[0].round().astype(int)
    rows, columns = height_width(imgsz)
    assert x2 - x1 == columns or y2 - y1 == rows
    expected = np.full((3, rows, columns), 114 / 255, np.float32)
    expected[:, y1:y2, x1:x2] = 1
    assert_allclose(square, expected, atol=1e-6)


def test_a_rectangle_of_the_image_s_shape_has_no_padding() -> None:
    wide, place = letterbox(image(1280, 768), (384, 640))
    assert wide.shape == (3, 384, 640)
    assert (place.left, place.top, place.scale_x, place.scale_y) == (0, 0, 0.5, 0.5)
    _, place = letterbox(image(1280, 720), (384, 640))  # 360 rows of 384
    assert (place.left, place.top) == (0, 12)


def test_the_odd_pixel_of_padding_is_below() -> None:
    _, place = letterbox(image(640, 427), 640)
    assert (place.left, place.top) == (0, 106)


def test_sides_are_rounded_up() -> None:
    square, place = letterbox(image(600, 398), 640)  # 398 * 640 / 600 = 424.53
    assert place.scale_y == 425 / 398
    assert (square == 1).all(axis=(0, 2)).sum() == 425


def test_small_images_are_enlarged_bilinearly() -> None:
    ramp = np.repeat(np.array([[0, 200]], np.uint8)[..., None], 3, axis=2).repeat(2, axis=0)
    square, place = letterbox(ramp, 4)
    assert place.scale_x == 2
    assert_allclose(square[0, 0] * 255, [0, 50, 150, 200], atol=0.5)


def test_large_images_are_shrunk_by_area() -> None:
    stripes = np.zeros((8, 8, 3), np.uint8)
    stripes[:, ::4] = 200
    square, _ = letterbox(stripes, 2)
    assert_allclose(square * 255, np.full((3, 2, 2), 50), atol=0.5)


def test_boxes_are_clipped_to_the_image() -> None:
    _, place = letterbox(image(100, 50), 200)
    found = place.boxes_to_image(np.array([[-30, 0, 500, 500]], np.float32))
    assert found.tolist() == [[0, 0, 100, 50]]


@pytest.mark.parametrize("size", [(64, 32), (10, 30)])
def test_out_is_written_wholly(size: tuple[int, int]) -> None:
    out = np.full((3, 64, 64), np.nan, np.float32)
    square, _ = letterbox(image(*size), 64, out=out)
    assert square is out
    assert_allclose(out, letterbox(image(*size), 64)[0])
