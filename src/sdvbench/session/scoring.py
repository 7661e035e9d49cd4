"""The accuracy figures of one cell, as the tests under accuracy/ ask for them."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sdvbench import progress
from sdvbench.cells import Cell
from sdvbench.errors import DatasetError, MeasurementError, SdvbenchError
from sdvbench.gate.figures import Figure
from sdvbench.metrics import named
from sdvbench.metrics.base import Metric
from sdvbench.session.suite import Suite
from sdvbench.tasks.base import SameOutputsError, Scored
from sdvbench.workflows.base import Engine


@dataclass(frozen=True)
class Scores:
    """Figures of ``engine`` against the fp32 reference of the same pruned model, or of the
    unpruned.
    """

    suite: Suite
    cell: Cell
    engine: Engine

    def agreement(self) -> Figure:
        """How far the raw outputs lie from the fp32 reference's, as a share of how far its outputs
        for two different images lie apart: 0 is exact, 1 is another image's outputs.
        """
        progress.tell("comparing outputs with the fp32 reference's")
        suite, model = self.suite, self.cell.model
        reference = suite.reference_outputs(self._reference)
        outputs = suite.outputs(self.cell, self.engine)
        # Where there are fewer images than a batch takes, they come again; those are not two.
        different = suite.calls(model).different
        try:
            found = suite.task(model).agreement(
                suite.network(model), suite.spec(self.cell).inputs, outputs, reference, different
            )
        except SameOutputsError as error:
            raise self._no_measure() from error
        shown = {**found.shown, **found.errors}
        metric = suite.task(model).metric
        return self._figure(metric, shown, self._reference, limited=dict(found.errors))

    def _no_measure(self) -> SdvbenchError:
        suite, model = self.suite, self.cell.model
        if suite.calls(model).takes_images:
            problem = "the first images, whose outputs are compared, all give the same outputs"
            remedy = "Give different ones, with something in them that the network looks for"
            return DatasetError(suite.calibration.named, problem, remedy)
        problem = "gives the same outputs for all of its example inputs"
        remedy = "Let an input vary: value.INPUT=0..999 for one of whole numbers, for example"
        return MeasurementError(f"model {model}", problem, remedy)

    def map_drop(self) -> Figure:
        """Points of mAP50-95 lost by the build, on the data set of the run."""
        return self._drop("map_drop", self._reference)

    def pruning_drop(self) -> Figure:
        """Points of mAP50-95 lost by pruning and the build together: against the fp32 reference of
        the unpruned model.
        """
        return self._drop("pruning_drop", self.suite.unpruned_cell(self.cell))

    def loss(self, metric: Metric) -> Figure:
        """A metric of accuracy, and what the build loses of it."""
        reference, found = self.suite.reference_metrics(self._reference), self._found
        value, before = (self._value(metric, scored) for scored in (found, reference))
        main = metric.values[0]
        shown = {main.shown: value, metric.loss: metric.lost(before, value)}
        shown |= metric.beside(found) if metric.beside else {}
        intervals = {metric.loss: self._interval(metric, reference)}
        if metric.interval:
            intervals[main.interval] = metric.interval(found)
        return self._figure(
            metric.id,
            shown,
            self._reference,
            limited={name: shown[name] for name in metric.limited},
            signal=before if main.better == "higher" else None,
            intervals=intervals,
        )

    def _drop(self, metric: str, below: Cell) -> Figure:
        reference = self.suite.reference_metrics(below)
        found = self._found
        drop = reference.value - found.value
        interval = self._interval(named(metric), reference)
        return self._figure(
            metric,
            {**found.shown, metric: drop},
            below,
            limited={"map": drop},
            signal=reference.value,
            intervals={"map": interval},
        )

    def _value(self, metric: Metric, scored: Scored) -> float:
        assert metric.scores is not None
        return metric.scores.value(scored)

    def _interval(self, metric: Metric, reference: Scored) -> tuple[float, float]:
        """At 95 %, of what is lost against ``reference``."""
        assert metric.scores is not None
        classes = len(self.suite.dataset.classes)
        return metric.scores.loss_interval(reference, self._found, classes)

    @cached_property
    def _found(self) -> Scored:
        return self.suite.metrics(self.cell, self.engine)

    @property
    def _reference(self) -> Cell:
        return self.suite.reference_cell(self.cell)

    def _figure(self, metric: str, shown: Mapping[str, float], below: Cell, **more: Any) -> Figure:
        """Against ``below``."""
        return Figure(
            cell=str(self.cell),
            metric=metric,
            imgsz=self.suite.imgsz(self.cell),
            anchor=str(below),
            weights=self.suite.weights(self.cell),
            artifact=self.suite.artifact(self.cell).key,
            shown=shown,
            **more,
        )
