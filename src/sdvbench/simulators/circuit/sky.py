"""What stands above the horizon: hills with trees, and a sky with clouds, all around."""

import numpy as np
from numpy.typing import NDArray

AROUND_PX = 2048  # the whole circle
HIGH_PX = 160
STEP_RAD = 2 * np.pi / AROUND_PX  # of a pixel, in both directions

HAZE = np.array((196, 203, 208), np.float64)  # also what far ground fades to
ZENITH = np.array((96, 142, 196), np.float64)
CLOUD = np.array((236, 238, 240), np.float64)
HILL = np.array((96, 122, 112), np.float64)
TREES = np.array((58, 82, 50), np.float64)


def panorama(road: int) -> NDArray[np.float64]:
    """(HIGH_PX, AROUND_PX, 3) from the horizon up, colours of 0 to 255; a circuit has its own."""
    rng = np.random.default_rng((road, 0x5C1))
    up = np.arange(HIGH_PX)[:, None] * STEP_RAD
    share = np.clip(up / 0.4, 0, 1)[..., None]
    picture = np.broadcast_to(HAZE * (1 - share) + ZENITH * share, (HIGH_PX, AROUND_PX, 3))
    cloudy = sum(_wavy(rng, 3, 40)[None] * np.cos(up * rng.uniform(20, 120)) for _ in range(6))
    cloudy = np.clip(cloudy - 0.25, 0, 0.8)[..., None] * np.clip(up / 0.1, 0, 1)[..., None]
    picture = picture * (1 - cloudy) + CLOUD * cloudy
    ridge = 0.035 + 0.022 * _wavy(rng, 2, 14)
    picture = np.where((up < ridge)[..., None], HILL, picture)
    treetops = 0.012 + 0.010 * _wavy(rng, 3, 40) + 0.006 * _wavy(rng, 60, 400)
    return np.where((up < treetops)[..., None], TREES, picture)


def _wavy(rng: np.random.Generator, slowest: int, fastest: int) -> NDArray[np.float64]:
    """(AROUND_PX,) of about -1 to 1, without a seam."""
    waves = rng.integers(slowest, fastest, 8)
    phases = rng.uniform(0, 2 * np.pi, 8)
    around = np.arange(AROUND_PX) * STEP_RAD
    total: NDArray[np.float64] = np.cos(waves[:, None] * around + phases[:, None]).sum(axis=0)
    return total / 3
