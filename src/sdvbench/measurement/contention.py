"""Who else used the processor while something was measured, and whether we had to wait for it."""

import math
import os
from pathlib import Path

import psutil

from sdvbench.measurement.hardware import available_cores

# Two engines of unlike make: neighbours slow them unequally. On two cores, one busy process moved
# the ratio of an eager PyTorch engine to an ONNX Runtime engine by a factor of two.
TOLERATED_SHARE = 0.075  # of all cores that may be used

# Two engines of like make suffer alike as long as their threads get the cores that they ask for.
# With one and two threads on two cores, beside a neighbour or none, threads waited for 0.000 to
# 0.012 of the time where a core was left for them, and for 0.31 to 1.02 where none was.
TOLERATED_WAIT = 0.05

LIKE_CORES = 0.15  # that others may use before it matters whether threads waited

THREADS = Path("/proc/self/task")


class Watch:
    """Counts the processor time of others from the moment it is made; costs two system calls."""

    def __init__(self) -> None:
        self._busy, self._own = _busy_s(), _own_s()

    def others_s(self) -> float:
        """Processor seconds of other processes so far, stolen ones among them."""
        return max((_busy_s() - self._busy) - (_own_s() - self._own), 0.0)


def disturbance(others_cores: float, most_cores: float = math.inf) -> str:
    """What others did, where the ratio of two engines of unlike make cannot be trusted; else empty.

    most_cores: that others may use, however many this machine has.
    """
    if others_cores <= min(TOLERATED_SHARE * available_cores(), most_cores):
        return ""
    return f"other processes used {others_cores:.1f} cores while it was measured"


def waited_s() -> float:
    """Seconds for which the threads of this process were ready to run and had no core, summed.

    Linux tells; elsewhere it is always 0 (``knows_waiting``). Costs about 20 microseconds a thread.
    """
    total_ns = 0
    for file in THREADS.glob("*/schedstat"):
        try:
            total_ns += int(file.read_text().split()[1])
        except (OSError, IndexError):  # the thread has just ended; a kernel without the figure
            continue
    return total_ns / 1e9


def knows_waiting() -> bool:
    """Whether this system tells for how long threads waited."""
    return (THREADS / str(os.getpid()) / "schedstat").exists()


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
