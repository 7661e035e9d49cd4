"""Engines through the public face: right outputs, built once, refused with a reason."""

import copy
import hashlib
import json
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from sdvbench.errors import BuildError, OptionError
from sdvbench.models import Detector
from sdvbench.models.digest import model_digest
from sdvbench.pruning import prune
from sdvbench.store import Store
from sdvbench.workflows import WORKFLOWS
from sdvbench.workflows.base import EngineSpec, Images

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
        assert EngineSpec(**json.loads(json.dumps(engine.spec.as_dict()))) == engine.spec
        with pytest.raises(BuildError, match=r"do not fit an engine for float32 \(1, 3, 32, 128"):
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
    exports = [recipe["shape"] for recipe in ours if recipe["kind"] == "onnx export"]
    assert exports.count([1, 3, 64, 64]) == 1


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


@pytest.mark.parametrize("workflow", ["Wd", "W1"])
def test_images_of_another_shape_or_type_are_refused(
    built: Any, image: Images, workflow: str
) -> None:
    with built(workflow, "fp32") as engine:
        for wrong in (image[:, :, :32], image[0], image.repeat(2, 0), image.astype(np.float64)):
            with pytest.raises(BuildError, match=r"do not fit an engine for float32 \(1, 3, 64"):
                engine(wrong)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"workflow": "W9"}, r"workflow 'W9': is not known\. Choose from Wd, W0, W1, W2"),
        ({"precision": "fp8"}, r"precision 'fp8': is not one of W1's\. Choose from fp32, fp16"),
        ({"workflow": "Wd", "precision": "int8"}, r"is not one of Wd's\. Choose from fp32, fp16"),
        ({"imgsz": 100}, "image size 100: is not a positive multiple of 32"),
        ({"imgsz": 0}, "image size 0: is not a positive multiple of 32"),
        (
            {"imgsz": (64, 100)},
            "image size 64x100: has a side that is not a positive",
        ),
        ({"imgsz": -64}, "image size -64: is not a positive multiple of 32"),
        ({"batch": 0}, "batch 0: is not positive"),
        ({"device": "gpu"}, r"device 'gpu': is not known\. Use cpu, cuda or cuda:N"),
        ({"device": "cuda:x"}, "device 'cuda:x': is not known"),
        (
            {"compile": True},
            "option 'compile' of W1: is not known. Choose from threads, graph_optimization",
        ),
        ({"workflow": "Wd", "fuse": 1}, "option 'fuse' of Wd: is not known. Choose from compile"),
    ],
)
def test_unknown_choices_are_refused_before_anything_is_built(
    built: Any, tmp_path: Any, arguments: dict[str, Any], message: str
) -> None:
    store = Store(tmp_path / "store")
    with pytest.raises(OptionError, match=message):
        built(**{"workflow": "W1", "precision": "fp32", "store": store} | arguments)
    assert not store.root.exists()


def test_int8_without_calibration_says_how(built: Any) -> None:
    with pytest.raises(BuildError, match="precision int8: needs calibration images") as error:
        built("W1", "int8", calibration=None)
    assert error.value.remedy.startswith("Pass calibration=images")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda images: images[..., :32], r"are not float32 \(N, 3, 64, 64\)"),
        (lambda images: images[:0], r"are not float32 \(N, 3, 64, 64\)"),
        (lambda images: images.astype(np.float64), r"float64 \(5, 3, 64, 64\): are not float32"),
        (lambda images: images * np.float32("nan"), "hold NaN or infinity"),
    ],
)
def test_calibration_images_that_do_not_fit_are_refused(
    built: Any, calibration: Images, change: Any, message: str
) -> None:
    with pytest.raises(BuildError, match=message):
        built("W1", "int8", calibration=change(calibration))


def test_calibration_images_must_fill_batches(built: Any) -> None:
    with pytest.raises(BuildError, match="5 calibration images: do not fill batches of 2"):
        built("W1", "int8", batch=2)


