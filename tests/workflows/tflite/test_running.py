"""Whole numbers in a file's inputs and outputs stand for float32 by its scale and zero point."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from sdvbench.workflows.tflite.axes import channels_first, channels_last
from sdvbench.workflows.tflite.running import _Tensor

FLOATS = st.floats(-3, 3, width=32)


def tensor(kind: Any, scale: float = 0, zero: int = 0) -> _Tensor:
    parameters = {"scales": np.array([scale], np.float32), "zero_points": np.array([zero])}
    return _Tensor({"index": 0, "dtype": kind, "quantization_parameters": parameters})


@pytest.mark.parametrize("kind", [np.uint8, np.int8])
@given(values=arrays(np.float32, (2, 3), elements=FLOATS), zero=st.integers(0, 100))
def test_what_is_written_is_read_back_to_half_a_step_within_its_range(
    kind: Any, values: Any, zero: int
) -> None:
    one, place = tensor(kind, 0.01, zero), np.empty((2, 3), kind)
    one.write(values, place)
    found = one.read(place)
    bounds = np.iinfo(kind)
    low, high = ((bound - zero) * 0.01 for bound in (bounds.min, bounds.max))
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, values.clip(low, high), atol=0.00501)


def test_the_study_s_mistake_is_not_made() -> None:
    """It took 8-bit numbers for commands in 0..1."""
    steps = np.array([[0, 128, 255]], np.uint8)
    np.testing.assert_allclose(tensor(np.uint8, 1 / 255).read(steps), [[0, 128 / 255, 1]])


def test_float_stays_as_it_is() -> None:
    values, place = np.array([[0.1, -4]], np.float32), np.empty((1, 2), np.float32)
    tensor(np.float32).write(values, place)
    np.testing.assert_array_equal(tensor(np.float32).read(place), values)


@pytest.mark.parametrize("kind", [np.uint8, np.float32])
def test_images_are_written_with_their_channels_last(kind: Any) -> None:
    image = np.arange(2 * 3 * 4 * 5, dtype=np.float32).reshape(2, 3, 4, 5)
    place = np.empty((2, 4, 5, 3), kind)
    tensor(kind, 1).write(image, place)
    np.testing.assert_array_equal(place, channels_last(image))


def test_channels_of_images_are_turned_and_features_are_not() -> None:
    image, features = np.zeros((1, 3, 66, 200)), np.zeros((1, 5))
    assert channels_last(image).shape == (1, 66, 200, 3)
    assert channels_first(channels_last(image)).shape == image.shape
    assert channels_last(features).shape == channels_first(features).shape == (1, 5)
