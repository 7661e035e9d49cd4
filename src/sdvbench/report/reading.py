"""A run read back from a benchmark JSON file, checked part by part."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sdvbench.errors import ReportError
from sdvbench.gate.benchmarks import commit_of, figures, read_json, record_of
from sdvbench.gate.usable import LEAST, Unusable, described, is_number, of_kind
from sdvbench.gate.verdict import Status
from sdvbench.report.fields import RERUN, field, refuse
from sdvbench.report.records import KINDS, doubted, records
from sdvbench.report.run import FORMAT, Rounds, Run


def read_run(file: Path) -> Run:
    """The run that pytest wrote to ``file`` with ``--benchmark-json``.

    A file without sdvbench's own part, of an older version, is read for what its benchmarks hold.
    A figure that cannot be used is among the records, with a verdict that says so.
    Raises BaselineError where it is no JSON object or holds two figures of one name, and
    ReportError, naming the part, where it is of another format, something is missing or wrong, or
    it holds nothing of sdvbench's.
    """
    content = read_json(file)
    field(file, content, "benchmarks", list)
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
    run = {"errors": {}, "data": {}} | run  # which older files have not
    parts = _parts(file, run) | records(file, run)
    traces: dict[str, Rounds] = {}
    for name, told in timed.items():
        try:
            trace = _trace(told)
        except Unusable as why:
            parts["records"] = _doubted(parts["records"], told, str(why))
        else:
            traces |= {name: trace} if trace else {}
    return Run(**parts, traces=traces)


def _parts(file: Path, run: Mapping[str, Any]) -> dict[str, Any]:
    parts = {name: field(file, run, name, str) for name in ("date", "commit")}
    parts |= {name: field(file, run, name, dict) for name in ("hardware", "control")}
    parts["libraries"] = field(file, run, "libraries", dict, of=str)
    parts["settings"] = field(file, run, "settings", dict, of=dict)
    for name in parts["settings"]:
        field(file, parts["settings"], name, dict, "settings", of=str)
    for part in ("data", "gaps", "errors"):
        parts[part] = field(file, run, part, dict)
        for text in parts[part]:
            if not field(file, parts[part], text, list, part, of=str):
                refuse(file, f"{part}.{text} is an empty list")
    for name in ("class", "summary"):
        field(file, parts["hardware"], name, str, "hardware")
    for name in ("status", "reason") if parts["control"] else ():
        field(file, parts["control"], name, str, "control")
    if parts["control"] and parts["control"]["status"] not in tuple(Status):
        refuse(file, f"control.status is none of {', '.join(Status)}")
    return parts


def _older(file: Path, content: Mapping[str, Any], told: list[dict[str, Any]]) -> dict[str, Any]:
    """What a file without sdvbench's own part holds: timed figures, and where they were timed."""
    judged = [record for record in told if "status" in record]
    if not judged:
        raise ReportError(file, "holds no figure that sdvbench has judged", RERUN)
    known = field(file, content, "machine_info", dict).get("sdvbench")
    known = known if isinstance(known, dict) else {}
    name = str(known.get("hardware_class", "unknown"))
    return {
        "date": str(content.get("datetime", "unknown"))[:19],
        "commit": commit_of(content),
        "hardware": {"class": name, "summary": name},
        "libraries": known.get("libraries", {}),
        "settings": {},
        "control": {},
        "gaps": {},
        **{kind: [] for kind in KINDS},
        "records": judged,
    }


def _trace(told: Mapping[str, Any]) -> Rounds | None:
    """What was timed; None where nothing was. Raises Unusable, naming the field."""
    seconds = of_kind(told, "seconds", list) if "seconds" in told else []
    calls = of_kind(told, "calls_a_round", list) if "calls_a_round" in told else [1]
    for place, each in enumerate(seconds):
        if not (is_number(each) and each >= LEAST):
            raise Unusable(f"seconds[{place}] is {described(each)}, not a positive number")
    if not calls or not isinstance(calls[0], int) or isinstance(calls[0], bool) or calls[0] < 1:
        raise Unusable("calls_a_round does not begin with a whole number of 1 or more")
    return Rounds(seconds, calls[0]) if seconds else None


def _doubted(
    found: Sequence[dict[str, Any]], told: Mapping[str, Any], why: str
) -> list[dict[str, Any]]:
    """``found``, where the figure that ``told`` has an unusable trace of says so."""
    same = [r["cell"] == told.get("cell") and r["metric"] == told.get("metric") for r in found]
    return [
        doubted(record, why, "records") if each else record
        for each, record in zip(same, found, strict=True)
    ]
