"""A pruned model by the shapes of its tensors."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from sdvbench.models.base import Network

BATCH_NORMS = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)
CONVOLUTIONS = (
    *(nn.Conv1d, nn.Conv2d, nn.Conv3d),
    *(nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d),
)
SIDE_PX = 64  # of the image that shows whether the layers fit one another


def shrink(model: nn.Module, tensors: Mapping[str, Tensor]) -> None:
    """Resize every convolution, dense layer and BatchNorm of ``model`` in place to the shapes in
    ``tensors``.
    """
    for name, module in model.named_modules():
        weight = tensors.get(f"{name}.weight")
        if weight is None:
            continue
        if isinstance(module, BATCH_NORMS):
            module.num_features = len(weight)
            for buffer in ("running_mean", "running_var"):
                setattr(module, buffer, torch.empty(len(weight)))
            module.weight, module.bias = (nn.Parameter(torch.empty(len(weight))) for _ in range(2))
        elif isinstance(module, CONVOLUTIONS):
            _resize(module, weight)
        elif isinstance(module, nn.Linear):
            module.out_features, module.in_features = weight.shape
            _renew(module, weight, module.out_features)


def _resize(module: Any, weight: Tensor) -> None:
    """A convolution, transposed or not, to the shape of ``weight``."""
    first, second = weight.shape[:2]
    if module.groups > 1 and module.groups == module.in_channels:  # one for each channel
        module.groups = module.in_channels = first
        module.out_channels = first * second if module.transposed else first
    elif module.transposed:
        module.in_channels, module.out_channels = first, second * module.groups
    else:
        module.out_channels, module.in_channels = first, second * module.groups
    _renew(module, weight, module.out_channels)


def _renew(module: Any, weight: Tensor, outputs: int) -> None:
    module.weight = nn.Parameter(torch.empty(weight.shape))
    if module.bias is not None:
        module.bias = nn.Parameter(torch.empty(outputs))


def not_pruned(model: Network, tensors: Mapping[str, Tensor]) -> str | None:
    """The first tensor whose shape no pruning of ``model`` leaves, else None.

    Pruning removes channels, so that sizes only shrink. Kernels keep their size, and the layers
    that may not be pruned keep what they put out.
    """
    kept = {id(p) for layer in model.unprunable() for p in (*layer.parameters(), *layer.buffers())}
    for name, own in model.state_dict(keep_vars=True).items():
        shape, most = list(tensors[name].shape), list(own.shape)
        if len(shape) != len(most) or any(
            n > m or n == 0 for n, m in zip(shape, most, strict=True)
        ):
            return name
        # A layer may take fewer channels.
        takes = shape[1:2] if len(most) > 1 and name.endswith(".weight") else []
        if id(own) in kept and shape != most[:1] + takes + most[1 + len(takes) :]:
            return name
        if shape[2:] != most[2:]:
            return name
    return None


def contradiction(model: Network, tensors: Mapping[str, Tensor]) -> str | None:
    """What does not fit in ``model``, which ``shrink`` has resized to ``tensors``, else None."""
    for name, own in model.state_dict().items():
        if tensors[name].shape != own.shape:
            return f"{name} has {tensors[name].numel()} numbers instead of {own.numel()}"
    training = model.training
    try:
        with torch.inference_mode():
            model.eval()(*model.example(model.bound_inputs(SIDE_PX)))
    except RuntimeError as error:
        return str(error).strip().split("\n")[0]
    finally:
        model.train(training)
    return None
