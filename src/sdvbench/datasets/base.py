"""What every data set is: images with boxes, readable by index."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sdvbench.datasets.summary import Summary


@dataclass(frozen=True)
class Sample:
    """One image and its labels.

    name: unique within the data set, for messages (a file name, or "scene 17").
    image: (H, W, 3) uint8, RGB.
    boxes: (n, 4) float32, x1 y1 x2 y2 in pixels of ``image``.
    classes: (n,) int64, indices into the data set's ``classes``.
    crowd: (n,) bool, regions in which detections of the class count neither way (COCO's crowds,
        KITTI's DontCare): matched by intersection over the detection's own area.
    ignore: (n,) bool, single objects that need not be found but may be (KITTI's too small, too
        hidden, or of a neighbouring class): matched by IoU.
    """

    name: str
    image: NDArray[np.uint8]
    boxes: NDArray[np.float32]
    classes: NDArray[np.int64]
    crowd: NDArray[np.bool_]
    ignore: NDArray[np.bool_]


class Dataset(ABC):
    """A sequence of samples; reading one by index decodes only that image.

    classes: the names that are scored, in the order of ``Sample.classes``.
    aliases: names that a model may use, each with the class of this data set that it stands for,
        for models trained on another data set: {"bus": "vehicle"}. Names absent from ``classes``
        and ``aliases`` are outside the data set: such detections are dropped before scoring.
    identity: what makes two data sets give the same samples, for store keys: the kind with a digest
        of the label files and image names, or the seed and version of a renderer.
    rate_hz: of a sequence, whose images show one world: image i at i / rate_hz seconds. Else None.
    labelled: False where no sample says what is there; samples then hold no object.
    summary: what the reader did with its files; None where there are no files.
    """

    classes: tuple[str, ...]
    aliases: Mapping[str, str] = {}
    identity: str
    rate_hz: float | None = None
    labelled: bool = True
    summary: Summary | None = None

    @abstractmethod
    def __len__(self) -> int: ...

    @abstractmethod
    def __getitem__(self, index: int) -> Sample: ...

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
