"""The figures of the paper's tables: paper_tables.toml, checked, and what they say of an engine."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from sdvbench.defaults import FOLDER
from sdvbench.defaults.layers import read_toml
from sdvbench.errors import BaselineError

NAME = "paper_tables.toml"
DEFAULT = FOLDER / NAME
UNPRUNED = "Yolo"  # the column of the unpruned model in PyTorch
PRUNED = "pt"  # of the pruned model in PyTorch, before quantization
PARTS = ("accuracy", "memory_mb")
ROUNDED = {"accuracy": 0.001, "memory_mb": 0.0}  # what rounding alone may add to a difference
REMEDY = "Write it as the file that comes with sdvbench does"


@dataclass(frozen=True)
class Figures:
    """One of the tables. columns: of each pruning. parts: by part, row and column.

    Of a row "Yolo" is a number, and each pruning has a number a column.
    """

    name: str
    workflow: str
    columns: tuple[str, ...]
    parts: Mapping[str, Mapping[str, Mapping[str, Any]]]
    file: Path

    def rows(self, part: str) -> tuple[str, ...]:
        """The data sets, as ``row`` takes them."""
        return tuple(label.removesuffix("(50)") for label in self.parts[part])

    def value(self, part: str, row: str, pruning: str, column: str) -> float:
        """The figure. Raises BaselineError where the table has no such row or column."""
        labels = {label.removesuffix("(50)"): label for label in self.parts[part]}
        found = self.parts[part].get(labels.get(row, ""), {})
        value = found.get(UNPRUNED) if column == UNPRUNED else None
        if column in self.columns and pruning in found:
            value = found[pruning][self.columns.index(column)]
        if value is None:
            problem = f"Table {self.name} has no {part} of {pruning} {column} in a row {row!r}"
            raise BaselineError(self.file, problem, f"Choose from {', '.join(labels)}")
        return float(value)

    def lost(self, row: str, pruning: str, column: str) -> float:
        """The share of its mAP that the engine loses, at most: the figures are printed to three
        digits, so their difference may be off by 0.001. Of column "pt" against the unpruned model.
        """
        return self._less("accuracy", row, pruning, column, ROUNDED["accuracy"])

    def saved(self, row: str, pruning: str, column: str) -> float:
        """The share of its memory that the engine saves; below 0 where it takes more."""
        return self._less("memory_mb", row, pruning, column, ROUNDED["memory_mb"])

    def _less(self, part: str, row: str, pruning: str, column: str, rounded: float) -> float:
        before = self.value(part, row, pruning, UNPRUNED if column == PRUNED else PRUNED)
        return (before - self.value(part, row, pruning, column) + rounded) / before


def read_figures(folder: Path) -> dict[str, Figures]:
    """By their names: those of ``folder``, where it has such a file, or of the paper.

    Raises BaselineError, naming the file and the place, for anything missing or of a wrong type.
    """
    own = folder / NAME
    return _read(own if own.is_file() else DEFAULT)


@cache
def figures_of_the_paper() -> dict[str, Figures]:
    """Those that come with sdvbench."""
    return _read(DEFAULT)


@cache
def costs_of_the_paper() -> tuple[Mapping[str, float], Mapping[str, float]]:
    """Table V's MACs and parameters in G by pruning, of those that the paper's text quotes."""
    quoted = read_toml(DEFAULT)["V"]
    return quoted["macs_g"], quoted["params_g"]


def _read(file: Path) -> dict[str, Figures]:
    found = {}
    for name, table in read_toml(file).items():
        if isinstance(table, dict) and "workflow" in table:
            found[name] = _table(file, name, table)
    return found


def _table(file: Path, name: str, table: Mapping[str, Any]) -> Figures:
    workflow, columns = table["workflow"], table.get("columns", [])
    if not isinstance(workflow, str) or not _texts(columns):
        problem = f"[{name}]: workflow is not a text, or columns is not a list of texts"
        raise BaselineError(file, problem, REMEDY)
    for part in PARTS:
        rows = table.get(part)
        if not isinstance(rows, dict) or not rows:
            raise BaselineError(file, f"[{name}.{part}]: is not a table of rows", REMEDY)
        for label, row in rows.items():
            _check_row(file, f"[{name}.{part}] {label}", row, len(columns))
    return Figures(name, workflow, tuple(columns), {p: table[p] for p in PARTS}, file)


def _check_row(file: Path, where: str, row: Any, columns: int) -> None:
    if not isinstance(row, dict) or not _positive(row.get(UNPRUNED)):
        raise BaselineError(file, f"{where}: {UNPRUNED} is not a number above 0", REMEDY)
    for pruning, values in row.items():
        whole = isinstance(values, list) and len(values) == columns and all(map(_positive, values))
        if pruning != UNPRUNED and not whole:
            problem = f"{where}: {pruning} is not a list of {columns} numbers above 0"
            raise BaselineError(file, problem, REMEDY)


def _positive(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < 1e9


def _texts(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(one, str) for one in value)
