"""Mean absolute error of commands scaled to 0..1, its growth, and the same in a vehicle's units."""

from typing import Any

import numpy as np

from sdvbench.metrics.base import Column, Metric, Value
from sdvbench.metrics.frames import MeanError

MEAN_ABSOLUTE = MeanError(np.abs)


def _beside(scored: Any) -> dict[str, float]:
    scaled, told = np.abs(scored.errors), np.abs(scored.unscaled_errors)
    found: dict[str, float] = {}
    for name, values in (
        ("mae_{}", scaled.mean(0)),
        ("{}_off", told.mean(0)),
        ("{}_most_off", told.max(0)),
    ):
        found |= zip(map(name.format, "vw"), values.tolist(), strict=True)
    return found


MAE = Metric(
    "mae",
    "mean absolute error",
    values=(
        Value("mae", "mae", "mean absolute error", "lower", example=0.2, interval="mae"),
        Value(
            "mae_growth",
            "mae_growth",
            "growth of the mean absolute error",
            "lower",
            form="{:.2%}",
            example=0.05,
            interval="mae_growth",
            is_loss=True,
        ),
    ),
    columns=(
        Column("MAE", "mae", "{:.4f}"),
        Column("MAE growth", "mae_growth", "{:+.2%}"),
        Column("v off", "v_off", "{:.3g}"),
        Column("w off", "w_off", "{:.3g}"),
        Column("v off at most", "v_most_off", "{:.3g}"),
        Column("w off at most", "w_most_off", "{:.3g}"),
    ),
    legend=(
        "MAE: mean absolute error of speed v and steering w, scaled to 0..1, on {data}; growth: "
        "over the fp32 reference of the same model; v off, w off: in the vehicle's units",
    ),
    limited=("mae_growth",),
    scores=MEAN_ABSOLUTE,
    loss="mae_growth",
    growth=True,
    task="driving",
    beside=_beside,
    interval=MEAN_ABSOLUTE.interval,
)
