"""What is made of NVML's answers, with NVML and CUDA played: no test machine need have a GPU."""

import os
import sys
from collections.abc import Callable
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from sdvbench.errors import MeasurementError
from sdvbench.gate.pairing import settled
from sdvbench.gate.verdict import Status
from sdvbench.measurement import memory
from sdvbench.measurement.energy import energy
from sdvbench.measurement.gpu import Gpu
from sdvbench.measurement.gpu_setup import gpu_setup
from sdvbench.measurement.gpu_watch import GpuWatch, unwatched
from sdvbench.measurement.interleaved import Interleaved
from sdvbench.tensors import Images
from sdvbench.workflows.base import Engine, EngineSpec, Outputs

OWN, OTHER = os.getpid(), 4321


class NVMLError(Exception):
    """NVML's."""


class Nvml(ModuleType):
    """pynvml as far as it is asked. Every question costs 10 J, so that two moments differ."""

    NVMLError = NVMLError
    NVML_CLOCK_SM, NVML_TEMPERATURE_GPU = 1, 0
    NVML_PERF_POLICY_POWER, NVML_PERF_POLICY_THERMAL = 0, 1

    def __init__(self) -> None:
        super().__init__("pynvml")
        self.silent: set[str] = set()  # questions that this GPU does not answer
        self.reasons = 0x1
        self.pids = [OWN]
        self.mig = 0
        self.handles = {"GPU-6a5d"}
        self.energy_mj = 5_000_000
        self.throttled_ns = 0
        self.throttling_ns = 0  # more, each time it is asked

    def __getattr__(self, name: str) -> Callable[..., Any]:
        answers: dict[str, Callable[[], Any]] = {
            "nvmlInit": lambda: None,
            "nvmlSystemGetDriverVersion": lambda: "595.71.05",
            "nvmlSystemGetCudaDriverVersion_v2": lambda: 13020,
            "nvmlDeviceGetName": lambda: "NVIDIA H200",
            "nvmlDeviceGetMigMode": lambda: (self.mig, self.mig),
            "nvmlDeviceGetMaxClockInfo": lambda: 1980,
            "nvmlDeviceGetPersistenceMode": lambda: 0,
            "nvmlDeviceGetTotalEnergyConsumption": self._energy,
            "nvmlDeviceGetPowerUsage": lambda: 250_000,
            "nvmlDeviceGetClockInfo": lambda: 1980,
            "nvmlDeviceGetTemperature": lambda: 61,
            "nvmlDeviceGetUtilizationRates": lambda: SimpleNamespace(gpu=97, memory=42),
            "nvmlDeviceGetMemoryInfo": lambda: SimpleNamespace(used=3 << 30),
            "nvmlDeviceGetCurrentClocksEventReasons": lambda: self.reasons,
            "nvmlDeviceGetComputeRunningProcesses": lambda: [
                SimpleNamespace(pid=pid, usedGpuMemory=512 << 20) for pid in self.pids
            ],
            "nvmlDeviceGetViolationStatus": self._violation,
        }
        if name == "nvmlDeviceGetHandleByUUID":
            return self._handle
        if name not in answers:
            raise AttributeError(name)

        def answer(*_: Any) -> Any:
            if name in self.silent:
                raise NVMLError("Not Supported")
            return answers[name]()

        return answer

    def _handle(self, uuid: str) -> str:
        if uuid not in self.handles:
            raise NVMLError("Not Found")
        return "handle"

    def _energy(self) -> int:
        self.energy_mj += 10_000
        return self.energy_mj

    def _violation(self) -> Any:
        self.throttled_ns += self.throttling_ns
        return SimpleNamespace(violationTime=self.throttled_ns)


@pytest.fixture
def nvml(monkeypatch: pytest.MonkeyPatch) -> Nvml:
    played = Nvml()
    monkeypatch.setitem(sys.modules, "pynvml", played)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    properties = SimpleNamespace(uuid="6a5d")
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda device: properties)
    return played


