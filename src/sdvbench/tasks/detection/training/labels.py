"""The objects of a batch, as tensors."""

from dataclasses import dataclass
from typing import Self

import torch
from torch import Tensor


@dataclass(frozen=True, eq=False)
class Labels:
    """One entry an object.

    image: (n,) int64, which image of the batch. classes: (n,) int64, the model's.
    boxes: (n, 4) float, xywh in pixels of the network's input.
    """

    image: Tensor
    classes: Tensor
    boxes: Tensor

    def __len__(self) -> int:
        return len(self.image)

    def to(self, device: torch.device) -> Self:
        return type(self)(self.image.to(device), self.classes.to(device), self.boxes.to(device))
