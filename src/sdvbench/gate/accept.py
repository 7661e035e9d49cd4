"""From a run's benchmark JSON to accepted figures. Happens on command only."""

from pathlib import Path
from typing import Any

from sdvbench.errors import BaselineError
from sdvbench.gate.baselines import Accepted, Baselines
from sdvbench.gate.results import RERUN, commit_of, read_json
from sdvbench.gate.stats import Estimate


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
        machine = run["machine_info"]["sdvbench"]
        date = run["datetime"][:10]
        benchmarks = [b["extra_info"].get("sdvbench", {}) for b in run["benchmarks"]]
        # Benchmarks that are not sdvbench's, or that ended in an error, have no such figure.
        records = [record for record in benchmarks if "cost" in record]
        baselines = Baselines(folder, machine["hardware_class"])
        commit = commit_of(run)
        chosen = [r for r in records if only in r["cell"] and r["cost"]]
        accepted, refused = [], []
        for record in chosen:
            name = f"{record['cell']} {record['metric']}"
            doubt = _doubt(record, baselines.find(record["cell"], record["metric"]), replace)
            if doubt:
                refused.append(f"{name}: {doubt}")
                continue
            accepted.append(name)
            entry = Accepted(
                Estimate(*record["cost"]),
                imgsz=record["imgsz"],
                anchor=record["anchor"],
                weights=record["weights"],
                artifact=record["artifact"],
                date=date,
                commit=commit,
                libraries=machine["libraries"],
                shown=record["shown"],
            )
            baselines.accept(record["cell"], record["metric"], entry)
    except (KeyError, TypeError) as error:
        raise BaselineError(results, f"is not a run of sdvbench: no {error}", RERUN) from error
    if not chosen:
        raise BaselineError(results, f"has no figure of a cell with {only!r} in its id", RERUN)
    if accepted:
        baselines.write()
    return accepted, refused, baselines.file


def _doubt(record: dict[str, Any], old: Accepted | None, replace: bool) -> str:
    """Why the figure should not be accepted; empty if it may be."""
    if record["disturbed"]:
        return f"{record['disturbed']}; run it again when the machine is quiet"
    if old is None or replace:
        return ""
    now = [record["imgsz"], record["weights"], record["anchor"]]
    then = [old.imgsz, old.weights, old.anchor]
    if record["metric"] == "memory":  # of which no anchor is part
        now[2] = then[2]
    if now == then:
        return ""
    return (
        f"would replace the figure of image size {then[0]}, weights {then[1]} and anchor {then[2]} "
        f"by one of {now[0]}, {now[1]} and {now[2]}; give another --baselines folder, or --replace"
    )