def test_a_moment_is_in_si_units_and_mebibytes(nvml: Nvml) -> None:
    nvml.pids = [OWN, OTHER]
    nvml.reasons = 0x4 | 0x20 | 0x1
    now = Gpu("cuda:0").now()
    assert now.energy_j == 5010
    assert now.power_w == 250
    assert (now.clock_mhz, now.temperature_c) == (1980, 61)
    assert (now.utilization_percent, now.memory_busy_percent) == (97, 42)
    assert (now.own_memory_mb, now.used_memory_mb) == (512, 3072)
    assert now.throttles == ("power cap", "thermal slowdown by software")
    assert now.others == (OTHER,)


def test_what_a_gpu_does_not_tell_is_none(nvml: Nvml) -> None:
    nvml.silent = {
        "nvmlDeviceGetTotalEnergyConsumption",
        "nvmlDeviceGetViolationStatus",
        "nvmlDeviceGetComputeRunningProcesses",
        "nvmlDeviceGetUtilizationRates",
        "nvmlDeviceGetMemoryInfo",
    }
    now = Gpu("cuda").now()
    assert now.energy_j is now.own_memory_mb is now.used_memory_mb is None
    assert now.utilization_percent is now.memory_busy_percent is None
    assert now.throttled_s == {}
    assert now.others == ()
    record = GpuWatch("cuda").record()
    assert record is not None
    assert record.energy_j is None
    assert record.disturbance == ""


def test_a_quiet_gpu_is_no_disturbance(nvml: Nvml) -> None:
    nvml.reasons = 0x1 | 0x2  # idle; clocks that were set
    record = GpuWatch("cuda").record()
    assert record is not None
    assert record.disturbance == ""
    assert record.energy_j == 10
    assert record.as_dict()["end"]["clock_mhz"] == 1980


def test_others_on_the_gpu_are_named(nvml: Nvml) -> None:
    watch = GpuWatch("cuda")
    nvml.pids = [OWN, OTHER]
    record = watch.record()
    assert record is not None
    assert record.disturbance == "other processes (4321) used the GPU while it was measured"


def test_those_who_started_this_process_are_no_others(nvml: Nvml) -> None:
    nvml.pids = [OWN, os.getppid(), OTHER]
    assert Gpu("cuda").now().others == (OTHER,)


def test_ids_from_outside_of_a_container_say_nothing(nvml: Nvml) -> None:
    nvml.pids = [OTHER, OTHER + 1]  # this process must be one of them, under an id of the host's
    assert Gpu("cuda").now().others is None
    record = GpuWatch("cuda").record()
    assert record is not None
    assert record.disturbance == ""
    assert any("--pid=host" in one for one in gpu_setup("cuda")[1])
    assert "who else uses the GPU is not known" in unwatched("cuda")
    nvml.pids = [OWN]
    assert unwatched("cuda") == unwatched("cpu") == ""
    nvml.silent = {"nvmlInit"}
    assert unwatched("cuda").startswith("the GPU is not watched: device cuda: NVML says: Not Supp")


def test_a_part_of_a_gpu_has_a_name_of_its_own(nvml: Nvml) -> None:
    nvml.handles = {"MIG-6a5d"}
    assert Gpu("cuda").now().power_w == 250
    nvml.handles = set()
    with pytest.raises(MeasurementError, match="NVML says: Not Found"):
        Gpu("cuda")
    with pytest.raises(MeasurementError, match="device cuda:1: PyTorch sees no such CUDA device"):
        Gpu("cuda:1")


def test_throttling_counts_by_its_share_of_the_time(nvml: Nvml) -> None:
    nvml.throttling_ns = 10**12  # far more than the watch lasts
    record = GpuWatch("cuda").record()
    assert record is not None
    assert record.disturbance.startswith("the GPU was slowed for its power in ")
    nvml.throttling_ns = 0
    nvml.reasons = 0x40  # at the end, but the counters say that it took no time
    record = GpuWatch("cuda").record()
    assert record is not None
    assert record.disturbance == ""
    nvml.silent = {"nvmlDeviceGetViolationStatus"}
    record = GpuWatch("cuda").record()
    assert record is not None
    assert "throttled (thermal slowdown by hardware) when it ended" in record.disturbance


