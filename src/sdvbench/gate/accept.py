"""From a run's benchmark JSON to accepted figures. Happens on command only."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sdvbench.errors import BaselineError
from sdvbench.gate.baselines import Accepted, Baselines
from sdvbench.gate.benchmarks import (
    RERUN,
    Where,
    commit_of,
    figures,
    read_figure,
    read_json,
    record_of,
    refuse,
)
from sdvbench.gate.figures import Recorded
from sdvbench.metrics import declared, divisors
from sdvbench.typed_json import Unusable, check_positive, described, read

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
    content = read_json(results)
    try:
        run = read(Where, content, finite=False)
    except Unusable as why:
        refuse(results, f"is not a run of sdvbench: {why}")
    machine, date, commit = run.machine_info.sdvbench, run.datetime[:10], commit_of(content)
    if machine is None:
        refuse(results, "is not a run of sdvbench: machine_info.sdvbench is missing")
    if not FILE_NAME.fullmatch(machine.hardware_class):  # it names the file that is written
        named = described(machine.hardware_class)
        refuse(results, f"has a hardware_class that cannot name a file: {named}")
    baselines = Baselines(folder, machine.hardware_class)
    accepted, refused = [], []
    for name, figure in _chosen(results, content, only):
        if isinstance(figure, Unusable):
            refused.append(f"{name}: could not be used: {figure}")
        elif doubt := _doubt(figure, baselines.find(figure.cell, figure.metric), replace):
            refused.append(f"{name}: {doubt}")
        else:
            accepted.append(name)
            entry = Accepted.of(figure, date, commit, machine.libraries)
            baselines.accept(figure.cell, figure.metric, entry)
    if not accepted and not refused:
        problem = f"has no figure of a cell with {only!r} in its id"
        if not only:
            problem = "has no figure that is accepted; accuracy and driving are held against limits"
        raise BaselineError(results, problem, RERUN)
    if accepted:
        baselines.write()
    return accepted, refused, baselines.file


def _chosen(
    file: Path, content: Mapping[str, Any], only: str
) -> Iterator[tuple[str, Recorded | Unusable]]:
    """sdvbench's figures that have, or should have, a cost, by their names."""
    for name, benchmark in figures(file, content):
        record = record_of(benchmark)
        if record is None or only not in name.partition(" ")[0]:
            continue
        try:
            if figure := read_figure(record):
                check_positive(figure.shown, divisors())
                yield name, figure
        except Unusable as why:
            yield name, why


def _doubt(figure: Recorded, old: Accepted | None, replace: bool) -> str:
    """Why the figure should not be accepted; empty if it may be."""
    if figure.disturbed:
        return f"{figure.disturbed}; run it again when the machine is quiet"
    if old is None or replace:
        return ""
    now = [figure.imgsz, figure.weights, figure.anchor]
    then = [old.imgsz, old.weights, old.anchor]
    metric = declared().get(figure.metric)
    if metric and not metric.relative:  # of which no anchor is part
        now[2] = then[2]
    if now == then:
        return ""
    return (
        f"would replace the figure of image size {then[0]}, weights {then[1]} and anchor {then[2]} "
        f"by one of {now[0]}, {now[1]} and {now[2]}; give another --baselines folder, or --replace"
    )
