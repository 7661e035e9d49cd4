"""What a thresholds.toml may hold, and what is wrong with one."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fnmatch import translate
from typing import Any

from sdvbench.cells import matrix
from sdvbench.defaults.layers import default
from sdvbench.gate.verdict import Tier
from sdvbench.metrics import declared, values
from sdvbench.models import MODELS
from sdvbench.pruning import PRUNINGS, QAT
from sdvbench.typed_json import is_number
from sdvbench.workflows import WORKFLOWS

NAME = "thresholds.toml"
NO_NUMBER = "is not a number of 0 or more"
PATTERN = (
    "write a pattern such as '*-Wd-*', or install the package that the model, pruning or workflow "
    "comes with"
)

Wrong = tuple[tuple[str, ...], str, str]  # the key's path, what is wrong with it, and the remedy


def tolerances() -> dict[Tier, tuple[str, ...]]:
    """The metrics whose figures may be compared with accepted ones, by tier."""
    relative = tuple(name for name, metric in declared().items() if metric.relative)
    compared = tuple(name for name, metric in declared().items() if metric.compared)
    return {Tier.ARTIFACT: relative, Tier.ANCHOR: relative, Tier.ABSOLUTE: compared}


def limited() -> dict[str, tuple[str, ...]]:
    """The metrics that have limits by precision, with the names of these."""
    return {name: tuple(metric.limited) for name, metric in declared().items() if metric.limited}


def wrong_tolerance(value: float) -> tuple[str, str] | None:
    """What is wrong with ``value`` as the share by which a figure may be worse, and the remedy;
    None where nothing is.
    """
    if not value >= 0:  # NaN is not
        return NO_NUMBER, "Write a share, for example 0.15"
    if value >= 1:
        return "is 100 % or more", "Write a share below 1: 0.15 is 15 %"
    return None


def wrong_keys(content: Mapping[str, Any], models: Iterable[str] = ()) -> Iterator[Wrong]:
    """What no thresholds.toml may hold, in the file's order. models: of cells, beside those that
    are registered.
    """
    known_models = [*MODELS, *models]
    known = ("tolerance", *limited(), "limits")
    for key, value in content.items():
        if key not in known:
            yield _unknown((key,), known)
        elif not isinstance(value, dict):
            yield (key,), "is not a table", f"Write it as [{key}]"
        elif key == "tolerance":
            yield from _wrong_tolerances(value, known_models)
        elif key == "limits":
            yield from _wrong_limits_of_cells(value, known_models)
        else:
            yield from _wrong_limits(key, value)


def _wrong_tolerances(tiers: Mapping[str, Any], models: Sequence[str]) -> Iterator[Wrong]:
    known = tolerances()
    for tier, table in tiers.items():
        path = ("tolerance", tier)
        if tier not in known:
            yield _unknown(path, known)
        elif not isinstance(table, dict):
            yield path, "is not a table", f"Write it as [tolerance.{tier}]"
        else:
            metrics = known[Tier(tier)]
            yield from _wrong_numbers(path, _but_tables(table), metrics)
            for name, inner in _tables_of(table).items():
                yield from _wrong_pattern((*path, name), metrics, models)
                yield from _wrong_numbers((*path, name), inner, metrics)


def _wrong_pattern(
    path: tuple[str, ...], metrics: tuple[str, ...], models: Sequence[str]
) -> Iterator[Wrong]:
    """One that matches no cell has no effect: a metric's name or a workflow's was misspelt."""
    if path[-1] in metrics:
        yield path, NO_NUMBER, "Fix the key"
    elif not _could_match(path[-1], models):
        problem = "is neither a known metric nor a pattern that a cell could match"
        yield path, problem, f"Choose from {', '.join(metrics)}, {PATTERN}"


def _wrong_limits_of_cells(tables: Mapping[str, Any], models: Sequence[str]) -> Iterator[Wrong]:
    known = values()
    for name, table in tables.items():
        path = ("limits", name)
        if name not in known:
            yield _unknown(path, known)
            continue
        value = known[name]
        if not isinstance(table, dict):
            yield path, "is not a table", f'Write it like {{ "*-W1-*" = {value.example:g} }}'
            continue
        for pattern, number in table.items():
            where, remedy = (*path, pattern), f"Write it like {value.example:g}"
            if not _could_match(pattern, models):
                yield where, "is no pattern that a cell could match", f"Fix it, {PATTERN}"
            elif not is_number(number) or number < 0:
                yield where, NO_NUMBER, remedy
            elif value.most is not None and number > value.most:
                yield where, f"is more than {value.most:g}", remedy


def _could_match(pattern: str, models: Sequence[str]) -> bool:
    """Whether a cell could match; the precisions of our own first, since they need no import."""
    ours = default(NAME)["agreement"]
    return _matches(pattern, models, ours) or _matches(pattern, models, _precisions())


def _matches(pattern: str, models: Sequence[str], precisions: Iterable[str]) -> bool:
    """Whether ``pattern`` matches a cell with a batch below 1000, or with one that it names."""
    every = dict.fromkeys(WORKFLOWS, tuple(precisions))
    prunings = [*PRUNINGS, *(f"{name}{QAT}" for name in PRUNINGS)]
    cells = [str(cell).removesuffix("1") for cell in matrix(models, prunings, every, [1])]
    matching = re.compile(translate(pattern)).match  # of millions, where none matches
    batches = [
        *re.findall(r"[1-9][0-9]*", pattern),
        *(range(1, 1000) if set(pattern) & set("*?[") else ()),
    ]
    return any(matching(f"{cell}{batch}") for batch in batches for cell in cells)


def _wrong_limits(metric: str, precisions: Mapping[str, Any]) -> Iterator[Wrong]:
    names = limited()[metric]
    for precision, table in precisions.items():
        path = (metric, precision)
        if precision not in default(NAME).get(metric, {}) and precision not in _precisions():
            yield _unknown(path, _precisions())
        elif not isinstance(table, dict):
            yield path, "is not a table", f"Write it like {{ {names[0]} = 0.01 }}"
        else:
            yield from _wrong_numbers(path, table, names)


def _precisions() -> list[str]:
    """Those of all workflows, also of ones that other packages register. Imports torch."""
    return list(dict.fromkeys(p for name in WORKFLOWS for p in WORKFLOWS[name].precisions))


def _wrong_numbers(
    path: tuple[str, ...], table: Mapping[str, Any], known: Iterable[str]
) -> Iterator[Wrong]:
    for key, value in table.items():
        if key not in known:
            yield _unknown((*path, key), known)
        elif isinstance(value, bool) or not isinstance(value, int | float) or not value >= 0:
            yield (*path, key), NO_NUMBER, "Fix the key"
        elif path[0] == "tolerance" and (wrong := wrong_tolerance(value)):
            yield (*path, key), *wrong
        elif key == "map" and value > 1:
            yield (*path, key), "is more than 1", "Write 0.045 for 4.5 points of mAP"
        elif not is_number(value):
            yield (*path, key), "is too large a number", "Write a share, for example 0.03"


def _unknown(path: tuple[str, ...], known: Iterable[str]) -> Wrong:
    return path, "is not known", f"Choose from {', '.join(known)}"


def _tables_of(table: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in table.items() if isinstance(value, dict)}


def _but_tables(table: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in table.items() if not isinstance(value, dict)}
