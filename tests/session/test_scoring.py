"""Agreement with PyTorch as a share of how far two images' outputs lie apart."""

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from sdvbench.cells import Cell
from sdvbench.errors import DatasetError
from sdvbench.session.scoring import Scores
from sdvbench.tasks.detection.task import Detection
from sdvbench.workflows.base import EngineSpec

CELL = Cell("yolov5n", "PL", "W1", "fp32")


@dataclass
class Suite:
    """Whose engine and reference give these outputs, (N, boxes, 5+C), in calls of one image."""

    ours: Any
    reference: Any
    images: int = 3
    settings: Any = field(default_factory=lambda: SimpleNamespace(imgsz=320))

    @property
    def calibration(self):
        return SimpleNamespace(named="--sdv-data coco:here", dataset=range(self.images))

    def reference_cell(self, cell):
        return Cell(cell.model, cell.pruning, "Wd", "fp32")

    def network(self, model):
        return SimpleNamespace(layout="yolov5", outputs=("detections",), class_names=None)

    def imgsz(self, cell):
        return self.settings.imgsz

    def spec(self, cell):
        return EngineSpec.for_images("fp32", self.settings.imgsz)

    def task(self, model):
        return Detection()

    def calls(self, model):
        return SimpleNamespace(different=self.images, takes_images=True)

    def outputs(self, cell, engine):
        return [(one[np.newaxis],) for one in self.ours]

    def reference_outputs(self, reference):
        return [(one[np.newaxis],) for one in self.reference]

    def artifact(self, cell):
        return SimpleNamespace(key="0a" * 32)

    def weights(self, cell):
        return "0" * 64


@pytest.fixture
def outputs():
    """Of three images, unlike in boxes and in confidences."""
    return np.random.default_rng(0).uniform(0, 1, (3, 50, 10)).astype(np.float32)


def test_the_reference_itself_is_at_0_and_other_images_are_at_1(outputs):
    same = Scores(Suite(outputs, outputs), CELL, None).agreement()
    assert same.limited == {"box_error": 0, "confidence_error": 0}
    other = Scores(Suite(np.roll(outputs, 1, axis=0), outputs), CELL, None).agreement()
    assert other.limited == {"box_error": 1, "confidence_error": 1}


def test_images_that_come_again_are_no_two(outputs):
    again = outputs[[0, 1, 2, 0]]
    half = (again + outputs[[2, 0, 1, 2]]) / 2
    three = Scores(Suite(half[:3], outputs), CELL, None).agreement().limited
    four = Scores(Suite(half, again), CELL, None).agreement().limited
    assert four == pytest.approx(three, rel=0.05), "a third more where the fourth counts as two"


@pytest.mark.parametrize("alike", [slice(4), slice(4, None)], ids=["boxes", "confidences"])
def test_images_that_are_all_the_same_are_no_measure(outputs, alike):
    outputs[..., alike] = outputs[0, ..., alike]
    told = "--sdv-data coco:here.*all give the same outputs. Give different ones"
    with pytest.raises(DatasetError, match=told):
        Scores(Suite(outputs, outputs), CELL, None).agreement()
