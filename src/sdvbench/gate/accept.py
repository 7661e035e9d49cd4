"""From a run's benchmark JSON to accepted figures. Happens on command only."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sdvbench.errors import BaselineError
from sdvbench.gate.baselines import Accepted, Baselines
from sdvbench.gate.benchmarks import (
    RERUN,
    commit_of,
    figures,
    is_limited,
    libraries_of,
    read_json,
    record_of,
    refuse,
)
from sdvbench.gate.usable import Unusable, cost_of, described, image_size_of, numbers_of, of_kind
from sdvbench.metrics import declared, divisors

FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,199}")


def accept(
    results: Path, folder: Path, only: str = "", replace: bool = False
) -> tuple[list[str], list[str], Path]:
    """Put the figures of ``results`` whose cell id contains ``only`` into ``folder``.

    Other cells' figures stay, and those that were accepted at another image size or with other
    weights unless ``replace``. Returns the figures that were accepted, those that were refused with
    the reason, and the file.
    Raises BaselineError where ``results`` is no benchmark JSON of sdvbench, or nothing matches.
    """
    run = read_json(results)
    try:
        machine = of_kind(of_kind(run, "machine_info", dict), "sdvbench", dict)
        hardware, libraries = of_kind(machine, "hardware_class", str), libraries_of(machine)
        date = of_kind(run, "datetime", str)[:10]
    except Unusable as why:
        refuse(results, f"is not a run of sdvbench: {why}")
    if not FILE_NAME.fullmatch(hardware):  # it names the file that is written
        refuse(results, f"has a hardware_class that cannot name a file: {described(hardware)}")
    baselines = Baselines(folder, hardware)
    accepted, refused = [], []
    for name, record in _chosen(results, run, only):
        try:
            entry = _entry(record, date, commit_of(run), libraries)
            doubt = _doubt(record, baselines.find(record["cell"], record["metric"]), replace)
        except Unusable as why:
            doubt = f"could not be used: {why}"
        if doubt:
            refused.append(f"{name}: {doubt}")
            continue
        accepted.append(name)
        baselines.accept(record["cell"], record["metric"], entry)
    if not accepted and not refused:
        raise BaselineError(results, f"has no figure of a cell with {only!r} in its id", RERUN)
    if accepted:
        baselines.write()
    return accepted, refused, baselines.file


def _chosen(file: Path, run: Mapping[str, Any], only: str) -> Iterator[tuple[str, Any]]:
    """sdvbench's records that have, or should have, a cost, by the names of their figures."""
    for name, benchmark in figures(file, run):
        record = record_of(benchmark)
        if record is None or only not in name.partition(" ")[0]:
            continue
        if not (isinstance(record, dict) and is_limited(record)):
            yield name, record


def _entry(record: Any, date: str, commit: str, libraries: Mapping[str, str]) -> Accepted:
    """Raises Unusable, naming the field."""
    if not isinstance(record, dict):
        raise Unusable(f"extra_info.sdvbench is {described(record)}, not an object")
    for name in ("cell", "metric", "disturbed"):
        of_kind(record, name, str)
    return Accepted(
        cost_of(record),
        imgsz=image_size_of(record),
        anchor=of_kind(record, "anchor", str),
        weights=of_kind(record, "weights", str),
        artifact=of_kind(record, "artifact", str),
        date=date,
        commit=commit,
        libraries=libraries,
        shown=numbers_of(record, "shown", divisors()),
    )


def _doubt(record: dict[str, Any], old: Accepted | None, replace: bool) -> str:
    """Why the figure should not be accepted; empty if it may be."""
    if record["disturbed"]:
        return f"{record['disturbed']}; run it again when the machine is quiet"
    if old is None or replace:
        return ""
    now = [record["imgsz"], record["weights"], record["anchor"]]
    then = [old.imgsz, old.weights, old.anchor]
    metric = declared().get(record["metric"])
    if metric and not metric.relative:  # of which no anchor is part
        now[2] = then[2]
    if now == then:
        return ""
    return (
        f"would replace the figure of image size {then[0]}, weights {then[1]} and anchor {then[2]} "
        f"by one of {now[0]}, {now[1]} and {now[2]}; give another --baselines folder, or --replace"
    )
