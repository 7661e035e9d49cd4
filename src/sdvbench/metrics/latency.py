"""How long one call takes."""

from sdvbench.metrics.base import Chart, Column, Metric, Timing, Value

SPEED_UP = "speed-up: over the anchor{anchor}, timed in turn with each cell of its model"

LATENCY = Metric(
    "latency",
    "latency",
    values=(
        Value(
            "latency_ms",
            "median_ms",
            "median latency",
            "lower",
            " ms",
            example=50,
            interval="median_ms",
            chart=Chart("ms a call", "Latency: the median call", "Milliseconds of the median call"),
        ),
        Value("p90_ms", "p90_ms", "90th percentile of the latency", "lower", " ms", example=60),
        Value("p99_ms", "p99_ms", "99th percentile of the latency", "lower", " ms", example=80),
    ),
    held="anchor",
    columns=(
        Column("median ms", "median_ms", "{:.1f}"),
        Column("p90", "p90_ms", "{:.1f}"),
        Column("p99", "p99_ms", "{:.1f}"),
        Column("speed-up", "speed_up", "{:.2f}x"),
        Column("of roof", "share", "{:.0%}", record="roofline"),
    ),
    legend=(SPEED_UP, "p99: of fewer than 100 rounds it is about the longest call"),
    positive=("median_ms", "p90_ms", "p99_ms", "device_ms", "speed_up"),
    timing=Timing(back_to_back=False, faster="is {:.2f} times as fast as"),
)
