"""One accepted figure, and one to be judged."""

from sdvbench.gate.baselines import Accepted
from sdvbench.gate.figures import Figure
from sdvbench.gate.stats import Estimate

CELL = "yolov5s-PL-W1-int8-b1"
ANCHOR = "yolov5s-orig-W1-fp32-b1"
ENTRY = Accepted(
    cost=Estimate(0.5, 0.49, 0.51),
    imgsz=640,
    anchor=ANCHOR,
    weights="seeded",
    artifact="0a" * 32,
    date="2026-01-02",
    commit="abc",
    libraries={"torch": "2"},
    shown={"median_ms": 50.0, "images_per_second": 20.0},
)
LIBRARIES = ENTRY.libraries
FIGURE = Figure(
    cell=CELL,
    metric="latency",
    imgsz=640,
    anchor=ANCHOR,
    weights="seeded",
    artifact="0b" * 32,
    shown=dict(ENTRY.shown),
    cost=ENTRY.cost,
)
