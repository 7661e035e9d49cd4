"""How far a car that an engine drives is from the middle of its lane."""

from sdvbench.metrics.base import Chart, Column, Metric, Value

DEVIATION = Metric(
    "deviation",
    "deviation from the lane's centre",
    values=(
        Value(
            "deviation_m",
            "deviation_m",
            "mean deviation",
            "lower",
            unit=" m",
            form="{:.3f}",
            example=0.3,
            interval="deviation_m",
            chart=Chart("metres", "Deviation", "Mean distance to the lane's centre line"),
        ),
        Value(
            "deviation_growth_m",
            "growth_m",
            "growth of the mean deviation",
            "lower",
            unit=" m",
            form="{:.3f}",
            example=0.1,
            interval="growth_m",
        ),
        Value("arrived", "arrived", "share of trips that arrived", "higher", example=1.0, most=1),
    ),
    columns=(
        Column("deviation m", "deviation_m", "{:.3f}"),
        Column("growth m", "growth_m", "{:+.3f}"),
        Column("arrived", "arrived", "{:.0%}"),
    ),
    legend=(
        "deviation: mean distance to the lane's centre line in the simulator (-m drive); growth: "
        "over that of the fp32 reference of the same model, without any delay",
    ),
    limited={
        "growth_m": "growth of the mean deviation in m",
        "arrivals_lost": "share of trips that no longer arrive",
    },
    task="driving",
)
