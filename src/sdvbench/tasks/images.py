"""Images as inputs of networks."""

from collections.abc import Sequence

import numpy as np

from sdvbench.datasets.base import Sample
from sdvbench.tasks.detection.letterbox import letterbox
from sdvbench.tensors import Array, TensorSpec

CODE = (__name__, "sdvbench.tasks.detection.letterbox")  # decides what the inputs are


def letterboxed(spec: TensorSpec, samples: Sequence[Sample]) -> Array:
    """(batch, 3, height, width) float32, RGB 0..1: the image of each sample, letterboxed."""
    _, _, height, width = spec.sizes
    return np.stack([letterbox(sample.image, (height, width))[0] for sample in samples])
