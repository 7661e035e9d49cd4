"""The training loss once more: plain loops over Python numbers, written from its description."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BALANCE = (4.0, 1.0, 0.4)
LEVELS = tuple[NDArray[np.float64], ...]


@dataclass
class Frozen:
    """What counts as constant in the gradient: CIoU's weight a pair, objectness' targets a map."""

    weights: list[float]
    targets: list[NDArray[np.float64]]


def sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x))


def cross_entropy(logit: float, target: float) -> float:
    return max(logit, 0) - logit * target + math.log1p(math.exp(-abs(logit)))


def pairs(
    objects: list[tuple[int, int, float, float, float, float]],
    priors: list[tuple[float, float]],
    stride: int,
    rows: int,
    columns: int,
) -> list[tuple[int, int, int, int, int]]:
    """(object, image, prior, row, column) of each prediction that must find an object.

    objects: image, class, x, y, w, h in pixels.
    """
    found = []
    for number, (image, _, x, y, w, h) in enumerate(objects):
        for index, (width, height) in enumerate(priors):
            if max(w / width, width / w, h / height, height / h) >= 4:
                continue
            u, v = x / stride, y / stride
            column, row = min(int(u), columns - 1), min(int(v), rows - 1)
            cells = [(column, row)]
            if u - column != 0.5:
                cells.append((column - 1 if u - column < 0.5 else column + 1, row))
            if v - row != 0.5:
                cells.append((column, row - 1 if v - row < 0.5 else row + 1))
            found += [
                (number, image, index, r, c) for c, r in cells if 0 <= c < columns and 0 <= r < rows
            ]
    return found


def ciou(
    a: tuple[float, ...], b: tuple[float, ...], weight: float | None = None
) -> tuple[float, float]:
    """CIoU of xywh boxes and its shape term's weight (given, or that of these boxes)."""
    left, right = (max(a[0] - a[2] / 2, b[0] - b[2] / 2), min(a[0] + a[2] / 2, b[0] + b[2] / 2))
    top, bottom = (max(a[1] - a[3] / 2, b[1] - b[3] / 2), min(a[1] + a[3] / 2, b[1] + b[3] / 2))
    overlap = max(right - left, 0) * max(bottom - top, 0)
    iou = overlap / (a[2] * a[3] + b[2] * b[3] - overlap)
    width = max(a[0] + a[2] / 2, b[0] + b[2] / 2) - min(a[0] - a[2] / 2, b[0] - b[2] / 2)
    height = max(a[1] + a[3] / 2, b[1] + b[3] / 2) - min(a[1] - a[3] / 2, b[1] - b[3] / 2)
    distance = ((a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2) / (width**2 + height**2)
    shape = 4 / math.pi**2 * (math.atan(a[2] / a[3]) - math.atan(b[2] / b[3])) ** 2
    if weight is None:
        weight = shape / (1 - iou + shape) if shape else 0.0
    return iou - distance - weight * shape, weight


def loss(
    maps: LEVELS,
    objects: list[tuple[int, int, float, float, float, float]],
    priors: list[list[tuple[float, float]]],
    strides: tuple[int, ...],
    frozen: Frozen | None = None,
) -> tuple[tuple[float, float, float], Frozen]:
    """(box, objectness, classes) without gains, and what counted as constant.

    maps: (B, A, rows, columns, 5+C) logits a stride. frozen: of an earlier call, to hold fast.
    """
    box = objectness = classes = 0.0
    now = Frozen([], [])
    known = iter(frozen.weights) if frozen else None
    for level, (raw, stride) in enumerate(zip(maps, strides, strict=True)):
        found = pairs(objects, priors[level], stride, *raw.shape[2:4])
        target = np.zeros(raw.shape[:4])
        sums = [0.0, 0.0]
        for number, image, prior, row, column in found:
            _, label, x, y, w, h = objects[number]
            logits = raw[image, prior, row, column]
            width, height = priors[level][prior]
            mine = (
                (sigmoid(logits[0]) * 2 - 0.5 + column) * stride,
                (sigmoid(logits[1]) * 2 - 0.5 + row) * stride,
                (sigmoid(logits[2]) * 2) ** 2 * width,
                (sigmoid(logits[3]) * 2) ** 2 * height,
            )
            value, weight = ciou(mine, (x, y, w, h), next(known) if known else None)
            now.weights.append(weight)
            target[image, prior, row, column] = max(target[image, prior, row, column], value)
            sums[0] += 1 - value
            scores = logits[5:]
            if len(scores) > 1:
                each = [cross_entropy(s, float(c == label)) for c, s in enumerate(scores)]
                sums[1] += sum(each) / len(each)
        now.targets.append(target)
        if found:
            box += sums[0] / len(found)
            classes += sums[1] / len(found)
        used = frozen.targets[level] if frozen else target
        each = [cross_entropy(raw[i][4], used[i]) for i in np.ndindex(*target.shape)]
        objectness += BALANCE[level] * sum(each) / len(each)
    return (box, objectness, classes), now
