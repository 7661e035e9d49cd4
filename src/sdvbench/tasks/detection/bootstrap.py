"""How sure a difference of mAP is: the same images drawn again and again."""

from typing import Any

import numpy as np
from faster_coco_eval import faster_eval_api_cpp
from numpy.typing import NDArray

from sdvbench.tasks.detection.mean_average_precision import coco_evaluator
from sdvbench.tasks.detection.metrics import Metrics

RESAMPLES = 200
CONFIDENCE = 0.95


def map_drop_interval(
    reference: Metrics, candidate: Metrics, classes: int, seed: int = 0, score: str = "map"
) -> tuple[float, float]:
    """The interval at 95 % of ``reference.map - candidate.map``, over which images were taken.

    Both must have scored the same samples, in the same order. classes: of the data set. score:
    "map", or "map50" for the interval of the difference in mAP50.
    A paired bootstrap: in each resample both are scored on the same images, drawn with replacement,
    so that hard images cancel. The percentile interval; with few images it is too narrow, and what
    no image of the data set shows is in none.
    """
    before, after = (
        _maps(metrics, classes, seed, score=score) for metrics in (reference, candidate)
    )
    return _percentiles(before - after)


def map_interval(
    metrics: Metrics, classes: int, seed: int = 0, block: int = 1
) -> tuple[float, float]:
    """The interval at 95 % of ``metrics.map``; as ``map_drop_interval``, of one engine alone.

    block: images that are drawn together, circularly. Frames of a sequence show the same objects
        for as long as these are in sight; alone they would make the interval far too narrow, and
        in blocks they still make it too narrow where objects stay for longer than that.
    """
    return _percentiles(_maps(metrics, classes, seed, block))


def _maps(
    metrics: Metrics, classes: int, seed: int, block: int = 1, score: str = "map"
) -> NDArray[np.float64]:
    """(R,) ``score`` of the resamples; made once, since they take seconds with many images."""
    drawn = classes, seed, block, score
    if drawn not in metrics.resampled:
        draws = _draws(metrics, seed, block)
        metrics.resampled[drawn] = resampled_maps(metrics, classes, draws, score)
    return metrics.resampled[drawn]


def resampled_maps(
    metrics: Metrics, classes: int, draws: NDArray[np.int64], score: str = "map"
) -> NDArray[np.float64]:
    """(R,) mAP50-95 of each row of ``draws``, (R, images) indices into ``metrics.samples``; mAP50
    where ``score`` is "map50".

    A class that has no object among the images drawn is left out of that row's mean.
    """
    evaluator = coco_evaluator(metrics.samples, metrics.detections, classes)
    evaluator.separate_eval = True
    evaluator.evaluate()
    # Images are matched once and only summed up anew; the evaluator has no public way to do that.
    # One entry a class and image, images running fastest.
    matched: list[Any] = evaluator._evalImgs_cpp
    by_class = np.arange(len(matched)).reshape(-1, metrics.images)
    levels = 1 if score == "map50" else None  # the first IoU is 0.5
    return np.array([_map(evaluator, matched, by_class[:, draw].ravel(), levels) for draw in draws])


def _draws(metrics: Metrics, seed: int, block: int = 1) -> NDArray[np.int64]:
    rng = np.random.default_rng(seed)
    starts = rng.integers(0, metrics.images, size=(RESAMPLES, -(-metrics.images // block)))
    drawn = (starts[:, :, None] + np.arange(block)).reshape(RESAMPLES, -1)
    return drawn[:, : metrics.images] % metrics.images


def _percentiles(values: NDArray[np.float64]) -> tuple[float, float]:
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(values, [tail, 1 - tail])
    return float(low), float(high)


def _map(
    evaluator: Any, matched: list[Any], chosen: NDArray[np.int64], levels: int | None
) -> float:
    summed = faster_eval_api_cpp.COCOevalAccumulate(
        evaluator._paramsEval, [matched[index] for index in chosen]
    )
    precision = np.asarray(summed["precision"])[:levels, :, :, 0, 0]  # IoU, recall, class
    scored = precision[:, :, (precision > -1).all(axis=(0, 1))]
    return float(scored.mean()) if scored.size else 0.0
