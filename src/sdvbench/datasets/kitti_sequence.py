"""Consecutive frames of one KITTI drive, without labels."""

from itertools import pairwise
from pathlib import Path

from sdvbench.datasets.base import Dataset, DetectionSample
from sdvbench.datasets.files import digest, existing_folder, labelled
from sdvbench.datasets.images import find_images, read_image
from sdvbench.datasets.kitti_schemes import SCHEMES
from sdvbench.datasets.summary import Summary
from sdvbench.errors import DatasetError, OptionError

RATE_HZ = 10.0  # of the cameras of KITTI's car


class KittiSequence(Dataset):
    """The images of a drive in the order of their numbers; a label that a few of them may have is
    not read, since a sequence is of use only as a whole.

    root: the folder that holds ``image_2``, or the images themselves. rate_hz: frames a second.
    Classes are vehicle and person, for models trained on COCO (the scheme "coco" of ``Kitti``).
    Raises DatasetError on a missing folder, an image without a number, two with the same, and a
    frame that is missing between others; OptionError on a rate that is not positive.
    """

    classes = SCHEMES["coco"].classes
    aliases = SCHEMES["coco"].aliases
    labelled = False
    rate_hz: float

    def __init__(self, root: Path | str, rate_hz: float = RATE_HZ) -> None:
        if not rate_hz > 0:
            raise OptionError(f"rate_hz={rate_hz}", "is not positive", "Give frames a second")
        self.rate_hz = rate_hz
        root = existing_folder(Path(root), "image_2, or images")
        root = root / "image_2" if (root / "image_2").is_dir() else root
        images: dict[int, Path] = {}
        for path in find_images(root):
            other = images.setdefault(_number(path), path)
            if other != path:
                problem = f"has the number of another frame, {other.name}"
                raise DatasetError(path, problem, "Keep one of the two")
        numbers = sorted(images)
        for before, number in pairwise(numbers):
            if number != before + 1:
                problem = f"has frame {before} and then {number}"
                raise DatasetError(root, problem, "Give all frames of a stretch of the drive")
        self._images = [images[number] for number in numbers]
        self.summary = Summary(len(self._images), 0)
        self.identity = digest(f"kitti-sequence-{rate_hz:g}Hz", (), self._images, root)

    def __len__(self) -> int:
        return len(self._images)

    def __getitem__(self, index: int) -> DetectionSample:
        path = self._images[index]
        return labelled(path.name, read_image(path), ())


def _number(path: Path) -> int:
    if not path.stem.isdecimal():
        raise DatasetError(path, "is not named by the frame's number", "Name it like 0000000012")
    return int(path.stem)
