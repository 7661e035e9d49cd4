"""What a network asks of any machine: multiply-accumulates, and bytes at the least."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from sdvbench.image_size import ImageSize
from sdvbench.models.base import Network
from sdvbench.models.fusion import fuse
from sdvbench.pruning.profile import profile

WIDTHS = {"fp32": 4, "fp16": 2, "int8": 1}  # bytes of a number


@dataclass(frozen=True)
class Work:
    """Of one image. macs: as ``profile`` counts them.

    weights, activations: numbers that pass between memory and layers where each layer that has
        weights reads them and its input, and writes its output, once; what stands between such
        layers (activation functions, sums, concatenations, pooling) is taken as part of them.
    """

    macs: int
    weights: int
    activations: int

    def bytes(self, precision: str, batch: int = 1) -> int:
        """Of a call on ``batch`` images with every number in ``precision``. An estimate: caches
        that keep activations from one layer for the next save some, layers that are not fused add.
        """
        return WIDTHS[precision] * (self.weights + batch * self.activations)


def work(model: Network, imgsz: ImageSize = 640) -> Work:
    """Counted by one forward pass on one image, BatchNorm fused."""
    fused = fuse(model).float().cpu()
    weights = activations = 0

    def count(layer: nn.Module, inputs: tuple[Any, ...], output: Any) -> None:
        nonlocal weights, activations
        outputs = output if isinstance(output, tuple | list) else (output,)
        passed = [value for value in (*inputs, *outputs) if isinstance(value, Tensor)]
        activations += sum(value.numel() for value in passed)
        weights += sum(weight.numel() for weight in layer.parameters(recurse=False))

    for layer in fused.modules():
        if any(True for _ in layer.parameters(recurse=False)):
            layer.register_forward_hook(count)
    macs = profile(model, imgsz).macs
    with torch.inference_mode():
        fused(*fused.example(fused.bound_inputs(imgsz)))
    return Work(macs, weights, activations)
