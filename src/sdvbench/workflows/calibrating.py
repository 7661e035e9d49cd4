"""The calibration data of a build, call by call, with its progress shown."""

from collections.abc import Iterator

import numpy as np

from sdvbench import progress
from sdvbench.errors import BuildError
from sdvbench.tensors import Inputs
from sdvbench.workflows.base import BuildRequest, Calibration


def calibration_of(request: BuildRequest) -> Iterator[Inputs]:
    """The inputs that the request's precision is calibrated with, a tuple a call.

    Raises BuildError where there is no calibration, no call, or NaN or infinity in one.
    """
    if request.calibration is None:
        raise BuildError(
            f"precision {request.spec.precision}",
            "needs calibration data",
            "Pass calibration=images: float32 (N, 3, H, W), RGB 0..1; or, for a network of other "
            "inputs, a list of tuples, the inputs of one call each",
        )
    return _told(request.calibration)


def _told(calibration: Calibration) -> Iterator[Inputs]:
    count = 0
    for count, inputs in enumerate(calibration.calls(), 1):
        progress.tell(f"calibrating, batch {count}")
        if not all(np.isfinite(array).all() for array in inputs):
            problem = "hold NaN or infinity"
            raise BuildError("calibration data", problem, "Pass finite values; images are 0..1")
        yield inputs
    if not count:
        raise BuildError("calibration data", "are empty", "Pass the inputs of at least one call")
