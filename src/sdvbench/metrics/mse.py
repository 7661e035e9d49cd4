"""Mean squared error of commands scaled to 0..1, as JdeRobot's study has it, and its growth."""

from typing import Any

import numpy as np

from sdvbench.metrics.base import Chart, Column, Metric, Value
from sdvbench.metrics.frames import MeanError

MEAN_SQUARED = MeanError(np.square)


def _beside(scored: Any) -> dict[str, float]:
    v, w = np.square(scored.errors).mean(0).tolist()
    return {"mse_v": v, "mse_w": w}


MSE = Metric(
    "mse",
    "mean squared error",
    values=(
        Value(
            "mse",
            "mse",
            "mean squared error",
            "lower",
            example=0.05,
            interval="mse",
            chart=Chart("MSE", "Error of commands", "Mean squared error on this run's data"),
        ),
        Value(
            "mse_growth",
            "mse_growth",
            "growth of the mean squared error",
            "lower",
            form="{:.2%}",
            example=0.1,
            interval="mse_growth",
            is_loss=True,
        ),
    ),
    columns=(
        Column("MSE", "mse", "{:.5f}"),
        Column("MSE growth", "mse_growth", "{:+.2%}"),
        Column("MSE of v", "mse_v", "{:.5f}"),
        Column("MSE of w", "mse_w", "{:.5f}"),
    ),
    legend=(
        "MSE: of speed v and steering w, scaled to 0..1, on {data}; growth: over the fp32 "
        "reference of the same model",
    ),
    limited=("mse_growth",),
    scores=MEAN_SQUARED,
    loss="mse_growth",
    growth=True,
    task="driving",
    beside=_beside,
    interval=MEAN_SQUARED.interval,
)
