"""A run in the layout of the paper's Tables V to VIII, with the paper's figures beside its own."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from sdvbench.cells import UNPRUNED
from sdvbench.claims.figures import PRUNED, Figures, costs_of_the_paper, figures_of_the_paper
from sdvbench.claims.figures import UNPRUNED as YOLO
from sdvbench.models import DETECTORS, MODELS
from sdvbench.report.rows import Row

PYTORCH = ("Wd", "fp32")
PRUNINGS = ("PL", "PS", "PG")
NONE = "-"
HERE = "here"
NOTE = (
    'The paper measured YOLOv5s with images of 640x640: mAP50 ("COCO(50)"), and the memory of a '
    "whole GPU in MB by GPUtil with batches of 128. Here accuracy is mAP50 on this run's "
    "data; {memory}."
)
MEMORY = {
    "gpu_memory_mb": "memory is what NVML says that a fresh process holds of its GPU, in MiB",
    "private_memory_mb": "memory is the private part of a fresh process on the host, in MiB",
}


@dataclass(frozen=True)
class PaperTable:
    """rows: texts, of which those in ``ours``, (row, column), are of this run."""

    title: str
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    ours: frozenset[tuple[int, int]] = frozenset()


@dataclass(frozen=True)
class PaperTables:
    """Those of one model and batch. note: what must be known to compare the figures."""

    tables: Sequence[PaperTable]
    note: str


def paper_tables(rows: Sequence[Row]) -> PaperTables | None:
    """Of ``rows`` of one model and batch; None where the paper has no figure of that kind, as of a
    registered model that is no YOLOv5, or of a network for another task.
    """
    if any(row.cell.model in MODELS and row.cell.model not in DETECTORS for row in rows):
        return None
    if any(row.task not in ("", "detection") for row in rows):
        return None
    memory = next((name for name in MEMORY if any(_value(r, name) for r in rows)), "")
    figures = figures_of_the_paper()
    found = {(r.cell.pruning, r.cell.workflow, r.cell.precision): r for r in rows}
    here = _Here(found, memory)
    cost = _table_v(here, figures["VI"])
    tables = [table for f in figures.values() if (table := _table(here, f))]
    if not (tables or cost.ours):
        return None
    told = MEMORY.get(memory, "memory was not measured")
    return PaperTables([cost, *tables], NOTE.format(memory=told))


@dataclass(frozen=True)
class _Here:
    """This run's figures, as texts."""

    found: Mapping[tuple[str, str, str], Row]
    memory: str

    def size(self, pruning: str, what: str) -> str:
        """In G, as the paper prints it."""
        sizes = (row.size(what) for (own, *_), row in self.found.items() if own == pruning)
        value = next((size for size in sizes if size is not None), None)
        return NONE if value is None else f"{value / 1e9:.6f}"

    def accuracy(self, pruning: str, workflow: str, precision: str) -> str:
        row = self.found.get((pruning, workflow, precision))
        value = row.value("map_drop", "map50") if row else None
        return NONE if value is None else f"{value:.3f}"

    def memory_mb(self, pruning: str, workflow: str, precision: str) -> str:
        row = self.found.get((pruning, workflow, precision))
        value = _value(row, self.memory) if row else None
        return NONE if value is None else f"{value:.0f}"


def _value(row: Row, name: str) -> float | None:
    return row.value("memory", name) if name else None


def _table_v(here: _Here, pruned: Figures) -> PaperTable:
    """A row a pruning: each figure here, then the paper's. Table V is not in the paper's text: MACs
    and parameters are quoted in section VI-D, mAP and memory repeated in Tables VI to VIII.
    """
    datasets = pruned.rows("accuracy")
    of_the_paper = [f"paper, {name}" for name in datasets]
    heads = ["pruning", "MACs (G)", "paper", "parameters (G)", "paper"]
    heads += ["mAP50", *of_the_paper, "memory", *of_the_paper]
    rows, measured, costs = [], False, costs_of_the_paper()
    for pruning in (UNPRUNED, *PRUNINGS):
        own = [here.size(pruning, what) for what in ("macs", "params")]
        own += [here.accuracy(pruning, *PYTORCH), here.memory_mb(pruning, *PYTORCH)]
        measured |= set(own) != {NONE}
        cost = [f"{known[pruning]:.6f}" if pruning in known else NONE for known in costs]
        column = YOLO if pruning == UNPRUNED else PRUNED
        accuracy = [_accuracy(pruned.value("accuracy", d, pruning, column)) for d in datasets]
        memory = [f"{pruned.value('memory_mb', d, pruning, column):.0f}" for d in datasets]
        rows.append([pruning, own[0], cost[0], own[1], cost[1], own[2], *accuracy, own[3], *memory])
    own_columns = (1, 3, 5, heads.index("memory")) if measured else ()
    ours = frozenset(product(range(len(rows)), own_columns))
    return PaperTable("Table V: the pruned models in PyTorch", heads, rows, ours)


def _table(here: _Here, figures: Figures) -> PaperTable | None:
    """As the paper prints it: part (i), accuracy, above part (ii), memory; this run's row first."""
    places = list(_places(figures))
    heads = ["", "data set", *(_head(figures, *place) for place in places)]
    rows: list[list[str]] = []
    ours: set[tuple[int, int]] = set()
    for part, title in (("accuracy", "(i) mAP50"), ("memory_mb", "(ii) memory")):
        texts = [getattr(here, part)(*_engine(figures, *place)) for place in places]
        engines = [t for t, (_, column) in zip(texts, places, strict=True) if _is_built(column)]
        if set(engines) == {NONE}:
            continue
        ours |= {(len(rows), column) for column in range(len(heads))}
        rows.append([title, HERE, *texts])
        for label in figures.parts[part]:
            values = [figures.value(part, label.removesuffix("(50)"), *place) for place in places]
            shown = map(_accuracy if part == "accuracy" else "{:.0f}".format, values)
            rows.append([title, f"paper, {label}", *shown])
    title = f"Table {figures.name}: {figures.workflow}"
    return PaperTable(title, heads, rows, frozenset(ours)) if rows else None


def _places(figures: Figures) -> Iterator[tuple[str, str]]:
    """(pruning, column) of each column, in the paper's order."""
    yield UNPRUNED, YOLO
    for pruning in PRUNINGS:
        yield from ((pruning, column) for column in figures.columns)


def _is_built(column: str) -> bool:
    return column not in (YOLO, PRUNED)


def _engine(figures: Figures, pruning: str, column: str) -> tuple[str, str, str]:
    built = (figures.workflow, column.lower()) if _is_built(column) else PYTORCH
    return (pruning, *built)


def _head(figures: Figures, pruning: str, column: str) -> str:
    if column == YOLO:
        return YOLO
    return f"{pruning}-{figures.workflow} {column}" if _is_built(column) else f"{pruning}.pt"


def _accuracy(value: float) -> str:
    """As the paper prints it, ".731"."""
    return f"{value:.3f}".removeprefix("0")
