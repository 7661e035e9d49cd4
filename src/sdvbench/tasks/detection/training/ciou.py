"""Complete IoU of boxes, differentiable."""

import math

import torch
from torch import Tensor

EPS = 1e-7


def complete_iou(a: Tensor, b: Tensor) -> Tensor:
    """(n, 4) and (n, 4) xywh in any one unit -> (n,): IoU less what centre and shape are off.

    1 for equal boxes, down to -1.5 or so. The weight of the shape's term counts as a constant in
    the gradient, as it does in the source.
    Source: Zheng et al., "Distance-IoU loss", 2020.
    """
    half_a, half_b = a[:, 2:] / 2, b[:, 2:] / 2
    low_a, high_a = a[:, :2] - half_a, a[:, :2] + half_a
    low_b, high_b = b[:, :2] - half_b, b[:, :2] + half_b
    overlap = (torch.minimum(high_a, high_b) - torch.maximum(low_a, low_b)).clamp(min=0).prod(1)
    union = a[:, 2:].prod(1) + b[:, 2:].prod(1) - overlap + EPS
    iou = overlap / union
    around = torch.maximum(high_a, high_b) - torch.minimum(low_a, low_b)
    distance = (a[:, :2] - b[:, :2]).square().sum(1) / (around.square().sum(1) + EPS)
    tilt = torch.atan(a[:, 2] / (a[:, 3] + EPS)) - torch.atan(b[:, 2] / (b[:, 3] + EPS))
    shape = 4 / math.pi**2 * tilt.square()
    with torch.no_grad():
        weight = shape / (1 - iou + shape + EPS)
    return iou - distance - weight * shape