def test_a_throttled_pair_is_inconclusive(nvml: Nvml) -> None:
    from contextlib import nullcontext

    nvml.throttling_ns = 10**12

    def pair() -> Any:
        return nullcontext(Interleaved([lambda _: None, lambda _: None], device="cuda"))

    verdict = settled(pair, 0.05, 0.01)
    assert verdict.status is Status.INCONCLUSIVE
    assert verdict.ratio is None
    assert "the GPU was slowed" in verdict.reason
    assert "run again when it is free and cool" in verdict.reason


def test_the_memory_of_a_gpu_is_told_apart_by_who_tells_it(
    nvml: Nvml, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "max_memory_reserved", lambda device: 7 << 20)
    engine: Any = SimpleNamespace(spec=SimpleNamespace(device="cuda"), device_memory_mb=3.0)
    assert memory._gpu_memory_mb(engine) == {
        "gpu_memory_mb": 512,
        "torch_memory_mb": 7,
        "engine_memory_mb": 3,
    }
    nvml.silent = {"nvmlInit"}
    assert memory._gpu_memory_mb(engine)["gpu_memory_mb"] is None
    engine.spec.device = "cpu"
    assert memory._gpu_memory_mb(engine) == {}


class Counting(Engine):
    """Counts its calls, and gives nothing."""

    calls = 0

    def run(self, images: Images) -> Outputs:
        self.calls += 1
        return np.zeros((2, 1, 6), np.float32)


def test_energy_is_an_image_s(nvml: Nvml) -> None:
    engine = Counting(EngineSpec.for_images("fp16", 32, batch=2, device="cuda"))
    found = energy(engine, np.zeros((4, 3, 32, 32), np.float32), run_s=0.02)
    assert engine.calls >= 1
    assert found["energy_mj_per_image"] == pytest.approx(10_000 / (2 * engine.calls))
    assert (found["power_w"], found["utilization_percent"]) == (250, 97)
    assert found["memory_busy_percent"] == 42
    nvml.silent = {"nvmlDeviceGetTotalEnergyConsumption", "nvmlDeviceGetUtilizationRates"}
    assert energy(engine, np.zeros((2, 3, 32, 32), np.float32), run_s=0.01) == {"power_w": 250}
    nvml.silent = {"nvmlInit"}
    before = engine.calls
    assert energy(engine, np.zeros((2, 3, 32, 32), np.float32), run_s=0.0) == {}
    assert engine.calls == before + 1
    cpu = Counting(EngineSpec.for_images("fp32", 32, batch=2))
    assert energy(cpu, np.zeros((2, 3, 32, 32), np.float32)) == {}


def test_the_setup_of_a_gpu_comes_with_what_to_do(nvml: Nvml) -> None:
    told, advice = gpu_setup("cuda")
    assert told == [
        ("driver", "595.71.05, for CUDA up to 13.2"),
        ("GPU", "NVIDIA H200"),
        ("MIG", "off"),
        ("clocks", "1980 of at most 1980 MHz, 61 C"),
    ]
    assert advice == [
        "the driver unloads between runs: sudo nvidia-smi -pm 1",
        "clocks float up to 1980 MHz: sudo nvidia-smi -lgc one that it holds",
    ]
    nvml.mig, nvml.pids, nvml.reasons = 1, [OWN, OTHER], 0x80
    _, advice = gpu_setup("cuda")
    assert any("MIG splits this GPU" in one for one in advice)
    assert any("throttled now (power brake)" in one for one in advice)
    assert any("other processes compute on it (4321)" in one for one in advice)


def test_nothing_is_asked_of_a_cpu() -> None:
    assert GpuWatch("cpu").record() is None
    pair = Interleaved([lambda _: np.exp(1.0)] * 2)
    pair.run(3)
    assert pair.gpu == []


def test_a_gpu_that_cannot_be_asked_is_told_and_measured_all_the_same(
    nvml: Nvml, monkeypatch: pytest.MonkeyPatch
) -> None:
    nvml.silent = {"nvmlInit"}
    with pytest.raises(MeasurementError, match=r"device cuda: NVML says: Not Supported\. Check"):
        Gpu("cuda")
    monkeypatch.setitem(sys.modules, "pynvml", None)
    record = GpuWatch("cuda").record()
    assert record is not None
    assert record.disturbance == ""
    assert record.as_dict() == {
        "missing": "device cuda: pynvml is not installed. pip install nvidia-ml-py."
    }
