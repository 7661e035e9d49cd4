"""From a TensorRT plan to an engine: context, buffers and a stream through torch."""

from pathlib import Path
from typing import Any

import numpy as np
import torch

from sdvbench.errors import BuildError
from sdvbench.workflows.base import Engine, EngineSpec, Images, Outputs
from sdvbench.workflows.tensorrt.library import MESSAGES, NAME, trt

CUDA: Any = torch.cuda  # partly untyped


class TensorRTEngine(Engine):
    """One execution context and its stream; buffers are float32, page-locked on the host.

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
            self._input, self._host_input = self._buffers(trt.TensorIOMode.INPUT, plan)
            self._output, self._host_output = self._buffers(trt.TensorIOMode.OUTPUT, plan)
            self._graph = self._recorded() if spec.options.get("cuda_graph") else None
        self._open = True

    def run(self, images: Images) -> Outputs:
        np.copyto(self._host_input.numpy(), images)
        with torch.cuda.stream(self._stream):
            self._input.copy_(self._host_input, non_blocking=True)
            self._launch()
            self._host_output.copy_(self._output, non_blocking=True)
        self._stream.synchronize()
        outputs: Outputs = self._host_output.numpy().copy()
        return outputs

    def device_seconds(self, images: Images) -> float:
        np.copyto(self._host_input.numpy(), images)
        start, end = (CUDA.Event(enable_timing=True) for _ in range(2))
        with torch.cuda.stream(self._stream):
            self._input.copy_(self._host_input, non_blocking=True)
            start.record(self._stream)
            self._launch()
            end.record(self._stream)
        end.synchronize()
        return float(start.elapsed_time(end)) / 1e3

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
            del self._input, self._host_input, self._output, self._host_output
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

    def _buffers(self, mode: trt.TensorIOMode, plan: Path) -> tuple[torch.Tensor, torch.Tensor]:
        """Device and host memory of the one input or output, whose address the context is told."""
        names = map(self._engine.get_tensor_name, range(self._engine.num_io_tensors))
        found = [name for name in names if self._engine.get_tensor_mode(name) == mode]
        types = [self._engine.get_tensor_dtype(name) for name in found]
        if types != [trt.DataType.FLOAT]:
            problem = f"has {len(found)} tensors of the kind {mode.name}, not one that is float32"
            raise BuildError(plan, problem, "Build it anew")
        (name,) = found
        dims = self._engine.get_tensor_shape(name)
        shape = [dims[i] for i in range(len(dims))]
        device = torch.empty(shape, dtype=torch.float32, device=self._device)
        self._context.set_tensor_address(name, device.data_ptr())
        pinned = self._device.type == "cuda"
        return device, torch.empty(shape, dtype=torch.float32, pin_memory=pinned)


MEMORY = "Free GPU memory (nvidia-smi tells who holds it), or use a smaller batch or image size"
