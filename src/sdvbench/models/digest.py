"""What makes two models the same, for the store's keys."""

import hashlib
from collections.abc import Iterator

from torch import nn

from sdvbench.code_digest import code_of
from sdvbench.models.attributes import content, told
from sdvbench.models.base import Network

# Their code is left out: torch's is known by its version, and models' base classes only declare
# what others implement.
LEFT_OUT = ("torch", "abc", "builtins", "sdvbench.models.base")
# Attributes that are PyTorch's own book-keeping, or say where a network's weights come from.
KEPT_BY_TORCH = frozenset(vars(nn.Module()))
KEPT_BY_NETWORKS = frozenset(vars(Network("")))


def model_digest(model: nn.Module) -> str:
    """sha256 hex over ``definition`` and each tensor's name, dtype, shape and bytes: those of the
    state dict, and buffers that are left out of it where ``definition`` has attributes.
    """
    digest = hashlib.sha256(definition(model).encode())
    tensors = model.state_dict()
    if not _fixed_by_sources(model):
        tensors |= dict(model.named_buffers())
    for name, tensor in sorted(tensors.items()):
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        digest.update(content(tensor))
    return digest.hexdigest()


def definition(model: nn.Module) -> str:
    """What a model is beside its tensors: digests of the sources of its layers' classes, the
    printed structure, and what the layers hold as attributes, as ``attributes.told`` has them.

    Of a network of sdvbench's own classes and torch's alone, the sources say what the attributes
    are.
    """
    attributes = [] if _fixed_by_sources(model) else list(_attributes(model))
    return f"{' '.join(_code(model))} {model!r}" + "".join(f"\n{line}" for line in attributes)


def _fixed_by_sources(model: nn.Module) -> bool:
    rooms = {type(layer).__module__.partition(".")[0] for layer in model.modules()}
    return "sdvbench" in rooms and rooms <= {"sdvbench", "torch"}


def _attributes(model: nn.Module) -> Iterator[str]:
    for name, layer in model.named_modules():
        kept = KEPT_BY_TORCH | (KEPT_BY_NETWORKS if isinstance(layer, Network) else frozenset())
        for attribute, value in sorted(vars(layer).items()):
            if attribute not in kept:
                yield f"{name}.{attribute} {told(value)}"


def _code(model: nn.Module) -> list[str]:
    """Digests of the modules that define the layers' classes and what these derive from."""
    classes = {cls for layer in model.modules() for cls in type(layer).__mro__}
    modules = {cls.__module__: cls for cls in classes}
    left_out = tuple(f"{name}." for name in LEFT_OUT)
    return sorted(code_of(c) for name, c in modules.items() if not f"{name}.".startswith(left_out))
