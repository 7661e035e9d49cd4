"""What differs between runs on one circuit: light, and the grain of the ground."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Light:
    """gain: of red, green and blue, around 1. haze_m: where two thirds of the ground's contrast
    are lost. grain: strength of the ground's texture; grain_shift_px: where it begins."""

    gain: tuple[float, float, float] = (1.0, 1.0, 1.0)
    haze_m: float = 150.0
    grain: float = 1.0
    grain_shift_px: tuple[int, int] = (0, 0)


def draw_light(rng: np.random.Generator) -> Light:
    """Mildly brighter or darker, warmer or cooler, clearer or hazier."""
    bright, warm = rng.uniform(0.8, 1.12), rng.uniform(-0.05, 0.05)
    across, along = rng.integers(0, 1024, 2)
    return Light(
        (bright * (1 + warm), bright, bright * (1 - warm)),
        float(rng.uniform(90, 220)),
        1.0,
        (int(across), int(along)),
    )
