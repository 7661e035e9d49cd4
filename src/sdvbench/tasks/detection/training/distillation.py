"""Learning from a larger model as well as from labels.

Source: Hinton et al., "Distilling the knowledge in a neural network", 2015, for the classes; boxes
and objectness are learnt where, and as far as, the teacher sees an object.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, kl_div, log_softmax

from sdvbench.errors import OptionError
from sdvbench.models.base import TrainableDetector
from sdvbench.models.fusion import fuse
from sdvbench.tasks.detection.training.ciou import complete_iou
from sdvbench.tasks.detection.training.gains import Gains
from sdvbench.tasks.detection.training.loss import BALANCE, decode

SEEN = 0.01  # a teacher's objectness below this teaches boxes and classes nothing


@dataclass(frozen=True, eq=False)
class Distillation:
    """teacher: of the student's classes, priors and strides; set to eval mode here.
    temperature: above 1 softens the distributions over classes, so that what the teacher takes for
        nearly as likely is learnt too.
    box, objectness, classes: weights against the same terms of the task's loss, 1 is as much.
    Raises OptionError for values out of range.
    """

    teacher: TrainableDetector
    temperature: float = 2.0
    box: float = 1.0
    objectness: float = 1.0
    classes: float = 1.0

    def __post_init__(self) -> None:
        for name, value in self.weights.items():
            if not 0 <= value < float("inf") or (name == "temperature" and not value):
                raise OptionError(f"distillation's {name} {value}", "is out of range", "Try 1")
        self.teacher.eval().requires_grad_(False)

    @property
    def weights(self) -> dict[str, float]:
        """All numbers that were chosen, by name."""
        names = ("temperature", "box", "objectness", "classes")
        return {name: getattr(self, name) for name in names}

    def check(self, student: TrainableDetector) -> None:
        """Raise OptionError where the teacher's outputs do not mean what the student's mean."""
        mine, other = student, self.teacher
        named = None not in (mine.class_names, other.class_names)
        differ = [
            what
            for what, same in (
                ("classes", mine.num_classes == other.num_classes),
                ("class names", not named or mine.class_names == other.class_names),
                ("strides", mine.strides == other.strides),
                ("prior boxes", torch.equal(mine.priors_px.cpu(), other.priors_px.cpu())),
            )
            if not same
        ]
        if differ:
            raise OptionError(
                f"teacher {other.name}",
                f"and student {mine.name} have different {', '.join(differ)}",
                "Choose a teacher that was trained on the same classes",
            )

    def teacher_as_run(self, dtype: torch.dtype) -> TrainableDetector:
        """A copy of the teacher that takes images of ``dtype``, on a CPU in less than two thirds of
        the time; autocast would bring its weights into that precision in every step.
        """
        fused: Any = fuse(self.teacher)  # the stubs do not know memory_format
        quick: TrainableDetector = fused.to(dtype, memory_format=torch.channels_last)
        return quick

    def loss(
        self,
        maps: Sequence[Tensor],
        taught: Sequence[Tensor],
        priors_px: Tensor,
        strides: Sequence[int],
        gains: Gains,
    ) -> Tensor:
        """maps, taught: the student's and the teacher's, (B, A, rows, columns, 5+C) logits each.

        Objectness everywhere: binary cross-entropy against the teacher's. Boxes: 1 - CIoU. Classes:
        KL divergence of the teacher's softened distribution, mean over classes, times the squared
        temperature, which keeps its gradient's size. Means weighted with the teacher's objectness.
        """
        total = maps[0].new_zeros(())
        for raw, other, priors, stride, balance in zip(
            maps, taught, priors_px, strides, BALANCE, strict=True
        ):
            seen = other[..., 4].sigmoid()
            objectness = binary_cross_entropy_with_logits(raw[..., 4], seen)
            total = total + self.objectness * gains.objectness * balance * objectness
            place = (seen > SEEN).nonzero(as_tuple=True)
            if not len(place[0]):
                continue
            weights = seen[place] / seen[place].sum()
            cells = (priors / stride).to(raw)[place[1]]
            mine, theirs = raw[place], other[place]
            box = 1 - complete_iou(decode(mine, cells), decode(theirs, cells))
            total = total + self.box * gains.box * (weights * box).sum()
            divergence = self._divergence(mine[:, 5:], theirs[:, 5:])
            total = total + self.classes * gains.classes * (weights * divergence).sum()
        return total

    def _divergence(self, mine: Tensor, theirs: Tensor) -> Tensor:
        """(m, C) logits each -> (m,)"""
        student, teacher = (log_softmax(logits / self.temperature, 1) for logits in (mine, theirs))
        divergence = kl_div(student, teacher, reduction="none", log_target=True)
        return self.temperature**2 * divergence.mean(1)
