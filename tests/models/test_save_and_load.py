"""Models through a file, pruned shapes and all."""

import copy
from pathlib import Path

import pytest
import torch

from sdvbench.models import Detector, load_model, save_model
from sdvbench.models.digest import model_digest
from sdvbench.pruning import prune


@pytest.mark.parametrize("method", ["orig", "PL", "PS", "PG"])
def test_a_model_comes_back_as_it_was(
    nano: Detector, images: torch.Tensor, tmp_path: Path, method: str
) -> None:
    model = prune(nano, method, imgsz=64)
    model.class_names = tuple(f"class {i}" for i in range(80))
    path = tmp_path / "model.safetensors"
    save_model(model, path, method)
    back = load_model("yolov5n", path)
    assert model_digest(back) == model_digest(model)
    assert back.class_names == model.class_names
    assert not back.training
    with torch.inference_mode():
        assert torch.equal(back(images), model(images))


def test_a_file_tells_whether_int8_was_in_the_loop(nano: Detector, tmp_path: Path) -> None:
    aware = copy.deepcopy(nano)
    aware.quantization_aware = True
    save_model(aware, tmp_path / "aware.safetensors")
    save_model(nano, tmp_path / "plain.safetensors")
    back = load_model("yolov5n", tmp_path / "aware.safetensors")
    assert back.quantization_aware
    assert not load_model("yolov5n", tmp_path / "plain.safetensors").quantization_aware
    assert model_digest(back) == model_digest(aware) != model_digest(nano)


def test_a_whole_pickled_model_is_read_for_its_tensors(nano: Detector, tmp_path: Path) -> None:
    torch.save({"epoch": 3, "ema": None, "model": nano}, tmp_path / "whole.pt")
    assert model_digest(load_model("yolov5n", tmp_path / "whole.pt")) == model_digest(nano)


def test_the_averaged_model_is_preferred(
    nano: Detector, other_seed: Detector, tmp_path: Path
) -> None:
    torch.save({"model": other_seed.state_dict(), "ema": nano.state_dict()}, tmp_path / "both.pt")
    assert model_digest(load_model("yolov5n", tmp_path / "both.pt")) == model_digest(nano)
