"""An engine that puts the truth into a layout scores 1, through the whole of evaluation."""

from collections.abc import Sequence

import numpy as np
import pytest

from sdvbench.datasets.scenes import Scenes
from sdvbench.errors import MeasurementError
from sdvbench.tasks.detection.evaluate import DetectionEngine, evaluate

from ....datasets.perfect import Perfect
from ..frames import Frames, Oracle, Spec
from .layouts import LAYOUTS, Layout

CLASSES = ("vehicle", "person")
FRAMES = Frames(7, CLASSES, {"car": "vehicle"})


class Written:
    """An engine of YOLOv5's layout, whose outputs are written in another one."""

    def __init__(self, engine: DetectionEngine, layout: Layout) -> None:
        self.engine, self.spec, self.layout = engine, engine.spec, layout

    def __call__(self, images: np.ndarray, /) -> np.ndarray | tuple[np.ndarray, ...]:
        rows = self.engine(images)
        scores = rows[..., 5:] * rows[..., 4:5]
        outputs = self.layout.write(rows[..., :4], scores, self.spec.shape[2:])
        return outputs if len(outputs) > 1 else outputs[0]


def score(engine: DetectionEngine, data: Frames, layout: Layout, names: Sequence[str]) -> tuple:
    found = evaluate(
        Written(engine, layout), data, names, decoder=layout.decoder, output_names=layout.names
    )
    return found.map, found.map50, found.recall


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
@pytest.mark.parametrize(("batch", "imgsz"), [(1, 64), (3, (96, 128))])
def test_the_truth_scores_1(layout, batch, imgsz):
    engine = Oracle(FRAMES, Spec(batch, imgsz), ((0,), (1,)), 2)
    assert score(engine, FRAMES, layout, CLASSES) == pytest.approx((1, 1, 1))


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
def test_many_objects_an_image_score_1(layout):
    scenes = Scenes(3)
    engine = Perfect(scenes, len(scenes.classes))
    assert score(engine, scenes, layout, scenes.classes)[0] == pytest.approx(1)


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
def test_classes_are_mapped_by_name(layout):
    engine = Oracle(FRAMES, Spec(2), ((2,), (0,)), 3)
    names = ("person", "kite", "car")
    assert score(engine, FRAMES, layout, names) == pytest.approx((1, 1, 1))
    assert score(engine, FRAMES, layout, names[::-1])[0] < 0.1


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
def test_fractions_where_pixels_belong_are_told(layout):
    class Fractions(Oracle):
        def __call__(self, images: np.ndarray, /) -> np.ndarray:
            rows = super().__call__(images)
            rows[..., :4] /= 64
            return rows

    engine = Fractions(FRAMES, Spec(), ((0,), (1,)), 2)
    with pytest.raises(MeasurementError, match=r"all lie within .* pixels of the input's corner"):
        score(engine, FRAMES, layout, CLASSES)


def test_after_suppression_names_are_needed_before_anything_runs():
    engine = Oracle(FRAMES, Spec(), ((0,), (1,)), 2)
    with pytest.raises(MeasurementError, match="does not say how many classes"):
        evaluate(Written(engine, LAYOUTS["nms, one output"]), FRAMES, decoder="nms")
    assert not engine.seen
