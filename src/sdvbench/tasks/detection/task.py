"""`detection`: boxes with classes, found in images, scored by mAP."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from sdvbench.datasets.base import Sample
from sdvbench.tasks.base import Agreement, CallOutputs, SameOutputsError, Task
from sdvbench.tasks.detection.agreement import agreement
from sdvbench.tasks.images import letterboxed
from sdvbench.tensors import Inputs, TensorSpec

if TYPE_CHECKING:
    from sdvbench.models.base import Network


class Detection(Task):
    """The one input is an image, letterboxed."""

    scored = True

    def takes_images(self, inputs: Sequence[TensorSpec]) -> bool:
        return True

    def call(
        self,
        network: "Network",
        inputs: tuple[TensorSpec, ...],
        samples: Sequence[Sample],
        seed: int,
    ) -> Inputs:
        return (letterboxed(inputs[0], samples),)

    def agreement(
        self,
        network: "Network",
        outputs: Sequence[CallOutputs],
        reference: Sequence[CallOutputs],
        samples: int | None,
    ) -> Agreement:
        mine, exact = (
            np.concatenate([call[0] for call in calls]) for calls in (outputs, reference)
        )
        error = agreement(mine, exact)
        once = exact[:samples]
        spread = agreement(np.roll(once, 1, axis=0), once)
        if not (spread.box_mean_px and spread.confidence_mean):
            raise SameOutputsError("outputs of the reference", "are the same for all images")
        errors = {
            "box_error": error.box_mean_px / spread.box_mean_px,
            "confidence_error": error.confidence_mean / spread.confidence_mean,
        }
        return Agreement(errors, {"box_px": error.box_mean_px, "confidence": error.confidence_mean})
