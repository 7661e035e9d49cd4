"""The columns of a run's table, in the terminal and in reports."""

COLUMNS = {  # heading -> (metric, its value, format)
    "median ms": ("latency", "median_ms", "{:.1f}"),
    "p90": ("latency", "p90_ms", "{:.1f}"),
    "p99": ("latency", "p99_ms", "{:.1f}"),
    "speed-up": ("latency", "speed_up", "{:.2f}x"),
    "of roof": ("roofline", "share", "{:.0%}"),
    "images/s": ("throughput", "images_per_second", "{:.1f}"),
    "private MiB": ("memory", "private_memory_mb", "{:.0f}"),
    "resident": ("memory", "peak_memory_mb", "{:.0f}"),
    "box px off": ("agreement", "box_px", "{:.2g}"),
    "box error": ("agreement", "box_error", "{:.1e}"),
    "confidence error": ("agreement", "confidence_error", "{:.1e}"),
    "mAP": ("map_drop", "map", "{:.4f}"),
    "mAP drop": ("map_drop", "map_drop", "{:+.4f}"),
    "below unpruned": ("pruning_drop", "pruning_drop", "{:+.4f}"),
}
