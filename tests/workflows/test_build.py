"""Engines through the public face: right outputs, built once."""

import copy
import hashlib
import json
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from sdvbench.errors import BuildError
from sdvbench.models import Detector
from sdvbench.models.digest import model_digest
from sdvbench.pruning import prune
from sdvbench.store import Store
from sdvbench.tensors import Images
from sdvbench.workflows import WORKFLOWS
from sdvbench.workflows.base import EngineSpec

# The largest error of a score against PyTorch's, and the mean error of a box in pixels.
BOUNDS = {
    ("Wd", "fp32"): (2e-5, 5e-4),
    ("Wd", "fp16"): (0.01, 0.2),
    ("W1", "fp32"): (2e-5, 5e-4),
    ("W1", "fp16"): (0.01, 0.2),
    ("W1", "int16"): (0.002, 0.05),
    ("W1", "int8"): (0.3, 5),
}


@pytest.mark.parametrize(("workflow", "precision"), BOUNDS)
def test_engines_agree_with_pytorch(
    built: Any, nano: Detector, image: Images, workflow: str, precision: str
) -> None:
    with torch.inference_mode():
        exact = nano(torch.from_numpy(image)).numpy()
    with built(workflow, precision) as engine:
        outputs = engine(image)
    assert outputs.dtype == np.float32
    assert outputs.shape == exact.shape
    most_score, mean_px = BOUNDS[workflow, precision]
    error = np.abs(outputs - exact)
    assert error[..., 4:].max() < most_score
    assert error[..., :4].mean() < mean_px
    if precision != "fp32":
        assert error.max() > 1e-2  # pixels; it is not fp32 under another name


@pytest.mark.parametrize("workflow", ["Wd", "W1"])
def test_rectangles_are_built_and_measured_as_squares_are(
    built: Any, nano: Detector, image: Images, workflow: str
) -> None:
    wide = np.ascontiguousarray(np.concatenate([image, image[..., ::-1]], axis=3)[:, :, :32])
    with torch.inference_mode():
        exact = nano(torch.from_numpy(wide)).numpy()
    with built(workflow, "fp32", imgsz=(32, 128), calibration=None) as engine:
        assert engine.spec.shape == (1, 3, 32, 128)
        np.testing.assert_allclose(engine(wide), exact, rtol=1e-3, atol=1e-3)
        assert EngineSpec.from_dict(json.loads(json.dumps(engine.spec.as_dict()))) == engine.spec
        with pytest.raises(BuildError, match=r"an engine for images float32 \(1, 3, 32, 128"):
            engine(image)


def test_pruned_models_build_too(built: Any, nano: Detector, image: Images) -> None:
    pruned = prune(nano, "PG", imgsz=64)
    with torch.inference_mode():
        exact = pruned(torch.from_numpy(image)).numpy()
    with built("Wd", "fp32", model=pruned) as engine:
        np.testing.assert_allclose(engine(image), exact, rtol=1e-3, atol=1e-3)


def test_flipped_images_run_everywhere(built: Any, image: Images) -> None:
    flipped = image[..., ::-1]  # a view with negative strides
    for workflow in ("Wd", "W1"):
        with built(workflow, "fp32") as engine:
            np.testing.assert_array_equal(engine(flipped), engine(flipped.copy()))


def test_engines_close_twice(built: Any) -> None:
    for workflow in ("Wd", "W1"):
        with built(workflow, "fp32") as engine:
            engine.close()


def test_one_export_and_one_calibration_serve_every_precision(
    built: Any, nano: Detector, store: Store, calibration: Images
) -> None:
    for workflow, precision in BOUNDS:
        built(workflow, precision).close()
    # Other tests build in this store, too.
    recipes = [entry.recipe for entry in store.entries() if entry.recipe]
    ours = [recipe for recipe in recipes if recipe["model"] == model_digest(nano)]
    identity = hashlib.sha256(calibration.tobytes()).hexdigest()
    usual = {"kind": "onnx calibration", "images": identity, "method": "minmax"}
    assert sum(usual.items() <= recipe.items() for recipe in ours if "images" in recipe) == 1
    made = [recipe["built with"] for recipe in ours if recipe.get("workflow") == "W1"]
    assert all({"onnxruntime", "torch", "onnx", "onnxscript"} <= set(versions) for versions in made)
    exports = [recipe["inputs"] for recipe in ours if recipe["kind"] == "onnx export"]
    assert [inputs[0]["shape"] for inputs in exports].count([1, 3, 64, 64]) == 1


@pytest.mark.usefixtures("no_export")
def test_a_second_build_comes_from_the_store(
    built: Any, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    for workflow, precision in BOUNDS:
        built(workflow, precision).close()
        with monkeypatch.context() as patch:
            patch.setattr(WORKFLOWS[workflow], "build", None)
            built(workflow, precision, store=Store(store.root)).close()


@pytest.mark.usefixtures("no_export")
def test_other_calibration_images_make_another_int8_but_the_same_fp32(
    built: Any, calibration: Images, monkeypatch: pytest.MonkeyPatch
) -> None:
    built("W1", "int8", calibration=calibration[:1]).close()  # needs no new export
    monkeypatch.setattr(WORKFLOWS["W1"], "build", None)
    built("W1", "fp32", calibration=calibration[:1]).close()
    with pytest.raises(TypeError):  # it would be built
        built("W1", "int8", calibration=calibration[:2])


def test_a_model_s_int8_engine_is_built_as_it_was_trained(
    built: Any, nano: Detector, image: Images
) -> None:
    aware = copy.deepcopy(nano)
    aware.quantization_aware = True

    def outputs(model: Detector, **options: Any) -> Images:
        with built("W1", "int8", model=model, **options) as engine:
            return engine(image)

    paper = outputs(nano)
    trained_for = outputs(nano, quantization="tensorrt", calibration_method="percentile")
    assert not np.array_equal(paper, trained_for)
    np.testing.assert_array_equal(outputs(aware), trained_for)
    np.testing.assert_array_equal(outputs(aware, quantization="paper"), paper)
    wide = outputs(nano, quantization="tensorrt")
    np.testing.assert_array_equal(outputs(aware, calibration_method="minmax"), wide)


def test_torch_compile_is_asked_for_by_option(
    built: Any, image: Images, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiled: list[nn.Module] = []

    def stand_in(model: nn.Module) -> nn.Module:  # the real one takes a minute
        compiled.append(model)
        return model

    monkeypatch.setattr(torch, "compile", stand_in)
    with built("Wd", "fp32") as plain, built("Wd", "fp32", compile=True) as engine:
        np.testing.assert_array_equal(engine(image), plain(image))
    assert len(compiled) == 1
    built("Wd", "fp32", compile=False).close()
    assert len(compiled) == 1


def test_slow_emulation_is_not_timed() -> None:
    for workflow in ("Wd", "W1"):
        implementation = WORKFLOWS[workflow]()
        assert implementation.speed_gap(EngineSpec.for_images("fp32")) is None
        assert implementation.speed_gap(EngineSpec.for_images("fp16", device="cuda")) is None
    assert "emulated" in str(WORKFLOWS["Wd"]().speed_gap(EngineSpec.for_images("fp16")))
