"""A run read back from a benchmark JSON file, checked part by part."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NoReturn

from sdvbench.cells import Cell
from sdvbench.errors import OptionError, ReportError
from sdvbench.gate.results import commit_of, read_json
from sdvbench.gate.verdict import Status
from sdvbench.report.run import FORMAT, Rounds, Run

RERUN = "Write it again with `pytest perf accuracy --benchmark-json=FILE`"
NUMBER = (int, float)
NAMES = {str: "text", int: "a whole number", list: "a list", dict: "an object", NUMBER: "a number"}
PARTS = {
    "date": str,
    "commit": str,
    "hardware": dict,
    "libraries": dict,
    "settings": dict,
    "control": dict,
    "data": dict,
    "gaps": dict,
    "errors": dict,
}
STATUSES: Mapping[str, tuple[str, ...]] = {
    "records": tuple(Status),
    "realtime": tuple(Status),
    "claims": ("CONFIRMED", "REFUTED", "NOT TESTABLE HERE"),
}
KINDS: Mapping[str, Mapping[str, Any]] = {  # the fields of a record that a report cannot do without
    "records": {
        **{"cell": str, "metric": str, "imgsz": int, "shown": dict},
        **{"status": str, "reason": str, "change": str},
    },
    "claims": {
        **{"id": str, "text": str, "source": str, "hardware": str, "paper": str, "ours": str},
        **{"status": str, "reason": str},
    },
    "realtime": {
        **{"cell": str, "rate_hz": NUMBER, "policy": str, "frames": int, "misses": int},
        **{"deadline_ms": NUMBER, "miss_rate": list, "jitter": dict, "latency_ms": dict},
        **{"dropped": int, "latencies_ms": list},
    },
    "roofline": {
        **{"cell": str, "macs": NUMBER, "bytes": NUMBER, "seconds": NUMBER, "bound": str},
        **{"peak_gmacs_per_s": NUMBER, "peak_gb_per_s": NUMBER, "roof_seconds": NUMBER},
        **{"share": NUMBER, "bandwidth_share": NUMBER},
    },
}
OPTIONAL: Mapping[str, Mapping[str, Any]] = {  # nothing, or of this kind
    "realtime": {"status": str, "reason": str, "replayed_from_hz": NUMBER}
}


def read_run(file: Path) -> Run:
    """The run that pytest wrote to ``file`` with ``--benchmark-json``.

    A file without sdvbench's own part, of an older version, is read for what its benchmarks hold.
    Raises BaselineError where it is no JSON object, and ReportError, naming the part, where it is
    of another format, something is missing or wrong, or it holds nothing of sdvbench's.
    """
    content = read_json(file)
    benchmarks = [_extra(file, b) for b in _get(file, content, "benchmarks", list)]
    told = [extra for extra in benchmarks if extra]
    traces = {
        f"{extra.get('cell')} {extra.get('metric')}": _trace(file, extra)
        for extra in told
        if extra.get("seconds")
    }
    run = content.get("sdvbench")
    if run is None:
        run = _older(file, content, told)
    elif not isinstance(run, dict):
        _refuse(file, "sdvbench is not an object")
    elif run.get("format") != FORMAT:
        problem = f"holds a run of format {run.get('format')}, and this sdvbench reads {FORMAT}"
        raise ReportError(file, problem, "Use the version of sdvbench that wrote it, or run again")
    run = {"errors": {}, "data": {}} | run  # which older files have not
    parts = {name: _get(file, run, name, kind) for name, kind in PARTS.items()}
    for name in ("data", "gaps", "errors"):
        for text in parts[name]:
            _get(file, parts[name], text, list, name)
    for name in ("class", "summary"):
        _get(file, parts["hardware"], name, str, "hardware")
    for name in ("status", "reason") if parts["control"] else ():
        _get(file, parts["control"], name, str, "control")
    parts |= {name: _records(file, run, name, kinds) for name, kinds in KINDS.items()}
    return Run(**parts, traces=traces)


def _older(file: Path, content: Mapping[str, Any], told: list[dict[str, Any]]) -> dict[str, Any]:
    """What a file without sdvbench's own part holds: timed figures, and where they were timed."""
    records = [extra for extra in told if "status" in extra]
    if not records:
        problem = "holds no figure that sdvbench has judged"
        raise ReportError(file, problem, RERUN)
    known = _get(file, content, "machine_info", dict).get("sdvbench", {})
    name = known.get("hardware_class", "unknown")
    return {
        "date": str(content.get("datetime", "unknown"))[:19],
        "commit": commit_of(content),
        "hardware": {"class": name, "summary": name},
        "libraries": known.get("libraries", {}),
        "settings": {},
        "control": {},
        "gaps": {},
        **{kind: [] for kind in KINDS},
        "records": records,
    }


