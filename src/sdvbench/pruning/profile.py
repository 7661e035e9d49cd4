"""MACs and parameters, counted on the model as it is deployed."""

from dataclasses import dataclass

import torch_pruning as tp

from sdvbench.image_size import ImageSize
from sdvbench.models.base import Network
from sdvbench.models.fusion import fuse


@dataclass(frozen=True)
class Profile:
    """macs: multiply-accumulates of one image; params: weights and biases. BatchNorm fused."""

    macs: int
    params: int


def profile(model: Network, imgsz: ImageSize = 640) -> Profile:
    """Count with Torch-Pruning, for one image.

    imgsz: side of a square in pixels, or (height, width); of a detector, multiples of 32.
    """
    fused = fuse(model).float().cpu()
    example = fused.example(fused.bound_inputs(imgsz))
    macs, params = tp.utils.count_ops_and_params(fused, example)
    return Profile(macs=int(macs), params=int(params))
