"""Accepted figures for people: lists of them, and one cell's in full."""

from collections import defaultdict
from fnmatch import fnmatchcase
from pathlib import Path

from sdvbench.errors import BaselineError
from sdvbench.gate.baselines import Accepted, Baselines
from sdvbench.metrics import declared


def files(folder: Path) -> list[Baselines]:
    """The baselines of every hardware class in ``folder``.

    Raises BaselineError where one is damaged, or there is none.
    """
    found = [Baselines(folder, file.stem) for file in sorted(folder.glob("*.json"))]
    if not found:
        remedy = "Accept a run with `sdvbench baseline accept RESULTS.json`, or give --baselines"
        raise BaselineError(folder, "holds no accepted figures", remedy)
    return found


def listed(baselines: Baselines, pattern: str) -> list[str]:
    """A line a cell that matches ``pattern``: its figures, and when they were accepted."""
    by_cell: dict[str, dict[str, Accepted]] = defaultdict(dict)
    for (cell, metric), accepted in sorted(baselines.accepted.items()):
        if fnmatchcase(cell, pattern):
            by_cell[cell][metric] = accepted
    return [
        f"{cell:<28} {', '.join(_figure(m, a) for m, a in metrics.items())}  "
        f"({', '.join(sorted({a.date for a in metrics.values()}))})"
        for cell, metrics in by_cell.items()
    ]


def shown(baselines: Baselines, cell: str) -> list[str]:
    """All that is known of ``cell``; nothing where nothing is accepted."""
    found = {m: a for (name, m), a in sorted(baselines.accepted.items()) if name == cell}
    if not found:
        return []
    lines = [cell, f"  hardware class  {baselines.hardware_class}"]
    for metric, accepted in found.items():
        cost = accepted.cost
        lines += [
            f"  {metric}",
            f"    compared    {cost.value:.4g} ({cost.low:.4g} to {cost.high:.4g})"
            + _of_what(metric, f"the time of {accepted.anchor}"),
            f"    measured    {', '.join(f'{k} {v:.4g}' for k, v in accepted.shown.items())}",
            f"    setting     image size {accepted.imgsz}, weights {accepted.weights}",
            f"    artifact    {accepted.artifact or 'not known'}",
            f"    accepted    {accepted.date}, commit {accepted.commit}",
            f"    libraries   {', '.join(f'{k} {v}' for k, v in accepted.libraries.items())}",
        ]
    return lines


def _figure(metric: str, accepted: Accepted) -> str:
    return f"{metric} {accepted.cost.value:.3g}{_of_what(metric, 'the anchor')}"


def _of_what(metric: str, anchor: str) -> str:
    """The unit; nothing of a metric that is not installed here."""
    known = declared().get(metric)
    return f" {known.unit_of_cost(anchor)}" if known else ""
