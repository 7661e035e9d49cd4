"""What makes two models the same, for the store's keys."""

import hashlib

from torch import nn


def model_digest(model: nn.Module) -> str:
    """sha256 hex over the printed structure and each tensor's name, dtype, shape and bytes."""
    digest = hashlib.sha256(repr(model).encode())
    for name, tensor in sorted(model.state_dict().items()):
        array = tensor.detach().cpu().contiguous().numpy()
        digest.update(f"{name} {array.dtype} {array.shape}".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()
