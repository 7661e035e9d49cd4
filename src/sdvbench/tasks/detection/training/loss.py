"""What a detector is trained by: boxes, objectness, classes.

Source: the loss of YOLOv5, release 6.1 (its terms and gains). Two things differ: it counts the last
of several objects that share a prediction, here it is the best; and it multiplies the sum by the
batch, which Adam does not feel.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, one_hot

from sdvbench.tasks.detection.training.assignment import Assignment, assign
from sdvbench.tasks.detection.training.ciou import complete_iou
from sdvbench.tasks.detection.training.gains import Gains
from sdvbench.tasks.detection.training.labels import Labels

# Objectness of stride 8, 16, 32: maps with more cells, most of them empty, have small means.
BALANCE = (4.0, 1.0, 0.4)


@dataclass(frozen=True, eq=False)
class Loss:
    """Scalars, each with its gain; means over what they are taken of, not sums."""

    box: Tensor
    objectness: Tensor
    classes: Tensor


def decode(raw: Tensor, priors_cells: Tensor) -> Tensor:
    """(m, 4+) logits -> (m, 4) xywh in cells, the centre relative to the cell's corner.

    priors_cells: (m, 2), the prior of each.
    """
    centre = raw[:, :2].sigmoid() * 2 - 0.5
    size = (raw[:, 2:4].sigmoid() * 2) ** 2 * priors_cells
    return torch.cat((centre, size), 1)


def detection_loss(
    maps: Sequence[Tensor],
    labels: Labels,
    priors_px: Tensor,
    strides: Sequence[int],
    gains: Gains,
) -> Loss:
    """maps: (B, A, rows, columns, 5+C) logits, one a stride, by ``TrainableDetector.head_maps``.

    Predictions that must find an object: the mean of 1 - CIoU, and of the classes' binary
    cross-entropy where there is more than one class. All predictions: that of objectness, whose
    target is the CIoU that was reached, 0 where there is no object. Where several objects share a
    prediction, the best CIoU counts.
    """
    shapes = [(m.shape[2], m.shape[3]) for m in maps]
    assignments = assign(labels, priors_px, strides, shapes)
    zero = maps[0].new_zeros(())
    box, objectness, classes = zero, zero, zero
    for raw, found, priors, stride, balance in zip(
        maps, assignments, priors_px, strides, BALANCE, strict=True
    ):
        target = raw.new_zeros(raw.shape[:4])
        if len(found):
            chosen = raw[found.place]
            cells = (priors / stride).to(raw)[found.prior]
            ciou = complete_iou(decode(chosen, cells), found.boxes.to(raw))
            box = box + (1 - ciou).mean()
            target = _objectness(raw, found, ciou.detach())
            classes = classes + _class_loss(chosen[:, 5:], found.classes)
        objectness = objectness + balance * binary_cross_entropy_with_logits(raw[..., 4], target)
    return Loss(gains.box * box, gains.objectness * objectness, gains.classes * classes)


def _objectness(raw: Tensor, found: Assignment, ciou: Tensor) -> Tensor:
    """(B, A, rows, columns) targets; the best of several does not depend on their order."""
    target = raw.new_zeros(raw.shape[:4])  # dense, whatever the order of the map in memory
    _, priors, rows, columns = target.shape
    flat = ((found.image * priors + found.prior) * rows + found.row) * columns + found.column
    target.view(-1).scatter_reduce_(0, flat, ciou.clamp(min=0), "amax")
    return target


def _class_loss(logits: Tensor, classes: Tensor) -> Tensor:
    if logits.shape[1] == 1:  # whether it is an object is all there is to say
        return logits.new_zeros(())
    return binary_cross_entropy_with_logits(logits, one_hot(classes, logits.shape[1]).to(logits))
