"""From a PyTorch model to a checked ONNX file: once per model and shape, for every precision."""

import copy
import logging
from ast import literal_eval
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from sdvbench import progress
from sdvbench.code_digest import code_digest
from sdvbench.errors import BuildError
from sdvbench.network_files import NetworkFile
from sdvbench.quantization.names import name_nodes
from sdvbench.quiet import quiet
from sdvbench.store import Artifact
from sdvbench.tensors import TensorSpec
from sdvbench.workflows.base import BuildRequest

# 20 is the newest that torch's exporter, ONNX Runtime's quantizer and TensorRT's parser share.
OPSET = 20
EXPORTERS = ("torch", "onnx", "onnxscript")
FILE = "model.onnx"
log = logging.getLogger("sdvbench.onnx")
CODE = (  # decides what the file holds
    __name__,
    "sdvbench.models.base",
    "sdvbench.models.file_network",
    "sdvbench.models.fusion",
    "sdvbench.quantization.names",
)


def exported(request: BuildRequest) -> Artifact:
    """The float32 ONNX file of the request's model and inputs, from the store if it is there."""
    recipe = {
        "kind": "onnx export",
        "model": request.source.digest,
        "inputs": request.spec.as_dict()["inputs"],
        "opset": OPSET,
        "code": code_digest(*CODE),
        "versions": exporter_versions(),
    }
    return request.store.get_or_build(recipe, lambda folder: _export(request, folder / FILE))


def exporter_versions() -> dict[str, str]:
    """What the file depends on; every artifact that is made of it must name them too, since an
    artifact that is in the store is not asked what it was made of.
    """
    return {name: version(name) for name in EXPORTERS}


def _export(request: BuildRequest, path: Path) -> None:
    import onnx
    import torch

    from sdvbench.models.file_network import FileNetwork
    from sdvbench.models.fusion import fuse

    model, inputs = request.source.load(), request.spec.inputs
    module: torch.nn.Module
    if isinstance(model, FileNetwork) and model.kind == "onnx":
        bind(model.file, inputs, path)
        return
    progress.tell("exporting to ONNX")
    module = model.program if isinstance(model, FileNetwork) else fuse(model).float().cpu()
    try:
        with quiet():  # it tells of packages that this project does without
            program = torch.onnx.export(
                module,
                model.example(inputs),
                input_names=[spec.name for spec in inputs],
                output_names=list(model.outputs),
                opset_version=OPSET,
                dynamo=True,
                verbose=False,
            )
            assert program is not None
            program.save(path)
        with _one_message(f"model {model.name}"):
            _name_by_module(path)
        onnx.checker.check_model(path, full_check=True)
    except (
        torch.onnx.OnnxExporterError,
        onnx.checker.ValidationError,
        onnx.shape_inference.InferenceError,
    ) as error:
        raise BuildError(
            f"ONNX export of {model.name} for {request.spec.inputs_text}",
            # The exporter's own message is about its next steps; its cause says what is wrong.
            str(error.__cause__ or error).strip().split("\n")[0],
            "Check that the model's forward is traceable by torch.export",
        ) from error


def _name_by_module(path: Path) -> None:
    """Put the module that it comes from before each node's name, as in "model.0.conv/node_conv2d":
    layers are then known by the names that the model has for them.
    """
    import onnx

    proto = onnx.load(path)
    for node in proto.graph.node:
        scopes = [p.value for p in node.metadata_props if p.key == "pkg.torch.onnx.name_scopes"]
        module = literal_eval(scopes[0])[-2:-1] if scopes else []
        if module and module[0]:
            node.name = f"{module[0]}/{node.name}"
    onnx.save(proto, path)


def bind(source: NetworkFile, inputs: Sequence[TensorSpec], path: Path) -> None:
    """Write the checked ONNX file ``source`` with the sizes of ``inputs`` in place of open ones.

    Every node gets a name of its own. Weights that are listed among the inputs too, as old
    exporters do, are weights alone, else no runtime folds them.
    """
    import onnx

    from sdvbench.network_files.onnx_file import load_onnx

    model = load_onnx(source)
    graph, sizes = model.graph, {spec.name: spec.sizes for spec in inputs}
    real = [value for value in graph.input if value.name in sizes]
    del graph.input[:], graph.value_info[:]
    graph.input.extend(real)
    asked = [copy.deepcopy(value) for value in real]
    for value in graph.input:
        for axis, size in zip(value.type.tensor_type.shape.dim, sizes[value.name], strict=True):
            axis.dim_value = size
    for value in graph.output:  # whose open sizes follow
        for axis in value.type.tensor_type.shape.dim:
            axis.ClearField("dim_param")
    name_nodes(graph)
    with _one_message(str(source.path)):
        bound = onnx.shape_inference.infer_shapes(model, data_prop=True)
        if why := _refused(bound):
            log.warning("sizes of inputs of %s stay open in the file: %s", source.path, why)
            for value, before in zip(model.graph.input, asked, strict=True):
                value.CopyFrom(before)
            bound = model
        onnx.save(bound, path)


@contextmanager
def _one_message(thing: str) -> Iterator[None]:
    """The block that writes a network as one protobuf message; BuildError where it is too large."""
    from google.protobuf.message import EncodeError  # type: ignore[import-untyped]

    try:
        yield
    except EncodeError as error:
        problem = "is larger than 2 GiB with its weights, which no ONNX file without others can be"
        remedy = "Use a smaller network, or a workflow that does not go through ONNX"
        raise BuildError(thing, problem, remedy) from error


def _refused(model: Any) -> str:
    """Why ONNX Runtime, where it is installed, takes no such model; empty where it does. Branches
    that never run may contradict sizes that are fixed, which it finds while it optimizes.
    """
    if find_spec("onnxruntime") is None:
        return ""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    try:
        onnxruntime.InferenceSession(
            model.SerializeToString(), options, providers=["CPUExecutionProvider"]
        )
    except Exception as error:  # its exceptions derive from Exception directly
        return str(error)[:300]
    return ""
