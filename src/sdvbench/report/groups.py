"""Rows that may be compared: those of one model and batch."""

from collections.abc import Sequence

from sdvbench.report.rows import Row


def grouped(rows: Sequence[Row]) -> dict[str, list[Row]]:
    """By a title for people, "yolov5s, batch 1"."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(f"{row.cell.model}, batch {row.cell.batch}", []).append(row)
    return found
