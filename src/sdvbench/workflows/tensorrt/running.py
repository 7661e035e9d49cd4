"""From a TensorRT plan to an engine: context, buffers and a stream through torch."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from sdvbench.errors import BuildError
from sdvbench.tensors import Array, TensorSpec
from sdvbench.workflows.base import Engine, EngineSpec, Outputs
from sdvbench.workflows.tensorrt.library import MESSAGES, NAME, trt

CUDA: Any = torch.cuda  # partly untyped


class TensorRTEngine(Engine):
    """One execution context and its stream; buffers are page-locked on the host.

    With the option cuda_graph, a call replays one recorded launch instead of some hundred.
    """

    def __init__(self, plan: Path, spec: EngineSpec) -> None:
        super().__init__(spec)
        self._device = torch.device(spec.device)
        MESSAGES.forget()
        with torch.cuda.device(self._device):
            self._runtime = trt.Runtime(MESSAGES)  # must outlive the engine
            self._engine = self._deserialized(plan)
            self._context = self._engine.create_execution_context()
            if self._context is None:
                raise BuildError(plan, f"{NAME} makes no context ({MESSAGES.reason})", MEMORY)
            self._stream = CUDA.Stream(self._device)
            self._inputs = self._buffers(trt.TensorIOMode.INPUT, plan)
            self._outputs = self._buffers(trt.TensorIOMode.OUTPUT, plan)
            self._check_inputs(plan)
            self._graph = self._recorded() if spec.options.get("cuda_graph") else None
        self._open = True

    def run(self, *inputs: Array) -> Outputs:
        with torch.cuda.stream(self._stream):
            self._copy_in(inputs)
            self._launch()
            for device, host in self._outputs:
                host.copy_(device, non_blocking=True)
        self._stream.synchronize()
        outputs = tuple(host.numpy().copy() for _, host in self._outputs)
        return outputs[0] if len(outputs) == 1 else outputs

    def device_seconds(self, *inputs: Array) -> float:
        start, end = (CUDA.Event(enable_timing=True) for _ in range(2))
        with torch.cuda.stream(self._stream):
            self._copy_in(inputs)
            start.record(self._stream)
            self._launch()
            end.record(self._stream)
        end.synchronize()
        return float(start.elapsed_time(end)) / 1e3

    def _copy_in(self, inputs: Sequence[Array]) -> None:
        for array, (device, host) in zip(inputs, self._inputs, strict=True):
            np.copyto(host.numpy(), array)
            device.copy_(host, non_blocking=True)

    @property
    def device_memory_mb(self) -> float:
        """What TensorRT itself asks for activations, in 2**20 bytes; weights are in the plan."""
        return float(self._engine.device_memory_size_v2) / 2**20

    def close(self) -> None:
        if self._open:
            self._open = False
            self._stream.synchronize()
            # Freed with their last references: context, then engine, then runtime.
            del self._graph, self._context, self._engine, self._runtime
            del self._inputs, self._outputs
            torch.cuda.empty_cache()

    def _launch(self) -> None:
        if self._graph is not None:
            self._graph.replay()
        else:
            self._enqueue()

    def _enqueue(self) -> None:
        if not self._context.execute_async_v3(self._stream.cuda_stream):
            reason = MESSAGES.reason
            MESSAGES.forget()  # another engine may fail next
            raise BuildError(f"{NAME} engine", f"does not run ({reason})", MEMORY)

    def _recorded(self) -> Any:
        """A CUDA graph of one launch; the first launch outside of it allocates what it needs."""
        self._enqueue()
        self._stream.synchronize()
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph, stream=self._stream):
            self._enqueue()
        return graph

    def _deserialized(self, plan: Path) -> trt.ICudaEngine:
        engine = self._runtime.deserialize_cuda_engine(plan.read_bytes())
        if engine is None:
            raise BuildError(
                plan,
                f"{NAME} does not load it ({MESSAGES.reason})",
                "Plans run on the kind of GPU and with the TensorRT that built them: build it here",
            )
        return engine

    def _buffers(
        self, mode: trt.TensorIOMode, plan: Path
    ) -> list[tuple[torch.Tensor, torch.Tensor]]:
        """Device and host memory for each input or output; the context gets the address."""
        names = map(self._engine.get_tensor_name, range(self._engine.num_io_tensors))
        found = []
        for name in (name for name in names if self._engine.get_tensor_mode(name) == mode):
            kind = self._engine.get_tensor_dtype(name)
            if kind.name not in TYPES:
                problem = f"has a tensor {name} of {kind.name}, not one of {', '.join(TYPES)}"
                raise BuildError(plan, problem, ANEW)
            dims = self._engine.get_tensor_shape(name)
            shape = [dims[i] for i in range(len(dims))]
            device = torch.empty(shape, dtype=TYPES[kind.name], device=self._device)
            self._context.set_tensor_address(name, device.data_ptr())
            pinned = self._device.type == "cuda"
            found.append((device, torch.empty(shape, dtype=device.dtype, pin_memory=pinned)))
        return found

    def _check_inputs(self, plan: Path) -> None:
        """A plan's inputs are those of the network, in its order, whatever it calls them."""
        found = [host.numpy() for _, host in self._inputs]
        wanted = self.spec.inputs
        if len(found) != len(wanted) or not all(map(TensorSpec.fits, wanted, found)):
            told = ", ".join(f"{array.dtype} {array.shape}" for array in found) or "none"
            raise BuildError(plan, f"takes {told}, not {self.spec.inputs_text}", ANEW)


# Of inputs and outputs: what a network computes in half goes in and out as float32.
TYPES = {
    "FLOAT": torch.float32,
    "INT32": torch.int32,
    "INT64": torch.int64,
    "INT8": torch.int8,
    "UINT8": torch.uint8,
    "BOOL": torch.bool,
}
ANEW = "Build it anew"
MEMORY = "Free GPU memory (nvidia-smi tells who holds it), or use a smaller batch or image size"
