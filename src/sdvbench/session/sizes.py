"""MACs and parameters of a cell's model, counted once a machine, and its engine's bytes."""

import json
import logging
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from sdvbench.cells import Cell
from sdvbench.image_size import written
from sdvbench.workflows import WORKFLOWS

if TYPE_CHECKING:
    from sdvbench.session.suite import Suite
    from sdvbench.workflows.base import Workflow

log = logging.getLogger("sdvbench.sizes")


def size_of(suite: "Suite", cell: Cell, artifact: str = "") -> dict[str, int]:
    """ "macs" of one image at the run's image size, and "params", BatchNorm fused; and
    "artifact_bytes" on disk, of the files that its engine is loaded from. artifact: the engine's
    key in the store.

    Without the first two for a network in a file, and, with a warning, for one that cannot be
    counted: a figure is worth its verdict without.
    """
    built = suite.store.find(artifact) if artifact else None
    workflow: Workflow = WORKFLOWS[cell.workflow]()
    found = {"artifact_bytes": workflow.engine_bytes(built)} if built else {}
    if suite.given(cell.model).kind != "module":
        return found
    return found | _size_of(suite, cell.model, cell.pruning)


@cache
def _size_of(suite: "Suite", model: str, pruning: str) -> dict[str, int]:
    cell = Cell(model, pruning, "Wd", "fp32")
    try:
        return _counted(suite, cell)
    except Exception as error:  # whatever a model of somebody else raises when it is traced
        log.warning("%s-%s: MACs and parameters were not counted (%s)", model, pruning, error)
        return {}


def _counted(suite: "Suite", cell: Cell) -> dict[str, int]:
    from sdvbench.pruning.profile import profile

    imgsz, model = suite.settings.imgsz, suite.model_artifact(cell)

    def build(folder: Path) -> dict[str, int]:
        counted = asdict(profile(suite.model(cell), imgsz))
        (folder / "size.json").write_text(json.dumps(counted), encoding="utf-8")
        return counted

    recipe = {"kind": "size", "model": model.key, "imgsz": written(imgsz)}
    facts = suite.store.get_or_build(recipe, build).manifest["facts"]
    return {name: facts[name] for name in ("macs", "params")}