@pytest.mark.parametrize("workflow", ["W0", "W2"])
def test_tensorrt_workflows_say_what_is_missing(
    built: Any, monkeypatch: pytest.MonkeyPatch, workflow: str
) -> None:
    nvidia = "sdvbench.workflows.nvidia"
    monkeypatch.setattr(f"{nvidia}.shutil.which", lambda _: None)
    with pytest.raises(BuildError, match=f"{workflow}-fp16 on cuda: .* needs an NVIDIA GPU"):
        built(workflow, "fp16", device="cuda")
    monkeypatch.setattr(f"{nvidia}.shutil.which", lambda name: f"/usr/bin/{name}")
    with pytest.raises(BuildError, match=r"runs on GPUs only, not on cpu\. add --sdv-device cuda"):
        built(workflow, "fp16")
    monkeypatch.setattr(f"{nvidia}.find_spec", lambda _: None)
    with pytest.raises(BuildError, match=r"is not installed\. pip install .*tensorrt"):
        built(workflow, "fp16", device="cuda")
    monkeypatch.setattr(f"{nvidia}.find_spec", lambda _: object())
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(BuildError, match=r"PyTorch sees no CUDA device\. check nvidia-smi"):
        built(workflow, "fp16", device="cuda")


def test_w0_s_int8_needs_its_quantizer(built: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    nvidia = "sdvbench.workflows.nvidia"
    monkeypatch.setattr(f"{nvidia}.shutil.which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(f"{nvidia}.find_spec", lambda _: object())
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    with pytest.raises(BuildError, match=r"sees 2 CUDA devices, numbered from 0\. choose one"):
        built("W0", "int8", device="cuda:2")
    w0 = "sdvbench.workflows.w0_torch_tensorrt"
    versions = {"torch": "2.13.0", "torch-tensorrt": "2.12.1"}
    monkeypatch.setattr(f"{w0}.version", versions.__getitem__)
    with pytest.raises(BuildError, match=r"torch-tensorrt 2\.12\.1 does not fit torch 2\.13\.0"):
        built("W0", "int8", device="cuda:1")
    versions["torch-tensorrt"] = "2.13.1"
    monkeypatch.setattr(f"{w0}.find_spec", lambda _: None)
    with pytest.raises(BuildError, match=r"nvidia-modelopt is not installed\. pip install nvidia"):
        built("W0", "int8", device="cuda:1")


@pytest.mark.parametrize("workflow", ["Wd", "W1"])
def test_a_missing_gpu_is_told(built: Any, monkeypatch: pytest.MonkeyPatch, workflow: str) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(
        "sdvbench.workflows.w1_onnx_runtime._providers", lambda: ["CPUExecutionProvider"]
    )
    with pytest.raises(BuildError, match=rf"{workflow}-fp32 on cuda: .*no CUDA"):
        built(workflow, "fp32", device="cuda")


class Untraceable(Detector):
    """A detector whose outputs depend on the image in a way that cannot be exported."""

    def __init__(self) -> None:
        super().__init__("untraceable", 1)
        self.conv = nn.Conv2d(3, 6, 1)

    def forward(self, images: Tensor) -> Tensor:
        if float(images.sum()) > 0:
            return self.conv(images).flatten(2)
        return self.conv(images).flatten(2) * 2

    def unprunable(self) -> list[nn.Module]:
        return []

    def pruning_order(self) -> list[nn.Conv2d]:
        return []


def test_a_failed_export_tells_its_cause(built: Any) -> None:
    with pytest.raises(BuildError, match="ONNX export of untraceable at") as error:
        built("W1", "fp32", model=Untraceable())
    assert "data-dependent" in error.value.problem


def test_a_damaged_engine_file_is_told(tmp_path: Any) -> None:
    (tmp_path / "model.onnx").write_bytes(b"no ONNX")
    with pytest.raises(BuildError, match=r"model\.onnx: ONNX Runtime cannot load it"):
        WORKFLOWS["W1"]().load(tmp_path, EngineSpec("fp32", 64))


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
        assert implementation.speed_gap(EngineSpec("fp32")) is None
        assert implementation.speed_gap(EngineSpec("fp16", device="cuda")) is None
    assert "emulated" in str(WORKFLOWS["Wd"]().speed_gap(EngineSpec("fp16")))
