"""How a GPU is set up for measuring, and what to change."""

from sdvbench.measurement.gpu import Gpu

Lines = list[tuple[str, str]]


def gpu_setup(device: str) -> tuple[Lines, list[str]]:
    """What NVML says of ``device``, by name; and what to do about it.

    Raises MeasurementError where it cannot be asked.
    """
    gpu = Gpu(device)
    nvml, now = gpu.nvml, gpu.now()
    version = nvml.nvmlSystemGetCudaDriverVersion_v2()  # 13020 is 13.2
    lines = [
        ("driver", f"{nvml.nvmlSystemGetDriverVersion()}, for CUDA up to {_cuda(version)}"),
        ("GPU", str(gpu.told(nvml.nvmlDeviceGetName))),
    ]
    advice = []
    mig = gpu.told(nvml.nvmlDeviceGetMigMode)  # current and pending
    if mig is not None:
        lines.append(("MIG", "on" if mig[0] else "off"))
        if mig[0]:
            advice.append("MIG splits this GPU: figures are of a part; see nvidia-smi -L")
    highest = gpu.told(nvml.nvmlDeviceGetMaxClockInfo, nvml.NVML_CLOCK_SM)
    lines.append(("clocks", f"{now.clock_mhz} of at most {highest} MHz, {now.temperature_c} C"))
    if gpu.told(nvml.nvmlDeviceGetPersistenceMode) == 0:
        advice.append("the driver unloads between runs: sudo nvidia-smi -pm 1")
    if highest:
        advice.append(f"clocks float unless they are locked: sudo nvidia-smi -lgc {highest}")
    if now.throttles:
        advice.append(f"throttled now ({', '.join(now.throttles)}): cool it, or lock lower clocks")
    if now.others:
        told = ", ".join(map(str, now.others))
        advice.append(f"other processes compute on it ({told}): end them while measuring")
    return lines, advice


def _cuda(version: int) -> str:
    return f"{version // 1000}.{version % 1000 // 10}"
