"""Mean absolute error of commands scaled to 0..1, its growth, and the same in a vehicle's units."""

from typing import Any

import numpy as np

from sdvbench.metrics.base import Column
from sdvbench.metrics.frames import MeanError, mean_error


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


MAE = mean_error(
    "mae",
    "mean absolute error",
    MeanError(np.abs),
    form="{:.4f}",
    examples=(0.2, 0.05),
    beside=_beside,
    columns=(
        Column("v off", "v_off", "{:.3g}"),
        Column("w off", "w_off", "{:.3g}"),
        Column("v off at most", "v_most_off", "{:.3g}"),
        Column("w off at most", "w_most_off", "{:.3g}"),
    ),
    legend="; v off, w off: in the vehicle's units",
)
