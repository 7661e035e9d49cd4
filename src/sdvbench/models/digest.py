"""What makes two models the same, for the store's keys."""

import hashlib

import torch
from torch import nn

from sdvbench.code_digest import code_of


def model_digest(model: nn.Module) -> str:
    """sha256 hex over the class's source, the printed structure and each tensor's name, dtype,
    shape and bytes."""
    digest = hashlib.sha256(f"{code_of(type(model))} {model!r}".encode())
    for name, tensor in sorted(model.state_dict().items()):
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        flat = tensor.detach().cpu().contiguous().reshape(-1)
        digest.update(flat.view(torch.uint8).numpy().tobytes())  # NumPy has no bfloat16
    return digest.hexdigest()
