"""Outputs that are not in the layout, or cannot mean what it says, are errors that say so."""

import numpy as np
import pytest

from sdvbench.errors import MeasurementError, OptionError
from sdvbench.tasks.detection.decoders import DECODERS
from sdvbench.tasks.detection.decoders.base import as_outputs, by_image

CLASSES = 3
SIZE = 64, 96


def decode(name, *outputs, names=()):
    return DECODERS[name](*SIZE, names, CLASSES)(outputs)


def uniform(*shape, low=0.0, high=1.0):
    return np.random.default_rng(0).uniform(low, high, shape).astype(np.float32)


def yolov5():
    rows = uniform(2, 40, 5 + CLASSES)
    rows[..., :4] *= 60
    return rows


def yolov8():
    return np.delete(yolov5(), 4, axis=2).transpose(0, 2, 1).copy()


def detr():
    return uniform(2, 20, CLASSES, low=-8, high=4), uniform(2, 20, 4)


def nms():
    rows = uniform(2, 10, 6)
    rows[..., :4] *= 30
    rows[..., 2:4] += 30
    rows[..., 5] = np.arange(10) % CLASSES
    return rows


def four():
    rows = nms()
    return [np.array([[10], [3]], np.int32), rows[..., :4], rows[..., 4], rows[..., 5].astype("i4")]


@pytest.mark.parametrize(
    ("name", "outputs"),
    [
        ("yolov5", [yolov5()]),
        ("yolov8", [yolov8()]),
        ("detr", detr()),
        ("nms", [nms()]),
        ("nms", four()),
    ],
)
def test_the_outputs_that_the_others_are_made_of_are_taken(name, outputs):
    assert [len(each.boxes) > 0 for each in decode(name, *outputs)] == [True, True]
    assert decode(name, *(each.astype(np.float16) for each in outputs))


@pytest.mark.parametrize(
    ("name", "outputs"),
    [
        ("yolov5", [yolov5()[0]]),
        ("yolov5", [yolov5()[..., :5]]),
        ("yolov5", detr()),
        ("yolov8", [yolov8()[0]]),
        ("yolov8", [yolov8()[:, :4]]),
        ("yolov8", []),
        ("detr", [nms()]),
        ("detr", four()),
        ("detr", [uniform(2, 20, 3), uniform(2, 20, 5)]),
        ("detr", [uniform(2, 19, 3), uniform(2, 20, 4)]),
        ("detr", [uniform(2, 3), uniform(2, 20, 4)]),
        ("nms", [uniform(2, 10, 7)]),
        ("nms", detr()),
        ("nms", [four()[1], four()[0], *four()[2:]]),
        ("nms", [*four()[:3], four()[3][:, :9]]),
    ],
)
def test_other_numbers_and_shapes_of_outputs_are_refused(name, outputs):
    told = (
        r"outputs .*: are not (one|two) outputs?.*Choose the decoder .* yolov5, yolov8, detr, nms"
    )
    with pytest.raises(MeasurementError, match=told):
        decode(name, *outputs)


@pytest.mark.parametrize(
    ("made", "name"),
    [(yolov5, "yolov8"), (yolov8, "yolov5"), (nms, "yolov5"), (nms, "yolov8")],
)
def test_a_layout_taken_for_another_is_told(made, name):
    with pytest.raises(MeasurementError, match=r"scores: are no probabilities: they range.*yolov"):
        decode(name, made())


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize(
    ("name", "outputs"),
    [
        ("yolov5", [yolov5()]),
        ("yolov8", [yolov8()]),
        ("detr", [detr()[0]]),
        ("detr", [detr()[1]]),
        ("nms", [nms()]),
        ("nms", four()),
    ],
)
def test_values_that_are_not_finite_are_refused(name, outputs, value):
    outputs = [each.copy() for each in outputs]
    broken = outputs[1 if len(outputs) == 4 else 0]
    broken[1, 2, 1] = value
    if name == "detr":
        outputs += [other for other in detr() if other.shape != broken.shape]
    told = r"has 1 of \d+ values that are NaN or infinite\. Build the engine in fp32"
    with pytest.raises(MeasurementError, match=told):
        decode(name, *outputs)


