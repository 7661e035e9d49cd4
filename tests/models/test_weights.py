"""Weights that do not belong to the model: the error says which and why."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from sdvbench.errors import CheckpointError
from sdvbench.models import MODELS, load_model

Save = Callable[..., Path]


def test_a_missing_tensor_is_named(save_state: Save) -> None:
    path = save_state(**{"model.24.m.1.bias": None})
    with pytest.raises(CheckpointError, match=r"yolov5n: it lacks model\.24\.m\.1\.bias\. Name"):
        load_model("yolov5n", path)


def test_an_unexpected_tensor_is_named(save_state: Save) -> None:
    path = save_state(**{"model.24.scales": torch.ones(3)})
    with pytest.raises(CheckpointError, match=r"has unexpected model\.24\.scales\. Name"):
        load_model("yolov5n", path)


@pytest.mark.parametrize(
    ("held", "asked"),
    [
        ("yolov5s", "yolov5n"),
        ("yolov5n", "yolov5s"),
        ("yolov5m", "yolov5n"),
        ("yolov5n", "yolov5m"),
    ],
)
def test_another_size_is_named(save_state: Save, held: str, asked: str) -> None:
    with pytest.raises(CheckpointError, match=f"holds a {held}, not a {asked}") as error:
        load_model(asked, save_state(held))
    assert error.value.remedy == f"Pass --sdv-model {held}"


def test_the_class_count_is_taken_from_the_file_and_checked(tmp_path: Path) -> None:
    path = tmp_path / "seven.pt"
    torch.save(MODELS["yolov5n"](7).state_dict(), path)
    assert load_model("yolov5n", path).num_classes == 7
    with pytest.raises(CheckpointError, match="was trained for 7 classes, not 80") as error:
        load_model("yolov5n", path, num_classes=80)
    assert error.value.remedy == "Pass num_classes=7"


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_nan_and_infinity_are_refused(save_state: Save, value: float) -> None:
    bias = torch.zeros(255)
    bias[100] = value
    with pytest.raises(CheckpointError, match=r"m\.0\.bias holds NaN or infinity"):
        load_model("yolov5n", save_state(**{"model.24.m.0.bias": bias}))


@pytest.mark.parametrize("bias", [torch.tensor(1.0), torch.ones(1), torch.ones(255, 1)])
def test_a_misshapen_head_is_refused(save_state: Save, bias: torch.Tensor) -> None:
    with pytest.raises(CheckpointError, match=r"m\.0\.bias has shape"):
        load_model("yolov5n", save_state(**{"model.24.m.0.bias": bias}))


@pytest.mark.parametrize("shape", [(), (16,), (16, 3, 6)])
def test_a_pruned_file_cannot_change_a_tensors_rank(tmp_path: Path, shape: tuple[int, ...]) -> None:
    state = MODELS["yolov5n"](80).state_dict() | {"model.0.conv.weight": torch.ones(shape)}
    save_file(state, tmp_path / "a.safetensors", {"model": "yolov5n", "pruning": "PL"})
    with pytest.raises(CheckpointError, match=r"model\.0\.conv\.weight has shape"):
        load_model("yolov5n", tmp_path / "a.safetensors")


def test_half_precision_weights_are_used_as_float32(tmp_path: Path) -> None:
    model = MODELS["yolov5n"](80)
    torch.save(model.half().state_dict(), tmp_path / "half.pt")
    loaded = load_model("yolov5n", tmp_path / "half.pt")
    for name, tensor in model.state_dict().items():
        assert torch.equal(loaded.state_dict()[name], tensor.float()), name
