"""Memory and cold start of an engine, seen from a process that holds nothing else."""

import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import Any

import numpy as np

from sdvbench.errors import MeasurementError
from sdvbench.measurement.fresh_process import in_fresh_process
from sdvbench.measurement.gpu import Gpu
from sdvbench.tensors import Inputs, load_calls, save_calls
from sdvbench.workflows.base import Engine, EngineSpec

CALLS = 3


@dataclass(frozen=True)
class FreshRun:
    """peak_memory_mb: largest resident set, in 2**20 bytes. private_memory_mb: the same without the
    pages of files. cold_start_s: from the start of the process to the first output.
    Of a GPU, None where nothing tells: gpu_memory_mb, what NVML says that the process holds, all in
    all; torch_memory_mb, the largest that PyTorch's allocator reserved; engine_memory_mb, what the
    engine asks for by itself (TensorRT: activations). They overlap and are not to be added up.

    How many pages of a library are resident depends on what the system has cached: the same
    engine's resident set differed by 30 % between two installations. Its private part did not.
    """

    peak_memory_mb: float
    private_memory_mb: float
    cold_start_s: float
    gpu_memory_mb: float | None = None
    torch_memory_mb: float | None = None
    engine_memory_mb: float | None = None


def run_fresh(
    workflow: str, artifact: Path, spec: EngineSpec, inputs: Inputs | None = None
) -> FreshRun:
    """Load ``artifact`` in a fresh Python process, call it a few times, and report.

    inputs: of each call; by default as ``filled`` makes them.
    Raises MeasurementError with the process's last line where it fails.
    """
    with TemporaryDirectory() as folder:
        request: dict[str, Any] = {"workflow": workflow, "artifact": str(artifact)}
        request["spec"] = spec.as_dict()
        if inputs is not None:
            save_calls(Path(folder) / "inputs.npz", [inputs])
            request["inputs"] = f"{folder}/inputs.npz"
        start = monotonic()  # one clock for all processes
        place = "sdvbench.measurement.memory:answer"
        found = in_fresh_process(place, request, f"{workflow}-{spec.precision}")
    first_output = found.pop("first_output")
    return FreshRun(**found, cold_start_s=first_output - start)


def filled(spec: EngineSpec) -> Inputs:
    """Inputs of one call: 0.5 everywhere, and 0 where it takes whole numbers."""
    return tuple(np.full(one.sizes, 0.5).astype(one.dtype) for one in spec.inputs)


def answer(request: dict[str, Any]) -> dict[str, float | None]:
    """The figures of this process, which should be fresh. request: as ``run_fresh`` makes it."""
    from sdvbench.workflows.loading import load_engine

    spec = EngineSpec.from_dict(request["spec"])
    with load_engine(request["workflow"], Path(request["artifact"]), spec) as engine:
        given: Any = load_calls(Path(request["inputs"]))[0] if "inputs" in request else None
        inputs = given or filled(spec)
        engine(*inputs)
        first_output = monotonic()
        for _ in range(CALLS - 1):
            engine(*inputs)
        return _memory_mb() | _gpu_memory_mb(engine) | {"first_output": first_output}


def _gpu_memory_mb(engine: Engine) -> dict[str, float | None]:
    """What is held of the engine's GPU now, by who tells; nothing for a CPU."""
    device = engine.spec.device
    if not device.startswith("cuda"):
        return {}
    torch = sys.modules.get("torch")  # an engine without it reserves nothing through it
    try:
        whole = Gpu(device).now().own_memory_mb
    except MeasurementError:
        whole = None
    return {
        "gpu_memory_mb": whole,
        "torch_memory_mb": torch.cuda.max_memory_reserved(device) / 2**20 if torch else None,
        "engine_memory_mb": engine.device_memory_mb,
    }


def _memory_mb() -> dict[str, float]:
    """This process's peaks so far, in MiB.

    getrusage's ru_maxrss is no use on Linux: it survives exec, so a child of a large process
    starts with its parent's peak. VmHWM belongs to the address space that exec made.
    """
    status = Path("/proc/self/status")
    if status.exists():
        fields = dict(line.split(":", 1) for line in status.read_text().splitlines())
        peak, files = (int(fields[name].split()[0]) / 1024 for name in ("VmHWM", "RssFile"))
        # Pages of files are mapped as they are touched and stay: at the peak there were as many.
        return {"peak_memory_mb": peak, "private_memory_mb": peak - files}
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20  # macOS counts in bytes
    return {"peak_memory_mb": peak, "private_memory_mb": peak}
