"""Benchmark JSON files, sdvbench's own and plain ones, as figures that can be compared."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sdvbench.errors import BaselineError
from sdvbench.gate.stats import Estimate

MIN_ROUNDS = 5  # of a plain benchmark
RERUN = "Write it again with `pytest perf --benchmark-json=FILE`"


@dataclass(frozen=True)
class Result:
    """One figure of one run, higher is worse.

    cost: a share of an anchor's time, MiB, or the median's seconds. unit: for people.
    setting: what two results must share to be comparable. disturbed: why it cannot be trusted.
    artifact: the key of what was measured, where it is known.
    """

    cost: Estimate
    unit: str
    setting: Mapping[str, Any]
    disturbed: str = ""
    artifact: str = ""


@dataclass(frozen=True)
class Run:
    """hardware: the hardware class, or of plain files the machine's CPU. results: by their names,
    "CELL METRIC" or the full name of a test.
    """

    file: Path
    date: str
    commit: str
    hardware: str
    libraries: Mapping[str, str]
    results: Mapping[str, Result]


def read_json(file: Path) -> dict[str, Any]:
    """Raises BaselineError where ``file`` is no JSON object."""
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise BaselineError(file, f"cannot be read ({error})", RERUN) from error
    if not isinstance(content, dict):
        raise BaselineError(file, "is not a JSON object", RERUN)
    return content


def commit_of(run: Mapping[str, Any]) -> str:
    """As pytest-benchmark noted it, with a mark where the tree had uncommitted changes."""
    info = run.get("commit_info") or {}
    name = str(info.get("id") or "unknown")[:10]
    return f"{name}+changes" if info.get("dirty") else name


def read_run(file: Path) -> Run:
    """Raises BaselineError where ``file`` is no benchmark JSON, or holds no figure."""
    content = read_json(file)
    try:
        machine = content["machine_info"]
        known = machine.get("sdvbench", {})
        cpu = machine.get("cpu", {})
        results = dict(_result(benchmark) for benchmark in content["benchmarks"])
        run = Run(
            file,
            content["datetime"][:10],
            commit_of(content),
            known.get("hardware_class") or f"{cpu.get('brand_raw')}, {cpu.get('count')} cores",
            known.get("libraries") or {"python": machine["python_version"]},
            {name: result for name, result in results.items() if result is not None},
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        problem = f"is not pytest-benchmark's JSON ({type(error).__name__}: {error})"
        raise BaselineError(file, problem, RERUN) from error
    if not run.results:
        raise BaselineError(file, "holds no figure", RERUN)
    return run


def _result(benchmark: Mapping[str, Any]) -> tuple[str, Result | None]:
    record = benchmark.get("extra_info", {}).get("sdvbench")
    if record is None:
        stats = benchmark["stats"]
        few = "" if stats["rounds"] >= MIN_ROUNDS else f"{stats['rounds']} rounds say nothing sure"
        return benchmark["fullname"], Result(_median(stats), "s", {}, few)
    if "cost" not in record:  # its test ended in an error after something was timed
        return benchmark["fullname"], None
    name = f"{record['cell']} {record['metric']}"
    if not record["cost"]:
        return name, None
    setting = {key: record[key] for key in ("imgsz", "weights")}
    unit = "MiB"
    if record["metric"] != "memory":
        setting["anchor"] = record["anchor"]
        unit = f"of {record['anchor']}"
    cost, artifact = Estimate(*record["cost"]), record.get("artifact", "")
    return name, Result(cost, unit, setting, record["disturbed"], artifact)


def _median(stats: Mapping[str, float]) -> Estimate:
    """The median with the interval that is drawn as a box plot's notch, about 95 %: 1.57 times the
    interquartile range over the root of the number of rounds. Source: McGill, Tukey and Larsen,
    "Variations of box plots", 1978. A bias of the whole run is not in it.
    """
    median, half = stats["median"], 1.57 * stats["iqr"] / math.sqrt(stats["rounds"])
    if not (math.isfinite(median) and median > 0):
        raise ValueError(f"a median of {median}")
    return Estimate(median, max(median - half, median / 1000), median + half)
