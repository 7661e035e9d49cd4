"""What training asks of a task."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from sdvbench.datasets.base import Dataset

if TYPE_CHECKING:  # `sdvbench recover --help` must not load torch
    import torch
    from torch import Tensor

    from sdvbench.models.base import Network, Trainable
    from sdvbench.tasks.base import Scored


@dataclass(frozen=True)
class Option:
    """--NAME VALUE of ``sdvbench recover``. kind: of the value, such as float."""

    name: str
    kind: type
    help: str


@dataclass(frozen=True, eq=False)
class Batch:
    """images: (B, 3, S, S) uint8 RGB, on the CPU. labels: a tensor, or what has a length, so many
    things are to be learnt from it, and ``to(device)``.
    """

    images: "Tensor"
    labels: Any


class Lessons(ABC):
    """Endless batches of a data set for one model, and what its outputs lose in them.

    size: images a batch. label: what one is, for messages, such as "object".
    identity: JSON-able; of what decides the batches and losses beside the model, the data set and
        the arguments of ``TaskTraining.lessons``.
    """

    size: int
    label: str
    identity: Mapping[str, Any]

    @abstractmethod
    def __len__(self) -> int:
        """Batches an epoch."""

    @abstractmethod
    def batch(self, number: int) -> Batch:
        """Number ``number`` since the first epoch began. What is in it depends on the number alone,
        so that a run that was killed goes on with the images that it would have seen.
        """

    def plain_images(self, number: int) -> "Tensor":
        """The images of such a batch as they come in use, not as they are changed for training."""
        return self.batch(number).images

    def outputs(self, model: Any, images: "Tensor") -> Any:
        """What losses are taken of; in the precision of the run. images: float32, RGB 0..1."""
        return model(images)

    @abstractmethod
    def losses(
        self, model: Any, outputs: Any, images: "Tensor", labels: Any
    ) -> "dict[str, Tensor]":
        """Scalars by name, in float32; the model descends their sum.

        outputs: of ``outputs`` for ``images``. labels: of the batch, on the model's device.
        """


class TaskTraining(ABC):
    """How models of a task are trained. Derive a frozen dataclass, whose fields are what can be
    chosen for this task only; each has a default.

    options: what ``sdvbench recover`` has for the task, beside what it has for all.
    """

    options: ClassVar[tuple[Option, ...]] = ()

    @abstractmethod
    def asked(self, given: Mapping[str, Any], teacher: "Network | None") -> "TaskTraining":
        """With what a command line says. given: values by the names of ``options``. teacher: to
        learn from as well as from labels.

        Raises OptionError for what is not possible; for any teacher where the task has no such
        thing.
        """

    @abstractmethod
    def check(self, model: "Network") -> "Trainable":
        """``model``, if it can be trained so. Raises OptionError where it cannot."""

    def begin(self, model: "Network") -> None:
        """Set what a model starts from, in place, before it is trained from nothing."""
        return

    @abstractmethod
    def lessons(
        self,
        model: "Any",
        data: Dataset,
        *,
        epochs: int,
        batch: int,
        imgsz: int,
        seed: int,
        dtype: "torch.dtype",
    ) -> Lessons:
        """For ``model``, on its device; where it knows no class names it may get those of ``data``.

        batch: images, or as many as there are. imgsz: side of the images in pixels. dtype: in which
        forward passes compute.
        Raises DatasetError for data that cannot be learnt from.
        """

    @abstractmethod
    def told(self, scored: "Scored") -> str:
        """For a line: "mAP50 0.5012, mAP50-95 0.3001". scored: by ``Task.score``."""

    @abstractmethod
    def compared(self, before: "Scored", after: "Scored", data: Dataset) -> str:
        """A sentence on what training has won on ``data``, which both are scores on."""
