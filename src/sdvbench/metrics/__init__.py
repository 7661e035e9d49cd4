"""Metrics: one file each. Gate, thresholds, tables, reports and the recommendation go by what is
declared here; other packages add metrics through the entry points ``sdvbench.metrics``.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, NoReturn

from sdvbench.errors import OptionError
from sdvbench.registry import Registry

if TYPE_CHECKING:
    from sdvbench.cells import Cell
    from sdvbench.metrics.base import Metric, Value

BUILTIN = {  # in the order of the columns that they have
    "latency": "sdvbench.metrics.latency:LATENCY",
    "throughput": "sdvbench.metrics.throughput:THROUGHPUT",
    "memory": "sdvbench.metrics.memory:MEMORY",
    "agreement": "sdvbench.metrics.agreement:AGREEMENT",
    "output_error": "sdvbench.metrics.output_error:OUTPUT_ERROR",
    "map_drop": "sdvbench.metrics.map_drop:MAP_DROP",
    "deviation": "sdvbench.metrics.deviation:DEVIATION",
    "pruning_drop": "sdvbench.metrics.pruning_drop:PRUNING_DROP",
    "command_error": "sdvbench.metrics.command_error:COMMAND_ERROR",
    "mse": "sdvbench.metrics.mse:MSE",
    "mae": "sdvbench.metrics.mae:MAE",
}
BY_NAME = ("map_drop", "pruning_drop")  # those of accuracy that a test of their own asks for
METRICS = Registry("metric", "sdvbench.metrics", BUILTIN)
NAME = re.compile(r"[a-z][a-z0-9_]*")
TAKEN = ("tolerance", "limits", "roofline")  # tables of thresholds.toml, records of a run


@cache
def declared() -> Mapping[str, "Metric"]:
    """Every metric by its id, sdvbench's own first.

    Raises OptionError for an entry point that gives no metric, or one with a name that is taken.
    """
    found = {name: _checked(name) for name in METRICS}
    known: dict[str, list[tuple[str, Value]]] = {}
    headings: dict[str, str] = {}
    for metric in found.values():
        for value in metric.values:
            for other, theirs in known.setdefault(value.name, []):
                if None in (value.pruned, theirs.pruned) or value.pruned == theirs.pruned:
                    _refuse(metric.id, f"declares a value {value.name!r}, as {other!r} does")
            known[value.name].append((metric.id, value))
        for column in metric.columns:
            if headings.setdefault(column.heading, metric.id) != metric.id:
                problem = f"has a column {column.heading!r}, as {headings[column.heading]!r} does"
                _refuse(metric.id, problem)
    return found


def others() -> dict[str, "Metric"]:
    """Metrics of accuracy that other packages register, by id: a test asks for each."""
    found = declared().items()
    return {name: m for name, m in found if name not in BUILTIN and m.scores and m.loss}


def of_task(task: str) -> dict[str, "Metric"]:
    """sdvbench's own metrics of networks for ``task`` that no test asks for by name, by id."""
    names = [name for name in BUILTIN if name not in BY_NAME]
    return {n: m for n in names if (m := declared()[n]).scores and m.loss and m.task == task}


def figure_of(task: str) -> str | None:
    """What the first metric of accuracy of networks for ``task`` is called; None without any."""
    return next((m.title for m in declared().values() if m.scores and m.task == task), None)


def values() -> dict[str, "Value"]:
    """What may be limited, by name; of a name that two metrics share, the first one's."""
    found: dict[str, Value] = {}
    for metric in declared().values():
        for value in metric.values:
            found.setdefault(value.name, value)
    return found


def value_of(name: str, cell: "Cell") -> "tuple[Metric, Value] | None":
    """The metric and value that ``name`` stands for in ``cell``; None where it has none."""
    for metric in declared().values():
        for value in metric.values:
            if value.name == name and value.is_of(cell):
                return metric, value
    return None


def named(name: str) -> "Metric":
    """The metric with that id. Raises OptionError, with those that are known, where none has it."""
    known = declared()
    found: Metric = known[name] if name in known else METRICS[name]
    return found


def divisors() -> frozenset[str]:
    """Names of shown values that times are compared by, as ratios."""
    return frozenset(m.values[0].shown for m in declared().values() if m.relative)


def timed() -> tuple[str, ...]:
    """Ids of the metrics that engines are timed in turn for."""
    return tuple(name for name, metric in declared().items() if metric.timing)


def growing() -> tuple[str, ...]:
    """Ids of the metrics of accuracy whose loss is a share of what the reference has."""
    return tuple(name for name, metric in declared().items() if metric.growth and metric.scores)


def positive() -> frozenset[str]:
    """Names of shown values that cannot be 0 or below."""
    return frozenset(name for metric in declared().values() for name in metric.positive)


def legend(
    told: Iterable[str], anchor: Callable[[], str], data: Callable[[], str]
) -> Iterator[str]:
    """The lines of the metrics in ``told``, each once, with what is asked for filled in."""
    ids = set(told)
    lines = [line for m in declared().values() if m.id in ids for line in m.legend]
    for line in dict.fromkeys(lines):
        for field, text in (("{anchor}", anchor), ("{data}", data)):
            if field in line:
                line = line.replace(field, text())
        yield line


def _checked(name: str) -> "Metric":
    from sdvbench.metrics.base import Metric

    metric = METRICS[name]
    if not isinstance(metric, Metric):
        _refuse(name, f"is {type(metric).__name__}, not a sdvbench.metrics.base.Metric")
    if metric.id != name:
        _refuse(name, f"calls itself {metric.id!r}")
    if not NAME.fullmatch(name) or name in TAKEN:
        _refuse(name, "has a name that is taken, or not of lower-case letters, digits and '_'")
    if not metric.values:
        _refuse(name, "declares no value")
    return metric


def _refuse(name: str, problem: str) -> NoReturn:
    remedy = "Fix it in the package that declares it, or uninstall that"
    raise OptionError(f"metric {name!r}", problem, remedy)
