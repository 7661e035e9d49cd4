"""Plans as Keras runs them, in PyTorch, so that their tests need no TensorFlow."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from sdvbench.workflows.tflite.layers import Layer

FUNCTIONS = {
    "relu": torch.relu,
    "relu6": functional.relu6,
    "elu": functional.elu,
    "swish": functional.silu,
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
}


def run(layers: Sequence[Layer], values: Tensor) -> Tensor:
    """values: float64 with channels last, as is what it gives."""
    for layer in layers:
        weights = [torch.from_numpy(array.copy()) for array in layer.weights]
        values = globals()[layer.kind](values, *weights, **layer.settings)
    return values


def first(values: Tensor) -> Tensor:
    return values.permute(0, 3, 1, 2)


def last(values: Tensor) -> Tensor:
    return values.permute(0, 2, 3, 1)


def Affine(values: Tensor, scale: Tensor, offset: Tensor) -> Tensor:  # noqa: N802 - Keras's names
    return values * scale + offset


def ZeroPadding2D(values: Tensor, padding: Any) -> Tensor:  # noqa: N802
    (top, bottom), (left, right) = padding
    return functional.pad(values, (0, 0, left, right, top, bottom))


def Conv2D(  # noqa: N802
    values: Tensor,
    kernel: Tensor,
    bias: Tensor,
    *,
    filters: int,
    kernel_size: Any,
    strides: Any,
    padding: str,
) -> Tensor:
    assert kernel.shape == (*kernel_size, values.shape[3], filters)
    if padding == "same":
        around: list[int] = []
        for size, length, step in zip(values.shape[1:3], kernel_size, strides, strict=True):
            lacking = length - (size % step or step)  # as TensorFlow's documentation has it
            around += (max(lacking, 0) // 2, max(lacking, 0) - max(lacking, 0) // 2)
        values = ZeroPadding2D(values, (around[:2], around[2:]))
    return last(functional.conv2d(first(values), kernel.permute(3, 2, 0, 1), bias, strides))


def Dense(values: Tensor, kernel: Tensor, bias: Tensor, *, units: int) -> Tensor:  # noqa: N802
    assert kernel.shape == (values.shape[1], units)
    return values @ kernel + bias


def Flatten(values: Tensor) -> Tensor:  # noqa: N802
    return values.flatten(1)


def Activation(values: Tensor, activation: str) -> Tensor:  # noqa: N802
    return FUNCTIONS[activation](values)


def LeakyReLU(values: Tensor, alpha: float) -> Tensor:  # noqa: N802
    return functional.leaky_relu(values, alpha)


def MaxPooling2D(values: Tensor, pool_size: Any, strides: Any) -> Tensor:  # noqa: N802
    return last(functional.max_pool2d(first(values), pool_size, strides))


def AveragePooling2D(values: Tensor, pool_size: Any, strides: Any) -> Tensor:  # noqa: N802
    return last(functional.avg_pool2d(first(values), pool_size, strides))
