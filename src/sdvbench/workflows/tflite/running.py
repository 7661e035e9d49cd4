"""TensorFlow Lite files as engines, by LiteRT's interpreter."""

import os
from pathlib import Path
from typing import Any

import numpy as np

from sdvbench.errors import BuildError
from sdvbench.tensors import Array
from sdvbench.workflows.base import Engine, EngineSpec, Outputs
from sdvbench.workflows.tflite.axes import channels_first


class LiteRtEngine(Engine):
    """One interpreter with the XNNPACK delegate. Images are turned to have their channels last, and
    of integer files inputs are quantized and outputs dequantized, all as part of a call.
    """

    def __init__(self, file: Path, spec: EngineSpec) -> None:
        from ai_edge_litert.interpreter import Interpreter

        super().__init__(spec)
        threads = spec.options.get("threads", _cores())
        try:
            # By its path: given its content, weights would be in memory twice, since the delegate
            # packs them once more.
            self._interpreter = Interpreter(model_path=str(file), num_threads=threads)
            self._interpreter.allocate_tensors()
        except (ValueError, RuntimeError) as error:
            problem = f"LiteRT cannot load it ({error})"
            raise BuildError(file, problem, "Build it again, or file a bug") from error
        (self._input,) = map(_Tensor, self._interpreter.get_input_details())
        self._outputs = [_Tensor(one) for one in self._interpreter.get_output_details()]

    def run(self, *inputs: Array) -> Outputs:
        (given,) = inputs
        place = self._interpreter.tensor(self._input.index)
        self._input.write(given, place())
        self._interpreter.invoke()
        found = [
            channels_first(one.read(self._interpreter.get_tensor(one.index)))
            for one in self._outputs
        ]
        return found[0] if len(found) == 1 else tuple(found)

    def close(self) -> None:
        self._interpreter = None


class _Tensor:
    """An input or output: float32, or whole numbers that stand for (number - zero) * scale."""

    def __init__(self, details: dict[str, Any]) -> None:
        self.index: int = details["index"]
        self._type = np.dtype(details["dtype"])
        self._scale = self._zero = np.float32(0)
        if self._type != np.float32:
            told = details["quantization_parameters"]
            (self._scale,) = told["scales"].astype(np.float32)
            (self._zero,) = told["zero_points"].astype(np.float32)
            self._bounds = np.iinfo(self._type)

    def write(self, values: Array, place: Array) -> None:
        """Into the interpreter's memory, which has the channels of an image last."""
        if self._type == np.float32:
            _turn(values, place)
            return
        scaled = values / self._scale
        np.rint(scaled, out=scaled)
        scaled += self._zero
        np.clip(scaled, self._bounds.min, self._bounds.max, out=scaled)
        _turn(scaled.astype(self._type), place)

    def read(self, values: Array) -> Array:
        if self._type == np.float32:
            return values
        numbers: Array = (values.astype(np.float32) - self._zero) * self._scale
        return numbers


def _turn(values: Array, place: Array) -> None:
    """Copy; of an image channel by channel, which is three times as fast as all at once."""
    if values.ndim != 4:
        place[...] = values
        return
    for channel in range(values.shape[1]):
        place[..., channel] = values[:, channel]


def _cores() -> int:
    """Those that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
