"""Finding the network's tensors and class names in whatever a training script has saved."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor

from sdvbench.models.stand_ins import Shell, as_mapping, plain
from sdvbench.models.stored_tensors import as_tensor

# Where training scripts keep the weights; averaged ones come first, as they are what is deployed.
PLACES = (
    "ema",
    "ema_state_dict",
    "state_dict_ema",
    "model_ema",
    "ema_model",
    "model",
    "model_state_dict",
    "state_dict",
    "module",
    "net",
    "network",
    "weights",
    "params",
)
NAMES = ("names", "class_names", "classes", "CLASSES")
BESIDE_THE_NAMES = ("meta", "dataset_meta", "model", "module", "_orig_mod", "ema")
DEEPEST = 4  # {"ema": {"module": {...}}} and the like
MOST_TENSORS = 100_000  # a module that is used in several places is listed in each


class TooManyTensorsError(Exception):
    """Modules that hold one another."""


@dataclass
class Found:
    """tensors: by name. unusable: names of tensors that were not rebuilt. parts: modules' classes,
    with BatchNorm's eps; empty where only a state dict was saved."""

    tensors: dict[str, Tensor] = field(default_factory=dict)
    unusable: list[str] = field(default_factory=list)
    parts: dict[str, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.tensors or self.unusable)


def find(content: object, depth: int = 0) -> Found:
    """The state dict in ``content``, in the first of PLACES that holds one, or itself."""
    held = _module(content) if isinstance(content, Shell) else Found()
    entries = as_mapping(content)
    if held or entries is None or depth == DEEPEST:
        return held
    for place in PLACES:
        value = entries.get(place)
        if isinstance(value, dict | Shell) and (held := find(value, depth + 1)):
            return held
    return _state_dict(entries)


def class_names(content: object, depth: int = 0) -> tuple[str, ...] | None:
    """The class names beside the weights: a list, or a dictionary whose keys are numbers."""
    entries = as_mapping(content)
    if entries is None or depth == DEEPEST:
        return None
    for key in NAMES:
        if (names := _names(entries.get(key))) is not None:
            return names
    modules = entries.get("_modules")
    for inside in (entries, modules if isinstance(modules, dict) else {}):
        for place in (*BESIDE_THE_NAMES, *PLACES):
            if (names := class_names(inside.get(place), depth + 1)) is not None:
                return names
    return None


def _names(value: object) -> tuple[str, ...] | None:
    value = plain(value)
    if isinstance(value, Shell):
        value = dict(value.entries)
    if isinstance(value, dict):
        by_number = {int(k) if _is_number(k) else k: v for k, v in value.items()}
        if by_number.keys() != set(range(len(value))):
            return None
        value = [by_number[number] for number in range(len(value))]
    if not isinstance(value, list | tuple) or not value:
        return None
    return tuple(map(str, value)) if all(isinstance(v, str | int) for v in value) else None


def _is_number(key: object) -> bool:
    return isinstance(key, str) and len(key) < 6 and key.isascii() and key.isdigit()


def _state_dict(entries: Mapping[Any, Any]) -> Found:
    found = Found()
    for name, value in entries.items():
        _add(found, str(name), value)
    return found


def _module(shell: Shell) -> Found:
    """The state dict of a module of which only the attributes were rebuilt."""
    found = Found()
    for prefix, module in _modules(shell, ""):
        found.parts[prefix.rstrip(".")] = _part(module)
        hidden = module.attributes.get("_non_persistent_buffers_set")
        for kind in ("_parameters", "_buffers"):
            for name, value in _held(module, kind).items():
                if not isinstance(hidden, list) or name not in hidden:
                    _add(found, f"{prefix}{name}", value)
        if len(found.parts) + len(found.tensors) > MOST_TENSORS:
            raise TooManyTensorsError
    return found


def _modules(shell: Shell, prefix: str) -> Iterator[tuple[str, Shell]]:
    yield prefix, shell
    for name, child in _held(shell, "_modules").items():
        if isinstance(child, Shell):
            yield from _modules(child, f"{prefix}{name}.")


def _held(shell: Shell, kind: str) -> Mapping[Any, Any]:
    held = shell.attributes.get(kind)
    return held if isinstance(held, dict) else {}


def _part(module: Shell) -> str:
    eps = module.attributes.get("eps")
    return module.named.full + (f"(eps={eps:g})" if isinstance(eps, float) else "")


def _add(found: Found, name: str, value: object) -> None:
    tensor = as_tensor(value)
    if tensor is not None:
        found.tensors[name] = tensor
    elif isinstance(value, Shell) and value.named.full.startswith("torch._utils._rebuild_"):
        found.unusable.append(name)
