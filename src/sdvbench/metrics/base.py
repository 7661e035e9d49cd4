"""What a metric declares of itself, once: all that other rooms know of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from sdvbench.cells import UNPRUNED, Cell
from sdvbench.errors import MeasurementError

Better = Literal["lower", "higher"]


@dataclass(frozen=True)
class Chart:
    """Bars of a value in an HTML report. axis: what is counted. title: of the picture. caption: a
    sentence without its full stop; whether shorter or longer is better is added to it.
    """

    axis: str
    title: str
    caption: str


@dataclass(frozen=True)
class Value:
    """One number of a figure, which may be limited: under [limits] in thresholds.toml, and with
    --sdv-limit for the recommendation.

    name: there, with its unit: "latency_ms". shown: its name among a figure's ``shown`` values.
    title: in sentences, "median latency". better: "lower" makes a limit a ceiling, "higher" a
    floor. unit: as it follows a number, " ms". form: of the number in sentences.
    example: of a limit. most: no limit can be larger, None for any.
    interval: its name among a figure's ``intervals``, where it is an estimate.
    is_loss: whether it is a loss of the figure's ``signal``.
    pruned: None for every cell; True only for those of pruned models, False only for the others.
        Two metrics may share a name where no cell has it from both.
    chart: how a report draws it; None where it does not.
    """

    name: str
    shown: str
    title: str
    better: Better
    unit: str = ""
    form: str = "{:.4g}"
    example: float = 1.0
    most: float | None = None
    interval: str = ""
    is_loss: bool = False
    pruned: bool | None = None
    chart: Chart | None = None

    def is_of(self, cell: Cell) -> bool:
        """Whether this is the value of that name for ``cell``."""
        return self.pruned is None or self.pruned == (cell.pruning != UNPRUNED)

    def told(self, number: float) -> str:
        """``number`` with its unit, for sentences."""
        return f"{self.form.format(number)}{self.unit}"

    def cost(self, number: float) -> float:
        """``number`` where less is better, and its negative where more is."""
        return number if self.better == "lower" else -number


@dataclass(frozen=True)
class Column:
    """Of a run's table. shown: the name of its value. form: of its text. record: whose value it is
    where that is not the metric's own figure but what the same test told beside it.
    """

    heading: str
    shown: str
    form: str
    record: str = ""


@dataclass(frozen=True)
class Timing:
    """How a metric that is a time is measured in turn with other engines.

    back_to_back: a round is as many calls as fill a while, instead of one. faster: what is said of
    an engine with so many times another's speed, for claims: "is {:.2f} times as fast as".
    """

    back_to_back: bool
    faster: str


class Scores(Protocol):
    """What an accuracy metric makes of a scored data set, a ``tasks.base.Scored``."""

    def value(self, scored: Any) -> float:
        """The figure."""

    def loss_interval(self, reference: Any, scored: Any, classes: int) -> tuple[float, float]:
        """At 95 %, of how much worse ``scored`` is than ``reference``, over which images were
        taken. Both are of the same images. classes: how many the data set has.
        """


@dataclass(frozen=True)
class Metric:
    """id: in tests, files and tables. title: in sentences.

    values: those that may be limited, the one that the metric is about first.
    held: against an accepted figure as a share of the anchor's time ("anchor"), or as it is
        ("absolute"), or against limits alone ("limits"). ``values[0]`` is what times are compared
        by, and has the unit of what is compared as it is.
    columns: of tables. legend: lines that explain them; "{anchor}" and "{data}" are filled in.
    limited: ceilings that every figure of the metric is held against, beside what [limits] says:
        their keys under [ID.PRECISION] in thresholds.toml, and what each limits, for sentences.
    positive: names of shown values that cannot be 0 or below.
    timing: of metrics that are "anchor". scores: of metrics of accuracy.
    loss: the shown value, if any, that is lost against PyTorch fp32 of the same model. growth:
        whether it is reported as a share of the reference's own value: 0.1 is 10 % more.
    task: of the networks that have the figure, where not all have it, as they have times.
    beside: further values for tables and JSON, by name, and interval: that of the first value, both
        of what was scored.
    two_images: whether it compares outputs for different images.
    """

    id: str
    title: str
    values: tuple[Value, ...]
    held: Literal["anchor", "absolute", "limits"] = "limits"
    columns: tuple[Column, ...] = ()
    legend: tuple[str, ...] = ()
    limited: Mapping[str, str] = field(default_factory=dict)
    positive: tuple[str, ...] = ()
    timing: Timing | None = None
    scores: Scores | None = None
    loss: str = ""
    growth: bool = False
    task: str = "detection"
    beside: Callable[[Any], Mapping[str, float]] | None = None
    interval: Callable[[Any], tuple[float, float]] | None = None
    two_images: bool = False

    @property
    def relative(self) -> bool:
        """Whether figures are compared as shares of the anchor's time."""
        return self.held == "anchor"

    @property
    def compared(self) -> bool:
        """Whether figures are compared with accepted ones."""
        return self.held != "limits"

    def lost(self, before: float, after: float) -> float:
        """By how much ``after`` is worse. Raises MeasurementError where that is no share."""
        lost = self.values[0].cost(after) - self.values[0].cost(before)
        if not self.growth:
            return lost
        if not before:
            problem = "is 0 for the reference, so that its growth cannot be expressed as a share"
            remedy = "Score on images that the model was not trained with"
            raise MeasurementError(f"metric {self.id!r}", problem, remedy)
        return lost / before

    def unit_of_cost(self, anchor: str) -> str:
        """Of what is compared, for people."""
        return f"of {anchor}" if self.relative else self.values[0].unit.strip()

    def time(self, shown: Any) -> float:
        """What a figure with these shown values takes, higher is worse, in any unit of time."""
        main = self.values[0]
        return float(shown[main.shown] if main.better == "lower" else 1 / shown[main.shown])


PerSample = Callable[[Any, Any], Any]
"""From (detections, samples), both by image and in one order, to (images,) float64; of another task
from (predictions, samples). NaN where an image's truth says nothing, such as the recall of an image
without objects."""
