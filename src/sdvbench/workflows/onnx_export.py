"""From a PyTorch model to a checked ONNX file: once per model and shape, for every precision."""

from ast import literal_eval
from importlib.metadata import version
from pathlib import Path

from sdvbench import progress
from sdvbench.code_digest import code_digest
from sdvbench.errors import BuildError
from sdvbench.quiet import quiet
from sdvbench.store import Artifact
from sdvbench.workflows.base import BuildRequest

# 20 is the newest that torch's exporter, ONNX Runtime's quantizer and TensorRT's parser share.
OPSET = 20
EXPORTERS = ("torch", "onnx", "onnxscript")
FILE = "model.onnx"
CODE = (__name__, "sdvbench.models.fusion")  # decides what the file holds


def exported(request: BuildRequest) -> Artifact:
    """The float32 ONNX file of the request's model and shape, from the store if it is there."""
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

    from sdvbench.models.fusion import fuse

    progress.tell("exporting to ONNX")
    model = fuse(request.source.load()).float().cpu()
    inputs = request.spec.inputs
    try:
        with quiet():  # it tells of packages that this project does without
            program = torch.onnx.export(
                model,
                model.example(inputs),
                input_names=[spec.name for spec in inputs],
                output_names=list(model.outputs),
                opset_version=OPSET,
                dynamo=True,
                verbose=False,
            )
            assert program is not None
            program.save(path)
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
