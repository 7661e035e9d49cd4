"""What every data set is: images, with labels for one task, readable by index."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from sdvbench.datasets.summary import Summary
from sdvbench.errors import DatasetError
from sdvbench.vehicle_command import CommandRange


@dataclass(frozen=True)
class Sample:
    """One image. What is known of it depends on the task that it is labelled for.

    name: unique within the data set, for messages (a file name, or "scene 17").
    image: (H, W, 3) uint8, RGB.
    """

    name: str
    image: NDArray[np.uint8]


@dataclass(frozen=True)
class DetectionSample(Sample):
    """An image and the objects in it.

    boxes: (n, 4) float32, x1 y1 x2 y2 in pixels of ``image``.
    classes: (n,) int64, indices into the data set's ``classes``.
    crowd: (n,) bool, regions in which detections of the class count neither way (COCO's crowds,
        KITTI's DontCare): matched by intersection over the detection's own area.
    ignore: (n,) bool, single objects that need not be found but may be (KITTI's too small, too
        hidden, or of a neighbouring class): matched by IoU.
    """

    boxes: NDArray[np.float32]
    classes: NDArray[np.int64]
    crowd: NDArray[np.bool_]
    ignore: NDArray[np.bool_]


@dataclass(frozen=True)
class DrivingSample(Sample):
    """What a camera saw, and what the driver did.

    command: (2,) float32, speed v and yaw rate or steering w, in the units of the recording.
    """

    command: NDArray[np.float32]


S = TypeVar("S", bound=Sample)


def checked(sample: Sample, kind: type[S]) -> S:
    """``sample`` if it is a ``kind``; DatasetError for one that is labelled for another task."""
    if isinstance(sample, kind):
        return sample
    problem = f"is a {type(sample).__name__}, where a {kind.__name__} is needed"
    raise DatasetError(f"sample {sample.name}", problem, "Give a data set of the model's task")


class Dataset(ABC):
    """A sequence of samples; reading one by index decodes only that image.

    task: that its labels are for, a name in ``sdvbench.tasks``. Its images serve any other task for
        calibration, timing and agreement.
    classes: the names that are scored, in the order of ``DetectionSample.classes``; of detection.
    aliases: names that a model may use, each with the class of this data set that it stands for,
        for models trained on another data set: {"bus": "vehicle"}. Names absent from ``classes``
        and ``aliases`` are outside the data set: such detections are dropped before scoring.
    identity: what makes two data sets give the same samples, for store keys: the kind with a digest
        of the label files and image names, or the seed and version of a renderer.
    rate_hz: of a sequence, whose images show one world: image i at i / rate_hz seconds. Else None.
    command_range: of driving, what networks that are trained on it are to call 0 and 1.
    sequential: whether neighbours follow one another in time and are nearly the same, so that a few
        are taken from all over it.
    labelled: False where no sample says what is there; samples then hold no object.
    summary: what the reader did with its files; None where there are no files.
    """

    task: str = "detection"
    classes: tuple[str, ...] = ()
    aliases: Mapping[str, str] = {}
    identity: str
    rate_hz: float | None = None
    labelled: bool = True
    command_range: CommandRange | None = None
    sequential: bool = False
    summary: Summary | None = None

    @abstractmethod
    def __len__(self) -> int: ...

    @abstractmethod
    def __getitem__(self, index: int) -> Sample: ...

    def labelled_for(self, task: str) -> bool:
        """Whether it has labels that say how right the outputs of a network for ``task`` are."""
        return self.labelled and self.task == task

    def check_labelled_for(self, task: str) -> None:
        """Raises DatasetError where no network for ``task`` can be scored or trained on it."""
        if not self.labelled_for(task):
            has = (
                f"has labels for {self.task}, not for {task}" if self.labelled else "has no labels"
            )
            problem = f"{has}, so that no network for that can be scored or trained on it"
            raise DatasetError(self.identity, problem, f"Give a data set with labels for {task}")

    @property
    def drawn_from(self) -> tuple[str, Sequence[int]]:
        """The identity of the whole that the samples come from, and their numbers in it."""
        return self.identity, range(len(self))

    def others(self, count: int) -> "Dataset | None":
        """``count`` samples of the same origin that are not among these, for example to calibrate
        with; None where there are not so many.
        """
        return None

    def __iter__(self) -> Iterator[Sample]:
        return (self[index] for index in range(len(self)))
