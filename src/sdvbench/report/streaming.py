"""The real-time section: misses and jitter as text, accuracy over the rate of the camera."""

from collections.abc import Mapping, Sequence
from typing import Any

from sdvbench.cells import Cell
from sdvbench.report.run import Record
from sdvbench.report.series import line_legend, panels_of, series_of
from sdvbench.report.svg import drawing, svg

HEADS = (
    *("cell", "rate", "policy", "missed", "95 % interval", "dropped", "p50 ms", "p99 ms"),
    *("p99.9 ms", "period jitter ms", "RFC 3550 ms", "mJ a frame", "sAP", "RTIA", "offline"),
)
PANEL_IN = 1.5


def table(records: Sequence[Record]) -> tuple[list[str], list[list[str]]]:
    """Heads and rows, without columns that are empty in all of them."""
    rows = [_row(record) for record in records]
    kept = [n for n in range(len(HEADS)) if any(row[n] not in ("", "-") for row in rows)]
    return [HEADS[n] for n in kept], [[row[n] for n in kept] for row in rows]


def _row(record: Record) -> list[str]:
    jitter, latency = record["jitter"], record["latency_ms"]
    share, low, high = (100 * float(v) for v in record["miss_rate"])
    mark = " (disturbed)" if record.get("disturbed") else ""
    pseudo = " (pseudo-truth)" if record.get("truth") == "pseudo" else ""
    spread = " / ".join(_number(jitter.get(f"period_{n}_ms")) for n in ("min", "mean", "max"))
    return [
        f"{record['cell']}{mark}",
        f"{record['rate_hz']:g} Hz",
        record["policy"],
        f"{record['misses']} of {record['frames']} ({share:.1f} %)",
        f"{low:.1f} to {high:.1f} %",
        str(record["dropped"]),
        *(_number(latency.get(name)) for name in ("p50", "p99", "p99.9")),
        spread,
        _number(jitter.get("rfc3550_ms")),
        _number(record.get("energy_mj_per_frame")),
        _score(record, "sap") + (pseudo if record.get("sap") is not None else ""),
        _score(record, "rtia"),
        _number(record.get("offline_map"), "{:.4f}"),
    ]


def _number(value: float | None, form: str = "{:.1f}") -> str:
    return "-" if value is None else form.format(value)


def _score(record: Record, name: str) -> str:
    value, interval = record.get(name), record.get(f"{name}_interval")
    if value is None:
        return "-"
    sure = f" ({interval[0]:.3f} to {interval[1]:.3f})" if interval else ""
    return f"{value:.4f}{sure}"


def traces(records: Sequence[Record]) -> Mapping[tuple[float, str], list[Any]]:
    """By rate and policy: cells with their recorded latencies in milliseconds, and the deadline."""
    found: dict[tuple[float, str], list[Any]] = {}
    for record in records:
        if record["latencies_ms"]:
            told = (Cell.parse(record["cell"]), record["latencies_ms"], record["deadline_ms"])
            found.setdefault((record["rate_hz"], record["policy"]), []).append(told)
    return dict(sorted(found.items()))


def accuracy_by_rate(records: Sequence[Record], name: str) -> str | None:
    """An <svg>: streaming accuracy, and RTIA dashed, over the camera's rate; None without any."""
    scored = [record for record in records if record.get("sap") is not None]
    if not scored:
        return None
    groups = panels_of(Cell.parse(record["cell"]) for record in scored)
    series = series_of(cell for members in groups.values() for cell in members)
    with drawing(0.9 + PANEL_IN * len(groups)) as figure:
        panels = figure.subplots(len(groups), 1, sharex=True, sharey=True, squeeze=False)[:, 0]
        for axes, (group, members) in zip(panels, groups.items(), strict=True):
            for cell in members:
                mine = [record for record in scored if record["cell"] == str(cell)]
                _lines(axes, mine, series[cell.pruning])
            axes.set_title(group, loc="left", fontsize=10, pad=3)
            axes.set_ylim(bottom=0)
            axes.grid()
        panels[-1].set_xlabel("camera, Hz")
        figure.supylabel("average precision", fontsize=11)
        line_legend(figure, series.values(), solid="sAP", dashed="RTIA")
        rates = ", ".join(f"{rate:g}" for rate in sorted({r["rate_hz"] for r in scored}))
        told = f"{len(groups)} panels, a panel a workflow and precision, at {rates} Hz."
        return svg(figure, "Streaming accuracy over the camera's rate", told, name)


def _lines(axes: Any, records: Sequence[Record], look: Any) -> None:
    for name, line in (("sap", "-"), ("rtia", "--")):
        known = sorted((r["rate_hz"], r[name]) for r in records if r.get(name) is not None)
        if known:
            style = {"color": look.colour, "marker": look.marker, "markersize": 4.5}
            axes.plot(*zip(*known, strict=True), linestyle=line, linewidth=1.4, **style)
