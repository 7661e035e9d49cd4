"""Who else used the processor while something was measured."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter

import psutil


@dataclass
class Contention:
    """cores: processor time of others per second of the measurement, in cores; stolen time too."""

    cores: float = 0.0


@contextmanager
def watched() -> Iterator[Contention]:
    """Fills in what it yields when the block ends. Costs two system calls."""
    found = Contention()
    start, busy, own = perf_counter(), _busy_s(), _own_s()
    yield found
    others_s = (_busy_s() - busy) - (_own_s() - own)
    found.cores = max(others_s, 0.0) / (perf_counter() - start)


def _busy_s() -> float:
    """Seconds in which any core of the machine worked, or would have but was stolen."""
    times = psutil.cpu_times()
    return float(sum(times) - times.idle - getattr(times, "iowait", 0.0) - _guest(times))


def _guest(times: object) -> float:
    """Guests' time, which the kernel counts in user time as well."""
    return float(getattr(times, "guest", 0.0) + getattr(times, "guest_nice", 0.0))


def _own_s() -> float:
    """Seconds that this process and the children it has waited for spent."""
    return float(sum(psutil.Process().cpu_times()[:4]))
