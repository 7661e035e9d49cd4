"""From the exported ONNX file to the one in a precision, as ONNX Runtime and TensorRT take it."""

import shutil
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sdvbench import progress
from sdvbench.code_digest import code_digest
from sdvbench.quantization.ranges import method_for
from sdvbench.store import Artifact
from sdvbench.workflows import onnx_export
from sdvbench.workflows.base import BuildRequest
from sdvbench.workflows.calibrating import calibration_of
from sdvbench.workflows.onnx_export import FILE, exported, exporter_versions

if TYPE_CHECKING:  # the quantizer is loaded only where something must be built
    from sdvbench.quantization.static import Recipe

RANGES = "ranges.json"
CODE = (  # decides what the files hold
    *onnx_export.CODE,
    __name__,
    "sdvbench.workflows.calibrating",
    "sdvbench.quantization.half",
    "sdvbench.quantization.layers",
    "sdvbench.quantization.names",
    "sdvbench.quantization.ranges",
    "sdvbench.quantization.static",
)


def write_in_precision(
    request: BuildRequest, recipes: "Mapping[str, Recipe]", file: Path
) -> dict[str, Any]:
    """Write the request's model in its precision; the integer ones by ``recipes``.

    Gives what the layers compute in, for the artifact's manifest, as ``check_layers`` does; raises
    BuildError as that does.
    """
    from sdvbench.models.file_network import FileNetwork
    from sdvbench.quantization.layers import check_kept, check_layers

    source = exported(request).path(FILE)
    precision = request.spec.precision
    if precision == "fp32":
        shutil.copyfile(source, file)
        return check_layers(file, precision)
    model = request.source.load()
    kept = model.kept_names(decoded=False)
    check_kept(source, kept)
    if precision == "fp16":
        import onnx

        from sdvbench.quantization.half import to_half

        progress.tell("converting to half precision")
        if isinstance(model, FileNetwork):
            # BatchNorm's variances may be beyond half's range; our own exports have none.
            from sdvbench.quantization.static import prepare

            prepare(source, file)
            source = file
        onnx.save(to_half(onnx.load(source), kept), file)
    else:
        from sdvbench.quantization.static import quantize

        recipe = recipes[precision]
        kept = model.kept_names(decoded=not recipe.decoded)
        aware = recipe.symmetric and model.quantization_aware
        method = method_for(request.spec.options.get("calibration_method"), aware=aware)
        calibrated = _calibrated(request, source, method)
        progress.tell(f"quantizing to {precision}")
        prepared, ranges = calibrated.path("prepared.onnx"), calibrated.path(RANGES)
        quantize(prepared, ranges, recipe, file, method, kept)
    return check_layers(file, precision, kept)


def converter_versions() -> dict[str, str]:
    """What the file depends on; every artifact that is made of it must name them too."""
    return {"onnxruntime": _runtime_version(), **exporter_versions()}


def _calibrated(request: BuildRequest, source: Path, method: str) -> Artifact:
    """The prepared graph and the ranges of its activations, shared by all integer precisions."""
    from sdvbench.quantization.static import calibrate, prepare

    images = calibration_of(request)
    assert request.calibration is not None

    def build(folder: Path) -> None:
        prepare(source, folder / "prepared.onnx")
        calibrate(folder / "prepared.onnx", images, folder / RANGES, method)

    recipe = {
        "kind": "onnx calibration",
        "model": request.source.digest,
        "inputs": request.spec.as_dict()["inputs"],
        "images": request.calibration.identity,
        "method": method,
        "code": code_digest(*CODE),
        **converter_versions(),
    }
    return request.store.get_or_build(recipe, build)


def _runtime_version() -> str:
    for package in ("onnxruntime", "onnxruntime-gpu"):
        try:
            return f"{package} {version(package)}"
        except PackageNotFoundError:
            continue
    return "absent"