def _extra(file: Path, benchmark: Any) -> dict[str, Any]:
    if not isinstance(benchmark, dict):
        _refuse(file, "benchmarks holds something that is not an object")
    extra = _get(file, benchmark, "extra_info", dict).get("sdvbench", {})
    return extra if isinstance(extra, dict) else {}


def _trace(file: Path, extra: Mapping[str, Any]) -> Rounds:
    seconds, calls = extra["seconds"], extra.get("calls_a_round", [1])
    if not (isinstance(seconds, list) and all(isinstance(s, NUMBER) for s in seconds)):
        _refuse(file, f"extra_info.sdvbench.seconds of {extra.get('cell')} are not numbers")
    if not (isinstance(calls, list) and calls and isinstance(calls[0], int) and calls[0] > 0):
        _refuse(file, f"extra_info.sdvbench.calls_a_round of {extra.get('cell')} is not a list")
    return Rounds(seconds, calls[0])


def _records(
    file: Path, run: Mapping[str, Any], part: str, kinds: Mapping[str, Any]
) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = _get(file, run, part, list)
    for number, record in enumerate(found):
        where = f"{part}[{number}]"
        if not isinstance(record, dict):
            _refuse(file, f"{where} is not an object")
        for name, kind in kinds.items():
            _get(file, record, name, kind, where)
        for name, kind in OPTIONAL.get(part, {}).items():
            if name in record:
                _get(file, record, name, kind, where)
        if "cell" in kinds:
            try:
                Cell.parse(record["cell"])
            except OptionError as error:
                _refuse(file, f"{where}.cell: {error}")
        if "status" in record and part in STATUSES:
            if record["status"] not in STATUSES[part]:
                _refuse(file, f"{where}.status is none of {', '.join(STATUSES[part])}")
            _get(file, record, "reason", str, where)
        for name in ("shown", "jitter", "latency_ms"):
            if name in kinds:
                _numbers(file, record[name].values(), f"{where}.{name}")
        if part == "realtime":
            told = [each for each in record["latencies_ms"] if each is not None]  # dropped frames
            _numbers(file, told, f"{where}.latencies_ms")
            _numbers(file, record["miss_rate"], f"{where}.miss_rate")
            if len(record["miss_rate"]) != 3:
                _refuse(file, f"{where}.miss_rate is not a share and its interval")
    return found


def _numbers(file: Path, values: Iterable[Any], where: str) -> None:
    if any(isinstance(value, bool) or not isinstance(value, NUMBER) for value in values):
        _refuse(file, f"{where} holds something that is not a number")


def _get(file: Path, holder: Mapping[str, Any], name: str, kind: Any, where: str = "") -> Any:
    """``holder[name]``, which must be of ``kind``."""
    value, full = holder.get(name), f"{where}.{name}" if where else name
    if isinstance(value, bool) or not isinstance(value, kind):
        _refuse(file, f"{full} is not {NAMES[kind]}" if name in holder else f"has no {full}")
    return value


def _refuse(file: Path, problem: str) -> NoReturn:
    raise ReportError(file, problem, RERUN)
