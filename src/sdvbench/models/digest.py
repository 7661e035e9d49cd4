"""What makes two models the same, for the store's keys."""

import hashlib

import torch
from torch import nn


def model_digest(model: nn.Module) -> str:
    """sha256 hex over the printed structure and each tensor's name, dtype, shape and bytes."""
    digest = hashlib.sha256(repr(model).encode())
    for name, tensor in sorted(model.state_dict().items()):
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        flat = tensor.detach().cpu().contiguous().reshape(-1)
        digest.update(flat.view(torch.uint8).numpy().tobytes())  # NumPy has no bfloat16
    return digest.hexdigest()
