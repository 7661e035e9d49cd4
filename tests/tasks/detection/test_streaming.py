"""What is scored in place of a frame's own result."""

import numpy as np
import pytest

from sdvbench.datasets.base import DetectionSample
from sdvbench.errors import DatasetError
from sdvbench.tasks.detection.nms import Detections
from sdvbench.tasks.detection.streaming import DetectionResults, pseudo_truth, score_late
from sdvbench.tasks.streaming import NONE

BOXES = [np.array([[100 * i, 0, 100 * i + 50, 50]], np.float32) for i in range(4)]
NO_PIXELS, ONE, KIND = np.empty((0, 0, 3), np.uint8), np.zeros(1, bool), np.zeros(1, np.int64)
SAMPLES = [DetectionSample(f"{i}", NO_PIXELS, box, KIND, ONE, ONE) for i, box in enumerate(BOXES)]
FOUND = [Detections(box, np.full(1, 0.9, np.float32), KIND) for box in BOXES]


@pytest.mark.parametrize(
    ("shown", "found"),
    [
        ([0, 1, 2, 3], 1.0),
        ([NONE, 1, 2, 3], 76 / 101),
        ([NONE] * 4, 0.0),
        ([3, 2, 1, 0], 0.0),
    ],
)
def test_frames_are_scored_with_what_is_shown(shown, found):
    metrics = score_late(SAMPLES, FOUND, np.arange(4), np.array(shown), ("car",))
    assert metrics.map == pytest.approx(found)


def test_pseudo_truth_is_what_a_reference_is_sure_of():
    boxes = np.concatenate(BOXES[:2])
    found = Detections(boxes, np.array([0.3, 0.2], np.float32), np.array([1, 0]))
    (made,) = pseudo_truth(SAMPLES[:1], [found])
    np.testing.assert_array_equal(made.boxes, BOXES[0])
    assert made.classes.tolist() == [1]
    assert not made.crowd.any()
    metrics = score_late([made], [found], KIND, KIND, ("car", "truck"))
    assert metrics.map == 1.0
    nothing = pseudo_truth(SAMPLES[:1], [Detections(boxes[:0], found.scores[:0], KIND[:0])])
    with pytest.raises(DatasetError, match="no object that counts"):
        score_late(nothing, [found], KIND, KIND, ("car",))


def test_results_are_held_against_a_reference_instead_of_labels():
    late = np.array([3, 0, 1, 2])
    found = DetectionResults(SAMPLES, [FOUND[index] for index in late], ("car",))
    reference = DetectionResults(SAMPLES, FOUND, ("car",))
    every = np.arange(4)
    assert found.score(every, every).value == 0
    assert found.against(reference).score(every, every).value == 0
    assert found.against(found).score(every, every).value == 1
    assert found.against(reference).score(late, every).value == 1
    assert reference.interval(reference.score(every, every), 1) == (1, 1)
