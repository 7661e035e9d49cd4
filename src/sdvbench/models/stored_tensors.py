"""Tensors out of a checkpoint's storages, within the bounds of what the file holds."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from sdvbench.models.numpy_pickles import Array
from sdvbench.models.stand_ins import Named

# By the name that torch.save gives to a storage, before "Storage".
DTYPES = {
    "Double": torch.float64,
    "Float": torch.float32,
    "Half": torch.float16,
    "BFloat16": torch.bfloat16,
    "Long": torch.int64,
    "Int": torch.int32,
    "Short": torch.int16,
    "Char": torch.int8,
    "Byte": torch.uint8,
    "Bool": torch.bool,
    "ComplexDouble": torch.complex128,
    "ComplexFloat": torch.complex64,
    "Untyped": torch.uint8,
    "QInt8": torch.int8,
    "QUInt8": torch.uint8,
    "QInt32": torch.int32,
}


@dataclass(frozen=True)
class Storage:
    """content: (bytes,) uint8. offset: elements of ``dtype`` before the part that is meant."""

    content: Tensor
    dtype: torch.dtype
    offset: int = 0


def storage_dtype(kind: object) -> torch.dtype:
    """The type that a file's name for a storage stands for, such as torch.HalfStorage."""
    name = kind.name if isinstance(kind, Named) else ""
    if not name.endswith("Storage") or name.removesuffix("Storage") not in DTYPES:
        raise ValueError("a tensor has no known type")
    return DTYPES[name.removesuffix("Storage")]


def _tensor(storage: object, offset: object, size: object, stride: object, *_: object) -> Tensor:
    if not isinstance(storage, Storage):
        raise ValueError("a tensor has no storage")
    return _view(storage, storage.dtype, offset, size, stride)


def _tensor_v3(
    storage: object,
    offset: object,
    size: object,
    stride: object,
    _gradient: object,
    _hooks: object,
    dtype: object,
    *_: object,
) -> Tensor:
    """A tensor of one of torch's newer types, whose storage has none."""
    kind = getattr(torch, dtype.name, None) if isinstance(dtype, Named) else None
    if not isinstance(storage, Storage) or not isinstance(kind, torch.dtype):
        raise ValueError("a tensor has no known type")
    return _view(storage, kind, offset, size, stride)


def _view(
    storage: Storage, dtype: torch.dtype, offset: object, size: object, stride: object
) -> Tensor:
    flat = storage.content[: len(storage.content) // dtype.itemsize * dtype.itemsize].view(dtype)
    sizes, strides = _counts(size), _counts(stride)
    if type(offset) is not int or offset < 0 or len(sizes) != len(strides):
        raise ValueError("a tensor has no size or no stride")
    # torch itself checks that no element lies outside of the storage.
    return torch.as_strided(flat, sizes, strides, storage.offset + offset)


def _counts(values: object) -> tuple[int, ...]:
    if isinstance(values, tuple) and all(type(n) is int and 0 <= n < 2**48 for n in values):
        return values
    raise ValueError("a tensor has no size or no stride")


def _as_it_is(data: object = None, *_: object) -> object:
    return data


def _from_array(array: object = None, *_: object) -> object:
    return as_tensor(array)


def as_tensor(value: object) -> Tensor | None:
    """A tensor, also for an array of numbers; else None."""
    if isinstance(value, Tensor):
        return value
    if isinstance(value, Array) and value.value is not None and value.value.dtype.kind in "biufc":
        native = value.value.astype(value.value.dtype.newbyteorder("="))
        try:
            return torch.from_numpy(native)
        except TypeError:  # a type that torch lacks, such as float128
            return None
    return None


BUILDERS: dict[str, Callable[..., Any]] = {
    "torch._utils._rebuild_tensor": _tensor,
    "torch._utils._rebuild_tensor_v2": _tensor,
    "torch._utils._rebuild_tensor_v3": _tensor_v3,
    "torch._utils._rebuild_parameter": _as_it_is,
    "torch._utils._rebuild_parameter_with_state": _as_it_is,
    "torch._utils._rebuild_device_tensor_from_cpu_tensor": _as_it_is,
    "torch._utils._rebuild_device_tensor_from_numpy": _from_array,
    "torch.nn.parameter.Parameter": _as_it_is,
    "torch.nn.parameter.Buffer": _as_it_is,
    "torch.Size": lambda sizes=(): tuple(sizes) if isinstance(sizes, tuple | list) else (),
}
FROM_TYPE = "torch._tensor._rebuild_from_type_v2"  # (function, class, arguments, state)
