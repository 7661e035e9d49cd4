"""A run read back from a benchmark JSON file, checked part by part."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from sdvbench.errors import ReportError
from sdvbench.gate.benchmarks import (
    Benchmarks,
    Noted,
    Where,
    commit_of,
    figures,
    read_json,
    record_of,
)
from sdvbench.report.records import RERUN, doubted, needed, records, refuse
from sdvbench.report.run import FORMAT, KINDS, Rounds, Run
from sdvbench.typed_json import AtLeastOne, Filled, Positive, Unusable, described, read


class Timed(Struct, frozen=True, kw_only=True):
    """What was timed of a figure."""

    seconds: Sequence[Positive] = ()
    calls_a_round: Filled[AtLeastOne] = (1,)


def read_run(file: Path) -> Run:
    """The run that pytest wrote to ``file`` with ``--benchmark-json``.

    A file without sdvbench's own part, of an older version, is read for what its benchmarks hold.
    A figure that cannot be used is among the records, with a verdict that says so.
    Raises BaselineError where it is no JSON object or holds two figures of one name, and
    ReportError, naming the part, where it is of another format, something is missing or wrong, or
    it holds nothing of sdvbench's.
    """
    content = read_json(file)
    needed(file, Benchmarks, content)
    found = {name: record_of(benchmark) for name, benchmark in figures(file, content)}
    timed = {name: told for name, told in found.items() if isinstance(told, dict)}
    run = content.get("sdvbench")
    if run is None:
        run = _older(file, content, list(timed.values()))
    elif not isinstance(run, dict):
        refuse(file, "sdvbench is not an object")
    elif run.get("format") != FORMAT:
        problem = f"holds a run of format {described(run.get('format'))}, and this sdvbench reads "
        remedy = "Use the version of sdvbench that wrote it, or run again"
        raise ReportError(file, f"{problem}{FORMAT}", remedy)
    of_kinds, traces = records(file, run), {}
    for name, told in timed.items():
        try:
            trace = read(Timed, told)
        except Unusable as why:
            of_kinds["records"] = [
                doubted(record, str(why)) if record.name == name else record
                for record in of_kinds["records"]
            ]
        else:
            if trace.seconds:
                traces[name] = Rounds(seconds=trace.seconds, calls=trace.calls_a_round[0])
    return replace(_without_records(file, run), **of_kinds, traces=traces)


def _without_records(file: Path, run: Mapping[str, Any]) -> Run:
    others = {**run, "traces": {}} | {kind: [] for kind in KINDS}
    if run.get("control") == {}:
        others["control"] = None
    found: Run = needed(file, Run, others)
    return found


def _older(file: Path, content: Mapping[str, Any], told: list[dict[str, Any]]) -> dict[str, Any]:
    """What a file without sdvbench's own part holds: timed figures, and where they were timed."""
    judged = [record for record in told if "status" in record]
    if not judged:
        raise ReportError(file, "holds no figure that sdvbench has judged", RERUN)
    run: Where = needed(file, Where, content)
    noted = run.machine_info.sdvbench or Noted(hardware_class="unknown", libraries={})
    return {
        "date": run.datetime[:19],
        "commit": commit_of(content),
        "hardware": {"class": noted.hardware_class, "summary": noted.hardware_class},
        "libraries": noted.libraries,
        "settings": {},
        "control": {},
        "gaps": {},
        **{kind: [] for kind in KINDS},
        "records": judged,
    }
