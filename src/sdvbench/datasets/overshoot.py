"""Boxes that reach over the edge of their image."""

from collections.abc import Iterable
from dataclasses import replace

from sdvbench.datasets.files import Label
from sdvbench.datasets.summary import Tally

ROUNDING_PX = 0.05  # tools round coordinates; that is no overshooting
CLIPPED = "boxes reach over the edge of their image and were clipped"
OUTSIDE = "boxes lie outside of their image and were dropped"


def clip(
    labels: Iterable[Label], size_px: tuple[int, int], where: object, tally: Tally
) -> tuple[Label, ...]:
    """The labels within an image of ``size_px`` (width, height); ``tally`` notes what changed."""
    width, height = size_px
    kept = []
    for label in labels:
        x1, y1, x2, y2 = label.box
        over_px = max(-x1, -y1, x2 - width, y2 - height)
        if over_px <= 0:
            kept.append(label)
            continue
        box = max(x1, 0.0), max(y1, 0.0), min(x2, float(width)), min(y2, float(height))
        if box[0] >= box[2] or box[1] >= box[3]:
            tally.add("dropped", OUTSIDE, where)
            continue
        tally.add("clipped", CLIPPED, where, int(over_px > ROUNDING_PX))
        kept.append(replace(label, box=box))
    return tuple(kept)
