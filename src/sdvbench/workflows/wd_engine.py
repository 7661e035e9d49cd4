"""What PyTorch runs on its device: a module, as `Wd` does it, or anything else of tensors."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from torch import nn

from sdvbench.models.base import Network
from sdvbench.models.fusion import fuse
from sdvbench.tensors import Array
from sdvbench.workflows.base import Engine, EngineSpec, Outputs
from sdvbench.workflows.nvidia import no_tf32

CUDA: Any = torch.cuda  # partly untyped
DEFAULT_THREADS = torch.get_num_threads()


class TensorEngine(Engine):
    """Something that takes and gives tensors on the engine's device, with so many threads of an
    operation on the CPU.
    """

    def __init__(self, model: Callable[..., Any], spec: EngineSpec, threads: int) -> None:
        super().__init__(spec)
        if spec.device.startswith("cuda"):
            no_tf32()
        self._model: Any = model
        self._threads = threads

    @torch.inference_mode()
    def run(self, *inputs: Array) -> Outputs:
        # The copy back to the host waits for the device, so a call is synchronous everywhere.
        if self._threads != torch.get_num_threads():  # one number for the whole process
            torch.set_num_threads(self._threads)
        outputs = self._model(*self._on_device(inputs))
        if isinstance(outputs, tuple | list):
            arrays = tuple(output.cpu().numpy() for output in outputs)
            return arrays[0] if len(arrays) == 1 else arrays
        output: Array = outputs.cpu().numpy()
        return output

    @torch.inference_mode()
    def device_seconds(self, *inputs: Array) -> float | None:
        if not self.spec.device.startswith("cuda"):
            return None
        batch = self._on_device(inputs)
        start, end = (CUDA.Event(enable_timing=True) for _ in range(2))
        with torch.cuda.device(self.spec.device):
            start.record()
            self._model(*batch)
            end.record()
        end.synchronize()
        return float(start.elapsed_time(end)) / 1e3

    def _on_device(self, inputs: Sequence[Array]) -> list[torch.Tensor]:
        # Contiguous, because torch takes no negative strides, which flipped images have.
        contiguous = map(np.ascontiguousarray, inputs)
        # ascontiguousarray makes an axis of a scalar's none.
        return [
            torch.from_numpy(array).reshape(given.shape).to(self.spec.device)
            for array, given in zip(contiguous, inputs, strict=True)
        ]

    def close(self) -> None:
        self._model = None
        if self.spec.device.startswith("cuda"):
            torch.cuda.empty_cache()


class PyTorchEngine(TensorEngine):
    """A fused network, or an exported program, on its device."""

    def __init__(self, model: nn.Module, spec: EngineSpec) -> None:
        if isinstance(model, Network):
            model = fuse(model)
            if spec.precision == "fp16":
                model.half_body()
        placed: Any = model.to(spec.device).requires_grad_(False)
        if spec.options.get("compile"):
            placed = torch.compile(placed)
        super().__init__(placed, spec, threads_of(spec))


def threads_of(spec: EngineSpec) -> int:
    """How many threads an operation on the CPU may use."""
    threads: int = spec.options.get("threads", DEFAULT_THREADS)
    return threads
