"""What pytest-benchmark writes with ``--benchmark-json``, sdvbench's own records among it."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NoReturn

from sdvbench import json_text
from sdvbench.errors import BaselineError
from sdvbench.gate.usable import Unusable, of_kind
from sdvbench.metrics import declared

RERUN = "Write it again with `pytest perf --benchmark-json=FILE`"


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
        benchmarks = of_kind(content, "benchmarks", list)
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
    """What sdvbench noted of a benchmark; None where it is a plain one."""
    extra = benchmark.get("extra_info") if isinstance(benchmark, dict) else None
    return extra.get("sdvbench") if isinstance(extra, dict) else None


def _name(record: Any) -> str | None:
    """ "CELL METRIC"; None where ``record`` is not sdvbench's."""
    if not isinstance(record, dict):
        return None
    cell, metric = record.get("cell"), record.get("metric")
    named = isinstance(cell, str) and isinstance(metric, str)
    return f"{cell} {metric}" if named else None


def is_limited(record: Mapping[str, Any]) -> bool:
    """Whether a figure is held against limits alone; a metric that is not installed here, which
    comes without a cost, is too.
    """
    metric = declared().get(str(record.get("metric")))
    return record["cost"] is None and not (metric and metric.compared)


def libraries_of(known: Mapping[str, Any]) -> dict[str, str]:
    """Raises Unusable where they are no names with versions."""
    libraries: dict[str, str] = of_kind(known, "libraries", dict)
    for name in libraries:
        of_kind(libraries, name, str)
    return libraries


def refuse(file: Path, problem: str) -> NoReturn:
    raise BaselineError(file, problem, RERUN)
