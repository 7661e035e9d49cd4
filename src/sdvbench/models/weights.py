"""Putting checkpoint tensors into a model, with an error that says what does not fit."""

from dataclasses import replace

import torch
from torch import Tensor

from sdvbench.cells import UNPRUNED
from sdvbench.errors import CheckpointError
from sdvbench.models import shapes
from sdvbench.models.base import Detector, Network
from sdvbench.models.checkpoint import AWARE, Checkpoint
from sdvbench.models.key_prefixes import aligned
from sdvbench.models.recognition import NAME_IT, recognize, sizes_that_fit
from sdvbench.models.yolov5_file import without_anchor_grid
from sdvbench.models.yolov5_layers import check_layers

MOST_CLASSES = 10_000


def load_weights(model: Network, checkpoint: Checkpoint) -> None:
    """Load ``checkpoint`` into ``model`` in place.

    A pruned checkpoint shrinks the model's layers first: the shapes of its tensors are the whole
    description of a pruned model.
    Raises CheckpointError on missing, unexpected or misshapen tensors, and on NaN or infinity; it
    names the network where the file holds another one.
    """
    checkpoint = _prepared(model, checkpoint)
    own, given = model.state_dict(), dict(checkpoint.tensors)
    _check_keys(model, checkpoint, own.keys() - given.keys(), given.keys() - own.keys())
    _check_class_count(model, checkpoint)
    check_layers(model, checkpoint)
    _check_numbers(model, checkpoint)
    if any(tensor.shape != own[name].shape for name, tensor in given.items()):
        _check_pruned(model, checkpoint)
        shapes.shrink(model, given)
        _check_consistent(model, checkpoint)
        model.pruned_before = _pruning(checkpoint) or ""
    model.load_state_dict(given)
    model.class_names = checkpoint.class_names
    model.quantization_aware = AWARE in checkpoint.metadata


def _prepared(model: Network, checkpoint: Checkpoint) -> Checkpoint:
    """``checkpoint`` under the model's names, without what follows from its other tensors."""
    own = model.state_dict()
    given = without_anchor_grid(checkpoint.path, aligned(checkpoint.tensors, own.keys()))
    for name, tensor in own.items():
        if name.endswith(".num_batches_tracked"):  # older releases of torch did not count
            given.setdefault(name, tensor)
    return replace(checkpoint, tensors=given)


def _check_numbers(model: Network, checkpoint: Checkpoint) -> None:
    own = model.state_dict()
    for name, tensor in checkpoint.tensors.items():
        if own[name].is_floating_point() and not tensor.is_floating_point():
            kind = str(tensor.dtype).removeprefix("torch.")
            raise CheckpointError(
                checkpoint.path,
                f"{name} holds {kind} instead of floating-point numbers, as quantized weights do",
                "Pass the checkpoint from before it was quantized",
            )
        if not torch.isfinite(tensor).all():
            raise CheckpointError(checkpoint.path, f"{name} holds NaN or infinity", "Train again")


def _check_keys(
    model: Network, checkpoint: Checkpoint, missing: set[str], unexpected: set[str]
) -> None:
    if not missing and not unexpected:
        return
    network = recognize(checkpoint.tensors)
    if network is not None:
        what, remedy = network
        raise CheckpointError(checkpoint.path, f"holds {what}, not a {model.name}", remedy)
    _refuse_other_size(model, checkpoint)
    problems = []
    if missing:
        problems.append(f"lacks {_first(missing)}")
    if unexpected:
        problems.append(f"has unexpected {_first(unexpected)}")
    raise CheckpointError(
        checkpoint.path, f"does not hold a {model.name}: it {' and '.join(problems)}", NAME_IT
    )


def _first(names: set[str]) -> str:
    first = ", ".join(sorted(names)[:3])
    return first + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def _check_pruned(model: Network, checkpoint: Checkpoint) -> None:
    """Raise unless the shapes can be those of a pruned ``model``, and of no smaller one."""
    if _pruning(checkpoint) is None:
        _refuse_other_size(model, checkpoint)
    misshapen = shapes.not_pruned(model, checkpoint.tensors)
    if misshapen is not None:
        found, own = checkpoint.tensors[misshapen], model.state_dict()[misshapen]
        raise CheckpointError(
            checkpoint.path,
            f"{misshapen} has shape {_shape(found)} but {model.name} needs {_shape(own)}",
            NAME_IT,
        )


def _pruning(checkpoint: Checkpoint) -> str | None:
    """What the file says that it was pruned by; None where it says nothing, or that it was not."""
    told = checkpoint.metadata.get("pruning", UNPRUNED)
    return None if told == UNPRUNED else told


def _refuse_other_size(model: Network, checkpoint: Checkpoint) -> None:
    """Raise where the smallest model that has the file's shapes, or more, is another one."""
    for name, exactly in sizes_that_fit(checkpoint.tensors)[:1]:
        if name != model.name:
            raise CheckpointError(
                checkpoint.path,
                f"holds a {name if exactly else f'pruned {name}'}, not a {model.name}",
                f"Pass --sdv-model {name}",
            )


def _check_consistent(model: Network, checkpoint: Checkpoint) -> None:
    problem = shapes.contradiction(model, checkpoint.tensors)
    if problem is not None:
        raise CheckpointError(
            checkpoint.path,
            f"has shapes that differ from {model.name}'s, as pruning leaves them, but do not fit "
            f"one another ({problem})",
            "Save the pruned model's state dict again",
        )


def _check_class_count(model: Network, checkpoint: Checkpoint) -> None:
    if not isinstance(model, Detector):
        return
    found = class_count(checkpoint)
    if found not in (None, model.num_classes):
        raise CheckpointError(
            checkpoint.path,
            f"was trained for {found} classes, not {model.num_classes}",
            f"Pass num_classes={found}",
        )
    names = checkpoint.class_names
    if names is not None and len(names) != model.num_classes:
        raise CheckpointError(
            checkpoint.path,
            f"names {len(names)} classes, but its detection layer has {model.num_classes}",
            "Save the model with the names that it was trained for",
        )


def class_count(checkpoint: Checkpoint) -> int | None:
    """The number of classes that ``checkpoint`` was trained for, where its layout gives it."""
    heads = [t for name, t in checkpoint.tensors.items() if name.endswith("m.0.bias")]
    outputs = heads[-1].numel() if heads else 0
    return outputs // 3 - 5 if 15 < outputs < 3 * MOST_CLASSES else None


def _shape(tensor: Tensor) -> str:
    return "x".join(map(str, tensor.shape)) or "scalar"
