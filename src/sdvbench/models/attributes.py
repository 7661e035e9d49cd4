"""Attributes of layers as text, equal for equal ones, for the digests of models."""

import hashlib
import inspect
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import partial
from types import BuiltinFunctionType, FunctionType, MethodType, SimpleNamespace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

PLAIN = (
    *(bool, int, float, complex, str, bytes, range, slice, type(None)),
    *(torch.dtype, torch.device, torch.memory_format),
)


def told(value: object) -> str:
    """What ``value`` is, in this order:

    - members of enums by their name and value; numbers, text, ranges, None, and torch's types and
      devices as printed;
    - tensors and arrays by type, shape and content;
    - mappings, sequences, sets, dataclasses, simple namespaces and partial functions by what they
      hold, by these rules;
    - functions by their name, source, defaults and what they have of the scopes around them;
      methods as functions; classes by their name;
    - modules that are no layers of the model, as in a plain list, by their printed structure and
      tensors.

    Whatever else there is, such as an object of a class of one's own or a lock, counts by the name
    of its class alone: two that differ only within it have equal texts.
    """
    return _told(value, ())


def _told(value: object, around: tuple[int, ...]) -> str:
    """around: the ids of what holds ``value``, which may hold itself."""
    if isinstance(value, PLAIN) and not isinstance(value, Enum):  # of which some are numbers
        return f"{type(value).__qualname__} {value!r}"
    if isinstance(value, Tensor):
        return f"Tensor {value.dtype} {_shape_and_sha256(value.shape, content(value))}"
    name = _name(value if isinstance(value, type | FunctionType) else type(value))
    if isinstance(value, np.ndarray | np.generic) and not value.dtype.hasobject:
        return f"{name} {value.dtype} {_shape_and_sha256(value.shape, value.tobytes())}"
    if id(value) in around:
        return f"{name} around"
    parts = [_told(part, (*around, id(value))) for part in _parts(value)]
    if isinstance(value, set | frozenset):
        parts.sort()
    return f"{name} [{', '.join(parts)}]"


def _parts(value: Any) -> list[Any]:
    """What of ``value`` counts beside the name of its class."""
    if isinstance(value, Enum):
        return [value.name, value.value]
    if isinstance(value, Mapping):
        return [part for pair in value.items() for part in pair]
    if isinstance(value, list | tuple | set | frozenset):
        return list(value)
    if isinstance(value, np.ndarray):
        return [value.shape, value.tolist()]
    if isinstance(value, SimpleNamespace):
        return [vars(value)]
    if is_dataclass(value) and not isinstance(value, type):
        return [{field.name: getattr(value, field.name, None) for field in fields(value)}]
    if isinstance(value, partial):
        return [value.func, value.args, value.keywords]
    if isinstance(value, MethodType):
        return [value.__func__]
    if isinstance(value, BuiltinFunctionType):
        return [value.__module__, value.__qualname__]
    if isinstance(value, FunctionType):
        return [_source(value), value.__defaults__, value.__kwdefaults__, *_closure(value)]
    if isinstance(value, nn.Module):
        return [repr(value), value.state_dict()]
    return []


def content(tensor: Tensor) -> bytes:
    """The bytes of ``tensor``; empty on PyTorch's meta device, where it has none."""
    if tensor.is_meta:
        return b""
    if tensor.is_quantized:
        tensor = tensor.dequantize()
    if tensor.layout != torch.strided:
        tensor = tensor.to_dense()
    flat = tensor.detach().cpu().contiguous().resolve_conj().resolve_neg().reshape(-1)
    return flat.view(torch.uint8).numpy().tobytes()  # NumPy has no bfloat16


def _shape_and_sha256(shape: tuple[int, ...], held: bytes) -> str:
    return f"{tuple(shape)} {hashlib.sha256(held).hexdigest()}"


def _name(value: type | FunctionType) -> str:
    return f"{value.__module__}.{value.__qualname__}"


def _source(function: FunctionType) -> str:
    with suppress(OSError, TypeError):  # typed into a prompt, or made by exec
        return inspect.getsource(function)
    return ""


def _closure(function: FunctionType) -> list[Any]:
    held = []
    for cell in function.__closure__ or ():
        with suppress(ValueError):  # not filled yet
            held.append(cell.cell_contents)
    return held
