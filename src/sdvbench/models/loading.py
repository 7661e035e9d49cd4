"""Models with weights from a file or from a seed, and files of models."""

import inspect
from collections.abc import Callable
from pathlib import Path

import torch
from safetensors.torch import save_file

from sdvbench.errors import CheckpointError, OptionError
from sdvbench.models import MODELS
from sdvbench.models.base import Network
from sdvbench.models.checkpoint import AWARE, read_checkpoint
from sdvbench.models.seeded import seed_weights
from sdvbench.models.weights import class_count, load_weights

DEFAULT_CLASSES = 80  # COCO


def load_model(
    name: str = "yolov5s",
    weights: str | Path | None = None,
    num_classes: int | None = None,
    *,
    seed: int = 0,
) -> Network:
    """A model in eval mode, BatchNorm kept, on the CPU.

    name: a registered model.
    weights: a training checkpoint (.pt), a .safetensors or a state dict. A pruned one is read by
        the shapes of its tensors (``pruned_before`` of the result). None fills in random weights
        from ``seed``, which exercise an engine's speed and numerics but detect nothing.
    num_classes: of a detector; None takes what the weights were trained for, or 80 without weights.

    Raises OptionError for an unknown name or no classes, CheckpointError for weights that do not
    fit.
    """
    create = MODELS[name]
    if num_classes is not None and num_classes < 1:
        raise OptionError(f"num_classes={num_classes}", "is not positive", "Use 1 or more, or None")
    checkpoint = None if weights is None else read_checkpoint(weights)
    found = class_count(checkpoint) if checkpoint else None
    model = _made(create, num_classes or found or DEFAULT_CLASSES)
    if checkpoint is None:
        seed_weights(model, seed)
    else:
        load_weights(model, checkpoint)
        try:
            model.read_metadata(checkpoint.metadata)
        except ValueError as error:
            raise CheckpointError(weights, str(error), "Copy it again, or train anew") from error
    return model.eval()


def declared(name: str) -> Network:
    """The registered model ``name`` without its weights, which take time: what it takes and gives.

    It is made on PyTorch's meta device, or, where its class cannot be made there, on the CPU.
    """
    create = MODELS[name]
    try:
        with torch.device("meta"):
            return _made(create, DEFAULT_CLASSES)
    except (NotImplementedError, RuntimeError, TypeError):
        return _made(create, DEFAULT_CLASSES)


def _made(create: Callable[..., Network], num_classes: int) -> Network:
    """Of a network that knows no classes, the constructor has no parameter."""
    return create(num_classes) if inspect.signature(create).parameters else create()


def save_model(model: Network, path: str | Path, pruning: str = "orig") -> None:
    """Write ``model`` as .safetensors; ``load_model`` reads it back, pruned shapes and all."""
    metadata = {"model": model.name, "pruning": pruning} | model.metadata()
    if model.class_names:
        metadata["class_names"] = "\n".join(model.class_names)
    if model.quantization_aware:
        metadata[AWARE] = "by TensorRT's recipe"
    tensors = {name: tensor.contiguous() for name, tensor in model.state_dict().items()}
    save_file(tensors, path, metadata)
