"""Suppression: what is kept, what is dropped, and in which order."""

import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from sdvbench.errors import MeasurementError
from sdvbench.tasks.detection import nms
from sdvbench.tasks.detection.boxes import box_iou
from sdvbench.tasks.detection.classes import ClassMap
from sdvbench.tasks.detection.decoders.base import Candidates
from sdvbench.tasks.detection.decoders.yolov5 import Yolov5
from sdvbench.tasks.detection.nms import Detections, detections

SIZE = 100


def outputs(seed: int, boxes: int, classes: int) -> np.ndarray:
    random = np.random.default_rng(seed)
    raw = random.random((1, boxes, 5 + classes), dtype=np.float32)
    raw[..., :2] *= SIZE
    raw[..., 2:4] = 5 + raw[..., 2:4] * SIZE / 2
    return raw


def proposed(output: np.ndarray) -> Candidates:
    """(N, 5+C) in YOLOv5's layout, as candidates."""
    return Yolov5(SIZE, SIZE)((output[None],))[0]


def plain(output: np.ndarray, confidence: float, iou: float, limit: int) -> list[tuple]:
    """The definition, one candidate after the other."""
    candidates = []
    for x, y, w, h, objectness, *scores in output:
        for index, score in enumerate(scores):
            if objectness * score > confidence:
                box = (x - w / 2, y - h / 2, x + w / 2, y + h / 2)
                candidates.append((objectness * score, index, np.array([box], np.float32)))
    kept: list[tuple] = []
    for value, index, box in sorted(candidates, key=lambda c: -c[0]):
        if not any(k[1] == index and box_iou(k[2], box)[0, 0] > iou for k in kept):
            kept.append((value, index, box))
    return kept[:limit]


raw = st.builds(outputs, st.integers(0, 2**32 - 1), st.integers(0, 60), st.integers(1, 4))


@settings(max_examples=40)
@given(raw, st.sampled_from((0.001, 0.25)), st.sampled_from((0.3, 0.6)), st.sampled_from((5, 300)))
def test_it_is_the_plain_definition(
    raw: np.ndarray, confidence: float, iou: float, limit: int
) -> None:
    found = detections(proposed(raw[0]), confidence, iou, limit)
    expected = plain(raw[0], confidence, iou, limit)
    assert_allclose(found.scores, [value for value, _, _ in expected])
    assert found.classes.tolist() == [index for _, index, _ in expected]
    assert_allclose(found.boxes, np.vstack([np.empty((0, 4)), *(b for _, _, b in expected)]))


@settings(max_examples=40)
@given(raw)
def test_what_is_kept_is_sorted_and_apart(raw: np.ndarray) -> None:
    found = detections(proposed(raw[0]), iou=0.5)
    assert (found.boxes.dtype, found.scores.dtype) == (np.float32, np.float32)
    assert found.classes.dtype == np.int64
    assert (np.diff(found.scores) <= 0).all()
    same = found.classes[:, None] == found.classes[None]
    overlap = np.where(same & ~np.eye(len(found), dtype=bool), box_iou(found.boxes, found.boxes), 0)
    assert (overlap <= 0.5 + 1e-6).all()


@settings(max_examples=20)
@given(raw, st.randoms(use_true_random=False))
def test_the_order_of_boxes_does_not_matter(raw: np.ndarray, random: object) -> None:
    shuffled = raw.copy()
    random.shuffle(order := list(range(raw.shape[1])))  # type: ignore[attr-defined]
    shuffled[0] = raw[0][order]
    first, second = detections(proposed(raw[0])), detections(proposed(shuffled[0]))
    assert_allclose(first.scores, second.scores)
    assert_allclose(first.boxes, second.boxes)


def test_a_box_may_have_several_labels() -> None:
    row = np.array([[[50, 50, 20, 10, 0.5, 0.8, 0.6, 0.001]]], np.float32)
    found = detections(proposed(row[0]))
    assert_allclose(found.scores, [0.4, 0.3])
    assert found.classes.tolist() == [0, 1]
    assert found.boxes.tolist() == [[40, 45, 60, 55]] * 2


def test_classes_that_mean_the_same_count_once() -> None:
    row = np.array([[[50, 50, 20, 10, 1, 0.8, 0.6, 0.7]]], np.float32)  # car, truck, person
    found = detections(proposed(row[0]), class_map=ClassMap(((0, 1), (), (2,))))
    assert_allclose(found.scores, [0.8, 0.7])
    assert found.classes.tolist() == [0, 2]


def test_nothing_found_is_empty() -> None:
    found = detections(proposed(np.zeros((10, 8), np.float32)))
    assert isinstance(found, Detections)
    assert len(found) == 0
    assert found.boxes.shape == (0, 4)


def test_what_needs_no_suppression_is_taken_as_it_is():
    boxes = np.array([[50, 50, 20, 10]] * 3, np.float32)
    scores = np.array([[0.5, 0], [0.0005, 0.7], [0, 0]], np.float32)
    candidates = Candidates(boxes, scores, suppress=False)
    found = detections(candidates)
    assert_allclose(found.scores, [0.7, 0.5, 0.0005])  # 0.0005 is less than YOLOv5's threshold
    assert found.classes.tolist() == [1, 0, 0]
    assert detections(candidates, limit=2).scores.tolist() == found.scores[:2].tolist()
    assert detections(candidates, confidence=0.6).classes.tolist() == [1]
    merged = detections(candidates, class_map=ClassMap(((0, 1),)))
    assert_allclose(merged.scores, [0.7, 0.5])


def test_a_machine_without_onnxruntime_is_told_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    nms._suppression.cache_clear()
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(MeasurementError, match=r"onnxruntime: is not installed.*sdvbench\[cpu\]"):
        detections(proposed(outputs(5, 5, 2)[0]))
