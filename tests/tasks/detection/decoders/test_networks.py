"""Networks of both layouts in PyTorch: what evaluation finds is what their outputs say."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from sdvbench.tasks.detection.agreement import agreement
from sdvbench.tasks.detection.boxes import box_iou, xywh_to_xyxy
from sdvbench.tasks.detection.decoders import DECODERS
from sdvbench.tasks.detection.evaluate import evaluate
from sdvbench.tasks.detection.letterbox import letterbox

from ..frames import Frames, Spec
from .networks import DetrLike, Yolov8Like, seeded

FRAMES = Frames(5, ("car", "person", "cyclist"))
SPEC = Spec(2, (64, 96))


def inputs() -> np.ndarray:
    return np.stack([letterbox(FRAMES[index].image, (64, 96))[0] for index in (0, 4)])


def by_hand(boxes: np.ndarray, scores: np.ndarray, iou: float) -> list[tuple]:
    """Score, class and box of each pair that stands, one after the other; xyxy in input pixels."""
    pairs = [(scores[pair], pair[1], boxes[pair[0]]) for pair in np.ndindex(*scores.shape)]
    kept: list[tuple] = []
    for value, kind, box in sorted(pairs, key=lambda pair: -pair[0]):
        same = [other for _, known, other in kept if known == kind]
        if not same or box_iou(np.stack(same), box[None]).max() <= iou:
            kept.append((value, kind, box))
    return kept[:300]


def expected(layout: str, image: np.ndarray, engine: object) -> list[tuple]:
    outputs = engine(np.stack([image, image]))
    if layout == "yolov8":
        return by_hand(xywh_to_xyxy(outputs[0, :4].T), outputs[0, 4:].T, 0.6)
    logits, boxes = (output[0] for output in outputs)
    return by_hand(xywh_to_xyxy(boxes * (96, 64, 96, 64)), 1 / (1 + np.exp(-logits)), np.inf)


@pytest.mark.parametrize(("layout", "network"), [("yolov8", Yolov8Like), ("detr", DetrLike)])
def test_evaluation_finds_what_the_outputs_say(layout, network):
    engine = seeded(network, 3, SPEC)
    metrics = evaluate(engine, FRAMES, decoder=layout)
    assert metrics.images == 5
    for index, found in enumerate(metrics.detections):
        image, place = letterbox(FRAMES[index].image, (64, 96))
        values, classes, boxes = zip(*expected(layout, image, engine), strict=True)
        assert len(found) > 20
        assert_allclose(found.scores, values, rtol=1e-4)
        assert found.classes.tolist() == list(classes)
        assert_allclose(found.boxes, place.boxes_to_image(np.stack(boxes)), atol=1e-2)


def test_queries_in_another_order_are_the_same_objects():
    logits, boxes = seeded(DetrLike, 3, SPEC)(inputs())
    decoder = DECODERS["detr"](64, 96)
    order = np.random.default_rng(0).permutation(logits.shape[1])
    shuffled = agreement((logits[:, order], boxes[:, order]), (logits, boxes), decoder)
    assert (shuffled.box_max_px, shuffled.confidence_max) == (0, 0)
    moved = agreement((logits, boxes + np.float32(1 / 64)), (logits, boxes), decoder)
    assert moved.box_mean_px == pytest.approx((96 / 64 + 1) / 2, rel=0.2)


def test_places_in_another_order_are_others():
    outputs = seeded(Yolov8Like, 3, SPEC)(inputs())
    decoder = DECODERS["yolov8"](64, 96)
    assert agreement(outputs, outputs, decoder).box_max_px == 0
    assert agreement(outputs[..., ::-1], outputs, decoder).box_mean_px > 10
