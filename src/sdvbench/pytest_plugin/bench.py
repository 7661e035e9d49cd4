"""The performance figures of one cell, as the tests under perf/ ask for them."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from sdvbench import progress
from sdvbench.cells import Cell
from sdvbench.gate.figures import Figure, Setting
from sdvbench.gate.stats import Estimate, median_ratio
from sdvbench.measurement.fresh_process import FreshRun, run_fresh
from sdvbench.measurement.latency import in_batches, measure
from sdvbench.measurement.paired_benchmark import Call, paired_benchmark
from sdvbench.measurement.trace import PairedTrace
from sdvbench.pytest_plugin.suite import Suite
from sdvbench.workflows.base import Engine

BLOCK_S = 0.15  # back-to-back calls that make up one round of a throughput measurement


@dataclass(frozen=True)
class Bench:
    """benchmark: the pytest-benchmark fixture of the test that asks."""

    suite: Suite
    cell: Cell
    engine: Engine
    anchor: Engine
    benchmark: Any

    def latency(self) -> Figure:
        """Seconds of single calls, host array to host array."""
        progress.tell("measuring latency")
        pair = self._pair(self._calls(self.engine, 1), self._calls(self.anchor, 1), 1)
        trace = pair.candidate
        shown = {
            "median_ms": 1e3 * trace.median,
            "p90_ms": 1e3 * trace.percentile(90),
            "p99_ms": 1e3 * trace.percentile(99),
        }
        return self._against_anchor("latency", shown, pair)

    def throughput(self) -> Figure:
        """Images a second in back-to-back calls."""
        progress.tell("measuring throughput")
        count = self._calls_in_a_block(self.engine)
        anchor_count = self._calls_in_a_block(self.anchor)
        pair = self._pair(
            self._calls(self.engine, count), self._calls(self.anchor, anchor_count), count
        )
        images = count * self.cell.batch
        shown = {"images_per_second": pair.candidate.images_per_second}
        anchor_images = anchor_count * self.anchor.spec.batch
        return self._against_anchor("throughput", shown, pair, anchor_images / images)

    def memory(self) -> Figure:
        """Peaks of a fresh process that loads the engine and runs it; the private one is gated."""
        progress.tell("measuring memory in a fresh process")
        artifact, spec = self.suite.artifact(self.cell), self.suite.spec(self.cell)
        fresh: FreshRun = self.benchmark.pedantic(
            run_fresh, args=(self.cell.workflow, artifact.folder, spec), rounds=1
        )
        peak = fresh.private_memory_mb
        figure = Figure(
            str(self.cell), "memory", self._setting, asdict(fresh), Estimate(peak, peak, peak)
        )
        self.benchmark.extra_info["sdvbench"] = figure.as_dict()
        return figure

    @property
    def _setting(self) -> Setting:
        anchor = str(self.suite.anchor_cell)
        return Setting(self.suite.settings.imgsz, anchor, self.suite.weights)

    def _calls(self, engine: Engine, count: int) -> Call:
        """A round: ``count`` calls in a row, on batches taken in turn."""
        batches = in_batches(engine, self.suite.timing_images(engine.spec.batch))

        def call(index: int) -> None:
            for step in range(count):
                engine(batches[(index + step) % len(batches)])

        return call

    def _calls_in_a_block(self, engine: Engine) -> int:
        images = self.suite.timing_images(engine.spec.batch)
        return max(1, round(BLOCK_S / measure(engine, images, rounds=1, warmup=1).median))

    def _pair(self, call: Call, anchor: Call, calls: int) -> PairedTrace:
        budget_s = self.suite.effort.budget_s
        images = calls * self.engine.spec.batch
        pair = paired_benchmark(self.benchmark, call, anchor, budget_s, images)
        self.benchmark.extra_info["sdvbench"] = {
            "calls_a_round": calls,
            "others_cores": pair.others_cores,
            "seconds": pair.candidate.seconds.tolist(),
            "anchor_seconds": pair.reference.seconds.tolist(),
        }
        return pair

    def _against_anchor(
        self, metric: str, shown: dict[str, float], pair: PairedTrace, factor: float = 1.0
    ) -> Figure:
        """factor: turns the ratio of the arms' rounds into that of their times an image."""
        cost = median_ratio(pair.log_ratios + np.log(factor))
        shown["speed_up"] = 1 / cost.value
        figure = Figure(
            str(self.cell), metric, self._setting, shown, cost, disturbed=pair.disturbed
        )
        self.benchmark.extra_info["sdvbench"] |= figure.as_dict()
        return figure
