"""The performance figures of one cell, as the tests under perf/ ask for them."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from msgspec.structs import replace

from sdvbench import progress
from sdvbench.cells import Cell
from sdvbench.errors import BaselineError, OutOfMemory, SdvbenchError
from sdvbench.gate.arms import Arm
from sdvbench.gate.confirmation import confirmed, in_fresh_process
from sdvbench.gate.figures import Figure
from sdvbench.gate.pairing import settled
from sdvbench.gate.share import rounds_in, share, share_afresh
from sdvbench.gate.stats import Estimate, median_ratio
from sdvbench.gate.verdict import Tier, Verdict
from sdvbench.measurement.energy import energy
from sdvbench.measurement.interleaved import Call, Interleaved
from sdvbench.measurement.latency import BLOCK_S, calls, calls_in
from sdvbench.measurement.memory import FreshRun, run_fresh
from sdvbench.measurement.paired_benchmark import run_benchmark
from sdvbench.measurement.trace import Trace
from sdvbench.session.suite import Suite
from sdvbench.tensors import Inputs
from sdvbench.typed_json import written
from sdvbench.workflows import WORKFLOWS
from sdvbench.workflows.base import Engine

DEVICE_CALLS = 20
MEMORY_REPEATS = 2  # where the first peak alone does not pass


@dataclass(frozen=True)
class Bench:
    """benchmark: the pytest-benchmark fixture of the test that asks.
    fixture: gives other fixtures by name; engines are loaded only for what times them.
    """

    suite: Suite
    cell: Cell
    benchmark: Any
    fixture: Callable[[str], Any]

    @property
    def engine(self) -> Engine:
        engine: Engine = self.fixture("engine")
        return engine

    @property
    def anchor(self) -> Engine:
        anchor: Engine = self.fixture("anchors")(self._anchor_cell)
        return anchor

    def latency(self) -> Figure:
        """Seconds of single calls, host array to host array."""
        roofline: Callable[[float], None] = self.fixture("roofline")
        progress.tell("measuring latency")
        figure, trace = self._timed("latency", 1, 1)
        roofline(trace.median)
        shown = {
            "median_ms": 1e3 * trace.median,
            "p90_ms": 1e3 * trace.percentile(90),
            "p99_ms": 1e3 * trace.percentile(99),
            **self._device_ms(),
        }
        # A bootstrap of the median, in seconds: of the ratio of each call to one second.
        median = median_ratio(np.log(trace.seconds))
        intervals = {"median_ms": (1e3 * median.low, 1e3 * median.high)}
        return self._kept(replace(figure, shown={**shown, **figure.shown}, intervals=intervals))

    def _device_ms(self) -> dict[str, float]:
        """The median of what the device itself computes, where it tells; not gated."""
        engine = self.engine
        batch = self._timing[0]
        seconds = [engine.device_seconds(*batch) for _ in range(DEVICE_CALLS)]
        told = [one for one in seconds if one is not None]
        return {"device_ms": 1e3 * float(np.median(told))} if told else {}

    def throughput(self) -> Figure:
        """Images a second in back-to-back calls."""
        progress.tell("measuring throughput")
        counts = (
            calls_in(BLOCK_S, self.engine, self._timing),
            calls_in(BLOCK_S, self.anchor, self._anchor_timing),
        )
        figure, trace = self._timed("throughput", *counts)
        shown = {"images_per_second": trace.images_per_second, **energy(self.engine, self._timing)}
        return self._kept(replace(figure, shown={**shown, **figure.shown}))

    def memory(self) -> Figure:
        """Peaks of a fresh process that loads the engine and runs it; the private one is gated."""
        progress.tell("measuring memory in a fresh process")
        arm = self.suite.arm(self.cell)
        # Reading images from a file would count, and changes nothing of what an engine needs.
        images = self.suite.calls(self.cell.model).takes_images and len(arm.spec.inputs) == 1
        inputs = None if images else self._timing[0]
        start = (arm.workflow, arm.artifact, arm.spec, inputs)
        fresh: FreshRun = self.benchmark.pedantic(run_fresh, args=start, rounds=1)
        peaks = [fresh.private_memory_mb]
        if peaks[0] > self._allowed_memory_mb:  # the same engine's peaks differ, most by a little
            peaks += [run_fresh(*start).private_memory_mb for _ in range(MEMORY_REPEATS)]
        shown = {name: value for name, value in asdict(fresh).items() if value is not None}
        built = self.suite.artifact(self.cell)
        shown["file_mb"] = WORKFLOWS[arm.workflow]().engine_bytes(built) / 2**20
        cost = Estimate(float(np.median(peaks)), min(peaks), max(peaks))
        intervals = {"private_memory_mb": (cost.low, cost.high)}
        return self._kept(self._figure("memory", shown, cost, intervals=intervals))

    def afresh(self, figure: Figure) -> Figure:
        """``figure`` as a fresh process measures it, held against the anchor."""
        progress.tell("confirming in a fresh process")
        suite = self.suite
        arms = suite.arm(self.cell), suite.anchor_arm(self._anchor_cell)
        images = [self._timing, self._anchor_timing]
        counts = self.benchmark.extra_info["sdvbench"]["calls_a_round"]
        cost, disturbed = share_afresh(arms, images, counts, suite.effort.budget_s)
        return replace(figure, cost=cost, disturbed=disturbed, paired=None)

    @property
    def _allowed_memory_mb(self) -> float:
        """The peak that passes whatever others follow; infinite where nothing is accepted and there
        is no limit.
        """
        cell, suite = str(self.cell), self.suite
        limit = suite.thresholds.limit("memory_mb", cell)
        most = math.inf if limit is None else limit
        accepted = suite.baselines.find(cell, "memory")
        if accepted is None:
            return most
        tolerance = suite.thresholds.tolerance(Tier.ABSOLUTE, "memory", cell)
        return min(most, accepted.cost.low * (1 + tolerance))

    def _figure(self, metric: str, shown: dict[str, float], cost: Estimate, **more: Any) -> Figure:
        suite = self.suite
        return Figure(
            cell=str(self.cell),
            metric=metric,
            imgsz=suite.imgsz(self.cell),
            anchor=str(self._anchor_cell),
            weights=suite.weights(self.cell),
            artifact=suite.artifact(self.cell).key,
            shown=shown,
            cost=cost,
            **more,
        )

    @property
    def _anchor_cell(self) -> Cell:
        return self.suite.anchor_of(self.cell.model)

    @property
    def _timing(self) -> Sequence[Inputs]:
        return self.suite.calls(self.cell.model).timing(self.cell.batch)

    @property
    def _anchor_timing(self) -> Sequence[Inputs]:
        anchor = self._anchor_cell
        return self.suite.calls(anchor.model).timing(anchor.batch)

    def _timed(self, metric: str, count: int, anchor_count: int) -> tuple[Figure, Trace]:
        """So many calls of the cell's engine and of the anchor in turn, and as many of the accepted
        engine's as of the cell's.
        """
        self.fixture("control")
        device = self.engine.spec.device
        anchor = calls(self.anchor, self._anchor_timing, anchor_count)
        arms = [calls(self.engine, self._timing, count), anchor]
        accepted = self.suite.accepted_arm(self.cell, metric)
        if accepted is not None:
            paired, timed = self._paired(metric, accepted, arms, count)
        else:
            paired, timed = None, [Interleaved(arms, device=device)]
            rounds = rounds_in(self.suite.effort.budget_s, timed[0].warm_up())
            run_benchmark(self.benchmark, timed[0], rounds)
        first = timed[0]
        seconds = first.seconds[0], first.seconds[-1]
        images = count * self.engine.spec.batch, anchor_count * self.anchor.spec.batch
        cost = share(seconds, images)
        self.benchmark.extra_info["sdvbench"] = {
            "calls_a_round": [count, anchor_count],
            "others_cores": first.others_cores,
            "waited": first.waited,
            "gpu": [record.as_dict() for pair in timed for record in pair.gpu],
            "seconds": seconds[0],
            "anchor_seconds": seconds[1],
            "loadings": [
                {"seconds": pair.seconds[0], "accepted_seconds": pair.seconds[1]}
                for pair in timed
                if accepted is not None
            ],
        }
        shown, disturbed = {"speed_up": 1 / cost.value}, first.disturbance_of_unlike
        figure = self._figure(metric, shown, cost, paired=paired, disturbed=disturbed)
        return figure, Trace(np.array(seconds[0]), images[0])

    def _paired(
        self, metric: str, accepted: Arm, arms: list[Call], count: int
    ) -> tuple[Verdict, list[Interleaved]]:
        """The cell's engine against the accepted one; a FAIL is confirmed by a fresh process.

        Also gives what was timed, the first with the anchor and through pytest-benchmark.
        """
        suite, cell = self.suite, str(self.cell)
        device = self.engine.spec.device
        timed: list[Interleaved] = []

        @contextmanager
        def load() -> Iterator[Interleaved]:
            # The cell's engine is loaded already; loaded anew, it comes after the accepted one.
            with ExitStack() as stack:
                engine = stack.enter_context(_loaded(accepted, suite, cell))
                old = calls(engine, self._timing, count)
                candidate = arms[0]
                if timed:
                    engine = stack.enter_context(suite.engine(self.cell))
                    candidate = calls(engine, self._timing, count)
                timed.append(Interleaved([candidate, old, *arms[1:]], len(timed), device))
                yield timed[-1]

        def run(pair: Interleaved, rounds: int) -> None:
            if pair is timed[0]:
                run_benchmark(self.benchmark, pair, rounds)
            else:
                pair.run(rounds)

        def again() -> Verdict:
            progress.tell("confirming in a fresh process")
            arm = suite.arm(self.cell)
            return in_fresh_process(arm, accepted, self._timing, tolerance, budget_s, count)

        tolerance = suite.thresholds.tolerance(Tier.ARTIFACT, metric, cell)
        budget_s = suite.effort.budget_s
        entry = suite.baselines.find(cell, metric)
        assert entry is not None
        against = f"the engine accepted on {entry.date} at commit {entry.commit}"
        now = suite.spec(self.cell).options
        if accepted.spec.options != now:
            against += f" with {_told(accepted.spec.options)} (run with {_told(now)})"
        return confirmed(settled(load, tolerance, budget_s, against, run), again), timed

    def _kept(self, figure: Figure) -> Figure:
        """``figure``, also in the benchmark's JSON."""
        extra: dict[str, Any] = self.benchmark.extra_info.setdefault("sdvbench", {})
        extra |= written(figure.recorded)
        return figure


def _loaded(accepted: Arm, suite: Suite, cell: str) -> Engine:
    """The accepted engine. Raises BaselineError where it is in the store and does not load."""
    try:
        return accepted.load()
    except OutOfMemory:  # says nothing about the baseline
        raise
    except SdvbenchError as error:
        remedy = f"`sdvbench baseline drop {cell}`, then accept a new run"
        problem = f"names an engine of {cell} that no longer loads ({error})"
        raise BaselineError(suite.baselines.file, problem, remedy) from error


def _told(options: Mapping[str, Any]) -> str:
    return (
        "options " + ", ".join(f"{k}={v}" for k, v in options.items()) if options else "no options"
    )
