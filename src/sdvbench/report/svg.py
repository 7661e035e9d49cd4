"""Figures by matplotlib as SVG inside a page: its colours, its font, small, with names."""

import io
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from html import escape
from typing import Any

# Okabe and Ito's, which colour-blind people tell apart; the page gives lighter ones in the dark.
SERIES = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00")
BARS = tuple(f"#0b0c0{n}" for n in range(len(SERIES)))  # stand for the page's hatched patterns
MARKERS = ("o", "s", "^", "D", "v", "P")
INK, FAINT, PAPER = "#010203", "#040506", "#070809"  # stand for the page's own until written
STYLE: Any = {
    "svg.fonttype": "none",  # text stays text: it is read aloud, found, and copied
    "svg.hashsalt": "sdvbench",
    "font.size": 12,
    "axes.titlesize": 12,
    "axes.labelsize": 12,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": FAINT,
    "axes.facecolor": "none",
    "figure.facecolor": "none",
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.titlecolor": INK,
    "xtick.color": FAINT,
    "ytick.color": FAINT,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "grid.color": FAINT,
    "grid.alpha": 0.35,
    "grid.linewidth": 0.5,
    "axes.axisbelow": True,
    "axes.prop_cycle": f"cycler('color', {list(SERIES)})",
    "path.simplify": True,
    "path.simplify_threshold": 0.3,
    "legend.frameon": False,
}
WIDTH_IN = 5.0  # 360 units of an SVG, about one pixel each on a phone
SMALL_TEXT = 10.5
WIDE = 6  # times the least: more than that is shown on a logarithmic axis


@contextmanager
def styled() -> Iterator[None]:
    """What is drawn inside the block, and made an ``svg`` there, has the page's style."""
    import matplotlib

    with matplotlib.rc_context(STYLE):
        yield


@contextmanager
def drawing(height_in: float, layout: Any = "constrained") -> Iterator[Any]:
    """A matplotlib figure in the page's style. layout: matplotlib's, or "none" to be `stacked`."""
    with styled():
        from matplotlib.figure import Figure  # no pyplot: no window, no state of the process

        yield Figure(figsize=(WIDTH_IN, height_in), layout=layout)


def stacked(figure: Any, count: int, sharey: bool = False) -> Any:
    """(count,) axes one below the other. Their margins are set in inches: matplotlib's own layout
    would take as long as drawing does.
    """
    width, height = figure.get_size_inches()
    figure.subplots_adjust(
        *(0.68 / width, 0.5 / height, 1 - 0.1 / width, 1 - 0.68 / height), hspace=0.4
    )
    return figure.subplots(count, 1, sharex=True, sharey=sharey, squeeze=False)[:, 0]


def spread_out(axes: Any, values: Sequence[float]) -> None:
    """Rightwards logarithmic, where the largest of ``values`` is many times the least."""
    if max(values) > WIDE * min(values) > 0:
        from matplotlib.ticker import LogLocator, NullFormatter

        axes.set_xscale("log")
        axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes.xaxis.set_major_formatter("{x:g}")
        axes.xaxis.set_minor_formatter(NullFormatter())


def svg(figure: Any, title: str, description: str, name: str) -> str:
    """``figure`` as an <svg> element. title, description: for those who do not see it. name: unique
    on the page, so that its parts are.
    """
    target = io.StringIO()
    metadata = {"Date": None, "Creator": None, "Format": None, "Type": None}
    figure.savefig(target, format="svg", metadata=metadata)
    text = target.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL)
    text = _themed(_own_ids(text, name))
    text = re.sub(r"<[^>]*>", _rounded, text)
    text = re.sub(r' d="[^"]*"', lambda path: re.sub(r"\s*([MLCQz])\s*", r"\1", path[0]), text)
    text = re.sub(r"\s*\n\s*", "\n", text)
    box = re.search(r'viewBox="[^"]*"', text)
    assert box
    head = (
        f'<svg {box[0]} role="img" aria-labelledby="{name}-t {name}-d" '
        'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">'
        f'<title id="{name}-t">{escape(title)}</title>'
        f'<desc id="{name}-d">{escape(description)}</desc>'
    )
    return head + text[text.index(">") + 1 :]


def _own_ids(text: str, name: str) -> str:
    """Ids that nothing refers to go; the others are made unique on the page."""
    used = set(re.findall(r'(?:url\(#|href="#)([^)"]+)', text))

    def renamed(match: re.Match[str]) -> str:
        return f' id="{name}-{match[1]}"' if match[1] in used else ""

    text = re.sub(r' id="([^"]+)"', renamed, text)
    return re.sub(r'(url\(#|href="#)', rf"\g<1>{name}-", text)


def _themed(text: str) -> str:
    """Colours and fonts become the page's."""
    for number, colour in enumerate(SERIES):
        text = re.sub(colour, f"var(--series-{number})", text, flags=re.IGNORECASE)
        text = text.replace(BARS[number], f"url(#bar-{number})")
    for colour, variable in ((INK, "ink"), (FAINT, "faint"), (PAPER, "paper")):
        text = text.replace(colour, f"var(--{variable})")
    text = re.sub(r"font-family: [^;\"]*; ", "", text)
    return re.sub(r"<style type=\"text/css\">.*?</style>", "", text, flags=re.DOTALL)


def _rounded(tag: re.Match[str]) -> str:
    """Coordinates, to a tenth; texts are between tags and stay as they are."""

    def short(number: re.Match[str]) -> str:
        return f"{float(number[0]):.1f}".removesuffix(".0")

    return re.sub(r"-?\d+\.\d{3,}", short, tag[0])


def thinned(values: Sequence[float], most: int) -> tuple[list[int], list[float]]:
    """Positions and values of at most ``most`` of them: of each stretch the least and the largest,
    in order, so that no spike is lost.
    """
    if len(values) <= most:
        return list(range(len(values))), list(values)
    places: list[int] = []
    stretches = most // 2
    for number in range(stretches):
        start, end = (len(values) * n // stretches for n in (number, number + 1))
        span = range(start, end)
        places += sorted({min(span, key=values.__getitem__), max(span, key=values.__getitem__)})
    return places, [values[place] for place in places]
