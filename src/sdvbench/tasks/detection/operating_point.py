"""Precision and recall at the confidence that serves all classes best."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

CONFIDENCES = 1000  # points of the grid on which curves of classes are averaged
SMOOTHED = 101  # points of the moving mean over the F1 curve


@dataclass(frozen=True, eq=False)
class Outcome:
    """One class at one IoU. scores: (n,) of its detections; hit: (n,) whether each found an object;
    objects: how many there are to find, at least 1.
    """

    scores: NDArray[np.float64]
    hit: NDArray[np.bool_]
    objects: int


@dataclass(frozen=True)
class OperatingPoint:
    """Means over the classes at one confidence, all in 0..1."""

    confidence: float
    precision: float
    recall: float


def operating_point(outcomes: Sequence[Outcome]) -> OperatingPoint:
    """Where the mean F1 over the classes, smoothed over the confidences, is highest.

    As YOLOv5's validation does it: curves on 1,000 confidences from 0 to 1, interpolated linearly
    between the scores of detections; a class without any has precision and recall 0.
    """
    grid = np.linspace(0, 1, CONFIDENCES)
    curves = np.array([_curves(outcome, grid) for outcome in outcomes])  # class, curve, confidence
    precision, recall = curves[:, 0], curves[:, 1]
    total = precision + recall
    f1 = np.divide(2 * precision * recall, total, out=np.zeros_like(total), where=total > 0)
    best = int(_smoothed(f1.mean(axis=0)).argmax())
    return OperatingPoint(
        float(grid[best]), float(precision[:, best].mean()), float(recall[:, best].mean())
    )


def _curves(outcome: Outcome, grid: NDArray[np.float64]) -> NDArray[np.float64]:
    """(2, confidences): precision and recall of what scores at least each confidence."""
    if not len(outcome.scores):
        return np.zeros((2, len(grid)))
    order = np.argsort(-outcome.scores, kind="stable")
    scores, hits = outcome.scores[order], outcome.hit[order].cumsum()
    precision, recall = hits / np.arange(1, len(hits) + 1), hits / outcome.objects
    # np.interp wants rising abscissae, so confidences are negated; above the highest score nothing
    # is detected, and nothing is wrong.
    return np.stack(
        (np.interp(-grid, -scores, precision, left=1), np.interp(-grid, -scores, recall, left=0))
    )


def _smoothed(curve: NDArray[np.float64]) -> NDArray[np.float64]:
    padded = np.pad(curve, SMOOTHED // 2, mode="edge")
    return np.convolve(padded, np.full(SMOOTHED, 1 / SMOOTHED), mode="valid")
