"""Evaluation from images to figures, with an engine that knows the answers."""

import numpy as np
import pytest

from sdvbench.datasets.base import DetectionSample
from sdvbench.errors import DatasetError, MeasurementError
from sdvbench.image_size import ImageSize
from sdvbench.tasks.detection.evaluate import evaluate

from .frames import Frames, Oracle, Spec

FRAMES = Frames(7, ("vehicle", "person"), {"car": "vehicle", "truck": "vehicle"})
SAME = ((0,), (1,))


@pytest.mark.parametrize("device", ["cpu", "cuda"])
@pytest.mark.parametrize(("batch", "imgsz"), [(1, 64), (3, 64), (8, 64), (3, (96, 128))])
def test_an_engine_that_finds_all_scores_1(batch: int, imgsz: ImageSize, device: str) -> None:
    engine = Oracle(FRAMES, Spec(batch, imgsz, device), SAME, 2)
    metrics = evaluate(engine, FRAMES)
    assert (metrics.map50, metrics.map, metrics.recall) == pytest.approx((1, 1, 1))
    assert (metrics.images, metrics.instances) == (7, 7)
    assert 0 < metrics.engine_s < metrics.total_s
    assert len(metrics.samples) == len(metrics.detections) == 7
    filled_up = [6] * (-7 % batch)
    assert engine.seen == [*range(7), *filled_up]


def test_classes_are_mapped_by_name_and_one_object_counts_once() -> None:
    engine = Oracle(FRAMES, Spec(2), ((2, 3), (0,)), 4)  # each vehicle is both car and truck
    metrics = evaluate(engine, FRAMES, ("person", "kite", "car", "truck"))
    assert (metrics.map, metrics.precision, metrics.recall) == pytest.approx((1, 1, 1))
    assert [len(found) for found in metrics.detections] == [1] * 7


def test_images_limit_and_progress() -> None:
    frames, steps = Frames(40, FRAMES.classes), []
    engine = Oracle(frames, Spec(3), SAME, 2)
    metrics = evaluate(engine, frames, images_limit=37, progress=lambda *step: steps.append(step))
    assert metrics.images == 37
    assert steps == [(18, 37), (36, 37), (37, 37)]
    assert metrics.map == pytest.approx(
        1
    )  # images of all blocks, of which there are but two buffers


@pytest.mark.parametrize(("frames", "limit"), [(FRAMES, 0), (Frames(0, ("a",)), None)])
def test_no_image_is_an_error(frames: Frames, limit: int | None) -> None:
    with pytest.raises(DatasetError, match="leaves no image"):
        evaluate(Oracle(frames, Spec(), SAME, 2), frames, images_limit=limit)


@pytest.mark.parametrize("device", ["cpu", "cuda"])
def test_an_unreadable_image_is_told(device: str) -> None:
    class Broken(Frames):
        def __getitem__(self, index: int) -> DetectionSample:
            if index == 4:
                raise DatasetError("frame 4", "is torn")
            return super().__getitem__(index)

    frames = Broken(7, FRAMES.classes)
    with pytest.raises(DatasetError, match="frame 4: is torn"):
        evaluate(Oracle(frames, Spec(2, device=device), SAME, 2), frames)


def test_outputs_that_are_not_finite_are_told() -> None:
    class Overflowing(Oracle):
        def __call__(self, images: np.ndarray, /) -> np.ndarray:
            return np.full_like(super().__call__(images), np.inf)

    with pytest.raises(MeasurementError, match="NaN or infinite"):
        evaluate(Overflowing(FRAMES, Spec(), SAME, 2), FRAMES)


def test_outputs_of_another_batch_are_told() -> None:
    class Short(Oracle):
        def __call__(self, images: np.ndarray, /) -> np.ndarray:
            return super().__call__(images)[:1]

    with pytest.raises(MeasurementError, match="does not fit a batch of 2"):
        evaluate(Short(FRAMES, Spec(2), SAME, 2), FRAMES)


def test_data_without_labels_cannot_be_scored() -> None:
    frames = Frames(2, ("a",))
    frames.labelled = False
    with pytest.raises(
        DatasetError, match="has no labels, so that no network for that can be scored"
    ):
        evaluate(Oracle(frames, Spec(), SAME, 2), frames)
