"""How networks learn to drive: by the squared error of their commands, as in JdeRobot's study."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sdvbench.datasets.base import Dataset, DrivingSample, checked
from sdvbench.errors import DatasetError, OptionError
from sdvbench.tasks.base import Scored
from sdvbench.tasks.driving.road import road
from sdvbench.tasks.training import Batch, Lessons, TaskTraining
from sdvbench.vehicle_command import NAMES, STUDY

if TYPE_CHECKING:  # `sdvbench recover --help` must not load torch
    import torch

    from sdvbench.models.base import Network
    from sdvbench.models.driver import Driver

ORDER, MIRRORS = 1, 2  # words that keep streams of random numbers apart
KEPT_IMAGES = 20_000  # in memory: 0.8 GB of PilotNet's


@dataclass(frozen=True)
class DrivingTraining(TaskTraining):
    """Half of the images are mirrored, with -w."""

    def asked(self, given: Mapping[str, Any], teacher: "Network | None") -> "DrivingTraining":
        if teacher:
            problem = "cannot teach: commands are learnt from a driver alone"
            raise OptionError(f"--teacher {teacher.name}", problem, "Leave it out")
        return self

    def check(self, model: "Network") -> "Driver":
        from sdvbench.models.driver import Driver

        if not isinstance(model, Driver):
            problem = "cannot be trained to drive"
            raise OptionError(f"model {model.name}", problem, "Derive it from sdvbench's Driver")
        return model

    def lessons(
        self,
        model: "Driver",
        data: Dataset,
        *,
        epochs: int,
        batch: int,
        imgsz: int,
        seed: int,
        dtype: "torch.dtype",
    ) -> "DrivingLessons":
        """imgsz means nothing: the model says what it takes. Where it does not know how commands
        are scaled, it learns that from ``data`` too.
        """
        data.check_labelled_for("driving")
        if not len(data):
            raise DatasetError(data.identity, "has no image", "Name data with some")
        if model.command_range is None:
            model.command_range = data.command_range or STUDY
        return DrivingLessons(model, data, batch, seed)

    def told(self, scored: Scored) -> str:
        return ", ".join(f"{name.upper()} {value:.5f}" for name, value in scored.shown.items())

    def compared(self, before: Scored, after: Scored, data: Dataset) -> str:
        from sdvbench.metrics.mse import MEAN_SQUARED

        low, high = MEAN_SQUARED.loss_interval(before, after, 0)
        then, now = before.shown["mse"], after.shown["mse"]
        return (
            f"MSE on {after.images} held-out images: {then:.5f} before training, {now:.5f} after: "
            f"{now / then - 1:+.1%} (95 % interval {low:+.1%} to {high:+.1%})"
        )


class DrivingLessons(Lessons):
    """An epoch sees each image once; those that do not fill a batch are left out of it."""

    label = "command"

    def __init__(self, model: "Driver", data: Dataset, batch: int, seed: int) -> None:
        assert model.command_range is not None
        self._range, self._data, self._seed = model.command_range, data, seed
        _, _, self._height, self._width = model.bound_inputs()[0].sizes
        self.size = min(batch, len(data))
        self.identity = {"command_range": self._range.written}
        self._order = lru_cache(maxsize=1)(self._drawn)
        self._read = lru_cache(maxsize=KEPT_IMAGES)(self._sample)

    def __len__(self) -> int:
        return len(self._data) // self.size

    def batch(self, number: int) -> Batch:
        import torch

        epoch, place = divmod(number, len(self))
        chosen = self._order(epoch)[place * self.size :][: self.size]
        mirrored = np.random.default_rng((self._seed, number, MIRRORS)).random(self.size) < 0.5
        images, commands = zip(*(self._read(int(index)) for index in chosen), strict=True)
        stacked, labels = np.stack(images), np.stack(commands)
        stacked[mirrored] = stacked[mirrored][..., ::-1]
        labels[mirrored, 1] *= -1
        scaled = self._range.scaled(labels).astype(np.float32)
        return Batch(torch.from_numpy(stacked), torch.from_numpy(scaled))

    def losses(
        self, model: Any, outputs: Any, images: "torch.Tensor", labels: Any
    ) -> "dict[str, torch.Tensor]":
        errors = (outputs.float() - labels).square().mean(0)
        return dict(zip(NAMES, errors, strict=True))

    def _drawn(self, epoch: int) -> NDArray[np.int64]:
        return np.random.default_rng((self._seed, epoch, ORDER)).permutation(len(self._data))

    def _sample(self, index: int) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
        """The (3, height, width) image and the (2,) command in the vehicle's units."""
        sample = checked(self._data[index], DrivingSample)
        return road(sample.image, self._height, self._width), sample.command
