"""What an engine needs in a fresh process: memory, its file, and time to the first output."""

from sdvbench.metrics.base import Column, Metric, Value

MEMORY = Metric(
    "memory",
    "memory",
    values=(
        Value(
            "memory_mb",
            "private_memory_mb",
            "private memory",
            "lower",
            " MiB",
            example=200,
            interval="private_memory_mb",
        ),
        Value("file_mb", "file_mb", "size of the artifact", "lower", " MiB", example=30),
        Value("cold_start_s", "cold_start_s", "cold start", "lower", " s", example=5),
    ),
    held="absolute",
    columns=(
        Column("private MiB", "private_memory_mb", "{:.0f}"),
        Column("resident", "peak_memory_mb", "{:.0f}"),
    ),
    positive=("private_memory_mb", "peak_memory_mb"),
)
