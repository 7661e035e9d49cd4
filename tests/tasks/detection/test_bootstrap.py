"""Intervals of mAP drops."""

from dataclasses import replace

import numpy as np
import pytest

from sdvbench.tasks.detection import bootstrap
from sdvbench.tasks.detection.bootstrap import map_drop_interval, map_interval, resampled_maps
from sdvbench.tasks.detection.evaluate import evaluate
from sdvbench.tasks.detection.mean_average_precision import mean_average_precision

from .frames import Frames, Oracle, Spec

FRAMES = Frames(24, ("vehicle", "person"))


@pytest.fixture(scope="module")
def perfect():
    return evaluate(Oracle(FRAMES, Spec(), ((0,), (1,)), 2), FRAMES)


def without(metrics, lost):
    """The metrics of a detector that finds nothing in the images ``lost``."""
    detections = [
        replace(found, boxes=found.boxes[:0], scores=found.scores[:0], classes=found.classes[:0])
        if index in lost
        else found
        for index, found in enumerate(metrics.detections)
    ]
    return mean_average_precision(metrics.samples, detections, FRAMES.classes)


def test_every_image_once_is_the_map_itself(perfect):
    worse = without(perfect, {3, 8, 9})
    once = np.arange(24)[None]
    assert resampled_maps(worse, 2, once) == pytest.approx([worse.map])
    assert worse.map < perfect.map == 1.0


def test_a_resample_is_the_map_of_the_images_drawn(perfect):
    worse = without(perfect, {3, 8, 9})
    draws = np.random.default_rng(0).integers(0, 24, size=(5, 24))
    for draw, found in zip(draws, resampled_maps(worse, 2, draws), strict=True):
        samples, detections = (
            [part[i] for i in draw] for part in (worse.samples, worse.detections)
        )
        expected = mean_average_precision(samples, detections, FRAMES.classes).map
        assert found == pytest.approx(expected)


def test_every_image_once_is_map50_itself_too(perfect):
    shifted = [replace(found, boxes=found.boxes + 3) for found in perfect.detections]
    worse = mean_average_precision(perfect.samples, shifted, FRAMES.classes)
    once = np.arange(24)[None]
    assert resampled_maps(worse, 2, once, "map50") == pytest.approx([worse.map50])
    assert worse.map < worse.map50
    low, high = map_drop_interval(perfect, worse, 2, score="map50")
    assert low <= perfect.map50 - worse.map50 <= high


def test_equal_detectors_differ_nowhere(perfect):
    assert map_drop_interval(perfect, perfect, 2) == (0.0, 0.0)


def test_the_interval_of_a_level_holds_it(perfect):
    worse = without(perfect, {3, 8, 9})
    low, high = map_interval(worse, 2)
    assert low < worse.map < high
    assert map_interval(perfect, 2) == (1.0, 1.0)


def test_frames_drawn_in_blocks_widen_the_interval(perfect):
    worse = without(perfect, set(range(6)))
    width = {block: np.diff(map_interval(worse, 2, block=block))[0] for block in (1, 6)}
    assert width[6] > 1.3 * width[1]
    assert map_interval(worse, 2, block=24) == pytest.approx((worse.map, worse.map))


def test_the_interval_holds_the_drop_and_narrows_with_more_images(perfect):
    worse = without(perfect, {3, 8, 9})
    low, high = map_drop_interval(perfect, worse, 2)
    assert low <= perfect.map - worse.map <= high
    assert low < high
    assert map_drop_interval(worse, perfect, 2) == pytest.approx((-high, -low))


def test_a_reference_is_resampled_once(perfect, monkeypatch):
    reference, worse = replace(perfect), without(perfect, {3, 8, 9})
    asked = []

    def counted(metrics, *others):
        asked.append(metrics)
        return resampled_maps(metrics, *others)

    monkeypatch.setattr(bootstrap, "resampled_maps", counted)
    first = map_drop_interval(reference, worse, 2)
    assert map_drop_interval(reference, worse, 2) == first
    map_drop_interval(reference, without(perfect, {1}), 2)
    assert [metrics is reference for metrics in asked] == [True, False, False]
    map_drop_interval(reference, worse, 2, seed=1)
    map_interval(reference, 2, block=6)
    assert len(asked) == 6
