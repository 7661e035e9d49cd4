"""A run as one HTML file that needs nothing but itself."""

import re
from collections.abc import Sequence
from typing import Any

from sdvbench.claims.table import by_study
from sdvbench.closed_loop import table as drives_table
from sdvbench.gate.figures import Judged
from sdvbench.gate.verdict import Status
from sdvbench.metrics import declared, legend
from sdvbench.realtime import table
from sdvbench.report import distributions, driving, losses, panels, roofline, streaming, verdicts
from sdvbench.report.bars import bars
from sdvbench.report.groups import grouped
from sdvbench.report.limits import Limit
from sdvbench.report.offline import offline
from sdvbench.report.paper import paper_tables
from sdvbench.report.recommendation import recommendations
from sdvbench.report.rows import Row, columns_of, rows_of
from sdvbench.report.run import Run
from sdvbench.report.tradeoff import trade_off
from sdvbench.tables import first_of

PATTERNS = (  # of bars, in tiles of 6 by 6: plain, rising, dotted, crossed, lying, falling
    "",
    "M-1 7L7 -1M-1 1L1 -1M5 7L7 5",
    "M1 2h1.2M4 5h1.2",
    "M-1 7L7 -1M-1 -1L7 7",
    "M0 3h6",
    "M-1 -1L7 7M5 -1L7 1M-1 5L1 7",
)
MISSES = "Share of frames that missed their deadline."
SCORES = "Streaming accuracy (solid) and RTIA (dashed) over the rate of the camera."
FEW = 24  # traces that are shown unfolded


def html(run: Run, given: Sequence[Limit]) -> str:
    """The page, whose every text is escaped; pictures are inline SVG."""
    return page("page.html", **_content(run, given))


def page(template: str, **content: Any) -> str:
    """A template of this folder with the style of all pages. Texts are escaped."""
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=PackageLoader("sdvbench.report", ""),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    environment.filters["inline"] = Markup  # for what this package has written itself
    environment.filters["told"] = _told
    environment.filters["first_of"] = first_of
    environment.globals |= {
        "marks": verdicts.MARKS,
        "patterns": PATTERNS,
    }
    style = Markup(_source(environment, "style.css"))
    return environment.get_template(template).render(style=style, **content)


def _told(text: str) -> Any:
    """``text``, escaped, with `commands` as code and no line break before a unit."""
    from markupsafe import Markup, escape

    escaped = str(escape(text)).replace(" %", "\N{NO-BREAK SPACE}%")
    return Markup(re.sub("`([^`]*)`", r"<code>\1</code>", escaped))


def _source(environment: Any, name: str) -> str:
    source: str = environment.loader.get_source(environment, name)[0]
    return source


def _content(run: Run, given: Sequence[Limit]) -> dict[str, Any]:
    rows = rows_of(run.records, run.roofline, run.realtime, run.lost)
    columns = columns_of(rows)
    judged = verdicts.judged(run)
    return {
        "run": run,
        "counts": verdicts.counts(judged),
        "headline": verdicts.headline(run),
        "failed": [record for record in judged if record.status is Status.FAIL],
        "unclear": [
            reason
            for status in ("INCONCLUSIVE", "UNGATED")
            for reason in verdicts.reasons(judged, status)
        ],
        "limits": given,
        "recommendations": recommendations(rows, given),
        "columns": list(columns),
        "legend": _legend(run),
        "table": [(row, row.texts(columns)) for row in rows],
        "changed": [row for row in rows if row.changes],
        "gated": _gated(run.records),
        "groups": [_group(run, name, members) for name, members in grouped(rows).items()],
        "box_caption": distributions.CAPTION,
        "offline": dict(zip(("heads", "rows", "notes"), offline(rows), strict=True)),
        "drives": _drives(run),
        "realtime": _realtime(run),
        "roofline": roofline.picture(run.roofline),
        "roofline_table": roofline.table(run.roofline, run.records),
        "claim_counts": verdicts.claim_counts(run.claims),
        "studies": by_study(run.claims),
    }


def _legend(run: Run) -> list[str]:
    """What the columns mean, a line each."""
    told = [record.metric for record in run.records]
    return list(legend(told, anchor=lambda: "", data=lambda: "this run's data"))


def _gated(records: Sequence[Judged]) -> list[str]:
    """Metrics of which anything was held against a baseline."""
    return list(dict.fromkeys(record.metric for record in records if record.change))


def _group(run: Run, name: str, rows: Sequence[Row]) -> dict[str, Any]:
    mark = "".join(c if c.isalnum() else "-" for c in name)
    drawn = _drawn(rows, name, mark)
    traced = [
        (row.cell, run.traces[key].call_ms)
        for row in rows
        if (key := f"{row.cell} latency") in run.traces
    ]
    return {
        "name": name,
        "bars": drawn[False],
        "accuracy": drawn[True],
        "paper": paper_tables(rows),
        "trade_off": trade_off(rows, f"{mark}-trade-off"),
        "boxes": distributions.distributions(rows, run.traces, f"{mark}-boxes"),
        "traces": panels.panels(traced, "round", f"Latency over time, {name}", f"{mark}-traces")
        if traced
        else None,
        "traces_are_few": len(traced) <= FEW,
        "trace_caption": panels.caption(traced),
    }


def _drawn(rows: Sequence[Row], name: str, mark: str) -> dict[bool, list[tuple[str, str]]]:
    """Pictures with their captions: of accuracy and driving, and of what costs something. A loss
    follows what is lost.
    """
    found: dict[bool, list[tuple[str, str]]] = {False: [], True: []}
    for metric in declared().values():
        own = found[not metric.compared]
        for value in metric.values:
            if value.chart is None:
                continue
            picture = bars(rows, metric, value, value.chart, f"{mark}-{value.name}")
            better = "shorter" if value.better == "lower" else "longer"
            caption = f"{value.chart.title} of {name}. {value.chart.caption}: {better} is better."
            own += [(picture, caption)] if picture else []
        if metric.loss and (picture := losses.losses(rows, metric, f"{mark}-{metric.loss}")):
            caption = losses.GROWTH if metric.growth else losses.CAPTION
            own.append((picture, f"Loss of {name}. {caption.format(metric.title)}"))
    return found


def _drives(run: Run) -> dict[str, Any]:
    heads, rows = drives_table.columns(run.drives)
    return {
        "heads": heads,
        "rows": rows,
        "picture": driving.paths(run.drives, "paths"),
        "caption": driving.CAPTION,
        "notes": drives_table.notes(run.drives),
    }


def _realtime(run: Run) -> dict[str, Any]:
    heads, rows = table.columns(run.realtime)
    pictures = []
    for (rate, policy, origin), told in streaming.traces(run.realtime).items():
        cells = [(cell, times) for cell, times, _ in told]
        title = f"Latency of each frame at {rate:g} Hz, {policy}, {origin}"
        mark = re.sub("[^a-z0-9]+", "-", f"realtime {rate:g} {policy} {origin}".lower())
        picture = panels.panels(cells, "frame", title, mark, limit_ms=told[0][2])
        pictures.append((title, picture, panels.caption(cells)))
    return {
        "heads": heads,
        "rows": rows,
        "pictures": [
            (streaming.misses_by_rate(run.realtime, "misses"), MISSES),
            (streaming.accuracy_by_rate(run.realtime, "streaming-accuracy"), SCORES),
        ],
        "traces": pictures,
        "notes": table.notes(run.realtime),
    }
