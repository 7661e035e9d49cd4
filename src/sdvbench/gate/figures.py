"""Figures: what was measured of a cell, ready to be judged and stored."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sdvbench.gate.stats import Estimate
from sdvbench.gate.verdict import Verdict
from sdvbench.metrics import named


@dataclass(frozen=True)
class Setting:
    """What two figures of one cell must share to be comparable, beside the hardware class.

    imgsz: pixels, or "384x640" (height first); 0 of a network that takes no images.
    anchor: id of the cell that stood in for the machine's speed.
    weights: "seeded", or the digest of the checkpoint.
    artifact: the engine's key in the store; figures of different artifacts are what is compared.
    """

    imgsz: int | str
    anchor: str
    weights: str = "seeded"
    artifact: str = ""


@dataclass(frozen=True)
class Figure:
    """metric: the id of one of ``sdvbench.metrics``.

    shown: values for tables, units in their names.
    cost: what is compared with the accepted figure, higher is worse: time over the anchor's time,
        or mebibytes. None for figures that are held against limits.
    signal: what the limited values are losses of, where they are losses.
    paired: the verdict of running in turn with the accepted engine, where that could be had.
    disturbed: why ``cost`` cannot be trusted, where it cannot.
    limited: values held against the limits of the same names in [METRIC.PRECISION] of
        thresholds.toml. What [limits] there holds is held against ``shown``.
    intervals: at 95 %, of those of either that are estimates.
    """

    cell: str
    metric: str
    setting: Setting
    shown: Mapping[str, float]
    cost: Estimate | None = None
    paired: Verdict | None = None
    limited: Mapping[str, float] = field(default_factory=dict)
    intervals: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    signal: float | None = None
    disturbed: str = ""

    @property
    def relative(self) -> bool:
        """Whether ``cost`` is a share of the anchor's."""
        return named(self.metric).relative

    def as_dict(self) -> dict[str, Any]:
        """JSON-able, for the benchmark's extra_info."""
        return {
            "cell": self.cell,
            "metric": self.metric,
            "imgsz": self.setting.imgsz,
            "anchor": self.setting.anchor,
            "weights": self.setting.weights,
            "artifact": self.setting.artifact,
            "shown": dict(self.shown),
            "disturbed": self.disturbed,
            "cost": None if self.cost is None else [self.cost.value, self.cost.low, self.cost.high],
        }
