"""What pytest-benchmark writes with ``--benchmark-json``, sdvbench's own records among it."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NoReturn

from msgspec import Struct

from sdvbench import json_text
from sdvbench.errors import BaselineError
from sdvbench.gate.figures import Recorded
from sdvbench.metrics import declared
from sdvbench.typed_json import Unusable, read

RERUN = "Write it again with `pytest perf --benchmark-json=FILE`"


class Noted(Struct, frozen=True, kw_only=True):
    """What sdvbench notes of the machine. libraries: name -> version."""

    hardware_class: str
    libraries: Mapping[str, str]


class Machine(Struct, frozen=True, kw_only=True):
    """What pytest-benchmark notes of it, which differs by its version, and sdvbench."""

    sdvbench: Noted | None = None
    cpu: Any = None
    processor: Any = None
    machine: Any = None
    python_version: Any = None


class Where(Struct, frozen=True, kw_only=True):
    """When and where a run was."""

    datetime: str
    machine_info: Machine


class Named(Struct, frozen=True, kw_only=True):
    """What of a record tells which figure it is, and whether it is compared."""

    cell: str
    metric: str
    cost: Any = None


class Benchmarks(Struct, frozen=True, kw_only=True):
    benchmarks: list[Any]


def read_json(file: Path) -> dict[str, Any]:
    """Raises BaselineError where ``file`` is no JSON object."""
    content = json_text.read(file, BaselineError, RERUN)
    if not isinstance(content, dict):
        raise BaselineError(file, "is not a JSON object", RERUN)
    return content


def commit_of(run: Mapping[str, Any]) -> str:
    """As pytest-benchmark noted it, with a mark where the tree had uncommitted changes."""
    info = run.get("commit_info")
    if not isinstance(info, dict):
        return "unknown"
    name = str(info.get("id") or "unknown")[:10]
    return f"{name}+changes" if info.get("dirty") else name


def figures(file: Path, content: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The benchmarks of a run with the names of their figures, without those of sdvbench whose
    test ended in an error. Raises BaselineError where two figures have one name.
    """
    try:
        benchmarks = read(Benchmarks, content, finite=False).benchmarks
    except Unusable as why:
        refuse(file, f"is not pytest-benchmark's JSON: {why}")
    known: dict[str, str] = {}
    for place, benchmark in enumerate(benchmarks):
        record = record_of(benchmark)
        if isinstance(record, dict) and "cost" not in record:
            continue  # its test ended in an error after something was timed
        test = benchmark.get("fullname") if isinstance(benchmark, dict) else None
        test = test if test and isinstance(test, str) else f"benchmarks[{place}]"
        name = _name(record) or test
        if name in known:
            which = "the two" if known[name] == test else f"{known[name]} and {test}"
            remedy = f"Keep one of {which}, and write the file again"
            raise BaselineError(file, f"holds two figures named {name!r}", remedy)
        known[name] = test
        yield name, benchmark


def record_of(benchmark: Any) -> Any:
    """What sdvbench noted of a benchmark, as it is; None where it is a plain one."""
    extra = benchmark.get("extra_info") if isinstance(benchmark, dict) else None
    return extra.get("sdvbench") if isinstance(extra, dict) else None


def _name(record: Any) -> str | None:
    """ "CELL METRIC"; None where ``record`` is not sdvbench's."""
    if not isinstance(record, dict):
        return None
    cell, metric = record.get("cell"), record.get("metric")
    named = isinstance(cell, str) and isinstance(metric, str)
    return f"{cell} {metric}" if named else None


def read_figure(record: Any) -> Recorded | None:
    """What sdvbench noted of a benchmark; None where it is a figure that is held against limits
    alone, as is one without a cost whose metric is not installed here.

    Raises Unusable, naming the field.
    """
    where = "" if isinstance(record, dict) else "extra_info.sdvbench"
    named = read(Named, record, where, finite=False)
    metric = declared().get(named.metric)
    if named.cost is None and not (metric and metric.compared):
        return None
    found = read(Recorded, record)
    if found.cost is None:
        raise Unusable("cost is null, not [value, low, high]")
    return found


def refuse(file: Path, problem: str) -> NoReturn:
    raise BaselineError(file, problem, RERUN)