@pytest.mark.parametrize("value", [-3.0, 1.5])
@pytest.mark.parametrize(
    ("name", "outputs", "place"),
    [
        ("yolov5", yolov5(), (1, 7, 4)),
        ("yolov5", yolov5(), (1, -1, -1)),
        ("yolov8", yolov8(), (1, 4, 7)),
        ("yolov8", yolov8(), (1, -1, -1)),
    ],
)
def test_logits_where_probabilities_belong_are_told(name, outputs, place, value):
    outputs = outputs.copy()
    outputs[place] = value
    told = rf"class scores: are no probabilities: .*{value:g}.*Export the network with its sigmoids"
    with pytest.raises(MeasurementError, match=told):
        decode(name, outputs)


def test_what_quantization_rounds_beyond_1_is_taken():
    rows = yolov5()
    rows[0, 0, 4:] = 1.004
    assert decode("yolov5", rows)[0].scores.max() > 1


def test_probabilities_where_logits_belong_are_told():
    logits, boxes = detr()
    with pytest.raises(MeasurementError, match=r"are no logits: all of them lie in 0..1"):
        decode("detr", 1 / (1 + np.exp(-logits)), boxes)


def test_pixels_where_fractions_belong_are_told():
    logits, boxes = detr()
    with pytest.raises(MeasurementError, match=r"boxes of the decoder detr: are no fractions"):
        decode("detr", logits, boxes * 64)


def test_logits_and_boxes_of_four_classes_need_names():
    outputs = uniform(2, 20, 4, low=-8, high=3), uniform(2, 20, 4)
    with pytest.raises(MeasurementError, match=r"either may be the boxes\. Name them so that one"):
        decode("detr", *outputs)
    with pytest.raises(MeasurementError, match="outputs first, second: both have a last axis of 4"):
        decode("detr", *outputs, names=("first", "second"))
    named = decode("detr", *outputs, names=("logits", "pred_boxes"))
    swapped = decode("detr", *outputs[::-1], names=("pred_boxes", "logits"))
    np.testing.assert_array_equal(named[1].boxes, swapped[1].boxes)
    np.testing.assert_allclose(named[1].boxes, outputs[1][1] * (96, 64, 96, 64), rtol=1e-6)


def test_names_that_contradict_the_shapes_are_refused():
    with pytest.raises(MeasurementError, match="are not two outputs"):
        decode("detr", *detr(), names=("boxes", "logits"))


@pytest.mark.parametrize("value", [0.5, -1, CLASSES])
@pytest.mark.parametrize("padding", [False, True])
def test_classes_are_whole_and_within_range(value, padding):
    rows = nms()
    rows[1, 4, 4:] = 0 if padding else 0.5, value
    if padding:
        assert len(decode("nms", rows)[1].boxes) == 9
    else:
        with pytest.raises(MeasurementError, match=rf"class {value}: is not a whole number from 0"):
            decode("nms", rows)


@pytest.mark.parametrize("value", [-1, 11, 2.5])
def test_counts_are_numbers_of_rows(value):
    outputs = four()
    outputs[0] = np.array([[3], [value]])
    with pytest.raises(
        MeasurementError, match=f"{value} detections: is not a count of the 10 rows"
    ):
        decode("nms", *outputs)


def test_scores_and_classes_in_another_order_are_told():
    counts, boxes, scores, classes = four()
    with pytest.raises(MeasurementError, match=r"scores: are no probabilities|not a whole number"):
        decode("nms", counts, boxes, classes, scores)


def test_centres_where_corners_belong_are_told():
    rows = nms()
    rows[0, 0, :4] = 40, 40, 20, 10
    with pytest.raises(
        MeasurementError, match="a box 40, 40, 20, 10: ends left of where it begins"
    ):
        decode("nms", rows)
    rows[0, 0, :4] = 40, 40, 39.5, 60  # quantization swaps edges of thin boxes by as much
    assert decode("nms", rows)


def test_an_output_without_the_batch_is_told():
    counts, *others = four()
    with pytest.raises(MeasurementError, match=r"shape \(2, 10, 4\): does not fit a batch of 3"):
        by_image((np.zeros((3, 1)), *others), 3)
    with pytest.raises(MeasurementError, match=r"shape \(\): does not fit a batch of 2"):
        by_image((counts, np.array(3)), 2)


def test_one_array_is_one_output():
    array = yolov5()
    assert as_outputs(array)[0] is array
    assert as_outputs((array,)) == (array,)


def test_an_unknown_decoder_is_told_with_the_known_ones():
    with pytest.raises(OptionError, match=r"decoder 'yolo': is not known\. Choose from yolov5, "):
        DECODERS["yolo"]
