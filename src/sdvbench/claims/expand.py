"""From the cells of a paper's table to the pairs of engines that a claim about them compares."""

from collections.abc import Mapping
from dataclasses import replace
from itertools import product
from pathlib import Path

from sdvbench.cells import UNPRUNED
from sdvbench.claims.claim import Build, Claim
from sdvbench.claims.entry import check_engine
from sdvbench.claims.figures import PRUNED, Figures
from sdvbench.errors import BaselineError


def expanded(file: Path, claim: Claim, tables: Mapping[str, Figures]) -> Claim:
    """``claim`` with its pairs and shares; as it is where it names no table.

    Of several rows the weakest counts: the largest share lost, or the smallest share saved. An
    engine is compared with the pruned model in PyTorch, and that (column "pt") with the unpruned.
    Raises BaselineError, naming the claim, where there is no such table, row or column.
    """
    if not claim.table:
        return claim
    where = f"claim {claim.id}"
    if claim.table not in tables:
        problem = f"{where}: there is no table {claim.table!r}"
        raise BaselineError(file, problem, f"Choose from {', '.join(tables)}")
    table, pairs, shares = tables[claim.table], [], []
    for pruning, column in product(claim.prunings, claim.columns):
        try:
            shares.append(_share(table, claim, pruning, column))
        except BaselineError as error:
            raise BaselineError(file, f"{where}: {error.problem}", error.remedy) from error
        dense = Build(UNPRUNED if column == PRUNED else pruning, "Wd", "fp32")
        engine = Build(pruning, "Wd", "fp32")
        if column != PRUNED:
            engine = Build(pruning, table.workflow, claim.precision or column.lower())
            check_engine(file, where, engine.workflow, engine.precision)
        pairs.append((engine, dense))
    memory = "device" if claim.kind == "saved" else ""
    return replace(claim, pairs=tuple(pairs), shares=tuple(shares), memory=memory)


def _share(table: Figures, claim: Claim, pruning: str, column: str) -> float:
    if claim.kind == "saved":
        return min(table.saved(row, pruning, column) for row in claim.rows)
    return max(table.lost(row, pruning, column) for row in claim.rows)
