"""The order of an image's axes: PyTorch has channels before height and width, TensorFlow after."""

from sdvbench.tensors import Array


def channels_last(array: Array) -> Array:
    """(batch, channels, height, width) as (batch, height, width, channels), a view; others as they
    are.
    """
    return array.transpose(0, 2, 3, 1) if array.ndim == 4 else array


def channels_first(array: Array) -> Array:
    """The reverse of ``channels_last``."""
    return array.transpose(0, 3, 1, 2) if array.ndim == 4 else array
