"""Networks without a known task: how they are called, and how their outputs are compared."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from sdvbench.datasets.scenes import Scenes
from sdvbench.errors import MeasurementError
from sdvbench.tasks.base import SameOutputsError
from sdvbench.tasks.tensors import Tensors
from sdvbench.tensors import TensorSpec

NETWORK = SimpleNamespace(outputs=("a", "b"))
INPUTS = (TensorSpec("image", (2, 3, 32, 64)), TensorSpec("speed", (2, 1)))


def agreement(ours, reference):
    return Tensors().agreement(NETWORK, INPUTS, ours, reference, None).errors["output_error"]


@pytest.fixture
def reference():
    """Of three calls; the outputs differ in scale."""
    rng = np.random.default_rng(0)
    return [
        (rng.random((2, 4), np.float32), 1000 * rng.random((2, 3), np.float32)) for _ in range(3)
    ]


def test_the_reference_itself_is_at_0_and_other_inputs_are_at_1(reference):
    assert agreement(reference, reference) == 0
    assert agreement(reference[1:] + reference[:1], reference) == pytest.approx(1)


@given(st.sampled_from([0, 1]), st.floats(0.01, 10))
def test_the_output_that_is_furthest_off_counts_in_its_own_scale(place, share):
    rng = np.random.default_rng(1)
    exact = [(rng.random((2, 4)), 1000 * rng.random((2, 3))) for _ in range(2)]
    spread = np.abs(exact[0][place] - exact[1][place]).mean()
    ours = [tuple(a + share * spread * (i == place) for i, a in enumerate(call)) for call in exact]
    assert agreement(ours, exact) == pytest.approx(share, rel=1e-6)


def test_whole_numbers_are_equal_or_not():
    exact = [(np.array([1, 2, 3]), np.zeros(2)), (np.array([4, 5, 3]), np.zeros(2))]
    ours = [(np.array([1, 2, 4]), np.zeros(2)), (np.array([4, 5, 3]), np.zeros(2))]
    assert agreement(ours, exact) == pytest.approx((1 / 6) / (4 / 6))


def test_an_output_that_never_changes_must_be_equal(reference):
    constant = [(a, np.ones(3, np.float32)) for a, _ in reference]
    assert agreement(constant, constant) == 0
    off = [(a, np.full(3, 1.01, np.float32)) for a, _ in reference]
    assert agreement(off, constant) == np.inf


def test_rounding_is_no_difference_and_no_measure():
    noise = np.float32(1e-7)
    exact = [(np.full(3, 0.5), np.zeros(1)), (np.full(3, 0.5) + noise, np.zeros(1))]
    with pytest.raises(SameOutputsError, match="the same for all inputs"):
        agreement(exact, exact)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [(np.full((2, 3), np.nan), "NaN or infinite"), (np.zeros((2, 4)), r"is \(2, 4\), and \(2, 3")],
)
def test_outputs_that_cannot_be_compared_are_named(reference, wrong, told):
    ours = [(a, wrong) for a, _ in reference]
    with pytest.raises(MeasurementError, match=f"output b: .*{told}"):
        agreement(ours, reference)


@pytest.mark.parametrize("change", [lambda call: call[:1], lambda call: (*call, call[0])])
@pytest.mark.parametrize("place", [0, 1])
def test_outputs_that_the_model_does_not_name_are_not_passed_over(reference, change, place):
    both = [reference, reference]
    both[place] = [change(call) for call in reference]
    with pytest.raises(MeasurementError, match=r"are [13], and the model names 2: a, b\. Name all"):
        agreement(*both)


def test_images_come_from_the_data_and_the_rest_from_the_example():
    network = SimpleNamespace(
        example=lambda inputs, seed: tuple(torch.full(i.sizes, float(seed)) for i in inputs)
    )
    samples = [Scenes(2)[index] for index in range(2)]
    image, speed = Tensors().call(network, INPUTS, samples, seed=7)
    assert image.shape == (2, 3, 32, 64)
    assert image.dtype == np.float32
    assert 0 <= image.min() < image.max() <= 1
    assert not np.array_equal(image[0], image[1])
    assert (speed == 7).all()
    assert Tensors().takes_images(INPUTS)
    assert not Tensors().takes_images(INPUTS[1:])
