"""MACs and parameters, counted on the model as it is deployed."""

from dataclasses import dataclass

import torch
import torch_pruning as tp

from sdvbench.image_size import ImageSize, check_image_size, height_width
from sdvbench.models.base import Detector
from sdvbench.models.fusion import fuse


@dataclass(frozen=True)
class Profile:
    """macs: multiply-accumulates of one image; params: weights and biases. BatchNorm fused."""

    macs: int
    params: int


def profile(model: Detector, imgsz: ImageSize = 640) -> Profile:
    """Count with Torch-Pruning, for one image.

    imgsz: side of a square in pixels, or (height, width), multiples of 32.
    """
    check_image_size(imgsz)
    fused = fuse(model).float().cpu()
    macs, params = tp.utils.count_ops_and_params(fused, torch.zeros(1, 3, *height_width(imgsz)))
    return Profile(macs=int(macs), params=int(params))
