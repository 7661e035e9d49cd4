"""One run of the suites: its settings, store, data, engines and baselines, each made once."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache, cached_property, lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from sdvbench import embedded, progress
from sdvbench.cells import UNPRUNED, Cell, Gap, matrix
from sdvbench.datasets import Dataset
from sdvbench.datasets.source import open_dataset
from sdvbench.errors import OptionError
from sdvbench.gate.arms import Arm
from sdvbench.gate.baselines import Baselines
from sdvbench.gate.thresholds import Thresholds
from sdvbench.gate.verdict import Verdict
from sdvbench.image_size import check_image_size, written
from sdvbench.measurement.hardware import Hardware, hardware, library_versions
from sdvbench.measurement.latency import in_batches
from sdvbench.models import MODELS
from sdvbench.pruning import PRUNINGS
from sdvbench.realtime.camera import checked_policy
from sdvbench.session.calibration import CalibrationData, calibration_data
from sdvbench.session.effort import FULL, QUICK
from sdvbench.session.given_paths import check_paths
from sdvbench.session.images import RunImages
from sdvbench.session.settings import Settings
from sdvbench.session.workflow_options import read_options
from sdvbench.store import Artifact, Store
from sdvbench.tasks.detection.evaluate import evaluate
from sdvbench.tasks.detection.metrics import Metrics
from sdvbench.tensors import Images
from sdvbench.workflows import WORKFLOWS
from sdvbench.workflows.base import (
    Engine,
    EngineSpec,
    Source,
    Workflow,
    check_device,
)
from sdvbench.workflows.loading import load_engine

if TYPE_CHECKING:  # torch is imported once something must be loaded or built
    from sdvbench.models.base import Network

REFERENCE = ("Wd", "fp32")  # the model as PyTorch runs it: what accuracy is held against


class Suite:
    """Everything that tests of a session share. Cheap to make; parts come when first asked for."""

    def __init__(self, settings: Settings) -> None:
        for name in settings.model:
            if name not in MODELS:
                MODELS[name]  # raises, with the names that are known
        one = settings.weights and not settings.weights.is_dir()
        if one and len(settings.model) > 1:
            raise OptionError(
                settings.named("weights"),
                f"cannot belong to {len(settings.model)} models",
                "Name one with --sdv-model, or a folder of weights",
            )
        check_image_size(settings.imgsz)
        check_device(settings.device)
        checked_policy(settings.policy)
        self.settings = settings
        self.effort = QUICK if settings.quick else FULL
        self.store = Store(settings.store)
        self._options = read_options(settings.option)

        self.control: Verdict | None = None  # known once something is timed
        self.no_roof: dict[str, str] = {}  # why, by precision

    def cells(self) -> Iterator[Cell]:
        """The whole matrix, with what cannot run here: that is told as a skip, cell by cell."""
        usual = [name for name in WORKFLOWS if WORKFLOWS[name].by_default]
        precisions = {name: WORKFLOWS[name].precisions for name in usual}
        return matrix(self.settings.model, PRUNINGS, precisions, self.settings.batch)

    @cache  # noqa: B019 - as long as the session; a large file takes a while to read
    def weights(self, cell: Cell) -> str:
        """ "seeded", or what identifies the cell's checkpoint."""
        from sdvbench.pruning.stored import file_sha256, weights_file

        file = weights_file(self.settings.weights, cell.model, cell.pruning)
        return file_sha256(file)[:16] if file else "seeded"

    def check_here(self) -> None:
        """Raises where this machine lacks the device, and as ``check_paths`` does."""
        if self.settings.device != "cpu":
            _ = self.hardware
        check_paths(self.settings, self.store)

    @cache  # noqa: B019 - as long as the session
    def check_weights(self, model: str, pruning: str) -> Sequence[str] | None:
        """The class names of a model, where weights were given; nothing is built."""
        from sdvbench.pruning.stored import check_weights

        weights = self.settings.weights
        return None if weights is None else check_weights(model, weights, pruning, self.store)

    @cached_property
    def libraries(self) -> dict[str, str]:
        return library_versions()

    @cached_property
    def hardware(self) -> Hardware:
        return hardware(self.settings.device)

    @cached_property
    def baselines(self) -> Baselines:
        return Baselines(self.settings.baselines, self.hardware.name)

    @cached_property
    def thresholds(self) -> Thresholds:
        return Thresholds(self.settings.baselines)

    @cached_property
    def dataset(self) -> Dataset:
        return open_dataset(self.settings.data)

    @cached_property
    def calibration(self) -> CalibrationData:
        """What ranges of quantized engines are taken from."""
        count = max(map(self.effort.calibration_count, self.settings.batch))
        return calibration_data(self.settings.calibration, self.settings.data, self.dataset, count)

    @cached_property
    def images(self) -> RunImages:
        return RunImages(self.dataset, self.calibration, self.settings.imgsz, self.effort)

    @cached_property
    def anchor_cell(self) -> Cell:
        """The unpruned engine that every cell of the run is timed in turn with, without the run's
        options: which one it is must not depend on these.
        """
        gaps = []
        for choice in self.settings.anchor:
            workflow, _, precision = choice.partition("-")
            cell = Cell(
                self.settings.model[0], UNPRUNED, workflow, precision, self.settings.batch[0]
            )
            plain = replace(self.spec(cell), options={})
            gap = self._missing_weights(cell) or self.workflow(cell).gap(plain)
            if gap is None:
                return cell
            gaps.append(f"{cell}: {gap}")
        raise OptionError(
            f"--sdv-anchor {','.join(self.settings.anchor)}",
            f"names no engine that can be built and run here ({'; '.join(gaps)})",
            "Fix that, or name another, for example Wd-fp32",
        )

    def spec(self, cell: Cell) -> EngineSpec:
        given = self._options.get(cell.workflow, {})
        settings = self.settings
        return EngineSpec.for_images(
            cell.precision, settings.imgsz, cell.batch, settings.device, given
        )

    def workflow(self, cell: Cell) -> Workflow:
        workflow: Workflow = WORKFLOWS[cell.workflow]()
        return workflow

    def gap(self, cell: Cell) -> Gap | None:
        return self._missing_weights(cell) or self.workflow(cell).gap(self.spec(cell))

    def speed_gap(self, cell: Cell) -> Gap | None:
        return self.workflow(cell).speed_gap(self.spec(cell))

    def model(self, cell: Cell) -> "Network":
        """The (pruned) model that the cell's engine is built from."""
        from sdvbench.models import load_model
        from sdvbench.pruning.stored import FILE

        return load_model(cell.model, self.model_artifact(cell).path(FILE))

    def artifact(self, cell: Cell, spec: EngineSpec | None = None) -> Artifact:
        """The cell's artifact, built if the store has none. spec: another than the run's."""
        from sdvbench.workflows.build import build_artifact

        stored = self.model_artifact(cell)
        source = Source(stored.manifest["facts"]["digest"], lambda: self.model(cell))
        calibration = self.images.calibration(cell.batch)
        return build_artifact(
            cell.workflow, source, spec or self.spec(cell), calibration, self.store
        )

    def engine(self, cell: Cell) -> Engine:
        return load_engine(cell.workflow, self.artifact(cell).folder, self.spec(cell))

    def arm(self, cell: Cell) -> Arm:
        """How another process finds the cell's engine."""
        return Arm(cell.workflow, self.artifact(cell).folder, self.spec(cell))

    def accepted_arm(self, cell: Cell, metric: str) -> Arm | None:
        """The engine of which ``metric`` was accepted, whatever its weights; None where it is the
        one that would be built now, was accepted at another image size, is bound to other hardware
        or another library, or is not in the store.
        """
        accepted = self.baselines.find(str(cell), metric)
        if accepted is None or accepted.artifact == self.artifact(cell).key:
            return None
        if accepted.imgsz != written(self.settings.imgsz):
            return None
        found = self.store.find(accepted.artifact) if accepted.artifact else None
        if found is None:
            return None
        recipe = found.manifest["recipe"]
        here = self.workflow(cell).bound_to(self.spec(cell))
        if any(recipe["built with"].get(name) != value for name, value in here.items()):
            return None  # it does not load any more
        spec = replace(self.spec(cell), precision=recipe["precision"], options=recipe["options"])
        return Arm(recipe["workflow"], found.folder, spec)

    def anchor_arm(self, **options: Any) -> Arm:
        """The anchor, with no options of the run: what is changed must not change it too.

        options: those of them that its workflow has.
        """
        cell = self.anchor_cell
        options = {
            n: value for n, value in options.items() if n in WORKFLOWS[cell.workflow].options
        }
        spec = replace(self.spec(cell), options=options)
        return Arm(cell.workflow, self.artifact(cell, spec).folder, spec)

    def reference_cell(self, cell: Cell) -> Cell:
        """PyTorch fp32 of the same pruned model."""
        return Cell(cell.model, cell.pruning, *REFERENCE, cell.batch)

    def unpruned_cell(self, cell: Cell) -> Cell:
        """PyTorch fp32 of the model before it was pruned."""
        return Cell(cell.model, UNPRUNED, *REFERENCE, cell.batch)

    def outputs(self, engine: Engine) -> Images:
        """(N, boxes, 5+C): the outputs of ``engine`` for the images that agreement is tested on."""
        batches = in_batches(engine, self.images.agreement(engine.spec.batch))
        return np.concatenate([engine(*batch) for batch in batches])

    def metrics(self, cell: Cell, engine: Engine) -> Metrics:
        """The accuracy of ``engine`` on the run's data set."""

        def told(done: int, total: int) -> None:
            progress.tell("evaluating", done, total)

        return evaluate(engine, self.dataset, self.class_names(cell), progress=told)

    def class_names(self, cell: Cell) -> Sequence[str] | None:
        """Those of the cell's model; None where it knows none."""
        names: Sequence[str] | None = self.model_artifact(cell).manifest["facts"]["class_names"]
        return names

    @lru_cache(maxsize=2)  # noqa: B019 - neighbouring cells share their reference
    def reference_outputs(self, reference: Cell) -> Images:
        with self.engine(reference) as engine:
            return self.outputs(engine)

    @cache  # noqa: B019 - that of the unpruned model is asked for until the end
    def reference_metrics(self, reference: Cell) -> Metrics:
        with self.engine(reference) as engine:
            return self.metrics(reference, engine)

    def _missing_weights(self, cell: Cell) -> Gap | None:
        from sdvbench.pruning.stored import weights_file

        folder = self.settings.weights
        file = weights_file(folder, cell.model, cell.pruning)
        if file is None or file == folder or file.is_file():
            return None
        train = f"sdvbench recover {cell.model} {cell.pruning} --weights FILE --data DATA"
        if folder == embedded.FOLDER:
            missing = f"no {file.stem} comes with sdvbench"
            return Gap(missing, f"{train}, and --sdv-weights with the folder of what it writes")
        return Gap(f"there is no {file}", f"{train} --out {file}")

    def model_artifact(self, cell: Cell) -> Artifact:
        """The cell's (pruned) model in the store, made if it is not there."""
        from sdvbench.pruning.stored import stored_model

        return stored_model(cell.model, self.settings.weights, cell.pruning, self.store)
