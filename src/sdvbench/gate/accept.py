"""From a run's benchmark JSON to accepted figures. Happens on command only."""

from pathlib import Path
from typing import Any

from sdvbench.errors import BaselineError
from sdvbench.gate.baselines import Accepted, Baselines
from sdvbench.gate.results import RERUN, commit_of, read_json
from sdvbench.gate.stats import Estimate


def accept(results: Path, folder: Path, only: str = "") -> tuple[list[str], list[str], Path]:
    """Put the figures of ``results`` whose cell id contains ``only`` into ``folder``.

    Other cells' figures stay. Returns the figures that were accepted, those that were refused with
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
        for record in chosen:
            if record["disturbed"]:
                continue
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
    refused = [f"{_name(r)}: {r['disturbed']}" for r in chosen if r["disturbed"]]
    accepted = [_name(r) for r in chosen if not r["disturbed"]]
    if accepted:
        baselines.write()
    return accepted, refused, baselines.file


def _name(record: dict[str, Any]) -> str:
    return f"{record['cell']} {record['metric']}"
