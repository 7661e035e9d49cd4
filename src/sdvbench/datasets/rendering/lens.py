"""What lies between the street and the picture: rain, the lens, the sensor."""

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from sdvbench.datasets.rendering.light import Light

_NOISE_MARGIN_PX = 64


def through_lens(canvas: NDArray[np.uint8], light: Light, seed: int) -> NDArray[np.uint8]:
    """(H, W, 3) uint8 with streaks of rain, the lens's softness and the sensor's noise."""
    rng = np.random.default_rng(seed)
    height, width = canvas.shape[:2]
    if light.rain:
        streaks = np.zeros((height, width), np.uint8)
        count = int(260 * light.rain)
        starts = rng.integers(0, (width, height), size=(count, 2))
        lengths = rng.integers(height // 40 + 1, height // 12 + 2, size=count)
        for (x, y), length in zip(starts.tolist(), lengths.tolist(), strict=True):
            cv2.line(streaks, (x, y), (x + length // 6, y + length), 46, 1, cv2.LINE_AA)
        canvas = np.asarray(cv2.add(canvas, cv2.merge([streaks] * 3)), dtype=np.uint8)
    soft = cv2.GaussianBlur(canvas, (3, 3), 0.45 + 0.35 * light.rain)
    left, top = (int(rng.integers(_NOISE_MARGIN_PX)) for _ in range(2))
    window = _noise(height, width, light.noise)[top : top + height, left : left + width]
    return np.asarray(cv2.add(soft, window, dtype=cv2.CV_8U), dtype=np.uint8)


@lru_cache(maxsize=8)
def _noise(height: int, width: int, deviation: float) -> NDArray[np.int16]:
    """Sensor noise in grey levels, larger than the image so that frames can take other parts."""
    shape = (height + _NOISE_MARGIN_PX, width + _NOISE_MARGIN_PX, 3)
    noise = np.random.default_rng(1).standard_normal(shape, dtype=np.float32)
    return np.asarray(np.rint(deviation * noise), dtype=np.int16)
