"""Reading weights without running them: .pt, .pth and .safetensors, told by their content.

A training checkpoint is a pickle of whole objects whose classes belong to other packages.
``unpickling`` rebuilds its tensors and plain containers, and puts an inert shell in the place of
everything else. A file that would run something under an ordinary unpickler is refused by name.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from torch import Tensor

from sdvbench.errors import CheckpointError
from sdvbench.models import file_kinds, state_dicts, torch_file
from sdvbench.models.class_names import class_names, names_in_metadata
from sdvbench.models.key_prefixes import unwrapped
from sdvbench.models.pickled_names import RefusedError
from sdvbench.models.places import LIVE
from sdvbench.models.state_dicts import Part

AWARE = "quantization_aware"  # a key of the metadata, there where the model is


@dataclass(frozen=True)
class Checkpoint:
    """What a weight file holds.

    tensors: by state-dict name, float tensors as float32. What wrappers such as DataParallel put
        before the names is taken off.
    class_names: as the file gives them, else None.
    metadata: of a .safetensors file ("model", "pruning", ...), else empty.
    parts: each module by its name, where whole modules were saved; else empty.
    """

    path: Path
    tensors: Mapping[str, Tensor]
    class_names: tuple[str, ...] | None
    metadata: Mapping[str, str]
    parts: Mapping[str, Part] = field(default_factory=dict)


def read_checkpoint(path: str | Path) -> Checkpoint:
    """Read the weights in ``path`` (.pt, .pth or .safetensors).

    Raises CheckpointError if the file is absent or a folder, truncated or of another kind, holds no
    weights, or would run something under an ordinary unpickler.
    """
    path = Path(path)
    check_is_file(path)
    try:
        kind = file_kinds.kind_of(path)
        safe = file_kinds.is_safetensors(path)
    except OSError as error:
        raise CheckpointError(path, f"cannot be read ({error.strerror})") from error
    if kind is not None:
        raise CheckpointError(path, f"is {kind[0]}", kind[1])
    if safe or (path.suffix == ".safetensors" and not _is_torch_file(path)):
        return _read_safetensors(path)
    return _from_content(path, _unpickle(path))


def check_is_file(path: Path) -> None:
    """Raises CheckpointError where ``path`` is a folder, or nothing."""
    if path.is_dir():
        raise CheckpointError(path, "is a folder", "Name the file in it")
    if not path.is_file():
        raise CheckpointError(path, "there is no such file", "Check the path of the weights")


def _is_torch_file(path: Path) -> bool:
    with path.open("rb") as stream:
        return stream.read(len(torch_file.LEGACY_MAGIC)).startswith(
            (b"PK", torch_file.LEGACY_MAGIC)
        )


def _read_safetensors(path: Path) -> Checkpoint:
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            tensors = {name: _as_float32(file.get_tensor(name)) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError) as error:
        raise CheckpointError(
            path, f"is not a whole .safetensors file ({error})", "Copy it again"
        ) from error
    short = unwrapped(tensors)
    tensors = {short[name]: tensor for name, tensor in tensors.items() if name in short}
    return Checkpoint(path, tensors, names_in_metadata(path, metadata), metadata)


def _unpickle(path: Path) -> Any:
    with path.open("rb") as stream:
        head = stream.read(len(torch_file.LEGACY_MAGIC))
    legacy = head == torch_file.LEGACY_MAGIC
    if not legacy and not head.startswith(b"PK"):
        plain = head[:1] == b"\x80" and head[1:2] in (b"\x02", b"\x03", b"\x04", b"\x05")
        raise CheckpointError(
            path,
            "is truncated or not a checkpoint that torch.save wrote"
            + (", but perhaps a pickle of another kind" if plain else ""),
            "Copy it again, or load it where it was made and torch.save its state dict",
        )
    read: Callable[[Path], Any] = torch_file.read_legacy if legacy else torch_file.read_archive
    try:
        return read(path)
    except RefusedError as error:
        raise CheckpointError(
            path,
            f"asks for the Python global {error.name!r}"
            + (" to be called" if error.called else "")
            + ", which is not data and could run anything; nothing in the file was run",
            "Do not trust this file; ask its author for a plain state dict",
        ) from error
    except torch_file.DamagedError as error:
        raise CheckpointError(path, str(error), "Copy it again") from error
    except Exception as error:
        # By where the damage is, Python and torch raise nearly every error that they have.
        raise CheckpointError(
            path, f"is truncated or damaged ({_first_line(error)})", "Copy it again"
        ) from error


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).split("\n")[0].rstrip(".")


def _from_content(path: Path, content: Any) -> Checkpoint:
    try:
        found = state_dicts.find(content)
    except (RecursionError, state_dicts.TooManyTensorsError):
        raise CheckpointError(path, "holds a module that contains itself") from None
    except state_dicts.NamelessTensorsError as error:
        raise CheckpointError(
            path,
            f"keeps its averaged weights as a list under {str(error)!r}, without their names",
            "Copy them into the model where it was trained, and save its state dict",
        ) from None
    if found.unusable:
        raise CheckpointError(path, f"{found.unusable[0]} is sparse or quantized", "Save it dense")
    if not found.tensors:
        raise CheckpointError(path, f"holds no tensors{_keys(content)}", _WHERE)
    for name, tensor in found.tensors.items():
        if tensor.numel() * tensor.itemsize > tensor.untyped_storage().nbytes():
            raise CheckpointError(path, f"{name} claims more numbers than the file holds")
    short = unwrapped(found.tensors)
    return Checkpoint(
        path,
        {name: _as_float32(found.tensors[long].detach()) for long, name in short.items()},
        class_names(path, content),
        {},
        _parts(found.parts, short),
    )


_WHERE = f"Pass a state dict, or one under a key such as {', '.join(LIVE[:3])}"


def _keys(content: object) -> str:
    keys = [key for key in content if isinstance(key, str)] if isinstance(content, dict) else []
    return f"; its keys are {', '.join(keys[:5])}" if keys else ""


def _parts(parts: Mapping[str, Part], short: Mapping[str, str]) -> dict[str, Part]:
    """``parts`` without the wrappers that were taken off the tensors' names."""
    shared = {long.removesuffix(name) for long, name in short.items() if long.endswith(name)}
    prefix = shared.pop() if len(shared) == 1 else ""
    return {name.removeprefix(prefix): part for name, part in parts.items() if prefix in name}


def _as_float32(tensor: Tensor) -> Tensor:
    return tensor.float() if tensor.is_floating_point() else tensor
