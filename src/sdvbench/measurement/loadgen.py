"""Latency by MLPerf's own load generator, to check sdvbench's against."""

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sdvbench.errors import MeasurementError
from sdvbench.measurement.latency import in_batches, measure
from sdvbench.tensors import Calls
from sdvbench.workflows.base import Engine

PERCENTS = (50, 90)
CALLS = 64  # a block: the fewest of which LoadGen gives a 90th percentile
BUDGET_S, FEWEST, MOST = 90.0, 12, 120  # pairs of blocks; many short ones tell the most
LOG, MARK = "mlperf_log_detail.txt", ":::MLLOG "


@dataclass(frozen=True)
class CrossCheck:
    """Seconds a call, a value a block, by percentile; blocks of the two were run in turn."""

    loadgen: dict[int, list[float]]
    sdvbench: dict[int, list[float]]

    def log_ratios(self, percent: int) -> NDArray[np.float64]:
        """(blocks,) of sdvbench's over LoadGen's, of neighbouring blocks: what lasts for longer
        than the two of them drops out.
        """
        ours, theirs = np.array(self.sdvbench[percent]), np.array(self.loadgen[percent])
        ratios: NDArray[np.float64] = np.log(ours / theirs)
        return ratios


def cross_check(
    engine: Engine, images: Calls, folder: Path, blocks: int | None = None
) -> CrossCheck:
    """Blocks of calls timed by LoadGen (SingleStream) and by ``measure``, in turn, order drawn
    anew for each pair.

    images: as ``measure`` takes them. folder: for LoadGen's logs. blocks: by default what fills a
        minute and a half, within bounds.
    Raises MeasurementError where LoadGen is not installed or says nothing.
    """
    median_s = measure(engine, images, rounds=10).median
    if blocks is None:
        blocks = min(max(round(BUDGET_S / (2 * CALLS * median_s)), FEWEST), MOST)
    found = CrossCheck({p: [] for p in PERCENTS}, {p: [] for p in PERCENTS})
    order = random.Random(0)
    for _ in range(blocks):
        for tool in order.sample(("loadgen", "sdvbench"), 2):
            if tool == "loadgen":
                seconds = single_stream(engine, images, CALLS, folder)
            else:
                trace = measure(engine, images, CALLS, warmup=0)
                seconds = {p: trace.percentile(p) for p in PERCENTS}
            for percent, value in seconds.items():
                getattr(found, tool)[percent].append(value)
    return found


def single_stream(
    engine: Engine, images: Calls, calls: int, folder: Path, percents: Sequence[int] = PERCENTS
) -> dict[int, float]:
    """LoadGen's percentiles of ``calls`` queries of one batch each, in seconds.

    LoadGen draws batches at random and takes percentiles by rank, without interpolating.
    """
    loadgen = _loadgen()
    batches = in_batches(engine, images)

    def issue(queries: Sequence[Any]) -> None:
        for query in queries:
            engine(*batches[query.index])
            loadgen.QuerySamplesComplete([loadgen.QuerySampleResponse(query.id, 0, 0)])

    system = loadgen.ConstructSUT(issue, _nothing)
    library = loadgen.ConstructQSL(len(batches), len(batches), _nothing, _nothing)
    try:
        loadgen.StartTestWithLogSettings(
            system, library, _settings(loadgen, calls), _logs(loadgen, folder)
        )
    finally:
        loadgen.DestroyQSL(library)
        loadgen.DestroySUT(system)
    told = _results(folder / LOG)
    return {p: 1e-9 * told[f"result_{p:.2f}_percentile_latency_ns"] for p in percents}


def _nothing(*_: object) -> None:
    """Batches lie in memory already, and queries are answered as they come."""


def _settings(loadgen: Any, calls: int) -> Any:
    settings = loadgen.TestSettings()
    settings.scenario = loadgen.TestScenario.SingleStream
    settings.mode = loadgen.TestMode.PerformanceOnly
    settings.min_query_count = settings.max_query_count = calls
    settings.min_duration_ms = 0
    return settings


def _logs(loadgen: Any, folder: Path) -> Any:
    output = loadgen.LogOutputSettings()
    output.outdir = str(folder)
    output.copy_summary_to_stdout = False
    logs = loadgen.LogSettings()
    logs.log_output, logs.enable_trace = output, False
    return logs


def _results(log: Path) -> dict[str, Any]:
    """Keys and values of LoadGen's detailed log."""
    lines = log.read_text(encoding="utf-8").splitlines() if log.is_file() else []
    entries = [json.loads(line.removeprefix(MARK)) for line in lines if line.startswith(MARK)]
    told = {entry["key"]: entry["value"] for entry in entries}
    if told.get("result_validity") != "VALID":
        problem = f"holds no valid result ({told.get('result_invalid_reason', 'none at all')})"
        raise MeasurementError(log, problem, "Measure again")
    return told


def _loadgen() -> Any:
    try:
        import mlperf_loadgen
    except ImportError as error:
        remedy = "pip install mlcommons-loadgen"
        raise MeasurementError("MLPerf's LoadGen", "is not installed", remedy) from error
    return mlperf_loadgen
