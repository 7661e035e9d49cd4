"""What cannot be built or called is refused, and the reason says what to do."""

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from sdvbench.errors import BuildError, OptionError
from sdvbench.models import Detector
from sdvbench.store import Store
from sdvbench.tensors import Images
from sdvbench.workflows import WORKFLOWS
from sdvbench.workflows.base import EngineSpec


@pytest.mark.parametrize("workflow", ["Wd", "W1"])
def test_images_of_another_shape_or_type_are_refused(
    built: Any, image: Images, workflow: str
) -> None:
    with built(workflow, "fp32") as engine:
        for wrong in (image[:, :, :32], image[0], image.repeat(2, 0), image.astype(np.float64)):
            with pytest.raises(BuildError, match=r"an engine for images float32 \(1, 3, 64"):
                engine(wrong)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"workflow": "W9"}, r"workflow 'W9': is not known\. Choose from Wd, W0, W1, W2, OpenVINO"),
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
    with pytest.raises(BuildError, match="precision int8: needs calibration data") as error:
        built("W1", "int8", calibration=None)
    assert error.value.remedy.startswith("Pass calibration=images")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda images: images[..., :32], r"are not float32 \(N, 3, 64, 64\)"),
        (lambda images: images[:0], r"are not float32 \(N, 3, 64, 64\)"),
        (lambda images: images.astype(np.float64), r"float64 \(5, 3, 64, 64\): are not float32"),
        (lambda images: images * np.float32("nan"), "calibration data: hold NaN or infinity"),
        (lambda images: [], "calibration data: are empty"),
        (lambda images: [(images[:1], images[:1])], "float32 .*: are not images float32 1x3x64x64"),
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
    with pytest.raises(BuildError, match="ONNX export of untraceable for images") as error:
        built("W1", "fp32", model=Untraceable())
    assert "data-dependent" in error.value.problem


def test_a_damaged_engine_file_is_told(tmp_path: Any) -> None:
    (tmp_path / "model.onnx").write_bytes(b"no ONNX")
    with pytest.raises(BuildError, match=r"model\.onnx: ONNX Runtime cannot load it"):
        WORKFLOWS["W1"]().load(tmp_path, EngineSpec.for_images("fp32", 64))
