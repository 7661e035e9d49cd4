"""The same candidates give the same detections in every layout."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from sdvbench.tasks.detection.boxes import xyxy_to_xywh
from sdvbench.tasks.detection.decoders import DECODERS
from sdvbench.tensors import TensorSpec

from .layouts import LAYOUTS

SIZE = 120, 160  # height and width, of 4 x 3 fields of 40 pixels
CLASSES = 3
FIELDS = [(20 + 40 * x, 20 + 40 * y) for x in range(4) for y in range(3)]

# Boxes in fields of their own overlap nothing, so that suppression leaves them; no two scores of an
# image are equal, so that there is one order.
fields = st.lists(st.sampled_from(FIELDS), min_size=1, max_size=6, unique=True)
sides = st.tuples(st.floats(4, 38, width=32), st.floats(4, 38, width=32))
percent = st.lists(st.integers(1, 99), min_size=6, max_size=6, unique=True)


@st.composite
def apart(draw, rows=6):
    """boxes (rows, 4) and scores (rows, C) of one image; each box has one class, unless it is one
    of those of score 0 that fill up the rows.
    """
    boxes, scores = np.zeros((rows, 4), np.float32), np.zeros((rows, CLASSES), np.float32)
    for row, (field, value) in enumerate(zip(draw(fields), draw(percent), strict=False)):
        boxes[row] = *field, *draw(sides)
        scores[row, draw(st.integers(0, CLASSES - 1))] = value / 100
    return boxes, scores


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
@settings(max_examples=30)
@given(st.lists(apart(), min_size=1, max_size=3))
def test_each_layout_gives_what_was_written(layout, images):
    boxes, scores = (np.stack(each) for each in zip(*images, strict=True))
    read = layout.read(layout.write(boxes, scores, SIZE), SIZE, CLASSES)
    assert len(read) == len(images)
    for found, (own, values) in zip(read, images, strict=True):
        count = int((values > 0).sum())
        order = np.argsort(-values.max(axis=1))[:count]
        assert (found.scores[count:] < 1e-6).all()  # queries that are sure of nothing
        assert_allclose(found.scores[:count], values.max(axis=1)[order], rtol=1e-5)
        assert found.classes[:count].tolist() == values.argmax(axis=1)[order].tolist()
        assert_allclose(xyxy_to_xywh(found.boxes[:count]), own[order], atol=1e-3)
        assert (found.boxes.dtype, found.scores.dtype) == (np.float32, np.float32)


@st.composite
def crowded(draw):
    """Of one image: boxes that overlap, of several classes each."""
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    count = draw(st.integers(0, 40))
    boxes = (random.random((1, count, 4)) * 60 + 20).astype(np.float32)
    return boxes, random.random((1, count, CLASSES), dtype=np.float32)


@settings(max_examples=40)
@given(crowded())
def test_suppression_is_the_same_whatever_the_layout(image):
    (found,), (same,) = (
        LAYOUTS[name].read(LAYOUTS[name].write(*image, SIZE), SIZE, CLASSES)
        for name in ("yolov5", "yolov8")
    )
    for field in ("boxes", "scores", "classes"):
        np.testing.assert_array_equal(getattr(same, field), getattr(found, field))
    kept = np.zeros((1, len(found), CLASSES), np.float32)
    kept[0, np.arange(len(found)), found.classes] = found.scores
    for name, layout in LAYOUTS.items():
        if layout.decoder == "nms":
            written = layout.write(xyxy_to_xywh(found.boxes)[None], kept, SIZE)
            (again,) = layout.read(written, SIZE, CLASSES)
            np.testing.assert_array_equal(again.scores, found.scores, name)
            np.testing.assert_array_equal(again.classes, found.classes, name)
            assert_allclose(again.boxes, found.boxes, atol=1e-3)


@settings(max_examples=20)
@given(st.integers(0, 2**32 - 1), st.integers(2, 40), st.integers(1, 20))
def test_of_queries_and_classes_the_best_300_pairs_are_kept(seed, queries, classes):
    random = np.random.default_rng(seed)
    scores = random.permutation(queries * classes).reshape(1, queries, classes)
    scores = ((scores + 1) / (scores.size + 1)).astype(np.float32)
    boxes = (random.random((1, queries, 4)) * 60 + 20).astype(np.float32)
    layout = LAYOUTS["detr, by name"]  # since there may be 4 classes
    (found,) = layout.read(layout.write(boxes, scores, SIZE), SIZE, classes)
    pairs = sorted(np.ndindex(queries, classes), key=lambda pair: -scores[0][pair])[:300]
    assert found.classes.tolist() == [kind for _, kind in pairs]
    assert_allclose(xyxy_to_xywh(found.boxes), boxes[0, [query for query, _ in pairs]], atol=1e-3)


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
@given(apart(), st.integers(1, 3))
def test_shapes_of_outputs_tell_the_number_of_classes(layout, image, classes):
    boxes, scores = (each[None] for each in image)
    outputs = layout.write(boxes, scores[..., :classes], SIZE)
    names = layout.names or map(str, range(len(outputs)))
    specs = [TensorSpec(name, each.shape) for name, each in zip(names, outputs, strict=True)]
    decoder = DECODERS[layout.decoder]
    assert decoder.class_count(specs) == (None if layout.decoder == "nms" else classes)
    open_sizes = [replace(spec, shape=("n",) * len(spec.shape)) for spec in specs]
    assert decoder.class_count(open_sizes) is None
    assert decoder.class_count([replace(spec, shape=spec.shape[1:]) for spec in specs]) is None
