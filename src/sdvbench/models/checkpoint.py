"""Reading weights without running them: .pt, .safetensors and plain state dicts.

An official checkpoint is a pickle of whole objects whose classes belong to other packages. torch's
own restricted unpickler rebuilds its tensors and plain containers; every class of a network is
replaced by an inert shell that only holds attributes. Any other name in the file is refused.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from sdvbench.errors import CheckpointError

# Packages whose classes may be named: networks, which are only looked at. No code of theirs runs.
INERT_PACKAGES = (
    "torch.nn.modules.",
    "models.yolo.",
    "models.common.",
    "ultralytics.nn.",
    "sdvbench.models.",
)

AWARE = "quantization_aware"  # a key of the metadata, there where the model is


@dataclass(frozen=True)
class Checkpoint:
    """What a weight file holds.

    tensors: by state-dict name, float tensors as float32.
    class_names: as the file tells them, else None.
    metadata: of a .safetensors file ("model", "pruning", ...), else empty.
    """

    path: Path
    tensors: Mapping[str, Tensor]
    class_names: tuple[str, ...] | None
    metadata: Mapping[str, str]


class _Inert:
    """Stands in for any class of a network: takes its attributes and does nothing."""

    def __init__(self, *_: object) -> None: ...


def read_checkpoint(path: str | Path) -> Checkpoint:
    """Read the weights in ``path`` (.pt, .pth or .safetensors).

    Raises CheckpointError if the file is absent, truncated, of another kind, or names anything
    but tensors, plain containers and network classes.
    """
    path = Path(path)
    if not path.is_file():
        raise CheckpointError(path, "there is no such file", "Check --sdv-weights")
    if path.suffix == ".safetensors":
        return _read_safetensors(path)
    content = _unpickle(path)
    if isinstance(content, Mapping):  # official files keep the averaged model beside the last one
        held = (content.get(key) for key in ("ema", "model", "state_dict"))
        content = next((c for c in held if isinstance(c, Mapping | _Inert)), content)
    if isinstance(content, Mapping):
        tensors = {str(k): v for k, v in content.items() if isinstance(v, Tensor)}
        names = None
    else:
        try:
            tensors = dict(_module_tensors(content))
        except RecursionError:
            raise CheckpointError(path, "holds a module that contains itself") from None
        names = _class_names(getattr(content, "names", None))
    if not tensors:
        raise CheckpointError(path, "holds no tensors", "Pass a checkpoint or a state dict")
    for name, tensor in tensors.items():
        if tensor.layout is not torch.strided or tensor.is_quantized:
            raise CheckpointError(path, f"{name} is sparse or quantized", "Save it dense")
    return Checkpoint(path, {k: _as_float32(v) for k, v in tensors.items()}, names, {})


def _read_safetensors(path: Path) -> Checkpoint:
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            tensors = {name: _as_float32(file.get_tensor(name)) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError) as error:
        raise CheckpointError(
            path, f"is not a whole .safetensors file ({error})", "Copy it again"
        ) from error
    names = metadata.get("class_names")
    return Checkpoint(path, tensors, tuple(names.split("\n")) if names else None, metadata)


def _unpickle(path: Path) -> Any:
    try:
        named = torch.serialization.get_unsafe_globals_in_checkpoint(str(path))
    except Exception as error:
        # torch raises a RuntimeError, ValueError or UnpicklingError by where the damage is.
        raise CheckpointError(
            path,
            f"is truncated or not a checkpoint of torch 1.6 or newer ({_first_line(error)})",
            "Copy it again, or load and torch.save its state dict with a current torch",
        ) from error
    for name in named:
        if not name.startswith(INERT_PACKAGES):
            raise CheckpointError(
                path,
                f"asks for the Python global {name!r}, which is neither a tensor, a plain "
                "container nor a network's class; nothing in the file was run",
                "Do not trust this file; ask its author for a plain state dict",
            )
    shells = [(type("_Inert", (_Inert,), {}), name) for name in named]
    try:
        with torch.serialization.safe_globals(shells):  # type: ignore[arg-type]
            return torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:
        raise CheckpointError(
            path, f"cannot be read ({_first_line(error)})", "Copy it again"
        ) from error


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n")[0].rstrip(".")


def _module_tensors(shell: object, prefix: str = "") -> Iterator[tuple[str, Tensor]]:
    """The state dict of a module of which only the attributes were rebuilt."""
    for kind in ("_parameters", "_buffers"):
        for name, tensor in _held(shell, kind).items():
            if isinstance(tensor, Tensor):
                yield f"{prefix}{name}", tensor.detach()
    for name, child in _held(shell, "_modules").items():
        yield from _module_tensors(child, f"{prefix}{name}.")


def _held(shell: object, kind: str) -> Mapping[Any, Any]:
    held = vars(shell).get(kind) if isinstance(shell, _Inert) else None
    return held if isinstance(held, Mapping) else {}


def _class_names(names: object) -> tuple[str, ...] | None:
    if isinstance(names, dict) and names.keys() == set(range(len(names))):
        names = [names[index] for index in range(len(names))]
    return tuple(map(str, names)) if isinstance(names, list) else None


def _as_float32(tensor: Tensor) -> Tensor:
    return tensor.float() if tensor.is_floating_point() else tensor
