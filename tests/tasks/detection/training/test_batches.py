"""Batches: the same by number, boxes where the objects are, broken labels refused."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sdvbench.errors import DatasetError
from sdvbench.tasks.detection.training.augmentation import mosaic, plain
from sdvbench.tasks.detection.training.batches import Batches
from sdvbench.tasks.detection.training.classes import UNKNOWN, classes_in_model
from sdvbench.tasks.detection.training.picture import Picture, picture

BOTH = np.arange(2)


def batches(dataset, **options) -> Batches:
    return Batches(dataset, BOTH, 64, 3, **options)


@pytest.mark.parametrize("cache_bytes", [0, 10**9])
def test_batch_depends_on_its_number_alone(boxes, cache_bytes) -> None:
    one, other = (batches(boxes(), cache_bytes=c) for c in (cache_bytes, 10**9))
    for number in (5, 0, 3):
        one.batch(number, 0.5)
    for number in (3, 4, 0):
        mine, theirs = one.batch(number, 0.5), other.batch(number, 0.5)
        assert torch.equal(mine.images, theirs.images)
        assert torch.equal(mine.labels.boxes, theirs.labels.boxes)


def test_epoch_sees_images_once_and_in_another_order_each_time(boxes) -> None:
    made = batches(boxes(9))
    orders = [made._order(epoch).tolist() for epoch in (0, 1)]
    assert len(made) == 3
    assert sorted(orders[0]) == list(range(9))
    assert orders[0] != orders[1]


def test_small_data_set_is_one_batch(boxes) -> None:
    made = batches(boxes(2))
    assert (len(made), made.size) == (1, 2)
    assert made.batch(0, 1.0).images.shape == (2, 3, 64, 64)


@settings(max_examples=50)
@given(st.integers(0, 10**6), st.booleans(), st.booleans())
def test_boxes_stay_on_their_objects(boxes_seed, mirrored, composed) -> None:
    rng = np.random.default_rng(boxes_seed)
    pictures = []
    for _ in range(4):
        image = np.zeros((40, 64, 3), np.uint8)
        x, y, w, h = rng.integers(0, 30), rng.integers(0, 16), *rng.integers(12, 24, 2)
        image[y : y + h, x : x + w] = 255
        box = np.array([[x, y, min(x + w, 64), min(y + h, 40)]], np.float32)
        pictures.append(Picture(image, box, np.array([0])))
    made = mosaic(pictures, 64, rng) if composed else plain(pictures[0], 64)
    made = made.mirrored() if mirrored else made
    assert len(made.boxes) == len(made.classes)
    for x1, y1, x2, y2 in made.boxes:
        inside = made.image[int(np.ceil(y1)) + 1 : int(y2) - 1, int(np.ceil(x1)) + 1 : int(x2) - 1]
        assert inside.size == 0 or (inside > 200).all()


def test_what_is_left_out(boxes) -> None:
    sample = boxes(
        boxes=np.array(
            [[-10, 5, 20, 30], [200, 5, 220, 30], [0, 0, 9, 9], [1, 1, 9, 9], [5, 5, 5, 9]],
            np.float32,
        ),
        classes=np.array([0, 0, 1, 0, 0]),
        crowd=np.array([0, 0, 0, 1, 0], np.bool_),
        ignore=np.zeros(5, np.bool_),
    )[0]
    found = picture(sample, np.array([7, UNKNOWN]), 96)
    assert found.boxes.tolist() == [[0, 5, 20, 30]]
    assert found.classes.tolist() == [7]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"classes": np.array([2])}, "box 0: has class id 2, but there are 2 classes"),
        ({"classes": np.array([-1])}, "box 0: has class id -1"),
        ({"boxes": np.array([[0, np.nan, 5, 5]], np.float32)}, "box 0: has a box that is not fin"),
    ],
)
def test_broken_labels(boxes, change, told) -> None:
    with pytest.raises(DatasetError, match=told):
        picture(boxes(**change)[0], BOTH, 64)


def test_empty_data_set(boxes) -> None:
    with pytest.raises(DatasetError, match="has no image"):
        batches(boxes(0))


def test_classes_are_found_by_name_and_alias(boxes) -> None:
    class Data(boxes):
        classes = ("pedestrian", "car", "tram")
        aliases = {"person": "pedestrian"}  # noqa: RUF012

    names = ("person", "dog", "car")
    assert classes_in_model(Data(), 3, names).tolist() == [0, 2, UNKNOWN]
    assert classes_in_model(Data(), 3, None).tolist() == [0, 1, 2]
    with pytest.raises(DatasetError, match=r"pedestrian, car, tram.*are none of the model's 2"):
        classes_in_model(Data(), 2, ("cat", "dog"))
