"""Pruned models through the store."""

from pathlib import Path

import pytest

from sdvbench.errors import CheckpointError
from sdvbench.models import Detector, load_model, save_model
from sdvbench.models.digest import model_digest
from sdvbench.pruning import stored
from sdvbench.pruning.stored import FILE, stored_model
from sdvbench.store import Store


def test_a_model_is_pruned_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = stored_model("yolov5n", None, "PL", Store(tmp_path))
    model = load_model("yolov5n", first.path(FILE))
    assert first.manifest["facts"]["digest"] == model_digest(model)
    monkeypatch.setattr(stored, "prune", None)
    monkeypatch.setattr(stored, "load_model", None)
    again = stored_model("yolov5n", None, "PL", Store(tmp_path))
    assert again.key == first.key
    assert not again.built


def test_other_weights_make_another_artifact(nano: Detector, tmp_path: Path) -> None:
    weights = tmp_path / "weights.safetensors"
    save_model(nano, weights)
    store = Store(tmp_path / "store")
    from_file = stored_model("yolov5n", weights, "orig", store)
    assert from_file.manifest["facts"]["digest"] == model_digest(nano)
    save_model(load_model("yolov5n", seed=1), weights)
    assert stored_model("yolov5n", weights, "orig", store).key != from_file.key


def test_missing_weights_are_told(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="there is no such file"):
        stored_model("yolov5n", tmp_path / "no.pt", "orig", Store(tmp_path))
