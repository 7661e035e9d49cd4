"""A model pruned by a method, with the model itself left as it is."""

import copy
from collections.abc import Callable

import torch

from sdvbench.errors import PruningError
from sdvbench.image_size import ImageSize, check_image_size, height_width
from sdvbench.models.base import Detector
from sdvbench.pruning import PRUNINGS


def prune(model: Detector, method: str, imgsz: ImageSize = 640, **parameters: float) -> Detector:
    """A pruned copy of ``model``; the argument is untouched.

    method: a registered pruning, for example "PL".
    imgsz: of the image with which the layers' dependencies are traced: side of a square in pixels,
        or (height, width).
    parameters: those of the method: ``ratio`` (share of channels, in (0, 1)) and, for PL,
        ``steps``; see the method's class.

    Raises PruningError for a ratio out of range, an unknown parameter, or nothing to prune, and
    OptionError for an unknown method or image size.
    """
    check_image_size(imgsz)
    configure: Callable[..., Callable[[Detector, torch.Tensor], None]] = PRUNINGS[method]
    try:
        apply = configure(**parameters)
    except TypeError as error:
        raise PruningError(f"pruning {method}", str(error), "See help(sdvbench.prune)") from error
    with torch.inference_mode(False), torch.enable_grad():  # dependencies are traced by autograd
        pruned = copy.deepcopy(model).eval().requires_grad_(True)
        apply(pruned, torch.zeros(1, 3, *height_width(imgsz)).to(next(pruned.parameters())))
        for name, parameter in model.named_parameters():  # a frozen model stays frozen
            pruned.get_parameter(name).requires_grad_(parameter.requires_grad)
    return pruned
