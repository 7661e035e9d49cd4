"""The accuracy figures of one cell, as the tests under accuracy/ ask for them."""

from dataclasses import dataclass

from sdvbench import progress
from sdvbench.cells import Cell
from sdvbench.detection.agreement import agreement
from sdvbench.gate.figures import Figure, Setting
from sdvbench.pytest_plugin.suite import Suite
from sdvbench.workflows.base import Engine


@dataclass(frozen=True)
class Scores:
    """Figures of ``engine`` against PyTorch fp32 of the same pruned model."""

    suite: Suite
    cell: Cell
    engine: Engine

    def agreement(self) -> Figure:
        """Mean differences of the raw outputs: boxes in pixels, confidences in 0..1."""
        progress.tell("comparing outputs with PyTorch's")
        reference = self.suite.reference_outputs(self._reference)
        found = agreement(self.suite.outputs(self.engine), reference)
        values = {"box_px": found.box_mean_px, "confidence": found.confidence_mean}
        return self._figure("agreement", values, values)

    def map_drop(self) -> Figure:
        """Points of mAP50-95 lost, on the data set of the run."""
        reference = self.suite.reference_metrics(self._reference)
        found = self.suite.metrics(self.cell, self.engine)
        drop = reference.map - found.map
        shown = {
            "map": found.map,
            "map50": found.map50,
            "precision": found.precision,
            "recall": found.recall,
            "map_drop": drop,
        }
        return self._figure("map_drop", shown, {"map": drop})

    @property
    def _reference(self) -> Cell:
        return self.suite.reference_cell(self.cell)

    def _figure(self, metric: str, shown: dict[str, float], limited: dict[str, float]) -> Figure:
        setting = Setting(self.suite.settings.imgsz, str(self._reference))
        return Figure(str(self.cell), metric, setting, shown, limited=limited)
