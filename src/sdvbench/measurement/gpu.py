"""What NVML tells of a GPU: clocks, power, energy, memory, and who else uses it."""

import os
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import psutil

from sdvbench.errors import MeasurementError

# NVML's reasons for clocks below the highest, of which each makes timings those of a slower GPU.
# Idle clocks and clocks that were set by hand are none: the latter are how to measure well.
THROTTLES = {
    0x04: "power cap",
    0x08: "hardware slowdown",
    0x20: "thermal slowdown by software",
    0x40: "thermal slowdown by hardware",
    0x80: "power brake",
}


@dataclass(frozen=True)
class Moment:
    """A GPU at one time; None is what this GPU or its driver does not tell.

    energy_j: since the driver was loaded. memory_busy_percent: of the time, in which memory was
    read or written, however little. own_memory_mb, used_memory_mb: of this process and of all
    processes, in 2**20 bytes. throttles: why clocks are low now. throttled_s: by reason, since the
    driver was loaded. others: processes that compute on it, by id, beside this one and those that
    it was started by or has started; None where ids are those of a world outside of this container.
    """

    energy_j: float | None
    power_w: float | None
    clock_mhz: float | None
    temperature_c: float | None
    utilization_percent: float | None
    memory_busy_percent: float | None
    own_memory_mb: float | None
    used_memory_mb: float | None
    throttles: tuple[str, ...] = ()
    throttled_s: Mapping[str, float] = field(default_factory=dict)
    others: tuple[int, ...] | None = ()

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


class Gpu:
    """One GPU, asked through NVML; cheap enough for every measurement, not for every call."""

    def __init__(self, device: str) -> None:
        """device: "cuda" or "cuda:1", numbered as PyTorch does. Raises MeasurementError."""
        nvml, uuid = _nvml(device), _uuid(device)
        self.nvml = nvml  # the module pynvml
        try:
            nvml.nvmlInit()
            self._handle = self._found(uuid)
            self.driver: str = nvml.nvmlSystemGetDriverVersion()
        except nvml.NVMLError as error:
            raise MeasurementError(f"device {device}", f"NVML says: {error}", CHECK) from error

    def now(self) -> Moment:
        nvml, told = self.nvml, self.told
        processes = told(nvml.nvmlDeviceGetComputeRunningProcesses) or []
        family, listed = _family(), {p.pid for p in processes}
        known = not listed or listed & family
        own = [p.usedGpuMemory for p in processes if p.pid == os.getpid() and p.usedGpuMemory]
        memory = told(nvml.nvmlDeviceGetMemoryInfo)
        rates = told(nvml.nvmlDeviceGetUtilizationRates)
        reasons = told(nvml.nvmlDeviceGetCurrentClocksEventReasons) or 0
        return Moment(
            energy_j=_scaled(told(nvml.nvmlDeviceGetTotalEnergyConsumption), 1e-3),
            power_w=_scaled(told(nvml.nvmlDeviceGetPowerUsage), 1e-3),
            clock_mhz=told(nvml.nvmlDeviceGetClockInfo, nvml.NVML_CLOCK_SM),
            temperature_c=told(nvml.nvmlDeviceGetTemperature, nvml.NVML_TEMPERATURE_GPU),
            utilization_percent=rates and rates.gpu,
            memory_busy_percent=rates and rates.memory,
            own_memory_mb=sum(own) / 2**20 if own else None,
            used_memory_mb=memory and memory.used / 2**20,
            throttles=tuple(name for bit, name in THROTTLES.items() if reasons & bit),
            throttled_s=self._throttled_s(),
            others=tuple(sorted(listed - family)) if known else None,
        )

    def _found(self, uuid: str) -> Any:
        """By the name of a whole GPU, or of a part of one that MIG has made."""
        try:
            return self.nvml.nvmlDeviceGetHandleByUUID(f"GPU-{uuid}")
        except self.nvml.NVMLError:
            return self.nvml.nvmlDeviceGetHandleByUUID(f"MIG-{uuid}")

    def _throttled_s(self) -> dict[str, float]:
        nvml = self.nvml
        policies = {"power": nvml.NVML_PERF_POLICY_POWER, "heat": nvml.NVML_PERF_POLICY_THERMAL}
        found = {}
        for name, policy in policies.items():
            status = self.told(nvml.nvmlDeviceGetViolationStatus, policy)
            if status is not None:
                found[name] = status.violationTime / 1e9
        return found

    def told(self, question: Callable[..., Any], *arguments: Any) -> Any:
        """The answer; None where this GPU has none."""
        try:
            return question(self._handle, *arguments)
        except self.nvml.NVMLError:
            return None


CHECK = "Check nvidia-smi; in a container, pass the GPU through with its utility capability"


def _nvml(device: str) -> Any:
    try:
        import pynvml
    except ImportError as error:
        remedy = "pip install nvidia-ml-py"
        raise MeasurementError(f"device {device}", "pynvml is not installed", remedy) from error
    return pynvml


def _uuid(device: str) -> str:
    """PyTorch's numbers follow CUDA_VISIBLE_DEVICES, NVML's do not: only this is one for both."""
    import torch

    if torch.cuda.is_available() and (torch.device(device).index or 0) < torch.cuda.device_count():
        return str(torch.cuda.get_device_properties(device).uuid)
    raise MeasurementError(f"device {device}", "PyTorch sees no such CUDA device", CHECK)


def _family() -> set[int]:
    """This process, those that started it, and those that it started: a confirming process finds
    the one that waits for it on the same GPU.
    """
    process = psutil.Process()
    relatives = [process, *process.parents(), *process.children(recursive=True)]
    return {relative.pid for relative in relatives}


def _scaled(value: float | None, factor: float) -> float | None:
    return None if value is None else value * factor
