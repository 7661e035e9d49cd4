"""A PyTorch module on its device, as `Wd` runs it."""

from typing import Any

import numpy as np
import torch

from sdvbench.models.base import Detector
from sdvbench.models.fusion import fuse
from sdvbench.workflows.base import Engine, EngineSpec, Images, Outputs
from sdvbench.workflows.nvidia import no_tf32

CUDA: Any = torch.cuda  # partly untyped
DEFAULT_THREADS = torch.get_num_threads()


class PyTorchEngine(Engine):
    """A fused module on its device."""

    def __init__(self, model: Detector, spec: EngineSpec) -> None:
        super().__init__(spec)
        fused = fuse(model)
        self._dtype = torch.float32
        if spec.precision == "fp16":
            self._dtype = torch.float16
            fused.half_body()
        if spec.device.startswith("cuda"):
            no_tf32()
        self._model: Any = fused.to(spec.device).requires_grad_(False)
        self._threads: int = spec.options.get("threads", DEFAULT_THREADS)
        if spec.options.get("compile"):
            self._model = torch.compile(self._model)

    @torch.inference_mode()
    def run(self, images: Images) -> Outputs:
        # The copy back to the host waits for the device, so a call is synchronous everywhere.
        # Contiguous, because torch takes no negative strides, which flipped images have.
        if self._threads != torch.get_num_threads():  # one number for the whole process
            torch.set_num_threads(self._threads)
        batch = torch.from_numpy(np.ascontiguousarray(images)).to(self.spec.device, self._dtype)
        outputs: Outputs = self._model(batch).cpu().numpy()
        return outputs.astype(np.float32, copy=False)

    @torch.inference_mode()
    def device_seconds(self, images: Images) -> float | None:
        if not self.spec.device.startswith("cuda"):
            return None
        batch = torch.from_numpy(np.ascontiguousarray(images)).to(self.spec.device, self._dtype)
        start, end = (CUDA.Event(enable_timing=True) for _ in range(2))
        with torch.cuda.device(self.spec.device):
            start.record()
            self._model(batch)
            end.record()
        end.synchronize()
        return float(start.elapsed_time(end)) / 1e3

    def close(self) -> None:
        self._model = None
        if self.spec.device.startswith("cuda"):
            torch.cuda.empty_cache()
