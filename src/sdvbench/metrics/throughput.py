"""How many images pass in a second of back-to-back calls."""

from sdvbench.metrics.base import Chart, Column, Metric, Timing, Value
from sdvbench.metrics.latency import SPEED_UP

THROUGHPUT = Metric(
    "throughput",
    "throughput",
    values=(
        Value(
            "images_per_second",
            "images_per_second",
            "throughput",
            "higher",
            " images a second",
            example=20,
            chart=Chart("images a second", "Throughput", "Images a second in back-to-back calls"),
        ),
    ),
    held="anchor",
    columns=(Column("images/s", "images_per_second", "{:.1f}"),),
    legend=(SPEED_UP,),
    positive=("images_per_second", "speed_up"),
    timing=Timing(back_to_back=True, faster="passes {:.2f} times the images of"),
)
