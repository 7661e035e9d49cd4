"""Pruned models through the store."""

import copy
import sys
from collections.abc import Iterator
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest
import torch

from sdvbench.code_digest import code_digest
from sdvbench.errors import CheckpointError, PruningError
from sdvbench.models import MODELS, Detector, load_model, save_model
from sdvbench.models.base import Network
from sdvbench.models.digest import model_digest
from sdvbench.pruning import prune, stored
from sdvbench.pruning.stored import FILE, stored_model
from sdvbench.store import Store, recipe_key


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
    other = copy.deepcopy(nano)
    other.model[0].conv.weight.data[0] *= 2
    save_model(other, weights)
    assert stored_model("yolov5n", weights, "orig", store).key != from_file.key


def test_models_of_a_folder_are_taken_as_they_are(nano: Detector, tmp_path: Path) -> None:
    folder, store = tmp_path / "weights", Store(tmp_path / "store")
    folder.mkdir()
    recovered = prune(nano, "PL", 64)
    save_model(recovered, folder / "yolov5n-PL.safetensors", "PL")
    found = stored_model("yolov5n", folder, "PL", store)
    assert found.manifest["facts"]["digest"] == model_digest(recovered)


def test_models_that_a_folder_lacks_or_misnames_are_told(nano: Detector, tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    with pytest.raises(CheckpointError, match=r"yolov5n-PG.safetensors: there is no such file"):
        stored_model("yolov5n", tmp_path, "PG", store)
    save_model(prune(nano, "PL", 64), tmp_path / "yolov5n-PG.safetensors", "PL")
    with pytest.raises(CheckpointError, match="says that it is yolov5n-PL, not yolov5n-PG"):
        stored_model("yolov5n", tmp_path, "PG", store)
    (tmp_path / "yolov5n-PG.safetensors").rename(tmp_path / "yolov5s-PL.safetensors")
    with pytest.raises(CheckpointError, match="says that it is yolov5n-PL, not yolov5s-PL"):
        stored_model("yolov5s", tmp_path, "PL", store)


def test_a_pruned_file_is_not_pruned_again(nano: Detector, tmp_path: Path) -> None:
    file = tmp_path / "yolov5n-PL.safetensors"
    save_model(prune(nano, "PL", 64), file, "PL")
    with pytest.raises(CheckpointError, match=r"is pruned by PL already\. Give the folder"):
        stored_model("yolov5n", file, "PG", Store(tmp_path / "store"))


def test_missing_weights_are_told(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="there is no such file"):
        stored_model("yolov5n", tmp_path / "no.pt", "orig", Store(tmp_path))


def test_a_model_pruned_elsewhere_is_brought_in_by_naming_its_pruning(
    nano: Detector, tmp_path: Path
) -> None:
    pruned, file = prune(nano, "PL", 64), tmp_path / "pruned.pt"
    torch.save({"model": pruned.state_dict()}, file)
    store = Store(tmp_path / "store")
    for pruning in ("orig", "PL"):
        with pytest.raises(CheckpointError, match=r"is pruned already: its shapes") as error:
            stored_model("yolov5n", file, pruning, store)
    assert "save_model(load_model('yolov5n', FILE), 'FOLDER/yolov5n-PL" in error.value.remedy
    save_model(load_model("yolov5n", file), tmp_path / "yolov5n-PL.safetensors", "PL")
    found = stored_model("yolov5n", tmp_path, "PL", store)
    assert found.manifest["facts"]["digest"] == model_digest(pruned)


def test_a_training_is_read_from_a_file_that_says_so(nano: Detector, tmp_path: Path) -> None:
    folder, store = tmp_path / "weights", Store(tmp_path / "store")
    folder.mkdir()
    model, file = prune(nano, "PL", 64), folder / "yolov5n-PL.QAT.safetensors"
    save_model(model, file, "PL")
    with pytest.raises(CheckpointError, match="does not say that it was trained with int8's"):
        stored_model("yolov5n", folder, "PL.QAT", store)
    model.quantization_aware = True
    save_model(model, file, "PS")
    with pytest.raises(CheckpointError, match="says that it is yolov5n-PS, not yolov5n-PL"):
        stored_model("yolov5n", folder, "PL.QAT", store)
    save_model(model, file, "PL")
    found = stored_model("yolov5n", folder, "PL.QAT", store)
    assert found.manifest["facts"]["digest"] == model_digest(model)
    file.rename(folder / "yolov5n-PL.safetensors")  # as files with a plain name are, too
    assert stored_model("yolov5n", folder, "PL", store).manifest["facts"] == found.manifest["facts"]


@pytest.mark.parametrize("one_file", [True, False])
def test_a_training_is_not_made_by_pruning(nano: Detector, tmp_path: Path, one_file: bool) -> None:
    weights = tmp_path / "yolov5n.safetensors" if one_file else None
    if weights:
        save_model(nano, weights)
    with pytest.raises(PruningError, match=r"pruning PL\.QAT: is a training too"):
        stored_model("yolov5n", weights, "PL.QAT", Store(tmp_path / "store"))


def test_another_treatment_leaves_the_keys_of_the_others(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def keys() -> dict[str, str]:
        names = ("orig", "PL", "PS", "PG", "CL")
        return {n: recipe_key(stored._recipe("yolov5n", None, None, n)) for n in names}

    before, whole = keys(), Path.read_bytes
    code_digest.cache_clear()
    changed = ("__init__.py", "treatment.py", "clusters.py", "masks.py", "kept.py")

    def read(file: Path) -> bytes:
        edited = file.parent.name == "pruning" and file.name in changed
        return whole(file) + b"# edited" * edited

    monkeypatch.setattr(Path, "read_bytes", read)
    after = keys()
    code_digest.cache_clear()
    assert {name for name in before if after[name] != before[name]} == {"CL"}


KEEPING = """
import torch
from torch import nn
from sdvbench.models.base import Network
from sdvbench.tensors import TensorSpec

class Keeping(Network):
    inputs = (TensorSpec("image", ("batch", 3, 16, 16)),)

    def __init__(self):
        super().__init__("keeping")
        self.calls = 0
        self.body = nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(), nn.Conv2d(8, 8, 3))
        self.end = nn.Linear(8, 2)

    def forward(self, image):
        self.calls += 1
        return self.end(self.body(image).mean((2, 3)))

    def unprunable(self):
        return [self.end]
"""
MAKING = """
from keeping_layers import Keeping

def make():
    return Keeping()
"""


@pytest.fixture
def keeping(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The file of a registered network's class, which another module makes."""
    (tmp_path / "keeping_layers.py").write_text(KEEPING)
    (tmp_path / "keeping_maker.py").write_text(MAKING)
    monkeypatch.syspath_prepend(tmp_path)
    entry = EntryPoint("keeping", "keeping_maker:make", "sdvbench.models")
    monkeypatch.setitem(MODELS._places, "keeping", entry)
    yield tmp_path / "keeping_layers.py"
    for name in ("keeping_layers", "keeping_maker"):
        sys.modules.pop(name, None)


@pytest.mark.usefixtures("keeping")
def test_what_layers_keep_of_their_pruning_is_no_part_of_the_stored_model(tmp_path: Path) -> None:
    found = stored_model("keeping", None, "PL", Store(tmp_path / "store"))
    loaded = load_model("keeping", found.path(FILE))
    assert found.manifest["facts"]["digest"] == model_digest(loaded)


def test_an_edit_of_a_class_makes_its_model_anew_and_no_other(keeping: Path) -> None:
    """The class is not in the module that makes the model."""

    def keys() -> dict[str, str]:
        code_digest.cache_clear()
        stored._definition.cache_clear()
        return {
            n: recipe_key(stored._recipe(n, None, None, "orig")) for n in ("keeping", "pilotnet")
        }

    before, again = keys(), keys()
    keeping.write_text(KEEPING.replace("return self.end(", "return 70 * self.end("))
    after = keys()
    assert before == again
    assert {name for name in before if after[name] != before[name]} == {"keeping"}


def test_a_model_that_is_made_of_other_values_is_another(keeping: Path) -> None:
    """As where the module that makes it reads them elsewhere."""
    import keeping_layers

    def key() -> str:
        stored._definition.cache_clear()
        return recipe_key(stored._recipe("keeping", None, None, "orig"))

    before, plain = key(), keeping_layers.Keeping.__init__

    def more(self: Any) -> None:
        plain(self)
        self.gain = 70

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keeping_layers.Keeping, "__init__", more)
        assert key() != before
    assert key() == before

    def random(self: Any) -> None:  # which cannot be made without values, so on the CPU
        plain(self)
        self.drawn = [torch.rand(3), torch.rand(1).item()]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keeping_layers.Keeping, "__init__", random)
        assert key() == key()  # as in two processes


def test_a_checkpoint_that_changes_before_it_is_read_is_not_stored(
    nano: Detector, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would be taken for the one of before, in all later runs."""
    weights, store, read = tmp_path / "weights.safetensors", Store(tmp_path / "store"), stored._read
    save_model(nano, weights)

    def late(*what: Any) -> Network:
        save_model(load_model("yolov5n", seed=1), weights)
        return read(*what)

    with monkeypatch.context() as patch:
        patch.setattr(stored, "_read", late)
        with pytest.raises(
            CheckpointError, match=r"weights\.safetensors: has changed since it was"
        ):
            stored_model("yolov5n", weights, "orig", store)
    save_model(nano, weights)
    found = stored_model("yolov5n", weights, "orig", store)
    assert found.built
    assert found.manifest["facts"]["digest"] == model_digest(nano)
