"""`tensors`: nothing is known of a network but its inputs and outputs."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from sdvbench.datasets.base import Sample
from sdvbench.errors import MeasurementError
from sdvbench.tasks.base import Agreement, CallOutputs, SameOutputsError, Task
from sdvbench.tasks.images import CODE, letterboxed
from sdvbench.tensors import Array, Inputs, TensorSpec, is_image

if TYPE_CHECKING:
    from sdvbench.models.base import Network


ROUNDING = 4 * float(np.finfo(np.float32).eps)  # of numbers about 1, after some arithmetic


class Tensors(Task):
    """Outputs are held against the reference's; what they mean, and so any score, is unknown.

    Inputs that can be images are those of the run's data set, letterboxed; the others are the
    network's own example, drawn anew for each call.
    """

    metric = "output_error"
    fewest_calls = 2
    code = CODE

    def takes_images(self, inputs: Sequence[TensorSpec]) -> bool:
        return any(map(is_image, inputs))

    def call(
        self,
        network: "Network",
        inputs: tuple[TensorSpec, ...],
        samples: Sequence[Sample],
        seed: int,
    ) -> Inputs:
        drawn = network.example(inputs, seed)
        return tuple(
            letterboxed(spec, samples) if is_image(spec) else value.numpy()
            for spec, value in zip(inputs, drawn, strict=True)
        )

    def agreement(
        self,
        network: "Network",
        inputs: tuple[TensorSpec, ...],
        outputs: Sequence[CallOutputs],
        reference: Sequence[CallOutputs],
        samples: int | None,
    ) -> Agreement:
        """The error is that of the output that is furthest off, as a share of how much it changes
        from one call to the next. An output that changes by no more than float32's rounding must be
        equal within it.
        """
        for call in (*outputs, *reference):
            if len(call) != len(network.outputs):
                names = ", ".join(network.outputs)
                problem = f"are {len(call)}, and the model names {len(network.outputs)}: {names}"
                remedy = "Name all that its forward returns, in order, in the model's outputs"
                raise MeasurementError("outputs of a call", problem, remedy)
        errors, changes = [], False
        for place, name in enumerate(network.outputs):
            mine = [call[place] for call in outputs]
            exact = [call[place] for call in reference]
            error, same = relative_error(name, mine, exact, distance(exact[1:] + exact[:1], exact))
            changes |= not same
            errors.append(error)
        if not changes:
            raise SameOutputsError("outputs of the reference", "are the same for all inputs")
        return Agreement({"output_error": float(max(errors))}, {})


def relative_error(
    name: str, mine: Sequence[Array], exact: Sequence[Array], spread: float
) -> tuple[float, bool]:
    """How far ``mine`` lie from ``exact``, the reference's, as a share of ``spread``, by which the
    reference's change; and whether they do not change by more than float32's rounding. Such must be
    equal within it, and are infinitely far off where they are not.

    name: of the output, for MeasurementError, raised where the two cannot be compared.
    """
    for one, other in zip(mine, exact, strict=True):
        _check(name, one, other)
    error = distance(mine, exact)
    rounding = ROUNDING * max(1.0, *(float(np.abs(one).max(initial=0)) for one in exact))
    if spread > rounding:
        return error / spread, False
    return (0.0 if error <= rounding else np.inf), True


def _check(name: str, one: Array, other: Array) -> None:
    if one.shape != other.shape:
        problem = f"is {one.shape}, and {other.shape} of the reference"
        raise MeasurementError(f"output {name}", problem, "Run both on the same inputs")
    if not (np.isfinite(one).all() and np.isfinite(other).all()):
        problem = "holds values that are NaN or infinite"
        raise MeasurementError(f"output {name}", problem, "Run each engine alone to see which")


def distance(one: Sequence[Array], other: Sequence[Array]) -> float:
    """The mean difference; of whole numbers, the share of those that differ."""
    total, count = 0.0, 0
    for a, b in zip(one, other, strict=True):
        whole = not np.issubdtype(b.dtype, np.floating)
        apart = a != b if whole else np.abs(a.astype(np.float64) - b)
        total, count = total + float(apart.sum()), count + apart.size
    return total / max(count, 1)
