"""A model pruned by a method, with the model itself left as it is."""

import copy
from collections.abc import Callable
from typing import Any

import torch

from sdvbench.errors import PruningError
from sdvbench.image_size import ImageSize
from sdvbench.models.base import Network
from sdvbench.pruning import PRUNINGS, split


def prune(model: Network, method: str, imgsz: ImageSize = 640, **parameters: float) -> Network:
    """A pruned copy of ``model``; the argument is untouched.

    method: a registered pruning, for example "PL".
    imgsz: of the image with which the layers' dependencies are traced: side of a square in pixels,
        or (height, width).
    parameters: those of the method: ``ratio`` (share of channels, in (0, 1)) and, for PL,
        ``steps``; see the method's class.

    Raises PruningError for a ratio out of range, an unknown parameter, or nothing to prune, and
    OptionError for an unknown method or image size.
    """
    base, aware = split(method)
    if aware:
        remedy = f"Prune by {base}, and train that by sdvbench recover {model.name} {method}"
        raise PruningError(f"pruning {method}", "is a training too", remedy)
    inputs = model.bound_inputs(imgsz)
    configure: Callable[..., Callable[[Network, Any], None]] = PRUNINGS[method]
    try:
        apply = configure(**parameters)
    except TypeError as error:
        raise PruningError(f"pruning {method}", str(error), "See help(sdvbench.prune)") from error
    with torch.inference_mode(False), torch.enable_grad():  # dependencies are traced by autograd
        pruned = copy.deepcopy(model).eval().requires_grad_(True)
        example = [_like(value, pruned) for value in model.example(inputs)]
        apply(pruned, example[0] if len(example) == 1 else example)
        for name, parameter in model.named_parameters():  # a frozen model stays frozen
            pruned.get_parameter(name).requires_grad_(parameter.requires_grad)
    return pruned


def _like(value: torch.Tensor, model: Network) -> torch.Tensor:
    """On the model's device, in its type where it is no whole number."""
    first = next(model.parameters())
    return value.to(first) if value.is_floating_point() else value.to(first.device)
