"""Accepted figures: one JSON file a hardware class under baselines/."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from sdvbench import json_text
from sdvbench.durable import write_atomically
from sdvbench.errors import BaselineError
from sdvbench.gate.benchmarks import libraries_of
from sdvbench.gate.stats import Estimate
from sdvbench.gate.usable import Unusable, cost_of, image_size_of, numbers_of, of_kind
from sdvbench.metrics import divisors

REACCEPT = "Restore it from version control, or accept again with `sdvbench baseline accept`"


@dataclass(frozen=True)
class Accepted:
    """One metric of one cell as it was accepted.

    cost, shown: as in Figure. imgsz, anchor, weights, artifact: as in Setting. date: ISO. commit:
    of the tree that it was measured on, or "unknown".
    """

    cost: Estimate
    imgsz: int | str
    anchor: str
    weights: str
    artifact: str
    date: str
    commit: str
    libraries: Mapping[str, str]
    shown: Mapping[str, float]


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
            cells.setdefault(cell, {})[metric] = {
                "cost": [_rounded(x) for x in (entry.cost.value, entry.cost.low, entry.cost.high)],
                "imgsz": entry.imgsz,
                "anchor": entry.anchor,
                "weights": entry.weights,
                "artifact": entry.artifact,
                "date": entry.date,
                "commit": entry.commit,
                "libraries": dict(sorted(entry.libraries.items())),
                "shown": {name: _rounded(value) for name, value in entry.shown.items()},
            }
        content = {"hardware_class": self.hardware_class, "cells": cells}
        self.file.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(self.file, (json.dumps(content, indent=1) + "\n").encode())


def _rounded(value: float) -> float:
    return float(f"{value:.5g}")


def _read(file: Path) -> Iterable[tuple[tuple[str, str], Accepted]]:
    content = json_text.read(file, BaselineError, REACCEPT)
    cells = content.get("cells") if isinstance(content, dict) else None
    if not isinstance(cells, dict):
        raise BaselineError(file, "has no object 'cells'", REACCEPT)
    for cell, metrics in cells.items():
        if not isinstance(metrics, dict):
            raise BaselineError(file, f"cells.{cell} is not an object", REACCEPT)
        for metric, entry in metrics.items():
            key = f"cells.{cell}.{metric}"
            if not isinstance(entry, dict):
                raise BaselineError(file, f"{key} is not an object", REACCEPT)
            try:
                yield (cell, metric), _entry(entry)
            except Unusable as why:
                raise BaselineError(file, f"{key}.{why}", REACCEPT) from None


def _entry(entry: Mapping[str, Any]) -> Accepted:
    """Raises Unusable, naming the key."""
    texts = ("anchor", "weights", "artifact", "date", "commit")
    return Accepted(
        cost_of(entry),
        imgsz=image_size_of(entry),
        libraries=libraries_of(entry),
        shown=numbers_of(entry, "shown", divisors()),
        **{name: of_kind(entry, name, str) for name in texts},
    )
