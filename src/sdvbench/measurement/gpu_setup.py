"""How a GPU is set up for measuring, and what to change."""

from sdvbench.measurement.gpu import Gpu

Lines = list[tuple[str, str]]


def gpu_setup(device: str) -> tuple[Lines, list[str]]:
    """What NVML says of ``device``, by name; and what to do about it.

    Raises MeasurementError where it cannot be asked.
    """
    gpu = Gpu(device)
    nvml, now = gpu.nvml, gpu.now()
    cuda = _cuda(nvml.nvmlSystemGetCudaDriverVersion_v2())
    lines = [
        ("driver", f"{gpu.driver}, for CUDA up to {cuda}"),
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
        advice.append(f"clocks float up to {highest} MHz: sudo nvidia-smi -lgc one that it holds")
    if now.throttles:
        advice.append(f"throttled now ({', '.join(now.throttles)}): cool it, or lock lower clocks")
    if now.others is None:
        advice.append("ids of processes are the host's: run the container with --pid=host")
    if now.others:
        told = ", ".join(map(str, now.others))
        advice.append(f"other processes compute on it ({told}): end them while measuring")
    return lines, advice


def _cuda(version: int) -> str:
    """13020 is 13.2."""
    return f"{version // 1000}.{version % 1000 // 10}"
