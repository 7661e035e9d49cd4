"""Errors of commands, frame by frame: means, what they grow by, and intervals over frames."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sdvbench.metrics.base import Chart, Column, Metric, Value

Floats = NDArray[np.float64]

RESAMPLES, AT_ONCE = 2000, 100
# Frames in a row see nearly the same, so stretches of them are drawn: a second at the usual rates,
# and no more than a tenth of all, since a few stretches would hardly differ.
STRETCH, SHARE = 20, 0.1


@dataclass(frozen=True)
class MeanError:
    """The mean over frames and outputs of what ``function`` makes of each error; see ``Scores``.

    function: from (frames, 2) errors of the scaled commands to as many that are 0 or more.
    """

    function: Callable[[Floats], Floats]

    def value(self, scored: Any) -> float:
        return float(self._values(scored).mean())

    def loss_interval(self, reference: Any, scored: Any, classes: int) -> tuple[float, float]:
        """Of the share by which it grows, paired: what both find hard cancels."""
        low, high = ratio_interval(self._values(scored), self._values(reference))
        return low - 1, high - 1

    def interval(self, scored: Any) -> tuple[float, float]:
        """Of the mean itself."""
        values = self._values(scored)
        return ratio_interval(values, np.ones_like(values))

    def _values(self, scored: Any) -> Floats:
        """(frames,), of both outputs together."""
        found: Floats = self.function(scored.errors).mean(1)
        return found


def mean_error(
    id: str,
    title: str,
    scores: MeanError,
    *,
    form: str,
    examples: tuple[float, float],
    beside: Callable[[Any], Mapping[str, float]],
    columns: tuple[Column, ...],
    legend: str = "",
    chart: Chart | None = None,
) -> Metric:
    """A metric that is ``scores`` of commands, and its growth over the fp32 reference's.

    form: of the error in tables. examples: of limits, of the error and of its growth. columns: of
    what ``beside`` gives. legend: what these mean. The others are as in ``Metric`` and ``Value``.
    """
    short, growth = id.upper(), f"{id}_growth"
    return Metric(
        id,
        title,
        values=(
            Value(id, id, title, "lower", example=examples[0], interval=id, chart=chart),
            Value(
                growth,
                growth,
                f"growth of the {title}",
                "lower",
                form="{:.2%}",
                example=examples[1],
                interval=growth,
                is_loss=True,
            ),
        ),
        columns=(Column(short, id, form), Column(f"{short} growth", growth, "{:+.2%}"), *columns),
        legend=(
            f"{short}: {title} of speed v and steering w, scaled to 0..1, on {{data}}; growth: "
            f"over the fp32 reference of the same model{legend}",
        ),
        limited={growth: f"growth of the {title}"},
        scores=scores,
        loss=growth,
        growth=True,
        task="driving",
        beside=beside,
        interval=scores.interval,
    )


def ratio_interval(numerators: Floats, denominators: Floats) -> tuple[float, float]:
    """At 95 %, of the sum of (frames,) ``numerators`` over that of ``denominators``: a bootstrap
    that draws stretches of frames. Of a single stretch it is the ratio itself.
    """
    length = min(STRETCH, max(int(SHARE * len(numerators)), 1))
    starts = np.arange(0, len(numerators), length)
    above, below = (np.add.reduceat(each, starts) for each in (numerators, denominators))
    generator, count = np.random.default_rng(0), len(starts)
    ratios = []
    for _ in range(RESAMPLES // AT_ONCE):
        drawn = generator.multinomial(count, np.full(count, 1 / count), size=AT_ONCE)
        with np.errstate(divide="ignore", invalid="ignore"):
            ratios.append(np.nan_to_num((drawn @ above) / (drawn @ below), nan=1, posinf=np.inf))
    # Nearest, as there is nothing between two infinities.
    low, high = np.percentile(np.concatenate(ratios), [2.5, 97.5], method="nearest")
    return float(low), float(high)
