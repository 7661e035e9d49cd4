"""`pilotnet_tf`: PilotNet as JdeRobot's study has it in Keras, 17,016,206 parameters.

Keras counts BatchNorm's running means and variances, six numbers, among them.
"""

import torch
from torch import Tensor, nn

from sdvbench.models.driver import PilotNet

MEANS, DEVIATIONS = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of ImageNet's colours
KERAS_MOMENTUM = 0.99  # the share that a running mean keeps, where PyTorch counts what is new


class ImageNetColours(nn.Module):
    """(B, 3, H, W) RGB 0..1 -> the same with ImageNet's means and deviations taken out, as the
    study's images are normalised before its network sees them.
    """

    means: Tensor
    deviations: Tensor

    def __init__(self) -> None:
        super().__init__()
        for name, values in (("means", MEANS), ("deviations", DEVIATIONS)):
            self.register_buffer(name, torch.tensor(values).view(3, 1, 1), persistent=False)

    def forward(self, image: Tensor) -> Tensor:
        return (image - self.means) / self.deviations


def pilotnet_tf() -> PilotNet:
    """Convolutions with TensorFlow's padding "same", behind ImageNet's colours and a BatchNorm."""
    norm = nn.BatchNorm2d(3, eps=1e-3, momentum=1 - KERAS_MOMENTUM)
    return PilotNet("pilotnet_tf", nn.Sequential(ImageNetColours(), norm), same=True)
