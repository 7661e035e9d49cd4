"""The measured peak of this machine: matrix products a second by precision, and bytes copied."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from time import perf_counter
from typing import Any

from sdvbench.measurement import matrix_product
from sdvbench.measurement.contention import Watch, disturbance
from sdvbench.measurement.fresh_process import in_fresh_process
from sdvbench.measurement.gpu_watch import GpuWatch
from sdvbench.measurement.hardware import available_cores

COPY_BYTES = 2**28  # beyond the caches of most


@dataclass(frozen=True)
class Peak:
    """What this machine was seen to do at best. A maximum: noise can only lower it.

    device, threads: as they were asked for.
    gmacs_per_s: by precision, in 1e9 multiply-accumulates. missing: why a precision has none.
    gb_per_s: of its memory, reading and writing added up, in 1e9 bytes.
    disturbed: what others did meanwhile, so that it may be too low; else empty.
    """

    device: str
    threads: int
    gmacs_per_s: Mapping[str, float]
    missing: Mapping[str, str]
    gb_per_s: float
    disturbed: str = ""

    def no_roof(self, precision: str) -> str:
        """Why ``precision`` has no peak here; empty if it has one."""
        if precision in self.gmacs_per_s:
            return ""
        casts = f"most engines compute it on {self.device} as fp32 with casts"
        return self.missing.get(precision, f"no peak is measured, since {casts}")


def measured_peak(device: str = "cpu", threads: int = 0, run_s: float = 0.2) -> Peak:
    """The peak of ``device``, from a fresh process, whose threads and memory end with it.

    threads: of a CPU; 0 for as many as the engines' libraries take by themselves.
    run_s: for each product of a library, size and precision, of which there are up to 16.
    Raises MeasurementError with the process's last line where it fails, for want of memory too.
    """
    request = {"device": device, "threads": threads, "run_s": run_s}
    place = "sdvbench.measurement.peak:answer"
    return Peak(**in_fresh_process(place, request, f"the peak of {device}"))


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """The peak as this process sees it, as JSON can hold it. request: as ``measured_peak``'s.

    Where others disturbed it, it is measured once more, and the better counts.
    """
    found = _pass(**request)
    if found.disturbed:
        again = _pass(**request)
        one, two = found.gmacs_per_s, again.gmacs_per_s
        rates = {n: max(one.get(n, 0.0), two.get(n, 0.0)) for n in {**one, **two}}
        missing = {n: problem for n, problem in again.missing.items() if n not in rates}
        gb_per_s = max(found.gb_per_s, again.gb_per_s)
        found = replace(again, gmacs_per_s=rates, missing=missing, gb_per_s=gb_per_s)
    return asdict(found)


def _pass(device: str, threads: int, run_s: float) -> Peak:
    cuda = device.startswith("cuda")
    gpu, watch, start = GpuWatch(device), Watch(), perf_counter()
    rates: dict[str, float] = {}
    missing: dict[str, str] = {}
    for precision in matrix_product.CUDA_PRECISIONS if cuda else matrix_product.CPU_PRECISIONS:
        rate, problem = _fastest(precision, device, threads, run_s)
        if rate:
            rates[precision] = rate
        else:
            missing[precision] = problem
    copy = _copy_on_cuda(device) if cuda else _copy_on_cpu(threads or available_cores())
    gb_per_s = 2 * COPY_BYTES / 1e9 / shortest(copy, 2 * run_s)
    seen = gpu.record()
    on_cpu = "" if cuda else disturbance(watch.others_s() / (perf_counter() - start))
    disturbed = seen.disturbance if seen else on_cpu
    return Peak(device, threads, rates, missing, gb_per_s, disturbed)


def shortest(call: Callable[[], object], run_s: float) -> float:
    """Seconds of the shortest of the calls that begin within ``run_s``, one at the least."""
    call()  # what happens once only
    seconds: list[float] = []
    begin = perf_counter()
    while not seconds or perf_counter() - begin < run_s:
        start = perf_counter()
        call()
        seconds.append(perf_counter() - start)
    return min(seconds)


def _fastest(precision: str, device: str, threads: int, run_s: float) -> tuple[float, str]:
    """1e9 multiply-accumulates a second of the fastest product; 0 and why, where there is none.

    What a device has no kernel for, or no room for, ends the search; what came before counts.
    """
    best = 0.0
    try:
        if device.startswith("cuda"):
            products = matrix_product.on_cuda(precision, device)
        else:
            products = matrix_product.on_cpu(precision, threads)
        for product in products:
            best = max(best, product.macs / 1e9 / shortest(product.run, run_s))
    except Exception as error:  # the libraries' own derive from Exception directly
        lines = str(error).strip().splitlines() or [type(error).__name__]
        return best, f"its matrix product in {precision} failed on {device}: {lines[0]}"
    return best, ""


def _copy_on_cpu(threads: int) -> Callable[[], object]:
    import numpy as np

    source, target = np.ones(COPY_BYTES, np.uint8), np.zeros(COPY_BYTES, np.uint8)
    parts = list(zip(np.array_split(target, threads), np.array_split(source, threads), strict=True))
    pool = ThreadPoolExecutor(threads)  # NumPy copies without holding the interpreter's lock
    return lambda: list(pool.map(lambda part: np.copyto(*part), parts))


def _copy_on_cuda(device: str) -> Callable[[], object]:
    import torch

    source = torch.ones(COPY_BYTES, dtype=torch.uint8, device=device)
    target = torch.zeros_like(source)

    def call() -> None:
        target.copy_(source)
        torch.cuda.synchronize(device)

    return call
