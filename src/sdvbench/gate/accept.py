"""From a run's benchmark JSON to accepted figures. Happens on command only."""

import json
from pathlib import Path
from typing import Any

from sdvbench.errors import BaselineError
from sdvbench.gate.baselines import Accepted, Baselines
from sdvbench.gate.stats import Estimate

RERUN = "Write it again with `pytest perf --benchmark-json=FILE`"


def accept(results: Path, folder: Path, only: str = "") -> tuple[list[str], list[str], Path]:
    """Put the figures of ``results`` whose cell id contains ``only`` into ``folder``.

    Other cells' figures stay. Returns the figures that were accepted, those that were refused with
    the reason, and the file.
    Raises BaselineError where ``results`` is no benchmark JSON of sdvbench, or nothing matches.
    """
    run = _read(results)
    try:
        machine = run["machine_info"]["sdvbench"]
        date = run["datetime"][:10]
        records = [b["extra_info"]["sdvbench"] for b in run["benchmarks"]]
        baselines = Baselines(folder, machine["hardware_class"])
        commit = _commit(run)
        chosen = [r for r in records if only in r["cell"] and r["cost"]]
        for record in chosen:
            if record["disturbed"]:
                continue
            entry = Accepted(
                Estimate(*record["cost"]),
                imgsz=record["imgsz"],
                anchor=record["anchor"],
                weights=record["weights"],
                date=date,
                commit=commit,
                libraries=machine["libraries"],
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


def _read(results: Path) -> dict[str, Any]:
    try:
        run = json.loads(results.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise BaselineError(results, f"cannot be read ({error})", RERUN) from error
    if not isinstance(run, dict):
        raise BaselineError(results, "is not a JSON object", RERUN)
    return run


def _commit(run: dict[str, Any]) -> str:
    """As pytest-benchmark noted it, with a mark where the tree had uncommitted changes."""
    info = run.get("commit_info") or {}
    name = str(info.get("id") or "unknown")[:10]
    return f"{name}+changes" if info.get("dirty") else name
