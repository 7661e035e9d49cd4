"""One run of the suites: its settings, store, data, engines and baselines, each made once."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache, cached_property, lru_cache
from itertools import product
from typing import TYPE_CHECKING, Any

from sdvbench import progress
from sdvbench.cells import UNPRUNED, Cell, Gap, matrix
from sdvbench.datasets import Dataset
from sdvbench.datasets.source import open_dataset
from sdvbench.errors import OptionError
from sdvbench.gate.arms import Arm
from sdvbench.gate.baselines import Baselines
from sdvbench.gate.thresholds import Thresholds
from sdvbench.gate.verdict import Verdict
from sdvbench.image_size import written
from sdvbench.measurement.hardware import Hardware, hardware, library_versions
from sdvbench.pruning import by_default
from sdvbench.session.calibration import CalibrationData, calibration_data
from sdvbench.session.calls import RunCalls
from sdvbench.session.effort import FULL, QUICK
from sdvbench.session.given_paths import check_paths
from sdvbench.session.models import CodeModel, FileModel
from sdvbench.session.setting_checks import check_settings
from sdvbench.session.settings import Settings
from sdvbench.session.workflow_options import read_options
from sdvbench.store import Artifact, Store
from sdvbench.tasks import TASKS
from sdvbench.tasks.base import CallOutputs, Scored, Task
from sdvbench.tensors import BATCH, is_image
from sdvbench.workflows import WORKFLOWS
from sdvbench.workflows.base import Engine, EngineSpec, Workflow
from sdvbench.workflows.loading import load_engine

if TYPE_CHECKING:  # torch is imported once something must be loaded or built
    from sdvbench.models.base import Network


class Suite:
    """Everything that tests of a session share. Cheap to make; parts come when first asked for."""

    def __init__(self, settings: Settings) -> None:
        check_settings(settings)
        self.settings = settings
        self.effort = QUICK if settings.quick else FULL
        self.store = Store(settings.store)
        self._options = read_options(settings.option)

        self.control: Verdict | None = None  # known once something is timed
        self.no_roof: dict[str, str] = {}  # why, by precision, or by model

    def cells(self) -> Iterator[Cell]:
        """The whole matrix, with what cannot run here: that is told as a skip, cell by cell."""
        named = self.settings.workflow
        chosen = named or [name for name in WORKFLOWS if WORKFLOWS[name].by_default]
        precisions = {name: WORKFLOWS[name].precisions for name in chosen}
        prunings = self.settings.pruning or by_default()
        return matrix(self.settings.model, prunings, precisions, self.settings.batch)

    @cache  # noqa: B019 - as long as the session
    def given(self, model: str) -> CodeModel | FileModel:
        """Where the networks called ``model`` come from."""
        if model in self.settings.models:
            return FileModel(self.settings.models[model])
        return CodeModel(model, self.settings.weights, self.store)

    @cache  # noqa: B019 - as long as the session; a large file takes a while to read
    def weights(self, cell: Cell) -> str:
        """ "seeded", or what identifies the cell's checkpoint."""
        return self.given(cell.model).identity(cell.pruning)

    def network(self, model: str) -> "Network":
        """What ``model`` takes, gives and is for; its weights mean nothing."""
        return self.given(model).declared

    def task(self, model: str) -> Task:
        task: Task = TASKS[self.network(model).task]()
        return task

    def check_here(self) -> None:
        """Raises where this machine lacks the device, and as ``check_paths`` does."""
        if self.settings.device != "cpu":
            _ = self.hardware
        check_paths(self.settings, self.store)

    @cache  # noqa: B019 - as long as the session
    def check_weights(self, model: str, pruning: str) -> Sequence[str] | None:
        """The class names of a model, where weights were given; nothing is built."""
        return self.given(model).check(pruning)

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
        return Thresholds(self.settings.baselines, self.settings.models)

    @cached_property
    def data(self) -> str:
        """As --sdv-data names it; where nobody does, what suits the task of all models."""
        if "data" in self.settings.sources or self.settings.data != Settings.data:
            return self.settings.data
        tasks = {self.given(model).task for model in self.settings.model}
        found = {TASKS[task].data for task in tasks}
        return found.pop() if len(found) == 1 else self.settings.data

    @cached_property
    def dataset(self) -> Dataset:
        return open_dataset(self.data)

    @cached_property
    def calibration(self) -> CalibrationData:
        """What ranges of quantized engines are taken from."""
        count = max(map(self.effort.calibration_count, self.settings.batch))
        return calibration_data(self.settings.calibration, self.data, self.dataset, count)

    @cache  # noqa: B019 - as long as the session
    def calls(self, model: str) -> RunCalls:
        """What the engines of ``model`` are called with."""
        return RunCalls(
            self.network(model),
            self.task(model),
            self.settings.imgsz,
            self.effort,
            lambda: self.dataset,
            lambda: self.calibration,
        )

    @property
    def anchor_cell(self) -> Cell:
        """The anchor of the run's first model that has one. Raises as ``anchor_of`` does where no
        model has.
        """
        models = self.settings.model
        return self.anchor_of(next((m for m in models if not self.anchor_gap(m)), models[0]))

    @cache  # noqa: B019 - as long as the session
    def anchor_of(self, model: str) -> Cell:
        """The unpruned engine of ``model`` that every cell of it is timed in turn with, without the
        run's options: which one it is must depend neither on these nor on the run's other models.

        Raises OptionError where none of that model runs here.
        """
        gaps = []
        for choice, batch in product(self.settings.anchor, self.settings.batch):
            workflow, _, precision = choice.partition("-")
            cell = Cell(model, UNPRUNED, workflow, precision, batch)
            gap = self.gap(cell, replace(self.spec(cell), options={}))
            if gap is None:
                return cell
            gaps.append(f"{cell}: {gap}")
        raise OptionError(
            f"--sdv-anchor {','.join(self.settings.anchor)}",
            f"names no engine that can be built and run here ({'; '.join(gaps)})",
            "Fix that, or name another, for example Wd-fp32",
        )

    def anchor_gap(self, model: str) -> Gap | None:
        """Why ``model`` has no anchor here, such as a file of int8 layers; None if it has one."""
        try:
            self.anchor_of(model)
        except OptionError as error:
            missing = f"{model} has no anchor to be timed in turn with ({error.problem})"
            return Gap(missing, "fix that, or name another with --sdv-anchor")
        return None

    def imgsz(self, cell: Cell) -> int | str:
        """The size of the images that the cell's network takes, as figures record it; 0 where it
        takes none.
        """
        for spec in self.spec(cell).inputs:
            if is_image(spec):
                _, _, height, width = spec.sizes
                return written((height, width))
        return 0

    def spec(self, cell: Cell) -> EngineSpec:
        given = self._options.get(cell.workflow, {})
        inputs = self.network(cell.model).bound_inputs(self.settings.imgsz, cell.batch)
        return EngineSpec(cell.precision, inputs, cell.batch, self.settings.device, given)

    def workflow(self, cell: Cell) -> Workflow:
        workflow: Workflow = WORKFLOWS[cell.workflow]()
        return workflow

    def gap(self, cell: Cell, spec: EngineSpec | None = None) -> Gap | None:
        """Why the cell cannot be built and run here. spec: another than the run's."""
        given, workflow = self.given(cell.model), self.workflow(cell)
        return (
            given.gap(cell.pruning, cell.precision)
            or self._batch_gap(cell)
            or workflow.file_gap(given.kind, cell.precision)
            or workflow.gap(spec or self.spec(cell))
            or workflow.network_gap(self.network(cell.model), cell.precision)
        )

    def _batch_gap(self, cell: Cell) -> Gap | None:
        """Of a network that takes one number of samples only: that of its images, else one."""
        inputs = self.network(cell.model).inputs
        if any(BATCH in spec.shape for spec in inputs):
            return None
        size = next((int(spec.shape[0]) for spec in inputs if is_image(spec)), 1)
        if size == cell.batch:
            return None
        return Gap(f"{cell.model} takes batches of {size} only", f"--sdv-batch {size}")

    def speed_gap(self, cell: Cell) -> Gap | None:
        return self.workflow(cell).speed_gap(self.spec(cell))

    def model(self, cell: Cell) -> "Network":
        """The (pruned) model that the cell's engine is built from."""
        return self.given(cell.model).load(cell.pruning)

    def artifact(self, cell: Cell, spec: EngineSpec | None = None) -> Artifact:
        """The cell's artifact, built if the store has none. spec: another than the run's."""
        from sdvbench.workflows.build import build_artifact

        source = self.given(cell.model).source(cell.pruning)
        calibration = self.calls(cell.model).calibration(cell.batch)
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
        if accepted.imgsz != self.imgsz(cell):
            return None
        found = self.store.find(accepted.artifact) if accepted.artifact else None
        if found is None:
            return None
        recipe = found.manifest["recipe"]
        now = self.spec(cell)
        # Before inputs had specifications, a recipe held the shape of the images.
        inputs = [{**vars(one), "shape": list(one.shape)} for one in now.inputs]
        if (recipe.get("inputs") or recipe.get("shape")) not in (inputs, list(now.shape)):
            return None
        here = self.workflow(cell).bound_to(now)
        if any(recipe["built with"].get(name) != value for name, value in here.items()):
            return None  # it does not load any more
        spec = replace(now, precision=recipe["precision"], options=recipe["options"])
        return Arm(recipe["workflow"], found.folder, spec)

    def anchor_arm(self, cell: Cell | None = None, **options: Any) -> Arm:
        """The anchor, with no options of the run: what is changed must not change it too.

        cell: another anchor than ``anchor_cell``. options: those that its workflow has.
        """
        cell = cell or self.anchor_cell
        options = {
            n: value for n, value in options.items() if n in WORKFLOWS[cell.workflow].options
        }
        spec = replace(self.spec(cell), options=options)
        return Arm(cell.workflow, self.artifact(cell, spec).folder, spec)

    def reference_cell(self, cell: Cell) -> Cell:
        """What outputs are held against: fp32 of the same pruned model in PyTorch, or, of an ONNX
        file, in ONNX Runtime.
        """
        workflow = self.given(cell.model).reference.workflow
        return Cell(cell.model, cell.pruning, workflow, "fp32", cell.batch)

    def unpruned_cell(self, cell: Cell) -> Cell:
        """The reference of the model before it was pruned."""
        return replace(self.reference_cell(cell), pruning=UNPRUNED)

    def outputs(self, cell: Cell, engine: Engine) -> Sequence[CallOutputs]:
        """Those of ``engine`` for the calls that agreement is tested on."""
        return [engine.outputs(*inputs) for inputs in self.calls(cell.model).agreement(cell.batch)]

    def metrics(self, cell: Cell, engine: Engine) -> Scored:
        """The accuracy of ``engine`` on the run's data set."""

        def told(done: int, total: int) -> None:
            progress.tell("evaluating", done, total)

        network, names = self.model(cell), self.class_names(cell)
        return self.task(cell.model).score(network, engine, self.dataset, names, told)

    def class_names(self, cell: Cell) -> Sequence[str] | None:
        """Those of the cell's model; None where it knows none."""
        return self.given(cell.model).class_names(cell.pruning)

    def is_reference(self, cell: Cell) -> bool:
        """Whether the engine of ``cell`` is its own reference: the run may give it options."""
        return cell == self.reference_cell(cell) and self.spec(cell) == self._reference_spec(cell)

    def reference_engine(self, reference: Cell) -> Engine:
        """As ``engine``, with the options that make it a reference and none of the run's."""
        spec = self._reference_spec(reference)
        return load_engine(reference.workflow, self.artifact(reference, spec).folder, spec)

    def _reference_spec(self, reference: Cell) -> EngineSpec:
        return replace(self.spec(reference), options=self.given(reference.model).reference.options)

    @lru_cache(maxsize=2)  # noqa: B019 - neighbouring cells share their reference
    def reference_outputs(self, reference: Cell) -> Sequence[CallOutputs]:
        with self.reference_engine(reference) as engine:
            return self.outputs(reference, engine)

    @cache  # noqa: B019 - that of the unpruned model is asked for until the end
    def reference_metrics(self, reference: Cell) -> Scored:
        with self.reference_engine(reference) as engine:
            return self.metrics(reference, engine)

    def model_artifact(self, cell: Cell) -> Artifact:
        """The cell's (pruned) model in the store, made if it is not there."""
        given = self.given(cell.model)
        assert isinstance(given, CodeModel)  # a file is no artifact
        return given.artifact(cell.pruning)
