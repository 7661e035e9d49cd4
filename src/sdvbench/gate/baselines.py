"""Accepted figures: one JSON file a hardware class under baselines/."""

import json
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Self

from msgspec import Struct

from sdvbench import json_text
from sdvbench.durable import write_atomically
from sdvbench.errors import BaselineError
from sdvbench.gate.figures import Recorded
from sdvbench.gate.stats import Estimate
from sdvbench.metrics import divisors
from sdvbench.typed_json import ImageSize, Unusable, check_positive, read, written

REACCEPT = "Restore it from version control, or accept again with `sdvbench baseline accept`"


class Accepted(Struct, frozen=True, kw_only=True):
    """One metric of one cell as it was accepted.

    cost, imgsz, anchor, weights, artifact, shown: as in ``Recorded``. date: ISO. commit: of the
    tree that it was measured on, or "unknown".
    """

    cost: Estimate
    imgsz: ImageSize
    anchor: str
    weights: str
    artifact: str
    date: str
    commit: str
    libraries: Mapping[str, str]
    shown: Mapping[str, float]

    @classmethod
    def of(cls, figure: Recorded, date: str, commit: str, libraries: Mapping[str, str]) -> Self:
        """``figure``, which has a cost, accepted."""
        assert figure.cost is not None
        return cls(
            cost=figure.cost,
            imgsz=figure.imgsz,
            anchor=figure.anchor,
            weights=figure.weights,
            artifact=figure.artifact,
            date=date,
            commit=commit,
            libraries=libraries,
            shown=figure.shown,
        )


class File(Struct, frozen=True, kw_only=True):
    """cells: entries by cell and metric."""

    cells: Mapping[str, Mapping[str, Any]]


class Baselines:
    """The accepted figures of one hardware class, read from ``folder/<hardware class>.json``.

    Raises BaselineError, naming the file and the key, where the file is damaged.
    """

    def __init__(self, folder: Path, hardware_class: str) -> None:
        self.file = folder / f"{hardware_class}.json"
        self.hardware_class = hardware_class
        self.accepted: dict[tuple[str, str], Accepted] = {}
        if self.file.exists():
            self.accepted = dict(_read(self.file))

    def find(self, cell: str, metric: str) -> Accepted | None:
        return self.accepted.get((cell, metric))

    def accept(self, cell: str, metric: str, accepted: Accepted) -> None:
        """Replace what was accepted before; nothing is on disk until ``write``."""
        self.accepted[cell, metric] = accepted

    def drop(self, pattern: str) -> list[tuple[str, str]]:
        """Forget the figures of cells that match ``pattern``, as file names do; returns which."""
        dropped = [found for found in self.accepted if fnmatchcase(found[0], pattern)]
        for found in dropped:
            del self.accepted[found]
        return sorted(dropped)

    def write(self) -> None:
        """Write the file whole or not at all, sorted so that it diffs well."""
        cells: dict[str, dict[str, Any]] = {}
        for (cell, metric), entry in sorted(self.accepted.items()):
            cells.setdefault(cell, {})[metric] = written(entry) | {
                "cost": list(map(_rounded, written(entry.cost))),
                "libraries": dict(sorted(entry.libraries.items())),
                "shown": {name: _rounded(value) for name, value in entry.shown.items()},
            }
        content = {"hardware_class": self.hardware_class, "cells": cells}
        self.file.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(self.file, (json.dumps(content, indent=1) + "\n").encode())


def _rounded(value: float) -> float:
    return float(f"{value:.5g}")


def _read(file: Path) -> Iterable[tuple[tuple[str, str], Accepted]]:
    try:
        found = read(File, json_text.read(file, BaselineError, REACCEPT), finite=False)
        for cell, metrics in found.cells.items():
            for metric, content in metrics.items():
                entry = read(Accepted, content, f"cells.{cell}.{metric}")
                check_positive(entry.shown, divisors(), f"cells.{cell}.{metric}")
                yield (cell, metric), entry
    except Unusable as why:
        raise BaselineError(file, str(why), REACCEPT) from None
