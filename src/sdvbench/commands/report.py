"""``sdvbench report``: a run's benchmark JSON as HTML, or as Markdown for a pull request."""

import argparse
from pathlib import Path
from typing import Any

from sdvbench.examples import show_examples


def add(commands: Any) -> None:
    """Add the command to ``commands``, argparse's."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "report", help="a run for people: verdicts, figures, a recommendation"
    )
    parser.add_argument("run", type=Path, help="the run's --benchmark-json file")
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help="FILE.html or FILE.md (default: Markdown, printed)"
    )
    parser.add_argument(
        "--limit",
        action="append",
        default=[],
        metavar="METRIC=VALUE",
        help="of the recommendation: the most where less is better, else the least; for example "
        "latency_ms=50,map=0.3",
    )
    parser.add_argument("--max-latency-ms", type=float, metavar="N", help="of a median call")
    parser.add_argument(
        "--max-map-drop", type=float, metavar="N", help="mAP50-95 below the unpruned fp32 model"
    )
    parser.add_argument("--max-memory-mb", type=float, metavar="N", help="private MiB")
    parser.set_defaults(command=_report)
    show_examples(
        parser,
        "sdvbench report results.json --limit latency_ms=50,map=0.3",
        "sdvbench report results.json --out report.html",
    )


def _report(options: argparse.Namespace) -> int:
    from sdvbench.report.limits import limits
    from sdvbench.report.markdown import markdown
    from sdvbench.report.reading import read_run
    from sdvbench.report.writing import check, write

    given = limits(
        options.max_latency_ms, options.max_map_drop, options.max_memory_mb, options.limit
    )
    if options.out:
        check(options.out)
    run = read_run(options.run)
    if options.out:
        write(run, given, options.out)
        print(f"written: {options.out}")
    else:
        print(markdown(run, given), end="")
    return 0
