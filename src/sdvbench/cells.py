"""Cells: the points of the matrix, their ids, and the reasons why one cannot be measured here."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from sdvbench.errors import OptionError

UNPRUNED = "orig"  # the pruning that is none
NAME = re.compile(r"[A-Za-z0-9_.]+")
ID = re.compile(r"(?P<parts>[^-]+-[^-]+-[^-]+-[^-]+)-b(?P<batch>[1-9][0-9]*)")


@dataclass(frozen=True)
class Cell:
    """One point of the matrix; ``str(cell)`` is its pytest id, JSON key and baseline key.

    >>> str(Cell("yolov5s", "PG", "W2", "fp16", 1))
    'yolov5s-PG-W2-fp16-b1'
    """

    model: str
    pruning: str
    workflow: str
    precision: str
    batch: int = 1

    def __post_init__(self) -> None:
        for part in (self.model, self.pruning, self.workflow, self.precision):
            if not NAME.fullmatch(part):
                raise OptionError(
                    f"name {part!r}",
                    "cannot be part of a cell id",
                    "Use letters, digits, '_' and '.' only",
                )
        if self.batch < 1:
            raise OptionError(f"batch {self.batch}", "is not positive", "Use 1 or more")

    def __str__(self) -> str:
        return f"{self.model}-{self.pruning}-{self.workflow}-{self.precision}-b{self.batch}"

    @classmethod
    def parse(cls, text: str) -> "Cell":
        """The cell whose id is ``text``; OptionError if it is no id."""
        match = ID.fullmatch(text)
        if not match:
            raise OptionError(
                f"cell id {text!r}",
                "is not MODEL-PRUNING-WORKFLOW-PRECISION-bBATCH",
                "Write it like yolov5s-PG-W2-fp16-b1",
            )
        model, pruning, workflow, precision = match["parts"].split("-")
        return cls(model, pruning, workflow, precision, int(match["batch"]))


@dataclass(frozen=True)
class Gap:
    """Why a cell cannot be built or measured on this machine.

    missing: what this machine lacks, in one clause.
    enable: the command or step that would change that.
    """

    missing: str
    enable: str

    def __str__(self) -> str:
        return f"{self.missing}; to enable: {self.enable}"


def matrix(
    models: Sequence[str],
    prunings: Iterable[str],
    precisions: Mapping[str, Sequence[str]],
    batches: Sequence[int],
) -> Iterator[Cell]:
    """Every cell, neighbours sharing as much as possible so that builds and engines are reused.

    precisions: by workflow, those that it knows.
    """
    for model, pruning, batch in product(models, prunings, batches):
        for workflow, known in precisions.items():
            for precision in known:
                yield Cell(model, pruning, workflow, precision, batch)
