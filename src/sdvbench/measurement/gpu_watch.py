"""What happened to a GPU while something was measured on it, and whether that spoils timings."""

from dataclasses import dataclass
from time import perf_counter
from typing import Any

from sdvbench.errors import MeasurementError
from sdvbench.measurement.gpu import Gpu, Moment

THROTTLED_SHARE = 0.01  # of the time; below it no median moves


@dataclass(frozen=True)
class GpuRecord:
    """begin, end: what NVML told; None where it could not be asked, for ``missing``."""

    seconds: float
    begin: Moment | None
    end: Moment | None
    missing: str = ""

    @property
    def energy_j(self) -> float | None:
        """Of everything that the GPU did meanwhile."""
        begin, end = self.begin, self.end
        if not begin or not end or begin.energy_j is None or end.energy_j is None:
            return None
        return end.energy_j - begin.energy_j

    @property
    def disturbance(self) -> str:
        """Why timings of these seconds cannot be trusted; else empty."""
        begin, end = self.begin, self.end
        if not begin or not end:
            return ""
        if others := sorted({*(begin.others or ()), *(end.others or ())}):
            told = ", ".join(map(str, others))
            return f"other processes ({told}) used the GPU while it was measured"
        for name, until in end.throttled_s.items():
            throttled_s = until - begin.throttled_s.get(name, until)
            if throttled_s > THROTTLED_SHARE * self.seconds:
                share = 100 * throttled_s / self.seconds
                return f"the GPU was slowed for its {name} in {share:.0f} % of the time"
        if end.throttles and not end.throttled_s:  # it tells no times, only what is now
            return f"the GPU was throttled ({', '.join(end.throttles)}) when it ended"
        return ""

    def as_dict(self) -> dict[str, Any]:
        if not self.end:
            return {"missing": self.missing}
        return {
            "seconds": self.seconds,
            "energy_j": self.energy_j,
            "disturbance": self.disturbance,
            "end": self.end.as_dict(),
        }


class GpuWatch:
    """Watches ``device`` from the moment it is made; does nothing for a CPU."""

    def __init__(self, device: str) -> None:
        self._start = perf_counter()
        self._gpu: Gpu | None = None
        self._begin: Moment | None = None
        self._missing = ""
        if device.startswith("cuda"):
            try:
                self._gpu = Gpu(device)
                self._begin = self._gpu.now()
            except MeasurementError as error:  # timings are worth having without it
                self._missing = str(error)

    def record(self) -> GpuRecord | None:
        """What happened so far; None for a CPU."""
        if self._gpu is None:
            return GpuRecord(0.0, None, None, self._missing) if self._missing else None
        seconds = perf_counter() - self._start
        return GpuRecord(seconds, self._begin, self._gpu.now())


def unwatched(device: str) -> str:
    """What cannot be seen of ``device``, a line for people; empty for nothing, and for a CPU."""
    record = GpuWatch(device).record()
    if record is None:
        return ""
    if record.end is None:
        return f"the GPU is not watched: {record.missing}"
    if record.end.others is None:
        return (
            "who else uses the GPU is not known, as process ids are those of the host; to enable: "
            "run the container with --pid=host"
        )
    return ""
