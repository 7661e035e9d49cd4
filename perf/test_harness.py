"""Whether sdvbench itself costs anything that it would report as an engine's."""

from time import perf_counter

import numpy as np

from sdvbench.gate.stats import median_ratio
from sdvbench.measurement.latency import measure
from sdvbench.workflows.base import Engine, EngineSpec

CALLS = 100  # in each block, of about a millisecond each
BLOCKS = 15
IMAGES = np.zeros((1, 3, 32, 32), np.float32)


class OneMillisecond(Engine):
    """Works for a millisecond of wall time, without threads or memory."""

    def run(self, images):
        end = perf_counter() + 1e-3
        while perf_counter() < end:
            pass
        return images


def test_harness_overhead(record_property):
    """What ``measure`` reports is at most 1.01 times what a bare loop takes, block by block."""
    engine = OneMillisecond(EngineSpec("fp32", imgsz=32))
    log_ratios = np.empty(BLOCKS)
    for block in range(BLOCKS):
        start = perf_counter()
        for _ in range(CALLS):
            engine(IMAGES)
        bare_s = (perf_counter() - start) / CALLS
        log_ratios[block] = np.log(measure(engine, IMAGES, CALLS, warmup=1).median / bare_s)
    overhead = median_ratio(log_ratios)
    record_property("overhead", overhead.value)
    assert overhead.low <= 1.01, f"measure() adds {100 * (overhead.value - 1):.2f} % to 1 ms"
