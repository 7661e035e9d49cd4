"""Benchmark JSON files, sdvbench's own and plain ones, as figures that can be compared."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

from msgspec import Meta, Struct

from sdvbench.gate.benchmarks import (
    Machine,
    Where,
    commit_of,
    figures,
    read_figure,
    read_json,
    record_of,
    refuse,
)
from sdvbench.gate.scores import Scores, read_scores
from sdvbench.gate.stats import Estimate
from sdvbench.metrics import declared
from sdvbench.typed_json import LEAST, NotNegative, Unusable, read

MIN_ROUNDS = 5  # of a plain benchmark


class Stats(Struct, frozen=True, kw_only=True):
    """Of a benchmark's rounds, in seconds."""

    median: Annotated[float, Meta(ge=1e3 * LEAST)]  # a thousandth of it can be used, too
    iqr: NotNegative
    rounds: Annotated[float, Meta(ge=1)]


class Plain(Struct, frozen=True, kw_only=True):
    """A benchmark of pytest-benchmark's own."""

    fullname: str
    stats: Stats
    options: Any = None


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
    figure could not be used. scores: what is compared by limits alone.
    """

    file: Path
    date: str
    commit: str
    hardware: str
    libraries: Mapping[str, str]
    results: Mapping[str, Result]
    unusable: Mapping[str, str] = field(default_factory=dict)
    scores: Scores = field(default_factory=Scores)

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
        run = read(Where, content, finite=False)
    except Unusable as why:
        refuse(file, f"is not pytest-benchmark's JSON: {why}")
    hardware, libraries = _machine(run.machine_info)
    results: dict[str, Result] = {}
    unusable: dict[str, str] = {}
    for name, benchmark in figures(file, content):
        try:
            result = _result(benchmark)
        except Unusable as why:
            unusable[name] = str(why)
        else:
            results |= {name: result} if result else {}
    scores = read_scores(content)
    if not (results or unusable or scores):
        refuse(file, "holds no figure")
    commit = commit_of(content)
    return Results(file, run.datetime, commit, hardware, libraries, results, unusable, scores)


def _machine(machine: Machine) -> tuple[str, Mapping[str, str]]:
    """The hardware that figures are bound to, and the libraries."""
    if machine.sdvbench:
        return machine.sdvbench.hardware_class, machine.sdvbench.libraries
    cpu = machine.cpu if isinstance(machine.cpu, dict) else {}
    model = cpu.get("brand_raw") or machine.processor or machine.machine
    cores = f", {cpu['count']} cores" if "count" in cpu else ""
    python = machine.python_version
    return f"{model or 'unknown CPU'}{cores}", {"python": python} if isinstance(python, str) else {}


def _result(benchmark: Any) -> Result | None:
    """None where the figure is held against limits, not against another. Raises Unusable."""
    record = record_of(benchmark)
    if record is None:
        return _plain(read(Plain, benchmark))
    figure = read_figure(record)
    if figure is None:
        return None
    metric = declared().get(figure.metric)
    if metric is None:
        told = f"metric {figure.metric!r} is not known here"
        raise Unusable(f"{told}; install the package that declares it")
    setting = {"imgsz": figure.imgsz, "weights": figure.weights}
    if metric.relative:
        setting["anchor"] = figure.anchor
    assert figure.cost is not None
    unit = metric.unit_of_cost(figure.anchor)
    return Result(figure.cost, unit, setting, figure.disturbed, figure.artifact)


def _plain(benchmark: Plain) -> Result:
    """Of its median, with the interval that is drawn as a box plot's notch, about 95 %: 1.57 times
    the interquartile range over the root of the number of rounds. Source: McGill, Tukey and Larsen,
    "Variations of box plots", 1978. A bias of the whole run is not in it.
    """
    median, rounds = benchmark.stats.median, benchmark.stats.rounds
    half = 1.57 * benchmark.stats.iqr / math.sqrt(rounds)
    cost = Estimate(median, max(median - half, median / 1000), median + half)
    few = f"has only {rounds:g} rounds, too few to be sure" if rounds < MIN_ROUNDS else ""
    # Seconds of the CPU are not those of the wall.
    clock = benchmark.options.get("timer") if isinstance(benchmark.options, dict) else None
    return Result(cost, "s", {"timer": str(clock or "unknown")}, few)
