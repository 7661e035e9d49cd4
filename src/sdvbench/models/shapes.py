"""A pruned model by the shapes of its tensors."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from sdvbench.models.base import Network

SIDE_PX = 64  # of the image that shows whether the layers fit one another


def shrink(model: nn.Module, tensors: Mapping[str, Tensor]) -> None:
    """Resize every convolution and BatchNorm of ``model`` in place to the shapes in ``tensors``."""
    for name, module in model.named_modules():
        weight = tensors.get(f"{name}.weight")
        if weight is None:
            continue
        if isinstance(module, nn.BatchNorm2d):
            module.num_features = len(weight)
            for buffer in ("running_mean", "running_var"):
                setattr(module, buffer, torch.empty(len(weight)))
            module.weight, module.bias = (nn.Parameter(torch.empty(len(weight))) for _ in range(2))
        elif isinstance(module, nn.Conv2d):
            module.out_channels, module.in_channels = weight.shape[:2]
            module.weight = nn.Parameter(torch.empty(weight.shape))
            if module.bias is not None:
                module.bias = nn.Parameter(torch.empty(len(weight)))


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
        takes = shape[1:2] if len(most) == 4 else []  # a convolution may take fewer channels
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
