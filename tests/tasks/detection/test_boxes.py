"""Boxes: notations turn into each other, overlap is what geometry says."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_allclose

from sdvbench.tasks.detection.boxes import box_iou, xywh_to_xyxy, xyxy_to_xywh

coordinates = st.floats(-1000, 1000, width=32)
sides = st.floats(0.0625, 1000, width=32)
xywh = st.tuples(coordinates, coordinates, sides, sides)
boxes_xywh = st.lists(xywh, min_size=1, max_size=8).map(lambda rows: np.array(rows, np.float32))
boxes_xyxy = boxes_xywh.map(xywh_to_xyxy)


@given(boxes_xywh)
def test_conversions_are_inverse(boxes: np.ndarray) -> None:
    assert_allclose(xyxy_to_xywh(xywh_to_xyxy(boxes)), boxes, atol=1e-3)


@given(boxes_xyxy, boxes_xyxy)
def test_iou_is_symmetric_and_between_0_and_1(a: np.ndarray, b: np.ndarray) -> None:
    iou = box_iou(a, b)
    assert iou.shape == (len(a), len(b))
    assert_allclose(iou, box_iou(b, a).T)
    assert (iou >= 0).all()
    assert (iou <= 1 + 1e-12).all()


@given(boxes_xyxy)
def test_iou_with_itself_is_1(boxes: np.ndarray) -> None:
    assert_allclose(np.diag(box_iou(boxes, boxes)), 1)


@given(arrays(np.float32, (3, 4), elements=st.just(5)))
def test_boxes_without_area_overlap_nothing(points: np.ndarray) -> None:
    assert (box_iou(points, points) == 0).all()


def test_iou_by_hand() -> None:
    a = np.array([[0, 0, 10, 10]], np.float32)
    b = np.array([[0, 0, 10, 10], [5, 0, 15, 10], [10, 0, 20, 10], [2, 2, 4, 4]], np.float32)
    assert box_iou(a, b)[0] == pytest.approx([1, 1 / 3, 0, 0.04])


def test_no_boxes_give_an_empty_matrix() -> None:
    empty = np.empty((0, 4), np.float32)
    assert box_iou(empty, np.ones((3, 4), np.float32)).shape == (0, 3)
