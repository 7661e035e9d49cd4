"""Engines from models, through the store."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from sdvbench import progress
from sdvbench.code_digest import code_digest, code_of
from sdvbench.errors import BuildError, OptionError
from sdvbench.image_size import ImageSize
from sdvbench.models.base import Network
from sdvbench.models.digest import model_digest
from sdvbench.models.file_network import FileNetwork
from sdvbench.store import Artifact, Store
from sdvbench.tensors import Array, Inputs, TensorSpec
from sdvbench.workflows import WORKFLOWS, options
from sdvbench.workflows.base import (
    BuildRequest,
    Calibration,
    Engine,
    EngineSpec,
    Source,
    Workflow,
    check_device,
)
from sdvbench.workflows.loading import load_engine
from sdvbench.workflows.out_of_memory import out_of_memory_told


def build(
    model: Network,
    workflow: str = "Wd",
    precision: str = "fp32",
    *,
    imgsz: ImageSize = 640,
    batch: int = 1,
    device: str = "cpu",
    calibration: Array | Sequence[Inputs] | None = None,
    store: Store | None = None,
    **workflow_options: Any,
) -> Engine:
    """An engine for ``model``, loaded from the store if an equal one was built before.

    imgsz: of a network of images, side of the square input in pixels, or (height, width); of a
        detector, multiples of 32.
    calibration: float32 (N, 3, height, width) RGB 0..1, N a multiple of ``batch``, or a list of
        tuples, the inputs of a call each; the quantized precisions take their ranges from it.
    workflow_options: for example ``compile=True`` for Wd.

    Raises OptionError for a name, precision, shape, device or option that is not known, BuildError
    for what cannot be built here, with the step that would change that.
    """
    if batch < 1:
        raise OptionError(f"batch {batch}", "is not positive", "Use 1 or more")
    inputs = model.bound_inputs(imgsz, batch)
    spec = EngineSpec(precision, inputs, batch, device, workflow_options)
    check_spec(workflow, spec)
    digest = model.digest if isinstance(model, FileNetwork) else model_digest(model)
    source = Source(digest, lambda: model)
    prepared = None if calibration is None else _calibration(calibration, spec)
    artifact = build_artifact(workflow, source, spec, prepared, store or Store())
    return load_engine(workflow, artifact.folder, spec)


def check_spec(name: str, spec: EngineSpec) -> Workflow:
    """The workflow called ``name``; raises if it cannot build ``spec`` on this machine."""
    workflow: Workflow = WORKFLOWS[name]()
    if spec.precision not in workflow.precisions:
        raise OptionError(
            f"precision {spec.precision!r}",
            f"is not one of {name}'s",
            f"Choose from {', '.join(workflow.precisions)}",
        )
    options.checked(name, workflow.options, spec.options)
    check_device(spec.device)
    gap = workflow.gap(spec)
    if gap:
        raise BuildError(f"{name}-{spec.precision} on {spec.device}", gap.missing, gap.enable)
    return workflow


def build_artifact(
    name: str, source: Source, spec: EngineSpec, calibration: Calibration | None, store: Store
) -> Artifact:
    """The stored artifact of workflow ``name`` for ``source`` and ``spec``; built if absent."""
    workflow = check_spec(name, spec)
    request = BuildRequest(source, spec, calibration, store)
    key = artifact_recipe(name, workflow, request)

    def write(folder: Path) -> Mapping[str, Any] | None:
        progress.tell(f"building {name}-{spec.precision}")
        with out_of_memory_told(spec):
            return workflow.build(request, folder)

    return store.get_or_build(key, write)


def artifact_recipe(name: str, workflow: Workflow, request: BuildRequest) -> Mapping[str, Any]:
    """What the artifact is made of: equal recipes give equal engines. Devices share artifacts
    unless the workflow's own recipe names the hardware.
    """
    spec, calibration = request.spec, request.calibration
    calibrated = workflow.needs_calibration(spec.precision)
    return {
        "kind": "engine",
        "workflow": name,
        "model": request.source.digest,
        "precision": spec.precision,
        "inputs": spec.as_dict()["inputs"],
        "options": spec.options,
        "calibration": calibration.identity if calibrated and calibration else None,
        "built with": workflow.recipe(spec),
        "code": [code_digest(*workflow.code), code_of(type(workflow))],
    }


def _calibration(given: Array | Sequence[Inputs], spec: EngineSpec) -> Calibration:
    calls = _image_calls(given, spec) if isinstance(given, np.ndarray) else list(given)
    digest = hashlib.sha256()
    for inputs in calls:
        fit = len(inputs) == len(spec.inputs) and all(map(TensorSpec.fits, spec.inputs, inputs))
        if not fit:
            found = ", ".join(f"{array.dtype} {array.shape}" for array in inputs)
            remedy = "Pass a list of tuples, one a call, with an array for each of these"
            raise BuildError(f"calibration inputs {found}", f"are not {spec.inputs_text}", remedy)
        for array in inputs:
            digest.update(np.ascontiguousarray(array).tobytes())
    return Calibration(digest.hexdigest(), lambda: iter(calls))


def _image_calls(images: Array, spec: EngineSpec) -> list[Inputs]:
    if images.dtype != np.float32 or images.shape[1:] != spec.shape[1:] or not len(images):
        raise BuildError(
            f"calibration images {images.dtype} {images.shape}",
            f"are not float32 (N, {', '.join(map(str, spec.shape[1:]))})",
            "Letterbox them to the engine's imgsz and scale them to 0..1",
        )
    if len(images) % spec.batch:
        raise BuildError(
            f"{len(images)} calibration images",
            f"do not fill batches of {spec.batch}",
            "Pass a multiple of the batch",
        )
    return [(batch,) for batch in images.reshape(-1, *spec.shape)]
