"""Agreement of two engines' raw outputs."""

import numpy as np
import pytest

from sdvbench.errors import MeasurementError
from sdvbench.tasks.detection.agreement import Agreement, agreement


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
