"""Metrics of accuracy: figures of a scored data set, and intervals of what is lost of them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sdvbench.errors import MeasurementError
from sdvbench.metrics.base import Better, Chart, Column, Metric, PerSample, Scores, Value

RESAMPLES = 2000


@dataclass(frozen=True)
class Resampled:
    """A figure that is no mean over images, with a resampler of its own; see ``Scores``."""

    figure: Callable[[Any], float]
    interval: Callable[[Any, Any, int], tuple[float, float]]

    def value(self, scored: Any) -> float:
        return self.figure(scored)

    def loss_interval(self, reference: Any, scored: Any, classes: int) -> tuple[float, float]:
        return self.interval(reference, scored, classes)


@dataclass(frozen=True)
class Mean:
    """The mean of what ``function`` gives for each image; see ``PerSample``.

    name: for errors. better: of the values.
    """

    name: str
    function: PerSample
    better: Better

    def value(self, scored: Any) -> float:
        """Raises MeasurementError where ``function`` gives anything but a number an image, or NaN
        for all of them.
        """
        return float(np.nanmean(self._values(scored)))

    def loss_interval(self, reference: Any, scored: Any, classes: int) -> tuple[float, float]:
        """A paired bootstrap over images: what both find hard cancels. Images of which NaN is said
        are left out; with few images the interval is too narrow.

        Raises MeasurementError as ``value`` does, and where NaN is not said of the same images of
        both: they could not be compared.
        """
        before, after = self._values(reference), self._values(scored)
        if (np.isnan(before) != np.isnan(after)).any():
            problem = "is NaN for an image of one engine and a number for that of another"
            remedy = "Let NaN depend on the truth of an image alone"
            raise MeasurementError(f"metric {self.name!r}", problem, remedy)
        losses = (before - after) if self.better == "higher" else (after - before)
        losses = losses[~np.isnan(losses)]
        if (losses == losses[0]).all():  # one image, or one loss: nothing to draw from
            return float(losses[0]), float(losses[0])
        from scipy.stats import bootstrap

        found = bootstrap(
            (losses,), np.mean, n_resamples=RESAMPLES, batch=100, method="percentile", rng=0
        ).confidence_interval
        return float(found.low), float(found.high)

    def _values(self, scored: Any) -> NDArray[np.float64]:
        found = np.asarray(self.function(scored.predictions, scored.samples), np.float64)
        images = len(scored.samples)
        if found.shape != (images,) or np.isinf(found).any() or np.isnan(found).all():
            problem = f"gave {found.shape} values for {images} images, "
            problem += "or none that is a finite number"
            remedy = "Let it give a number an image, and NaN only where its truth says nothing"
            raise MeasurementError(f"metric {self.name!r}", problem, remedy)
        return found


def accuracy(
    id: str,
    title: str,
    scores: PerSample | Scores,
    better: Better = "higher",
    task: str = "detection",
) -> Metric:
    """A metric of accuracy that is held against [limits]: a limit on itself, under its id, and on
    what is lost of it against PyTorch fp32 of the same model, under ID_drop.

    scores: a function of (detections, samples), or what else the task predicts, that gives a number
    an image, of which the mean is the figure; or an object with a resampler of its own, such as
    ``Resampled``. task: of the networks that have it.

    >>> accuracy("found", "share of images with a detection", len).values[1].name
    'found_drop'
    """
    if callable(scores):
        scores = Mean(id, scores, better)
    loss = f"{id}_drop"
    return Metric(
        id,
        title,
        values=(
            Value(id, id, title, better, chart=Chart(title, title, title)),
            Value(loss, loss, f"loss of {title}", "lower", interval=loss, is_loss=True),
        ),
        columns=(Column(id, id, "{:.4g}"), Column(f"{id} drop", loss, "{:+.4f}")),
        legend=(f"{id}: {title} on {{data}}; drop: from the fp32 reference",),
        scores=scores,
        loss=loss,
        task=task,
    )
