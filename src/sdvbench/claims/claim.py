"""Claims: sentences of a paper with their sources, made checkable."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sdvbench.cells import Cell


@dataclass(frozen=True)
class Build:
    """A cell without model and batch, which a run chooses.

    options: of its workflow, as the paper has them, whatever the run's are; sorted.

    >>> str(Build("PG", "W2", "fp16"))
    'PG-W2-fp16'
    """

    pruning: str
    workflow: str
    precision: str
    options: tuple[tuple[str, Any], ...] = ()

    def __str__(self) -> str:
        return f"{self.pruning}-{self.workflow}-{self.precision}"

    def cell(self, model: str, batch: int) -> Cell:
        return Cell(model, self.pruning, self.workflow, self.precision, batch)


Pair = tuple[Build, Build]  # the one that is claimed to be better, and what it is held against


@dataclass(frozen=True)
class Claim:
    """kind: what it is about, and so how it is judged; ``entry.KINDS`` has the keys of each.

    id: unique. text: the claim in a few words. source: where the paper has it. note: what a reader
    must know beside it. says: the paper's own words for its number, such as "nearly 5x".
    number: the paper's figure. within: by which share of it ours may fall short and still hold, or,
    of kinds "cost" and "loss", be off on either side.
    relation: "keeps" or "drops"; of kinds "error" and "driven", whether the number is a ceiling
    ("at most") or a floor ("at least").
    up_to: the best of the pairs must reach the number, instead of each.
    margin: by which share of its time an engine must be faster to be called faster.
    points: of the score. score: "map" (mAP50-95) or "map50"; of kind "driven" one of a trip's.
    model: the paper's. data: kinds of data sets, on one of which the claim must be checked.
    table, rows, columns: of paper_tables.toml, where the figures stand. precision: which stands for
    the column here, where that is another. shares: what each of the pairs may lose, or must save,
    according to these figures.
    missing: which of the paper's figures are not at hand, or, where enable says what it would take,
    or instead what tells the nearest to it, why they cannot be checked.
    """

    id: str
    kind: str
    text: str
    source: str
    note: str = ""
    says: str = ""
    pairs: tuple[Pair, ...] = ()
    number: float = 0.0
    within: float = 0.0
    up_to: bool = False
    margin: float = 0.0
    points: float = 0.0
    score: str = "map"
    metric: str = ""
    memory: str = ""
    relation: str = ""
    data: tuple[str, ...] = ()
    model: str = ""
    pruning: str = ""
    prunings: tuple[str, ...] = ()
    figure: str = ""
    decimals: int = 0
    table: str = ""
    rows: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    precision: str = ""
    shares: tuple[float, ...] = ()
    missing: str = ""
    enable: str = ""
    instead: str = ""

    @property
    def limit(self) -> float:
        """What ours must reach."""
        return self.number * (1 - self.within)

    @property
    def limits(self) -> tuple[float, ...]:
        """What each of the pairs must reach."""
        shares = self.shares or (self.number,) * len(self.pairs)
        return tuple(share * (1 - self.within) for share in shares)


@dataclass(frozen=True)
class Paper:
    """hardware, software, models, data_sets: what the claims were made with. setting: image size
    and batch. memory: how memory was measured. run_models: models of sdvbench, with which a run is
    about this study; none where it is of all that no other study names. file: where it was read.
    """

    title: str
    hardware: str
    models: str
    data_sets: str
    claims: tuple[Claim, ...]
    file: Path
    software: str = ""
    setting: str = ""
    memory: str = ""
    run_models: tuple[str, ...] = ()

    @property
    def machine(self) -> str:
        """What the paper's figures were measured on, in one line."""
        return "; ".join(filter(None, (self.hardware, self.software, self.setting)))
