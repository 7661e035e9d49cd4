"""Average precision: by hand, with crowds, with ignored objects."""

import pickle

import numpy as np
import pytest

from sdvbench.datasets.base import DetectionSample
from sdvbench.errors import DatasetError
from sdvbench.tasks.detection.mean_average_precision import mean_average_precision
from sdvbench.tasks.detection.metrics import Metrics
from sdvbench.tasks.detection.nms import Detections

CLASSES = ("car", "person")
A, B, C = (10, 10, 30, 30), (50, 50, 90, 90), (10, 60, 30, 80)

Box = tuple[float, float, float, float]


def sample(
    *boxes: Box, classes: list[int] | None = None, crowd: tuple = (), ignore: tuple = ()
) -> DetectionSample:
    """crowd, ignore: which of the boxes are."""
    return DetectionSample(
        name="frame",
        image=np.empty((0, 0, 3), np.uint8),
        boxes=np.array(boxes, np.float32).reshape(-1, 4),
        classes=np.array(classes or [0] * len(boxes), np.int64),
        crowd=np.array([box in crowd for box in boxes], bool),
        ignore=np.array([box in ignore for box in boxes], bool),
    )


def found(*rows: tuple[Box, float], classes: list[int] | None = None) -> Detections:
    return Detections(
        np.array([box for box, _ in rows], np.float32).reshape(-1, 4),
        np.array([score for _, score in rows], np.float32),
        np.array(classes or [0] * len(rows), np.int64),
    )


def score(truth: DetectionSample, detections: Detections) -> Metrics:
    return mean_average_precision([truth], [detections], CLASSES)


def test_by_hand() -> None:
    # Of class car: hit 0.9, miss 0.8, hit 0.7, so precision is 1 up to recall 0.5 and 2/3 up to 1;
    # COCO reads it at 101 recalls. The one person is not found.
    samples = [sample(A), sample(A, B, classes=[0, 1])]
    results = [found((A, 0.9), (C, 0.8)), found((A, 0.7))]
    metrics = mean_average_precision(samples, results, CLASSES)
    car = (51 + 50 * 2 / 3) / 101
    assert metrics.map50 == pytest.approx(car / 2)
    assert metrics.map == pytest.approx(car / 2)
    assert metrics.per_class == pytest.approx({"car": car, "person": 0})
    assert (metrics.images, metrics.instances) == (2, 3)


def test_perfect_detections() -> None:
    metrics = score(sample(A, B, classes=[1, 0]), found((A, 0.9), (B, 0.8), classes=[1, 0]))
    assert (metrics.map50, metrics.map) == pytest.approx((1, 1))
    assert (metrics.precision, metrics.recall) == (1, 1)
    assert metrics.confidence < 0.8


def test_localization_counts_at_the_thresholds_it_reaches() -> None:
    truth, shifted = (0, 0, 100, 100), (0, 0, 100, 72)  # IoU 0.72: 0.50, 0.55 .. 0.70
    metrics = score(sample(truth), found((shifted, 0.9)))
    assert metrics.map50 == pytest.approx(1)
    assert metrics.map == pytest.approx(0.5)


def test_a_match_at_a_higher_iou_is_no_hit_at_one_half() -> None:
    # At 0.5 the loose box takes the object; the exact one does only from 0.70 on, and is a miss.
    loose = (10, 10, 30, 23)
    metrics = score(sample(A), found((loose, 0.9), (A, 0.8)))
    assert metrics.recall == 1
    assert metrics.precision < 1


def test_classes_without_objects_are_left_out() -> None:
    metrics = score(sample(A), found((A, 0.9), (B, 0.95), classes=[0, 1]))
    assert metrics.map == pytest.approx(1)
    assert dict(metrics.per_class) == pytest.approx({"car": 1})
    assert metrics.precision == 1


def test_nothing_detected_scores_nothing() -> None:
    metrics = score(sample(A), found())
    assert (metrics.map50, metrics.map, metrics.precision, metrics.recall) == (0, 0, 0, 0)


def test_a_detection_on_an_ignored_object_counts_neither_way() -> None:
    truth = sample(A, B, ignore=(B,))
    metrics = score(truth, found((B, 0.9), (A, 0.8)))
    assert metrics.map == pytest.approx(1)
    assert (metrics.precision, metrics.recall) == (1, 1)
    assert metrics.instances == 1


def test_an_ignored_object_need_not_be_found() -> None:
    metrics = score(sample(A, B, ignore=(B,)), found((A, 0.8)))
    assert (metrics.map, metrics.recall) == pytest.approx((1, 1))


def test_an_ignored_object_excuses_one_detection_only() -> None:
    metrics = score(sample(A, B, ignore=(B,)), found((B, 0.9), (B, 0.85), (A, 0.8)))
    assert metrics.map50 == pytest.approx(0.5)


def test_an_ignored_object_is_matched_by_iou() -> None:
    inner = (50, 50, 70, 70)  # a quarter of B: inside, but IoU 0.25
    metrics = score(sample(A, B, ignore=(B,)), found((inner, 0.9), (A, 0.8)))
    assert metrics.map50 == pytest.approx(0.5)


def test_a_crowd_excuses_every_detection_inside() -> None:
    inner, other = (50, 50, 70, 70), (60, 60, 75, 80)
    metrics = score(sample(A, B, crowd=(B,)), found((inner, 0.9), (other, 0.85), (A, 0.8)))
    assert metrics.map == pytest.approx(1)
    assert (metrics.precision, metrics.recall) == (1, 1)
    assert metrics.instances == 1


def test_a_scored_object_is_matched_before_an_ignored_one() -> None:
    beside = (11, 10, 31, 30)
    metrics = score(sample(beside, A, ignore=(beside,)), found((beside, 0.9)))
    assert metrics.recall == 1
    assert metrics.map50 == pytest.approx(1)


def test_more_than_100_detections_an_image_are_scored() -> None:
    wrong = [((200 + i, 200, 210 + i, 210), 0.9 - i / 1000) for i in range(150)]
    metrics = score(sample(A), found(*wrong, (A, 0.1)))
    assert metrics.map50 == pytest.approx(1 / 151)


def test_samples_may_repeat() -> None:
    once = [sample(A), sample(B)], [found((A, 0.9)), found((A, 0.6))]
    twice = [once[0][i] for i in (0, 0, 1)], [once[1][i] for i in (0, 0, 1)]
    metrics = mean_average_precision(*twice, CLASSES)
    assert metrics.instances == 3
    assert metrics.map50 == pytest.approx(67 / 101)


def test_metrics_cross_process_borders() -> None:
    metrics = score(sample(A), found((A, 0.9)))
    assert pickle.loads(pickle.dumps(metrics)) == metrics


def test_without_objects_that_count_there_is_no_score() -> None:
    with pytest.raises(DatasetError, match="hold no object that counts"):
        score(sample(A, B, crowd=(A,), ignore=(B,)), found((A, 0.9)))
