"""What a network asks of a machine, counted by hand."""

import pytest
import torch
from torch import Tensor, nn

from sdvbench.measurement.work import Work, work
from sdvbench.models.base import Detector
from sdvbench.models.blocks import Conv
from sdvbench.pruning.profile import profile


class Tiny(Detector):
    """Two layers: 3 -> 4 channels, then 4 -> 2, on half the pixels a side."""

    def __init__(self) -> None:
        super().__init__("tiny", 1)
        self.first = Conv(3, 4, 3, 2)  # BatchNorm is folded away, and leaves a bias
        self.second = nn.Conv2d(4, 2, 1)

    def forward(self, images: Tensor) -> Tensor:
        return self.second(self.first(images) + 1.0).flatten(2)

    def unprunable(self) -> list[nn.Module]:
        return [self.second]

    def pruning_order(self) -> list[nn.Conv2d]:
        return [self.first.conv]


def test_two_layers_by_hand() -> None:
    pixels = 16 * 16
    asked = work(Tiny(), imgsz=32)
    assert asked.weights == (4 * 3 * 3 * 3 + 4) + (2 * 4 + 2)
    assert asked.activations == (3 * 32 * 32 + 4 * pixels) + (4 * pixels + 2 * pixels)
    assert asked.macs == profile(Tiny(), imgsz=32).macs
    assert asked.macs >= pixels * (4 * 27 + 2 * 4)


@pytest.mark.parametrize(("precision", "width"), [("fp32", 4), ("fp16", 2), ("int8", 1)])
def test_weights_are_read_once_a_call_and_activations_once_an_image(
    precision: str, width: int
) -> None:
    asked = Work(macs=1, weights=10, activations=100)
    assert asked.bytes(precision) == width * 110
    assert asked.bytes(precision, batch=8) == width * 810


def test_a_detector_reads_all_its_weights(nano: Detector) -> None:
    before = {name: value.clone() for name, value in nano.state_dict().items()}
    asked = work(nano, imgsz=64)
    assert asked.weights == profile(nano, imgsz=64).params
    assert all(torch.equal(value, before[name]) for name, value in nano.state_dict().items())
    assert work(nano, imgsz=128).activations == 4 * asked.activations
