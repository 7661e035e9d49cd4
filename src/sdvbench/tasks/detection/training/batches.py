"""Batches by number: what is in one depends on the seed and its number alone.

So a run that was killed goes on with the very images that it would have seen.
"""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray

from sdvbench.datasets.base import Dataset
from sdvbench.errors import DatasetError
from sdvbench.tasks.detection.boxes import xyxy_to_xywh
from sdvbench.tasks.detection.training.augmentation import mosaic, plain
from sdvbench.tasks.detection.training.labels import Labels
from sdvbench.tasks.detection.training.picture import Picture, Pictures
from sdvbench.tasks.training import Batch

CACHE_BYTES = 2 * 2**30
MOSAIC = 4  # pictures
ORDER, IMAGE = 1, 2  # words that keep streams of random numbers apart


class Batches:
    """Endless batches of a data set; an epoch sees each of its images first once.

    to_model: the model's class of each of the data set's. mosaics: the share of mosaics among the
    images of an epoch; half of all images are mirrored.
    Images that do not fill a batch are left out of their epoch.
    Raises DatasetError for a data set without an image.
    """

    def __init__(
        self,
        dataset: Dataset,
        to_model: NDArray[np.int64],
        imgsz: int,
        batch: int,
        seed: int = 0,
        cache_bytes: int = CACHE_BYTES,
    ) -> None:
        if not len(dataset):
            raise DatasetError(dataset.identity, "has no image", "Name data with some")
        self._pictures = Pictures(dataset, to_model, imgsz, cache_bytes)
        self.to_model, self.imgsz, self._seed = to_model, imgsz, seed
        self.size = min(batch, len(dataset))  # images
        self._order = lru_cache(maxsize=1)(self._drawn)

    def __len__(self) -> int:
        """Batches an epoch."""
        return len(self._pictures) // self.size

    def batch(self, number: int, mosaics: float) -> Batch:
        """Number ``number`` since the first epoch began; its labels are ``Labels``."""
        epoch, place = divmod(number, len(self))
        chosen = self._order(epoch)[place * self.size :][: self.size]
        return _stacked([self._made(epoch, int(index), mosaics) for index in chosen])

    def _drawn(self, epoch: int) -> NDArray[np.int64]:
        return np.random.default_rng((self._seed, epoch, ORDER)).permutation(len(self._pictures))

    def _made(self, epoch: int, index: int, mosaics: float) -> Picture:
        rng = np.random.default_rng((self._seed, epoch, IMAGE, index))
        if rng.random() < mosaics:
            others = rng.integers(0, len(self._pictures), MOSAIC - 1)
            made = mosaic([self._pictures[int(i)] for i in (index, *others)], self.imgsz, rng)
        else:
            made = plain(self._pictures[index], self.imgsz)
        return made.mirrored() if rng.random() < 0.5 else made


def _stacked(pictures: Sequence[Picture]) -> Batch:
    images = np.stack([one.image for one in pictures]).transpose(0, 3, 1, 2)
    image = np.repeat(np.arange(len(pictures)), [len(one.classes) for one in pictures])
    classes = np.concatenate([one.classes for one in pictures])
    boxes = xyxy_to_xywh(np.concatenate([one.boxes for one in pictures]))
    labels = Labels(*map(torch.from_numpy, (image, classes, boxes)))
    # (B, 3, S, S) with the channels last in memory, as they come and as convolutions like them
    return Batch(torch.from_numpy(images), labels)
