"""A cell behind a camera, as the tests marked ``realtime`` ask for it."""

from dataclasses import dataclass
from functools import cached_property, lru_cache

from msgspec.structs import replace

from sdvbench import progress
from sdvbench.cells import Cell, Gap
from sdvbench.datasets.base import Dataset
from sdvbench.datasets.source import open_dataset
from sdvbench.errors import OptionError
from sdvbench.image_size import written
from sdvbench.metrics import figure_of
from sdvbench.realtime.accuracy import Offline, camera_frames, scored
from sdvbench.realtime.drive import Drive, drive
from sdvbench.realtime.record import Record, deadlines, replayed
from sdvbench.session.suite import Suite
from sdvbench.tasks.streaming import Results
from sdvbench.workflows.base import Engine


@dataclass(frozen=True)
class Streams:
    """Records of ``engine``; ``sdvbench.realtime.record`` has them."""

    suite: Suite
    cell: Cell
    engine: Engine

    def filmed(self, rate_hz: float) -> Drive:
        """Behind a real camera, once a rate."""
        if rate_hz not in self._films:
            settings, images = self.suite.settings, self.suite.calls(self.cell.model).timing(1)
            progress.tell(f"filming {settings.frames} frames at {rate_hz:g} Hz")
            self._films[rate_hz] = drive(
                self.engine, images, rate_hz, settings.frames, settings.policy
            )
        return self._films[rate_hz]

    def deadlines(self, rate_hz: float) -> Record:
        """Of what was filmed at this rate."""
        filmed = self.filmed(rate_hz)
        energy = filmed.energy_mj_per_frame
        return deadlines(*self._named, filmed.stream, filmed.disturbed, energy)

    def accuracy(self, rate_hz: float, policy: str | None = None) -> Record:
        """sAP and RTIA at this rate, replayed from the one trace that was recorded at the first of
        the rates, so that rates differ by nothing else; misses and jitter are the replay's, and
        ``replayed_from_hz`` says so.

        policy: another than the run's.
        """
        settings, offline = self.suite.settings, self._offline
        filmed = self.deadlines(settings.rate[0])
        progress.tell("scoring late results")
        frames = camera_frames(offline, rate_hz)
        stream = replayed(filmed, rate_hz, frames, policy or settings.policy)
        sequence = opened_sequence(settings.sequence)
        told = deadlines(*self._named, stream, filmed.disturbed)
        return replace(
            scored(told, offline, stream),
            replayed_from_hz=filmed.rate_hz,
            sequence=sequence.identity,
            truth="exact" if sequence.labelled else "pseudo",
            figure=self._figure,
        )

    @property
    def _named(self) -> tuple[str, int | str]:
        return str(self.cell), written(self.suite.settings.imgsz)

    @property
    def _figure(self) -> str:
        suite, model = self.suite, self.cell.model
        return figure_of(suite.network(model).task) or suite.task(model).figure

    @cached_property
    def _films(self) -> dict[float, Drive]:
        return {}

    @cached_property
    def _offline(self) -> Offline:
        sequence = opened_sequence(self.suite.settings.sequence)
        assert sequence.rate_hz is not None
        found = self.results()
        if not sequence.labelled:  # what the fp32 reference puts out is the truth
            reference = self.suite.reference_cell(self.cell)
            same = self.suite.is_reference(self.cell)
            found = found.against(found if same else _reference_results(self.suite, reference))
        return Offline(found, sequence.rate_hz)

    def results(self) -> Results:
        """Of the engine, for each frame of the sequence, in no hurry."""

        def told(done: int, total: int) -> None:
            progress.tell("processing the sequence", done, total)

        suite, model = self.suite, self.cell.model
        sequence, names = opened_sequence(suite.settings.sequence), suite.class_names(self.cell)
        return suite.task(model).results(suite.network(model), self.engine, sequence, names, told)


@lru_cache(maxsize=1)
def camera_gap(suite: Suite, cell: Cell) -> Gap | None:
    """Why the cell's engine cannot be recorded behind a camera here."""
    if gap := suite.gap(cell) or suite.speed_gap(cell):
        return gap
    if cell.batch != 1:
        return Gap("a camera gives one frame at a time", "--sdv-batch 1")
    return None


def opened_sequence(text: str) -> Dataset:
    """The data set that ``--sdv-sequence`` names; OptionError where its images do not follow one
    another in time.
    """
    sequence = open_dataset(text, "--sdv-sequence")
    if sequence.rate_hz is None:
        remedy = "Give scene-sequence:300?rate_hz=30 or kitti-sequence:FOLDER"
        raise OptionError(f"--sdv-sequence {text}", "is no sequence: it has no rate", remedy)
    return sequence


@lru_cache(maxsize=1)  # neighbouring cells share their reference
def _reference_results(suite: Suite, reference: Cell) -> Results:
    with suite.reference_engine(reference) as engine:
        return Streams(suite, reference, engine).results()
