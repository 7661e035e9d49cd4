"""Energy, power and utilization of a GPU while one engine has it to itself."""

from time import perf_counter

from sdvbench.measurement.gpu_watch import GpuWatch
from sdvbench.measurement.latency import in_batches
from sdvbench.tensors import Calls
from sdvbench.workflows.base import Engine

RUN_S = 4.0  # NVML's counter of energy moves every 20 to 100 ms: it is off by up to 3 %


def energy(engine: Engine, images: Calls, run_s: float = RUN_S) -> dict[str, float]:
    """What NVML tells of ``run_s`` of back-to-back calls, one at the least; empty for a CPU, and
    what it does not tell is left out.

    energy_mj_per_image: in millijoules, of the whole GPU. power_w, utilization_percent,
    memory_busy_percent: at the end.
    """
    if not engine.spec.device.startswith("cuda"):
        return {}
    batches = in_batches(engine, images)
    watch, begin, calls = GpuWatch(engine.spec.device), perf_counter(), 0
    while not calls or perf_counter() - begin < run_s:
        engine(*batches[calls % len(batches)])
        calls += 1
    record = watch.record()
    if record is None or record.end is None:
        return {}
    told = {
        "power_w": record.end.power_w,
        "utilization_percent": record.end.utilization_percent,
        "memory_busy_percent": record.end.memory_busy_percent,
    }
    if record.energy_j is not None:
        told["energy_mj_per_image"] = 1e3 * record.energy_j / (calls * engine.spec.batch)
    return {name: float(value) for name, value in told.items() if value is not None}
