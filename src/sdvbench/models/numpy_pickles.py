"""NumPy's arrays, scalars and types out of a pickle, put together from their bytes.

The modules' names differ between NumPy 1 and 2 (``numpy.core``, ``numpy._core``); the content does
not. Only numbers and text are rebuilt: objects and records have no bytes of their own.
"""

import math
import re
from typing import Any

import numpy as np

PLAIN = re.compile(r"[<>|=]?[?biufcSU]\d{0,9}")
OBJECT = "O"


class Dtype:
    """Stands in for numpy.dtype."""

    def __init__(self, code: object = "", *_: object) -> None:
        self.code = code if isinstance(code, str) else ""
        self.order = "|"

    def take(self, state: object) -> None:
        """The state that pickles set: version, byte order, ..."""
        if isinstance(state, tuple) and len(state) > 1 and state[1] in ("<", ">", "|", "="):
            self.order = state[1]

    @property
    def type(self) -> np.dtype[Any] | None:
        """NumPy's own type for numbers and text, else None."""
        if not PLAIN.fullmatch(self.code):
            return None
        return np.dtype(self.code if self.code[0] in "<>|=" else self.order + self.code)


class Array:
    """Stands in for numpy.ndarray; ``value`` is None where there are no numbers or text."""

    def __init__(self, *_: object) -> None:
        self.value: np.ndarray[Any, Any] | None = None

    def take(self, state: object) -> None:
        """The state that pickles set: version, shape, type, order, bytes."""
        if not isinstance(state, tuple) or len(state) < 4:
            raise ValueError("an array has no shape, type and content")
        shape, dtype, fortran, content = state[-4:]
        self.value = _array(content, dtype, shape, "F" if fortran else "C")

    def as_list(self) -> list[Any] | None:
        return None if self.value is None else list(self.value.ravel().tolist())


def from_buffer(content: object, dtype: object, shape: object, order: object = "C") -> Array:
    """An array as pickles of protocol 5 write it."""
    array = Array()
    array.value = _array(content, dtype, shape, "F" if order == "F" else "C")
    return array


def scalar(dtype: object, content: object = b"") -> Any:
    """A number or text; None for any other kind."""
    array = _array(content, dtype, (), "C")
    return None if array is None else array.item()


def _array(
    content: object, dtype: object, shape: object, order: str
) -> "np.ndarray[Any, Any] | None":
    """A view of ``content``, so that an array can claim no more memory than the file holds."""
    kind = dtype.type if isinstance(dtype, Dtype) else None
    if kind is None or not isinstance(content, bytes | bytearray):
        return None
    if not isinstance(shape, tuple) or not all(type(n) is int and n >= 0 for n in shape):
        raise ValueError("an array has no shape")
    if kind.itemsize * math.prod(shape) != len(content):
        raise ValueError(f"an array of shape {shape} has {len(content)} bytes")
    if kind.itemsize == 0:
        return None
    flat: np.ndarray[Any, Any] = np.frombuffer(content, kind)
    return flat.reshape(shape, order="F" if order == "F" else "C")
