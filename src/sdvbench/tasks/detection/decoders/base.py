"""What a decoder is: it turns the outputs of one call, in whatever layout, into candidates."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from sdvbench.errors import MeasurementError
from sdvbench.tensors import Array, TensorSpec, shape_text

# Of one call, in the network's order, each with the batch as first axis.
Outputs = tuple[Array, ...]


@dataclass(frozen=True, eq=False)
class Candidates:
    """What a network proposes in one image.

    boxes: (n, 4) float32, centre x, centre y, width, height in pixels of the input.
    scores: (n, C) float32 in 0..1, for each class of the model.
    suppress: whether several of them may mean one object, so that suppression must follow.
    """

    boxes: NDArray[np.float32]
    scores: NDArray[np.float32]
    suppress: bool


@dataclass(frozen=True)
class Decoder(ABC):
    """Of one layout, for one network. Registered by name.

    height, width: of the network's input in pixels.
    output_names: in the order of the outputs; empty where they are not known.
    classes: how many the model has; None where that is not known.

    form: the layout in words, for messages.
    same_rows: whether row i is from the same place of the network in every call, so that the
        outputs of two engines can be compared row by row.
    """

    height: int
    width: int
    output_names: tuple[str, ...] = ()
    classes: int | None = None

    form: ClassVar[str]
    same_rows: ClassVar[bool]

    @abstractmethod
    def __call__(self, outputs: Outputs) -> list[Candidates]:
        """The candidates in each image of a call.

        Raises MeasurementError for outputs that are not in this layout: another number of arrays,
        other shapes, values that are not finite, or that cannot mean what the layout says.
        """

    @classmethod
    def class_count(cls, outputs: Sequence[TensorSpec]) -> int | None:
        """How many classes a network with ``outputs`` has; None where the layout, or a size that is
        open, does not tell, or where they are not in this layout.
        """
        return None

    def refused(self, outputs: Outputs) -> MeasurementError:
        """The error for outputs of which the number, shapes or types are not this layout's."""
        from sdvbench.tasks.detection.decoders import DECODERS

        shapes = ", ".join(f"{array.dtype} {shape_text(array.shape)}" for array in outputs)
        remedy = f"Choose the decoder of the network's layout, one of {', '.join(DECODERS)}"
        return MeasurementError(
            f"outputs {shapes or 'of no array'}", f"are not {self.form}", remedy
        )


def classes_on(axis: int, beside: int, spec: TensorSpec) -> int | None:
    """The size of ``axis`` of a tensor of three axes, less ``beside`` that are no classes; None
    where that is open, or leaves none.
    """
    size = spec.shape[axis] if len(spec.shape) == 3 else None
    return size - beside if isinstance(size, int) and size > beside else None


def as_outputs(returned: Array | Outputs) -> Outputs:
    """What an engine returns, an array where the network has one output, always as a tuple."""
    return returned if isinstance(returned, tuple) else (returned,)


def by_image(outputs: Outputs, batch: int) -> list[Outputs]:
    """The outputs of a call as those of one call an image, views.

    Raises MeasurementError where an array does not hold ``batch`` images.
    """
    for array in outputs:
        if not array.ndim or len(array) != batch:
            problem = f"does not fit a batch of {batch}, which must be its first axis"
            remedy = "Export the network for this batch, with the images as first axis everywhere"
            raise MeasurementError(f"an output of shape {array.shape}", problem, remedy)
    return [tuple(array[i : i + 1] for array in outputs) for i in range(batch)]
