"""Mean squared error of commands scaled to 0..1, as JdeRobot's study has it, and its growth."""

from typing import Any

import numpy as np

from sdvbench.metrics.base import Chart, Column
from sdvbench.metrics.frames import MeanError, mean_error

MEAN_SQUARED = MeanError(np.square)


def _beside(scored: Any) -> dict[str, float]:
    v, w = np.square(scored.errors).mean(0).tolist()
    return {"mse_v": v, "mse_w": w}


MSE = mean_error(
    "mse",
    "mean squared error",
    MEAN_SQUARED,
    form="{:.5f}",
    examples=(0.05, 0.1),
    beside=_beside,
    columns=(Column("MSE of v", "mse_v", "{:.5f}"), Column("MSE of w", "mse_w", "{:.5f}")),
    chart=Chart("MSE", "Error of commands", "Mean squared error on this run's data"),
)
