"""Benchmark JSON files, sdvbench's own and plain ones, as figures that can be compared."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sdvbench.gate.benchmarks import (
    commit_of,
    figures,
    is_limited,
    libraries_of,
    read_json,
    record_of,
    refuse,
)
from sdvbench.gate.stats import Estimate
from sdvbench.gate.usable import LEAST, Unusable, cost_of, described, image_size_of, number, of_kind
from sdvbench.metrics import declared

MIN_ROUNDS = 5  # of a plain benchmark


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
class Results:
    """date: as the file has it. hardware: the hardware class, or of plain files the machine's CPU.
    results: by their names, "CELL METRIC" or the full name of a test. unusable: by name, why a
    figure could not be used.
    """

    file: Path
    date: str
    commit: str
    hardware: str
    libraries: Mapping[str, str]
    results: Mapping[str, Result]
    unusable: Mapping[str, str] = field(default_factory=dict)

    @property
    def time(self) -> datetime | None:
        """When the run was, in UTC; None where its date cannot be read."""
        try:
            found = datetime.fromisoformat(self.date)
            # Older versions of pytest-benchmark write UTC without saying so.
            return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
        except (ValueError, OverflowError):
            return None


def read_results(file: Path) -> Results:
    """Raises BaselineError where ``file`` is no benchmark JSON, holds no figure, or holds two of
    one name. A figure that cannot be used does not make the others unusable.
    """
    content = read_json(file)
    try:
        date = of_kind(content, "datetime", str)
        hardware, libraries = _machine(of_kind(content, "machine_info", dict))
    except Unusable as why:
        refuse(file, f"is not pytest-benchmark's JSON: {why}")
    results: dict[str, Result] = {}
    unusable: dict[str, str] = {}
    for name, benchmark in figures(file, content):
        try:
            result = _result(benchmark)
        except Unusable as why:
            unusable[name] = str(why)
        else:
            results |= {name: result} if result else {}
    if not results and not unusable:
        refuse(file, "holds no figure")
    return Results(file, date, commit_of(content), hardware, libraries, results, unusable)


def _machine(machine: dict[str, Any]) -> tuple[str, dict[str, str]]:
    """The hardware that figures are bound to, and the libraries."""
    known = of_kind(machine, "sdvbench", dict) if "sdvbench" in machine else {}
    if known:
        return of_kind(known, "hardware_class", str), libraries_of(known)
    cpu = machine["cpu"] if isinstance(machine.get("cpu"), dict) else {}
    model = cpu.get("brand_raw") or machine.get("processor") or machine.get("machine")
    cores = f", {cpu['count']} cores" if "count" in cpu else ""
    python = machine.get("python_version")
    return f"{model or 'unknown CPU'}{cores}", {"python": python} if isinstance(python, str) else {}


def _result(benchmark: Any) -> Result | None:
    """None where the figure is held against limits, not against another. Raises Unusable."""
    if not isinstance(benchmark, dict):
        raise Unusable(f"it is {described(benchmark)}, not an object")
    record = record_of(benchmark)
    if record is None:
        of_kind(benchmark, "fullname", str)
        stats = of_kind(benchmark, "stats", dict)
        rounds = int(number(stats, "rounds", 1))
        few = "" if rounds >= MIN_ROUNDS else f"has only {rounds} rounds, too few to be sure"
        return Result(_median(stats), "s", {"timer": _timer(benchmark)}, few)
    if not isinstance(record, dict):
        raise Unusable(f"extra_info.sdvbench is {described(record)}, not an object")
    of_kind(record, "cell", str)
    name = of_kind(record, "metric", str)
    if is_limited(record):
        return None
    metric = declared().get(name)
    if metric is None:
        raise Unusable(f"metric {name!r} is not known here; install the package that declares it")
    setting = {"imgsz": image_size_of(record), "weights": of_kind(record, "weights", str)}
    if metric.relative:
        setting["anchor"] = of_kind(record, "anchor", str)
    unit = metric.unit_of_cost(setting.get("anchor", ""))
    disturbed = of_kind(record, "disturbed", str)
    artifact = of_kind(record, "artifact", str) if "artifact" in record else ""
    return Result(cost_of(record), unit, setting, disturbed, artifact)


def _timer(benchmark: Mapping[str, Any]) -> str:
    """The clock of a plain benchmark: seconds of the CPU are not those of the wall."""
    options = benchmark.get("options")
    return str(options.get("timer", "unknown")) if isinstance(options, dict) else "unknown"


def _median(stats: Mapping[str, Any]) -> Estimate:
    """The median with the interval that is drawn as a box plot's notch, about 95 %: 1.57 times the
    interquartile range over the root of the number of rounds. Source: McGill, Tukey and Larsen,
    "Variations of box plots", 1978. A bias of the whole run is not in it.
    """
    median, iqr = number(stats, "median", 1e3 * LEAST), number(stats, "iqr", 0)
    half = 1.57 * iqr / math.sqrt(number(stats, "rounds", 1))
    return Estimate(median, max(median - half, median / 1000), median + half)
