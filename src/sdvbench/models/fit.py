"""Putting checkpoint tensors into a model, with an error that says what does not fit."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from sdvbench.errors import CheckpointError
from sdvbench.models.base import Detector
from sdvbench.models.checkpoint import AWARE, Checkpoint


def fit(model: Detector, checkpoint: Checkpoint) -> None:
    """Load ``checkpoint`` into ``model`` in place.

    A checkpoint saved by sdvbench from a pruned model (its metadata names the pruning) shrinks the
    model's layers first: the shapes of its tensors are the whole description of a pruned model.
    Raises CheckpointError on missing, unexpected or misshapen tensors, and on NaN or infinity.
    """
    own = model.state_dict()
    given = dict(checkpoint.tensors)
    _check_keys(model, checkpoint, own.keys() - given.keys(), given.keys() - own.keys())
    _check_class_count(model, checkpoint)
    if checkpoint.metadata.get("pruning", "orig") != "orig":
        _check_ranks(checkpoint, own)
        shrink(model, given)
        own = model.state_dict()
    for name, tensor in given.items():
        if tensor.shape != own[name].shape:
            raise CheckpointError(
                checkpoint.path,
                f"{name} has shape {_shape(tensor)} but {model.name} needs {_shape(own[name])}",
                "Name the model that the file belongs to with --sdv-model",
            )
        if not torch.isfinite(tensor).all():
            raise CheckpointError(checkpoint.path, f"{name} holds NaN or infinity", "Train again")
    model.load_state_dict(given)
    model.class_names = checkpoint.class_names
    model.quantization_aware = AWARE in checkpoint.metadata


def shrink(model: nn.Module, tensors: dict[str, Tensor]) -> None:
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


def _check_keys(
    model: Detector, checkpoint: Checkpoint, missing: set[str], unexpected: set[str]
) -> None:
    def told(names: set[str]) -> str:
        first = ", ".join(sorted(names)[:3])
        return first + (f" and {len(names) - 3} more" if len(names) > 3 else "")

    problems = []
    if missing:
        problems.append(f"lacks {told(missing)}")
    if unexpected:
        problems.append(f"has unexpected {told(unexpected)}")
    if problems:
        raise CheckpointError(
            checkpoint.path,
            f"does not hold a {model.name}: it {' and '.join(problems)}",
            "Name the model that the file belongs to with --sdv-model",
        )


def _check_ranks(checkpoint: Checkpoint, own: Mapping[str, Tensor]) -> None:
    for name, tensor in checkpoint.tensors.items():
        if tensor.dim() != own[name].dim():
            raise CheckpointError(
                checkpoint.path, f"{name} has shape {_shape(tensor)}", "Save the model again"
            )


def _check_class_count(model: Detector, checkpoint: Checkpoint) -> None:
    found = class_count(checkpoint)
    if found not in (None, model.num_classes):
        raise CheckpointError(
            checkpoint.path,
            f"was trained for {found} classes, not {model.num_classes}",
            f"Pass num_classes={found}",
        )


def class_count(checkpoint: Checkpoint) -> int | None:
    """The number of classes that ``checkpoint`` was trained for, where its layout tells."""
    heads = [t for name, t in checkpoint.tensors.items() if name.endswith("m.0.bias")]
    outputs = heads[-1].numel() if heads else 0
    return outputs // 3 - 5 if outputs > 15 else None


def _shape(tensor: Tensor) -> str:
    return "x".join(map(str, tensor.shape)) or "scalar"
