"""`pilotnet`: PilotNet as JdeRobot's study has it in PyTorch, 1,595,528 parameters."""

from torch import nn

from sdvbench.models.driver import PilotNet


def pilotnet() -> PilotNet:
    """Convolutions without padding, behind a BatchNorm of the image."""
    return PilotNet("pilotnet", nn.BatchNorm2d(3, eps=1e-3), same=False)
