"""What makes two models the same, for the store's keys."""

import hashlib

import torch
from torch import nn

from sdvbench.code_digest import code_of

# Their code is left out: torch's is known by its version, and models' base classes only declare
# what others implement.
LEFT_OUT = ("torch", "abc", "builtins", "sdvbench.models.base")


def model_digest(model: nn.Module) -> str:
    """sha256 hex over the source of the layers' classes, the printed structure and each tensor's
    name, dtype, shape and bytes.
    """
    digest = hashlib.sha256(f"{' '.join(_code(model))} {model!r}".encode())
    for name, tensor in sorted(model.state_dict().items()):
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        flat = tensor.detach().cpu().contiguous().reshape(-1)
        digest.update(flat.view(torch.uint8).numpy().tobytes())  # NumPy has no bfloat16
    return digest.hexdigest()


def _code(model: nn.Module) -> list[str]:
    """Digests of the modules that define the layers' classes and what these derive from."""
    classes = {cls for layer in model.modules() for cls in type(layer).__mro__}
    modules = {cls.__module__: cls for cls in classes}
    left_out = tuple(f"{name}." for name in LEFT_OUT)
    return sorted(code_of(c) for name, c in modules.items() if not f"{name}.".startswith(left_out))
