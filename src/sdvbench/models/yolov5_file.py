"""What YOLOv5's releases keep in their files beside the weights, and what it must agree with."""

from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from sdvbench.errors import CheckpointError
from sdvbench.models.yolov5 import STRIDES

GRID = ".anchor_grid"


def without_anchor_grid(path: Path, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Drop the anchors in pixels, which releases up to 6.0 keep beside those in cells.

    Raises CheckpointError where the two disagree, since it is not known which the model was
    trained with.
    """
    kept = {name: tensor for name, tensor in tensors.items() if not name.endswith(GRID)}
    for name in tensors.keys() - kept.keys():
        anchors = kept.get(name.removesuffix(GRID) + ".anchors")
        if anchors is None or len(anchors) != len(STRIDES):
            kept[name] = tensors[name]  # of another network, which is named elsewhere
            continue
        pixels = anchors * torch.tensor(STRIDES).view(-1, *[1] * (anchors.dim() - 1))
        given = tensors[name].flatten()
        # Both are rounded to half precision.
        if len(given) != pixels.numel() or not torch.allclose(given, pixels.flatten(), rtol=0.01):
            raise CheckpointError(
                path,
                f"{name} disagrees with the anchors beside it, times the strides "
                f"{', '.join(map(str, STRIDES))}",
                "Save the checkpoint again with the release that trained it",
            )
    return kept
