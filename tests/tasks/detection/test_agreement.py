"""Agreement of two engines' raw outputs."""

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sdvbench.errors import MeasurementError
from sdvbench.tasks.detection.agreement import Agreement, agreement
from sdvbench.tasks.detection.decoders import DECODERS
from sdvbench.tasks.detection.task import Detection
from sdvbench.tensors import TensorSpec


def outputs(images: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).random((images, 20, 8), dtype=np.float32)


def test_an_engine_agrees_with_itself() -> None:
    assert agreement(outputs(3), outputs(3)) == Agreement(3, 0, 0, 0, 0)


def test_differences_by_hand() -> None:
    reference = np.zeros((1, 2, 7), np.float32)
    reference[0, :, 4:] = 0.5, 0.4, 0.2
    other = reference.copy()
    other[0, 0, 0] = 4  # one of eight coordinates
    other[0, 1, 4] = 1  # doubles the confidences 0.2 and 0.1 of one box
    found = agreement(other, reference)
    assert (found.box_mean_px, found.box_max_px) == (0.5, 4)
    assert (found.confidence_mean, found.confidence_max) == pytest.approx((0.3 / 4, 0.2))


def test_images_can_be_added_up() -> None:
    a, b = outputs(5, 1), outputs(5, 2)
    parts = agreement(a[:2], b[:2]) + agreement(a[2:], b[2:])
    whole = agreement(a, b)
    assert parts.images == whole.images == 5
    assert parts.box_mean_px == pytest.approx(whole.box_mean_px)
    assert parts.confidence_mean == pytest.approx(whole.confidence_mean)
    assert (parts.box_max_px, parts.confidence_max) == (whole.box_max_px, whole.confidence_max)


@pytest.mark.parametrize("shape", [(2, 19, 8), (1, 20, 8), (0, 20, 8)])
def test_other_shapes_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(MeasurementError, match="cannot be compared"):
        agreement(np.zeros(shape, np.float32), outputs(2) if shape[0] else np.zeros(shape))


@pytest.mark.parametrize("place", [2, 4, 6])
def test_values_that_are_not_finite_are_refused(place: int) -> None:
    broken = outputs(2)
    broken[1, 3, place] = np.nan
    with pytest.raises(MeasurementError, match="NaN or infinite"):
        agreement(broken, outputs(2))


NMS = DECODERS["nms"](height=100, width=200, classes=2)


def after_suppression(*rows: tuple[float, ...]) -> np.ndarray:
    """(1, n, 6): x1 y1 x2 y2 score class."""
    return np.array(rows, np.float32).reshape(1, -1, 6)


def random_rows(seed: int, count: int) -> np.ndarray:
    random = np.random.default_rng(seed)
    low, size = random.uniform(0, 60, (count, 2)), random.uniform(1, 40, (count, 2))
    columns = low, low + size, random.uniform(0.1, 1, (count, 1)), random.integers(0, 2, (count, 1))
    return after_suppression(*np.hstack(columns))


@settings(max_examples=30)
@given(st.integers(0, 2**32 - 1), st.integers(0, 12), st.integers(0, 12))
def test_the_order_of_detections_and_their_padding_do_not_matter(seed, count, other):
    one, two = random_rows(seed, count), random_rows(seed + 1, other)
    order = np.random.default_rng(seed).permutation(count)
    padded = np.concatenate((one[:, order], np.zeros((1, 3, 6), np.float32)), axis=1)
    assert agreement(padded, one, NMS) == Agreement(1, 0, 0, 0, 0)
    plain, shuffled = agreement(one, two, NMS), agreement(padded, two, NMS)
    assert shuffled.box_mean_px == pytest.approx(plain.box_mean_px)
    assert shuffled.confidence_mean == pytest.approx(plain.confidence_mean)
    back = agreement(two, one, NMS)
    assert (back.box_max_px, back.confidence_max) == (plain.box_max_px, plain.confidence_max)


def test_what_another_engine_lacks_differs_by_its_size_and_score():
    near, far = (10, 20, 30, 60, 0.8, 1), (150, 10, 170, 20, 0.6, 0)
    moved = (14, 20, 34, 60, 0.7, 1)
    found = agreement(after_suppression(moved), after_suppression(far, near), NMS)
    assert found.box_mean_px == pytest.approx((4 + 20 + 10) / 8)
    assert found.box_max_px == 20
    assert found.confidence_mean == pytest.approx((0.1 + 0.6) / 4)
    assert found.confidence_max == pytest.approx(0.6)


def test_of_two_detections_that_could_be_paired_that_of_its_class_is():
    one = after_suppression((10, 10, 30, 30, 0.9, 0), (10, 10, 30, 30, 0.9, 1))
    found = agreement(one[:, ::-1], one, NMS)
    assert found == Agreement(1, 0, 0, 0, 0)
    other_class = one.copy()
    other_class[0, 0, 5] = 1
    assert agreement(other_class, one, NMS).confidence_max == pytest.approx(0.9)


def test_images_of_other_numbers_cannot_be_compared_in_any_order():
    one = random_rows(0, 4)
    with pytest.raises(MeasurementError, match="cannot be compared"):
        agreement(np.concatenate((one, one)), one, NMS)
    with pytest.raises(MeasurementError, match="cannot be compared"):
        agreement((), (), NMS)
    torn = tuple(np.zeros(shape) for shape in ((1, 1), (1, 5, 4), (1, 5), (2, 5)))
    with pytest.raises(MeasurementError, match="does not fit a batch of 1"):
        agreement(torn, torn, NMS)


def test_a_network_that_puts_out_only_what_it_keeps_agrees_call_by_call() -> None:
    network = SimpleNamespace(class_names=("a", "b"), layout="nms", outputs=("kept",))
    inputs = (TensorSpec("images", (1, 3, 100, 200)),)
    exact = [(random_rows(seed, count),) for seed, count in enumerate((2, 5, 0))]
    moved = [(call[0] + np.float32([1, 1, 1, 1, 0, 0]),) for call in exact]
    fewer = [(moved[0][0][:, :1],), *moved[1:]]
    found = [Detection().agreement(network, inputs, one, exact, None) for one in (exact, moved)]
    assert set(found[0].errors.values()) == set(found[0].shown.values()) == {0}
    # Centres move by one pixel in x and y, and sizes by none; the last call has no objects.
    assert found[1].shown["box_px"] == pytest.approx((0.5 + 0.5 + 0) / 3)
    lost = Detection().agreement(network, inputs, fewer, exact, None)
    assert lost.errors["confidence_error"] > found[1].errors["confidence_error"] == 0
    # Of an image that was seen again, only the first time counts in what differs between images.
    again = [*exact, exact[0]]
    assert Detection().agreement(network, inputs, moved + moved[:1], again, 3).errors[
        "box_error"
    ] == pytest.approx(found[1].errors["box_error"] * 0.375 / (1 / 3))
