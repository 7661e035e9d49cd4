"""What treatments of weights have made is in the file that training writes."""

from collections.abc import Callable
from copy import deepcopy

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from sdvbench.cli import main
from sdvbench.datasets.base import Dataset
from sdvbench.datasets.source import open_dataset
from sdvbench.errors import PruningError
from sdvbench.models import load_model
from sdvbench.models.base import Network
from sdvbench.models.checkpoint import AWARE, read_checkpoint
from sdvbench.models.digest import model_digest
from sdvbench.pruning import PRUNINGS, TREATMENTS, prune
from sdvbench.pruning.stored import FILE, stored_model
from sdvbench.pruning.treatment import layers
from sdvbench.recovery.recipe import Recipe
from sdvbench.recovery.recover import recover
from sdvbench.store import Store

RECIPE = Recipe(epochs=3, batch=4, precision="fp32", learning_rate=1e-2, ema_steps=2)
DATA = "circuit:8?road=5"


@pytest.fixture(scope="module")
def data() -> Dataset:
    return open_dataset(DATA)


@pytest.fixture(scope="module")
def seeded() -> Network:
    return load_model("pilotnet")


def started(model: Network, pruning: str) -> Network:
    return prune(model, pruning, **PRUNINGS[pruning].before_training)


def values(tensor: Tensor) -> int:
    return len(np.unique(tensor.detach().numpy()))


def sparse(share: float) -> Callable[[Network], bool]:
    def holds(model: Network) -> bool:
        weights = [layer.weight for layer in layers(model).values()]
        return all(int((w == 0).sum()) == round(share * w.numel()) for w in weights)

    return holds


def sparse_as_the_study(model: Network) -> bool:
    counts = [
        (layer.weight, 0.5 if isinstance(layer, nn.Linear) else 0.3)
        for layer in layers(model).values()
    ]
    return all(int((w == 0).sum()) == round(share * w.numel()) for w, share in counts)


def sparse_in_all(model: Network) -> bool:
    weights = torch.cat([layer.weight.flatten() for layer in layers(model).values()])
    return int((weights == 0).sum()) == round(0.3 * len(weights))


def of_few_values(model: Network) -> bool:
    return all(1 < values(layer.weight) <= 8 for layer in layers(model).values())


HOLDS = {
    "ML": sparse_as_the_study,
    "MG": sparse_in_all,
    "MP": sparse(0.8),
    "MP50": sparse(0.5),
    "CL": of_few_values,
    "MP50CL": lambda model: of_few_values(model) and sparse(0.5)(model),
}


@pytest.mark.parametrize("quantized", [False, True])
@pytest.mark.parametrize("pruning", TREATMENTS)
def test_it_holds_in_the_file(seeded, data, tmp_path, pruning, quantized) -> None:
    if quantized:
        pytest.importorskip("modelopt", reason="nvidia-modelopt is not installed")
    model = started(seeded, pruning)
    before = {name: layer.weight.detach().clone() for name, layer in layers(model).items()}
    out = tmp_path / "m.safetensors"
    recover(model, data, out, RECIPE, pruning=pruning, quantized=quantized)
    trained = load_model("pilotnet", out)
    assert HOLDS[pruning](trained)
    for name, layer in layers(trained).items():
        zero = before[name] == 0
        assert not layer.weight[zero].any(), "what was zero is not"
        assert not torch.equal(layer.weight, before[name]), "it was not trained"
        if "CL" in pruning:
            for value in before[name].unique():
                assert values(layer.weight[before[name] == value]) == 1, "a cluster has split"


@pytest.mark.parametrize("pruning", ["MP", "MP50CL"])
def test_stopped_run_goes_on_to_the_same_weights(seeded, data, tmp_path, pruning) -> None:
    class StoppedError(Exception):
        pass

    def stop(epoch: object) -> None:
        raise StoppedError

    def trained(name: str, **options: object) -> dict[str, Tensor]:
        out = tmp_path / f"{name}.safetensors"
        model = deepcopy(started(seeded, pruning))
        return recover(model, data, out, RECIPE, pruning=pruning, **options).state_dict()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sdvbench.recovery.run.SAVE_S", -1)  # after each step but an epoch's last
        with pytest.raises(StoppedError):
            trained("stopped", told=stop)
    whole, again = trained("whole"), trained("stopped")
    assert all(torch.equal(tensor, again[name]) for name, tensor in whole.items())


@pytest.mark.parametrize(
    ("pruning", "told"),
    [
        ("ML", "model pilotnet: has no weight that is 0"),
        ("MP50", "model pilotnet: has no weight that is 0"),
        ("CL", "layer seen.0 of pilotnet: has 1800 values, where training keeps 8 at most"),
    ],
)
def test_a_model_that_was_not_treated_is_refused(seeded, data, tmp_path, pruning, told) -> None:
    with pytest.raises(PruningError, match=told):
        recover(deepcopy(seeded), data, tmp_path / "m.safetensors", RECIPE, pruning=pruning)
    assert not list(tmp_path.iterdir())


SHORT = ("--data", DATA, "--epochs", "1", "--batch", "4", "--precision", "fp32")


def test_command_trains_with_rounding_by_the_name(tmp_path, capsys, monkeypatch) -> None:
    pytest.importorskip("modelopt", reason="nvidia-modelopt is not installed")
    monkeypatch.chdir(tmp_path)
    weights = ["--weights", "embedded"]
    assert main(["recover", "pilotnet", "ML.QAT", *weights, *SHORT]) == 0
    assert "written: pilotnet-ML.QAT.safetensors" in capsys.readouterr().out
    out = tmp_path / "pilotnet-ML.QAT.safetensors"
    told = read_checkpoint(out).metadata
    assert (told["model"], told["pruning"], AWARE in told) == ("pilotnet", "ML", True)
    assert sparse_as_the_study(load_model("pilotnet", out))
    store = Store(tmp_path / "store")
    stored = stored_model("pilotnet", tmp_path, "ML.QAT", store)
    assert load_model("pilotnet", stored.path(FILE)).quantization_aware
    same = ["--out", "same.safetensors", "--qat"]
    assert main(["recover", "pilotnet", "ML", *weights, *SHORT, *same]) == 0
    again = load_model("pilotnet", tmp_path / "same.safetensors")
    assert model_digest(again) == model_digest(load_model("pilotnet", out))


def test_command_prunes_to_where_the_schedule_begins(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    begun = []

    def pruned(*arguments: object, **options: object) -> Network:
        model = prune(*arguments, **options)
        begun.append(sparse(0.5)(model))  # now: it is trained in place
        return model

    monkeypatch.setattr("sdvbench.pruning.prune", pruned)
    assert main(["recover", "pilotnet", "MP", "--weights", "embedded", *SHORT]) == 0
    assert begun == [True]
    assert sparse(0.8)(load_model("pilotnet", tmp_path / "pilotnet-MP.safetensors"))


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["pilotnet", "ML.Q", "--untrained"], "pruning 'ML.Q': is not known. Choose from orig"),
        (
            ["pilotnet_tf", "ML", "--weights", "embedded"],
            "sdvbench comes with no weights of pilotnet_tf",
        ),
        (
            ["pilotnet", "ML", "--untrained", "--imgsz", "320"],
            "--imgsz 320: means nothing for pilotnet, which takes 66x200 only",
        ),
    ],
)
def test_wrong_arguments_are_named(tmp_path, capsys, monkeypatch, arguments, told) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["recover", *arguments, "--data", DATA]) == 2
    assert told in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
