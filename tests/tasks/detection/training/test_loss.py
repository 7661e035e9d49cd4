"""The training loss against a hand-computed case and an independent reference."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sdvbench.models.yolov5 import PRIORS_PX, STRIDES
from sdvbench.tasks.detection.training.assignment import assign
from sdvbench.tasks.detection.training.ciou import complete_iou
from sdvbench.tasks.detection.training.labels import Labels
from sdvbench.tasks.detection.training.loss import Gains, detection_loss
from tests.tasks.detection.training import reference

PRIORS = torch.tensor(PRIORS_PX, dtype=torch.float64)
ONE = Gains(1.0, 1.0, 1.0)
IMGSZ, CLASSES = 64, 3

objects = st.lists(
    st.tuples(
        st.integers(0, 1),
        st.integers(0, CLASSES - 1),
        *[st.floats(0, IMGSZ)] * 2,
        *[st.floats(3, IMGSZ)] * 2,
    ),
    max_size=6,
)


def labels_of(rows: list[tuple[int, int, float, float, float, float]]) -> Labels:
    table = torch.tensor(rows, dtype=torch.float64).reshape(-1, 6)
    return Labels(table[:, 0].long(), table[:, 1].long(), table[:, 2:])


def maps_of(seed: int, classes: int = CLASSES) -> list[torch.Tensor]:
    rng = np.random.default_rng(seed)
    sides = [IMGSZ // stride for stride in STRIDES]
    return [torch.from_numpy(rng.normal(0, 1.5, (2, 3, s, s, 5 + classes))) for s in sides]


def ours(maps: list[torch.Tensor], rows: list) -> torch.Tensor:
    found = detection_loss(maps, labels_of(rows), PRIORS, STRIDES, ONE)
    return torch.stack((found.box, found.objectness, found.classes))


def theirs(maps: list[torch.Tensor], rows: list, frozen=None):
    plain = tuple(m.detach().numpy() for m in maps)
    return reference.loss(plain, rows, [list(level) for level in PRIORS_PX], STRIDES, frozen)


def test_one_object_by_hand() -> None:
    """A 16x16 object a little right of and below the middle of cell (3, 3) of stride 8; logits 0.

    The prior 10x13 makes a box of its own size round the middle of a cell: of that cell, of the
    one to the right and of the one below. Shapes differ by arctan(10/13) - arctan(1).
    """
    maps = [torch.zeros(1, 1, s, s, 7, dtype=torch.float64) for s in (8, 4, 2)]
    priors = torch.tensor([[[10, 13]], [[1, 1]], [[1, 1]]], dtype=torch.float64)
    box = torch.tensor([[29.0, 30.0, 16.0, 16.0]], dtype=torch.float64)
    label = Labels(torch.tensor([0]), torch.tensor([1]), box)
    shape = 4 / math.pi**2 * (math.atan(10 / 13) - math.atan(1)) ** 2

    def ciou(shift_x: float, shift_y: float) -> float:
        low_x, low_y = max(-5 + shift_x, -8), max(-6.5 + shift_y, -8)
        shared = (min(5 + shift_x, 8) - low_x) * (min(6.5 + shift_y, 8) - low_y)
        iou = shared / (130 + 256 - shared)
        width = max(5 + shift_x, 8) - min(-5 + shift_x, -8)
        height = max(6.5 + shift_y, 8) - min(-6.5 + shift_y, -8)
        distance = (shift_x**2 + shift_y**2) / (width**2 + height**2)
        return iou - distance - shape * shape / (1 - iou + shape)

    reached = [ciou(-1, -2), ciou(7, -2), ciou(-1, 6)]
    found = detection_loss(maps, label, priors, STRIDES, ONE)
    assert float(found.box) == pytest.approx(1 - sum(reached) / 3, abs=1e-6)
    # Cross-entropy of a logit of 0 is log 2 whatever the target.
    assert float(found.objectness) == pytest.approx((4 + 1 + 0.4) * math.log(2))
    assert float(found.classes) == pytest.approx(math.log(2))


@settings(max_examples=40)
@given(objects, st.integers(0, 1000))
def test_loss_is_the_reference(rows, seed) -> None:
    maps = maps_of(seed)
    expected, _ = theirs(maps, rows)
    assert ours(maps, rows).tolist() == pytest.approx(expected, rel=1e-3, abs=1e-6)


@settings(max_examples=10)
@given(objects.filter(len), st.integers(0, 1000))
def test_gradients_are_finite_differences(rows, seed) -> None:
    """What the loss holds constant (CIoU's weight, objectness' target) is held so here, too."""
    maps = [m.requires_grad_() for m in maps_of(seed)]
    ours(maps, rows).sum().backward()
    _, frozen = theirs(maps, rows)
    rng = np.random.default_rng(seed)
    places = [
        (level, *place)
        for level, m in enumerate(maps)
        for place in np.argwhere(np.abs(m.grad.numpy()) > 1e-9)[:: max(m.numel() // 20, 1)]
    ] + [(level, *rng.integers(0, maps[level].shape)) for level in (0, 1, 2)]
    for level, *index in places:
        difference, step = 0.0, 1e-5
        for sign in (1, -1):
            moved = [m.detach().clone() for m in maps]
            moved[level][tuple(index)] += sign * step
            difference += sign * sum(theirs(moved, rows, frozen)[0]) / (2 * step)
        assert float(maps[level].grad[tuple(index)]) == pytest.approx(
            difference, rel=1e-3, abs=1e-6
        )


@given(objects)
@settings(max_examples=60)
def test_assignment_is_the_reference(rows) -> None:
    found = assign(labels_of(rows), PRIORS, STRIDES, [(IMGSZ // s,) * 2 for s in STRIDES])
    for level, stride in enumerate(STRIDES):
        side = IMGSZ // stride
        expected = reference.pairs(rows, list(PRIORS_PX[level]), stride, side, side)
        mine = zip(*(t.tolist() for t in found[level].place), strict=True)
        assert sorted(mine) == sorted(tuple(pair[1:]) for pair in expected)


def test_no_object_teaches_objectness_only() -> None:
    box, objectness, classes = ours(maps_of(0), []).tolist()
    assert (box, classes) == (0, 0)
    assert objectness > 0


def test_order_of_a_map_in_memory_does_not_matter() -> None:
    row = [(0, 0, 30.0, 30.0, 20.0, 20.0)]
    plain = maps_of(0)
    channels_last = [m.permute(0, 2, 3, 1, 4).contiguous().permute(0, 3, 1, 2, 4) for m in plain]
    assert ours(channels_last, row).tolist() == pytest.approx(ours(plain, row).tolist())


def test_one_class_has_no_class_loss() -> None:
    maps = maps_of(0, classes=1)
    assert float(ours(maps, [(0, 0, 30.0, 30.0, 20.0, 20.0)])[2]) == 0


def test_equal_boxes_have_a_ciou_of_one() -> None:
    boxes = torch.tensor([[5.0, 5.0, 2.0, 4.0], [1.0, 2.0, 30.0, 4.0]])
    assert complete_iou(boxes, boxes).tolist() == pytest.approx([1, 1], abs=1e-5)
