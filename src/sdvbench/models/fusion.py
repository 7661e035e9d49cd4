"""BatchNorm folded into sdvbench's own convolutions, as every deployed engine has it."""

import copy
from typing import TypeVar

from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from sdvbench.models.base import Network
from sdvbench.models.blocks import Conv

M = TypeVar("M", bound=Network)


def fuse(model: M) -> M:
    """A copy of ``model`` with the BatchNorm of each ``Conv`` block folded into its convolution.

    What other modules hold stays: PyTorch does not fold it, and runtimes fold what they can.
    """
    fused = copy.deepcopy(model).eval()
    for block in fused.modules():
        if isinstance(block, Conv) and isinstance(block.bn, nn.BatchNorm2d):
            block.conv = fuse_conv_bn_eval(block.conv, block.bn)
            block.bn = nn.Identity()
    return fused
