"""Fake quantizers by nvidia-modelopt: where they are, and how their ranges are taken."""

import copy

import numpy as np
import pytest
import torch

from sdvbench.models import Detector
from sdvbench.models.fusion import fuse
from sdvbench.quantization.post_training import METHODS, exportable, quantized
from sdvbench.quantization.static import METHODS as ONNX_METHODS

IMAGES = np.random.default_rng(0).random((2, 1, 3, 64, 64), np.float32)
CALLS = [(images,) for images in IMAGES]


@pytest.fixture(scope="module")
def fused(nano: Detector) -> Detector:
    return fuse(nano)


def ranges(model: torch.nn.Module, of: str = "input") -> dict[str, list[float]]:
    """Of what is quantized, by name."""
    return {
        name: part.amax.flatten().tolist()
        for name, part in model.named_modules()
        if name.endswith(f"conv.{of}_quantizer") and part.is_enabled
    }


def test_methods_are_those_of_the_onnx_workflows() -> None:
    assert METHODS.keys() == ONNX_METHODS.keys()


@pytest.mark.parametrize("method", ["entropy", "percentile"])
def test_narrower_ranges_and_nothing_else_change(fused: Detector, method: str) -> None:
    widest = quantized(copy.deepcopy(fused), CALLS)
    narrow = quantized(copy.deepcopy(fused), CALLS, method)
    before, after = ranges(widest), ranges(narrow)
    assert len(before) == len(after) == 57
    assert all(0 < after[name][0] <= 1.001 * before[name][0] for name in before)
    assert sum(after[name][0] < 0.999 * before[name][0] for name in before) > 3
    scales = [ranges(model, "weight") for model in (widest, narrow)]
    assert scales[0] == scales[1]
    image = torch.from_numpy(IMAGES[0])
    with torch.no_grad():
        exact, rounded = fused(image), narrow(image)
    assert not torch.equal(exact, rounded)  # the quantizers are on again


def test_integers_while_constants_are_folded_are_symmetric_and_zeros_stay_zeros() -> None:
    from modelopt.torch.quantization import tensor_quant

    values = torch.tensor([[0.0, 0.0, 0.0], [0.5, -2.0, 0.011]])
    with exportable():
        amax = values.abs().amax(dim=1, keepdim=True)
        back = tensor_quant.fake_quant_impl(values, amax, 8, False, True)
    step = 2 / 127
    assert torch.allclose(back, torch.tensor([[0.0] * 3, [32 * step, -2.0, step]]))
