"""Memory and cold start from a fresh process."""

from time import monotonic

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from sdvbench.errors import MeasurementError
from sdvbench.measurement.memory import run_fresh
from sdvbench.workflows.base import EngineSpec
from sdvbench.workflows.onnx_export import FILE

SPEC = EngineSpec.for_images("fp32", imgsz=64)
CHANNELS = 32
INPUT, OUTPUT = "images", "detections"


@pytest.fixture(scope="module")
def artifact(tmp_path_factory):
    """Makes the folder of a W1 engine of one convolution and its activation, by image size."""
    kernel = numpy_helper.from_array(np.ones((CHANNELS, 3, 1, 1), np.float32), "w")

    def make(imgsz):
        shape = [1, CHANNELS, imgsz, imgsz]
        nodes = [
            helper.make_node("Conv", [INPUT, "w"], ["c"]),
            helper.make_node("Sigmoid", ["c"], [OUTPUT]),
        ]
        ends = [
            [helper.make_tensor_value_info(name, TensorProto.FLOAT, size)]
            for name, size in ((INPUT, [1, 3, imgsz, imgsz]), (OUTPUT, shape))
        ]
        graph = helper.make_graph(nodes, "g", *ends, [kernel])
        opset = [helper.make_opsetid("", 20)]
        folder = tmp_path_factory.mktemp("engine")
        onnx.save(helper.make_model(graph, opset_imports=opset, ir_version=10), folder / FILE)
        return folder

    return make


def test_the_peak_is_the_child_s_own(artifact):
    ballast = np.ones(400 << 20, np.uint8)  # must not be counted: it is this process's
    start = monotonic()
    found = run_fresh("W1", artifact(64), SPEC)
    assert 20 < found.peak_memory_mb < 300
    assert 0 < found.private_memory_mb < found.peak_memory_mb
    assert 0 < found.cold_start_s < monotonic() - start
    assert ballast.any()


def test_a_bigger_input_takes_more_memory(artifact):
    small_mb = run_fresh("W1", artifact(64), SPEC).peak_memory_mb
    big_mb = run_fresh("W1", artifact(640), EngineSpec.for_images("fp32")).peak_memory_mb
    assert big_mb > small_mb + 20


def test_a_process_that_fails_is_told_with_its_last_line(tmp_path):
    with pytest.raises(
        MeasurementError, match=r"fresh process for W1-fp32: failed with exit code 1: .*model\.onnx"
    ):
        run_fresh("W1", tmp_path, SPEC)
