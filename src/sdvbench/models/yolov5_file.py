"""What YOLOv5's releases keep in their files beside the weights, and what it must agree with."""

import re
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from sdvbench.errors import CheckpointError
from sdvbench.models.blocks import BATCH_NORM_EPS
from sdvbench.models.checkpoint import Checkpoint
from sdvbench.models.yolov5 import STRIDES

GRID = ".anchor_grid"
ACTIVATIONS = ("torch.nn.modules.activation.", "models.activations.", "utils.activations.")
DETECT = re.compile(
    r"(models\.yolo|sdvbench\.models\.yolov5)\.(Detect|YOLOv5|Model|DetectionModel)"
)


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


def check_layers(checkpoint: Checkpoint) -> None:
    """Raise CheckpointError where the file's modules compute something else from equal tensors.

    Only whole modules show it: a state dict knows neither activations nor BatchNorm's eps.
    """
    of_yolov5 = any(DETECT.fullmatch(kind) for kind in checkpoint.parts.values())
    for name, kind in checkpoint.parts.items() if of_yolov5 else ():
        other = kind.startswith(ACTIVATIONS) and not kind.endswith(".SiLU")
        if other and name.endswith("act"):
            raise CheckpointError(
                checkpoint.path,
                f"{name} is {kind.rsplit('.', 1)[-1]}, where the yolov5 of sdvbench has SiLU",
                "Train it with SiLU, or register a model of your own (see docs/DESIGN.md)",
            )
        eps = re.search(r"BatchNorm2d\(eps=(.+)\)$", kind)
        if eps and abs(float(eps[1]) / BATCH_NORM_EPS - 1) > 1e-6:
            raise CheckpointError(
                checkpoint.path,
                f"{name} divides with eps {eps[1]}, where YOLOv5 has {BATCH_NORM_EPS:g}",
                "Save the model as YOLOv5's own training does",
            )
