"""What is allowed: sdvbench's own thresholds.toml, overridden key by key by baselines/'s."""

from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from sdvbench.cells import Cell
from sdvbench.defaults.layers import default, laid_over, read_toml
from sdvbench.errors import BaselineError, OptionError
from sdvbench.gate.verdict import Tier

NAME = "thresholds.toml"
# The figures that may be compared with accepted ones, by tier, and the limited ones with the names
# of their limits.
TOLERANCES = {
    Tier.ARTIFACT: ("latency", "throughput"),
    Tier.ANCHOR: ("latency", "throughput"),
    Tier.ABSOLUTE: ("latency", "throughput", "memory"),
}
LIMITS = {
    "map_drop": ("map",),
    "pruning_drop": ("map",),
    "agreement": ("box_error", "confidence_error"),
}


class Thresholds:
    """Tolerances by metric, and limits by metric and precision.

    file: the folder's own, which overrides what comes with sdvbench; it need not exist.
    Raises BaselineError, naming the file and the key, for a key that is unknown or wrong.
    """

    def __init__(self, folder: Path) -> None:
        self.file = folder / NAME
        own = read_toml(self.file) if self.file.exists() else {}
        for path, problem, remedy in _wrong(own):
            raise BaselineError(self.file, f"{'.'.join(path)} {problem}", remedy)
        self._content = laid_over(own, default(NAME))

    def tolerance(self, tier: Tier, metric: str, cell: str) -> float:
        """The share by which ``metric`` of ``cell`` may be worse than accepted.

        The first table under [tolerance.TIER] whose name, a pattern such as "*-Wd-*", matches the
        cell and that has the metric decides; else the metric's own key does.
        """
        pattern = self._pattern(tier, metric, cell)
        return self._number(("tolerance", tier.value, *([pattern] if pattern else []), metric))

    def has(self, tier: Tier, metric: str, cell: str) -> bool:
        """Whether ``metric`` of ``cell`` may be compared in ``tier`` at all."""
        return metric in self._tables(tier) or self._pattern(tier, metric, cell) is not None

    def limits(self, metric: str, precision: str, names: list[str]) -> dict[str, float]:
        """The limit of each of ``names``, for example of agreement's "box_error"."""
        return {name: self._number((metric, precision, name)) for name in names}

    def _pattern(self, tier: Tier, metric: str, cell: str) -> str | None:
        for pattern, table in self._tables(tier).items():
            if isinstance(table, dict) and metric in table and fnmatchcase(cell, pattern):
                return pattern
        return None

    def _tables(self, tier: Tier) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self._content["tolerance"].get(tier.value, {})
        return found

    def _number(self, path: tuple[str, ...]) -> float:
        value: Any = self._content
        for part in path:
            value = value.get(part) if isinstance(value, dict) else None
        if value is None:
            *tables, key = path
            remedy = f"Add the key {key!r} under [{'.'.join(tables)}]"
            raise BaselineError(self.file, f"{'.'.join(path)} is missing", remedy)
        return float(value)


Wrong = tuple[tuple[str, ...], str, str]  # the key's path, what is wrong with it, and the remedy


def _wrong(content: Mapping[str, Any]) -> Iterator[Wrong]:
    """What no thresholds.toml may hold, in the file's order."""
    for key, value in content.items():
        if key not in ("tolerance", *LIMITS):
            yield _unknown((key,), ("tolerance", *LIMITS))
        elif not isinstance(value, dict):
            yield (key,), "is not a table", f"Write it as [{key}]"
        elif key == "tolerance":
            yield from _wrong_tolerances(value)
        else:
            yield from _wrong_limits(key, value)


def _wrong_tolerances(tiers: Mapping[str, Any]) -> Iterator[Wrong]:
    for tier, table in tiers.items():
        path = ("tolerance", tier)
        if tier not in TOLERANCES:
            yield _unknown(path, TOLERANCES)
        elif not isinstance(table, dict):
            yield path, "is not a table", f"Write it as [tolerance.{tier}]"
        else:
            metrics = TOLERANCES[Tier(tier)]
            yield from _wrong_numbers(path, _but_tables(table), metrics)
            for name, inner in _tables_of(table).items():
                yield from _wrong_pattern((*path, name), metrics)
                yield from _wrong_numbers((*path, name), inner, metrics)


def _wrong_pattern(path: tuple[str, ...], metrics: tuple[str, ...]) -> Iterator[Wrong]:
    """A name without a wildcard must be a cell's: else it is a metric's that was misspelt."""
    if path[-1] in metrics:
        yield path, "is not a number of 0 or more", "Fix the key"
    elif not set(path[-1]) & set("*?["):
        try:
            Cell.parse(path[-1])
        except OptionError:
            problem = "is neither a known metric nor a pattern that a cell could match"
            remedy = f"Choose from {', '.join(metrics)}, or write a pattern such as '*-Wd-*'"
            yield path, problem, remedy


def _wrong_limits(metric: str, precisions: Mapping[str, Any]) -> Iterator[Wrong]:
    for precision, table in precisions.items():
        path = (metric, precision)
        if precision not in default(NAME)[metric] and precision not in _precisions():
            yield _unknown(path, _precisions())
        elif not isinstance(table, dict):
            yield path, "is not a table", f"Write it like {{ {LIMITS[metric][0]} = 0.01 }}"
        else:
            yield from _wrong_numbers(path, table, LIMITS[metric])


def _precisions() -> list[str]:
    """Those of all workflows, also of ones that other packages register."""
    from sdvbench.workflows import WORKFLOWS  # they import torch

    return list(dict.fromkeys(p for name in WORKFLOWS for p in WORKFLOWS[name].precisions))


def _wrong_numbers(
    path: tuple[str, ...], table: Mapping[str, Any], known: Iterable[str]
) -> Iterator[Wrong]:
    for key, value in table.items():
        if key not in known:
            yield _unknown((*path, key), known)
        elif isinstance(value, bool) or not isinstance(value, int | float) or not value >= 0:
            yield (*path, key), "is not a number of 0 or more", "Fix the key"


def _unknown(path: tuple[str, ...], known: Iterable[str]) -> Wrong:
    return path, "is not known", f"Choose from {', '.join(known)}"


def _tables_of(table: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in table.items() if isinstance(value, dict)}


def _but_tables(table: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in table.items() if not isinstance(value, dict)}
