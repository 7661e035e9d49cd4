"""ONNX files that engines are built from: what cannot be written as one is told."""

from pathlib import Path

import onnx
import pytest
from google.protobuf.message import EncodeError
from onnx import TensorProto, helper

from sdvbench.errors import BuildError
from sdvbench.network_files import read_network_file
from sdvbench.tensors import TensorSpec
from sdvbench.workflows.onnx_export import bind


def test_a_network_that_is_too_large_for_one_file_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As weights of more than 2 GiB are, which may lie beside the file that is passed."""

    def too_large(*_: object, **__: object) -> None:
        raise EncodeError("Failed to serialize proto")  # protobuf's own words

    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", 4]) for name in "xy"]
    graph = helper.make_graph([helper.make_node("Relu", ["x"], ["y"])], "g", ends[:1], ends[1:])
    onnx.save(helper.make_model(graph), tmp_path / "given.onnx")
    inputs = (TensorSpec("x", (1, 4)),)
    given = read_network_file(tmp_path / "given.onnx")
    bind(given, inputs, tmp_path / "bound.onnx")
    for module, name in ((onnx.shape_inference, "infer_shapes"), (onnx, "save")):
        with monkeypatch.context() as patch:
            patch.setattr(module, name, too_large)
            with pytest.raises(BuildError, match=r"given\.onnx: is larger than 2 GiB .* Use a sm"):
                bind(given, inputs, tmp_path / "bound.onnx")
