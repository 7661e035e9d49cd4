"""Which libraries of two runs may make a figure incomparable."""

import pytest

from sdvbench.gate.libraries import differing

W1, WD = "yolov5n-PL-W1-int8-b1", "yolov5n-orig-Wd-fp32-b1"
THEN = {"torch": "2", "onnxruntime": "1", "openvino": "1"}


@pytest.mark.parametrize(
    ("now", "cells", "found"),
    [
        ({}, (W1, WD), []),
        ({"openvino": "2", "torchao": "1"}, (W1, WD), []),
        ({"onnxruntime": "2"}, (W1, WD), ["onnxruntime"]),
        ({"onnxruntime": "2"}, (WD, WD), []),
        ({"onnxruntime": "2"}, (WD, W1), ["onnxruntime"]),  # the anchor's
        ({"torch-pruning": "2"}, (WD, WD), ["torch-pruning"]),
        ({"openvino": "2", "other": "1"}, ("test_of_mine", WD), ["openvino", "other"]),
        ({"openvino": "2"}, ("yolov5n-orig-Gone-fp32-b1", WD), ["openvino"]),
    ],
)
def test_those_of_the_engine_and_the_anchor_matter(now, cells, found):
    assert differing(THEN, THEN | now, *cells) == found


def test_one_that_is_gone_differs():
    assert differing(THEN, {"torch": "2"}, W1) == ["onnxruntime"]
