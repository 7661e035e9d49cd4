"""A data set in memory and an engine that answers with its labels."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from sdvbench.datasets.base import Dataset, DetectionSample
from sdvbench.image_size import ImageSize, height_width
from sdvbench.tasks.detection.letterbox import letterbox


@dataclass(frozen=True)
class Spec:
    batch: int = 1
    imgsz: ImageSize = 64
    device: str = "cpu"

    @property
    def shape(self) -> tuple[int, ...]:
        return (self.batch, 3, *height_width(self.imgsz))


class Frames(Dataset):
    """``count`` images of differing shape; image i is of brightness i and has one object."""

    identity = "frames"

    def __init__(
        self, count: int, classes: Sequence[str], aliases: Mapping[str, str] | None = None
    ) -> None:
        self.count, self.classes, self.aliases = count, tuple(classes), dict(aliases or {})

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, index: int) -> DetectionSample:
        box = [10 + index, 5, 40 + index, 30]
        return DetectionSample(
            name=f"frame {index}",
            image=np.full((60 + 5 * index, 80, 3), index, np.uint8),
            boxes=np.array([box], np.float32),
            classes=np.array([index % len(self.classes)]),
            crowd=np.zeros(1, bool),
            ignore=np.zeros(1, bool),
        )


class Oracle:
    """Finds each object of ``frames``, recognizing an image by its brightness.

    columns: for each class of the data set, the score columns that this engine fills.
    """

    def __init__(self, frames: Frames, spec: Spec, columns: Sequence[Sequence[int]], count: int):
        self.frames, self.spec, self.columns, self.count = frames, spec, columns, count
        self.seen: list[int] = []

    def __call__(self, images: np.ndarray, /) -> np.ndarray:
        height, width = height_width(self.spec.imgsz)
        assert images.shape == self.spec.shape
        outputs = np.zeros((len(images), 7, 5 + self.count), np.float32)
        for output, image in zip(outputs, images, strict=True):
            index = round(float(image[0, height // 2, width // 2]) * 255)
            self.seen.append(index)
            sample = self.frames[index]
            _, place = letterbox(sample.image, self.spec.imgsz)
            x1, y1, x2, y2 = place.boxes_to_input(sample.boxes)[0]
            output[3, :5] = (x1 + x2) / 2, (y1 + y2) / 2, x2 - x1, y2 - y1, 0.9
            output[3, [5 + column for column in self.columns[sample.classes[0]]]] = 0.8
        return outputs
