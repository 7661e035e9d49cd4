"""Checks that decoders share: what is refused here would be a wrong figure without a word."""

import numpy as np
from numpy.typing import NDArray

from sdvbench.errors import MeasurementError
from sdvbench.tensors import Array

ROUNDING = 0.01  # beyond 0..1, of scores from quantized networks


def finite(values: Array, name: str) -> NDArray[np.float32]:
    """``values`` as float32. Raises MeasurementError where one is NaN or infinite."""
    known = np.isfinite(values)
    if not known.all():
        problem = f"has {int((~known).sum())} of {values.size} values that are NaN or infinite"
        remedy = "Build the engine in fp32 to see whether its precision overflows"
        raise MeasurementError(name, problem, remedy)
    return values.astype(np.float32, copy=False)


def check_scores(scores: NDArray[np.float32], name: str, remedy: str) -> None:
    """Raise MeasurementError, with ``remedy``, unless all ``scores`` lie in 0..1."""
    low, high = float(scores.min(initial=0)), float(scores.max(initial=0))
    if low < -ROUNDING or high > 1 + ROUNDING:
        problem = f"are no probabilities: they range from {low:.4g} to {high:.4g}"
        raise MeasurementError(name, problem, remedy)
