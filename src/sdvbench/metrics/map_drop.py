"""mAP50-95, and what the build loses of it against PyTorch fp32 of the same model."""

from typing import Any

from sdvbench.metrics.accuracy import Resampled
from sdvbench.metrics.base import Chart, Column, Metric, Value

MAP = "mAP: mAP50-95 on {data}; drop: from the fp32 reference of the same model; below unpruned: "
MAP += "from that of the unpruned one"


def _value(scored: Any) -> float:
    return float(scored.map)


def _loss_interval(reference: Any, scored: Any, classes: int) -> tuple[float, float]:
    from sdvbench.tasks.detection.bootstrap import map_drop_interval

    return map_drop_interval(reference, scored, classes)


# The mAP of a few images is no mean of theirs, so it has a resampler of its own.
MEAN_AVERAGE_PRECISION = Resampled(_value, _loss_interval)


def loss_of_map(shown: str, pruned: bool) -> Value:
    """What a recommendation and [limits] call ``map_drop``: points below the unpruned model."""
    return Value(
        "map_drop",
        shown,
        "loss of mAP50-95",
        "lower",
        form="{:.4f}",
        example=0.02,
        most=1,
        interval="map",
        is_loss=True,
        pruned=pruned,
    )


MAP_DROP = Metric(
    "map_drop",
    "mAP50-95",
    values=(
        Value(
            "map",
            "map",
            "mAP50-95",
            "higher",
            form="{:.4f}",
            example=0.3,
            most=1,
            chart=Chart("mAP50-95", "Accuracy", "mAP50-95 on this run's data"),
        ),
        loss_of_map("map_drop", pruned=False),
    ),
    columns=(Column("mAP", "map", "{:.4f}"), Column("mAP drop", "map_drop", "{:+.4f}")),
    legend=(MAP,),
    limited={"map": "loss of mAP50-95"},
    scores=MEAN_AVERAGE_PRECISION,
    loss="map_drop",
)
