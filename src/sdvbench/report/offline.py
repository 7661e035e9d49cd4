"""Engines that drive on recorded images, as JdeRobot's study tells it: size, error and time."""

from collections.abc import Sequence

from sdvbench.cells import UNPRUNED
from sdvbench.report.rows import Row

TASK = "driving"
HEADS = (
    *("engine", "MiB", "of fp32", "MSE", "95 %", "growth", "95 %", "ms an image"),
    *("speed-up", "95 %"),
)
NOTES = (
    "MiB: 2^20 bytes on disk, of the files that the engine is loaded from; of fp32: over the "
    "unpruned model's fp32 engine of the same workflow, or, where this run has none, over that of "
    "PyTorch",
    "MSE: of speed v and steering w, scaled to 0..1; growth: over the fp32 reference of the "
    "same model, on the same images",
    "ms an image: of the median call; speed-up: over {}, timed in turn with each engine; intervals "
    "are at 95 %",
)
REFERENCE = "Wd"
NONE = "-"


def offline(rows: Sequence[Row]) -> tuple[list[str], list[list[str]], list[str]]:
    """Heads, a line an engine, and what the heads mean; no line where nothing was measured."""
    own = [row for row in rows if row.task == TASK]
    lines = [_line(row, own) for row in own]
    known = [line for line in lines if set(line[1:]) != {NONE}]
    latencies = [row.records["latency"] for row in own if "latency" in row.records]
    anchors = dict.fromkeys(record.anchor for record in latencies)
    *notes, timed = NOTES
    notes += [timed.format(" or ".join(anchors))] if anchors else []
    return list(HEADS), known, notes


def _line(row: Row, rows: Sequence[Row]) -> list[str]:
    mebibytes, whole = _mebibytes(row), _mebibytes_of_fp32(row, rows)
    median_ms = row.latency_ms
    speed = row.records["latency"].cost if "latency" in row.records else None
    return [
        str(row.cell),
        NONE if mebibytes is None else f"{mebibytes:.3f}",
        f"{mebibytes / whole:.2f}" if mebibytes and whole else NONE,
        _number(row.value("mse", "mse"), "{:.5f}"),
        _between(row, "mse", "{:.5f}"),
        _number(row.value("mse", "mse_growth"), "{:+.2%}"),
        _between(row, "mse_growth", "{:+.2%}"),
        NONE if median_ms is None else f"{median_ms / row.cell.batch:.3f}",
        f"{1 / speed.value:.2f}" if speed else NONE,
        f"{1 / speed.high:.2f} to {1 / speed.low:.2f}" if speed else NONE,
    ]


def _between(row: Row, name: str, form: str) -> str:
    """The interval of a value of the metric mse."""
    ends = row.records["mse"].intervals.get(name) if "mse" in row.records else None
    return " to ".join(_number(end, form) for end in ends) if ends else NONE


def _mebibytes(row: Row) -> float | None:
    """2**20 bytes; of older files, which have it beside memory, from there."""
    if size := row.size("artifact_bytes"):
        return size / 2**20
    return row.value("memory", "file_mb")


def _mebibytes_of_fp32(row: Row, rows: Sequence[Row]) -> float | None:
    """Of the unpruned fp32 engine of the same workflow, else of PyTorch's."""
    found = {
        other.cell.workflow: _mebibytes(other)
        for other in rows
        if (other.cell.model, other.cell.pruning, other.cell.precision, other.cell.batch)
        == (row.cell.model, UNPRUNED, "fp32", row.cell.batch)
    }
    return found.get(row.cell.workflow) or found.get(REFERENCE)


def _number(value: float | None, form: str) -> str:
    """Without "-0.00%", which is no loss and no gain."""
    return NONE if value is None else form.format(round(value, 6) + 0.0)
