"""Which predictions must find which object.

Source: the assignment that YOLOv5 is trained with (its rules; release 6.1).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from sdvbench.tasks.detection.training.labels import Labels

LARGEST_RATIO = 4.0  # of an object's side to its prior's: so far reaches a box that is decoded


@dataclass(frozen=True, eq=False)
class Assignment:
    """Of one stride, one entry a pair of an object and a prediction that must find it.

    image, prior, row, column: (m,) int64, which prediction.
    boxes: (m, 4) float, xywh in cells, the centre relative to that cell's corner: -0.5 to 1.5.
    classes: (m,) int64.
    """

    image: Tensor
    prior: Tensor
    row: Tensor
    column: Tensor
    boxes: Tensor
    classes: Tensor

    def __len__(self) -> int:
        return len(self.image)

    @property
    def place(self) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Index into (B, A, rows, columns, ...)."""
        return self.image, self.prior, self.row, self.column


def assign(
    labels: Labels,
    priors_px: Tensor,
    strides: Sequence[int],
    shapes: Sequence[tuple[int, int]],
) -> list[Assignment]:
    """One assignment a stride.

    priors_px: (strides, A, 2) widths and heights in pixels. shapes: rows and columns a stride.

    An object goes to every prior from which none of its sides differs by a factor of four or more,
    at every stride: in the cell that holds its centre and in the cells beside, and above or below,
    that are nearest to that centre, where there are such. One that fits no prior goes nowhere.
    """
    return [
        _assign(labels, priors_px[level], stride, *shapes[level])
        for level, stride in enumerate(strides)
    ]


def _assign(labels: Labels, priors_px: Tensor, stride: int, rows: int, columns: int) -> Assignment:
    ratios = labels.boxes[:, None, 2:] / priors_px.to(labels.boxes)[None]  # objects, priors, side
    alike = torch.maximum(ratios, 1 / ratios).amax(2) < LARGEST_RATIO
    which, prior = alike.nonzero(as_tuple=True)
    boxes = labels.boxes[which] / stride
    last = boxes.new_tensor([columns - 1, rows - 1])
    cell = torch.minimum(boxes[:, :2].floor(), last)  # a centre may lie on the image's far edge
    nearer = (boxes[:, :2] - cell - 0.5).sign()  # 0 right in the middle: no neighbour is nearer
    none = torch.zeros_like(nearer[:, 0])
    moves = torch.stack(
        (
            torch.stack((none, none), 1),
            torch.stack((nearer[:, 0], none), 1),
            torch.stack((none, nearer[:, 1]), 1),
        )
    )
    cells = cell + moves  # (3, pairs, 2)
    there = ((cells >= 0) & (cells <= last)).all(2)
    there[1:] &= moves[1:].any(2)
    turn, pair = there.nonzero(as_tuple=True)
    found = cells[turn, pair]
    column, row = found.long().unbind(1)
    relative = torch.cat((boxes[pair, :2] - found, boxes[pair, 2:]), 1)
    of = which[pair]
    return Assignment(labels.image[of], prior[pair], row, column, relative, labels.classes[of])
