"""MACs and parameters, counted on the model as it is deployed."""

import copy
from dataclasses import dataclass

import torch
import torch_pruning as tp
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from sdvbench.models.base import Detector
from sdvbench.models.blocks import Conv


@dataclass(frozen=True)
class Profile:
    """macs: multiply-accumulates of one image; params: weights and biases. BatchNorm fused."""

    macs: int
    params: int


def fuse(model: Detector) -> Detector:
    """A copy of ``model`` with each BatchNorm folded into its convolution."""
    fused = copy.deepcopy(model).eval()
    for block in fused.modules():
        if isinstance(block, Conv) and isinstance(block.bn, nn.BatchNorm2d):
            block.conv = fuse_conv_bn_eval(block.conv, block.bn)
            block.bn = nn.Identity()
    return fused


def profile(model: Detector, imgsz: int = 640) -> Profile:
    """Count with Torch-Pruning, for one image of imgsz x imgsz pixels."""
    fused = fuse(model).float()
    macs, params = tp.utils.count_ops_and_params(fused, torch.zeros(1, 3, imgsz, imgsz))
    return Profile(macs=int(macs), params=int(params))
