"""Averaged weights are taken wherever scripts keep them, and nothing else in their place."""

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn
from torch.optim.swa_utils import AveragedModel

from sdvbench.errors import CheckpointError
from sdvbench.models import Detector, load_model
from sdvbench.models.checkpoint import read_checkpoint
from sdvbench.models.digest import model_digest

LIVE = {"a.weight": torch.zeros(2, 2), "a.bias": torch.zeros(2), "a.running_mean": torch.ones(2)}
MEANS = {name: torch.full_like(tensor, 0.5) for name, tensor in LIVE.items()}
PARAMETERS = {name: MEANS[name] for name in ("a.weight", "a.bias")}
PROGRESS = {"decay": torch.tensor(0.999), "updates": torch.tensor([10])}


def read(path: Path, **content: Any) -> dict[str, list[Any]]:
    torch.save({"epoch": 3, **content}, path)
    return numbers(read_checkpoint(path).tensors)


def numbers(tensors: Any) -> dict[str, list[Any]]:
    return {name: tensor.tolist() for name, tensor in tensors.items()}


@pytest.mark.parametrize("live", ["model", "state_dict"])
@pytest.mark.parametrize(
    "place",
    [
        *("ema", "model_ema", "ema_model", "state_dict_ema", "ema_state_dict", "ema_weights"),
        *("model_ema_state_dict", "ema_model_state_dict", "swa_state_dict", "swa_model"),
        *("averaged_model", "EMA", "best_ema"),
    ],
)
def test_they_come_before_those_that_were_trained(tmp_path: Path, place: str, live: str) -> None:
    assert read(tmp_path / "a.pt", **{live: LIVE, place: MEANS}) == numbers(MEANS)


@pytest.mark.parametrize(
    "held",
    [
        {"shadow": MEANS, "decay": 0.999},
        {"module": MEANS, **PROGRESS},
        {"state_dict": {f"module.{name}": tensor for name, tensor in MEANS.items()}},
    ],
)
def test_they_may_lie_deeper(tmp_path: Path, held: dict[str, Any]) -> None:
    assert read(tmp_path / "a.pt", model=LIVE, ema=held) == numbers(MEANS)


@pytest.mark.parametrize("prefix", ["", "module."])
@pytest.mark.parametrize("held", [{"shadow": PARAMETERS}, PARAMETERS])
def test_what_is_not_averaged_is_taken_from_the_network(
    tmp_path: Path, held: dict[str, Any], prefix: str
) -> None:
    """Helpers that average the parameters alone are deployed with the network's buffers."""
    live = {prefix + name: tensor for name, tensor in LIVE.items()}
    assert read(tmp_path / "a.pt", model=live, ema=held) == numbers(LIVE | PARAMETERS)


@pytest.mark.parametrize("place", ["ema", "ema_optimizer", "swa_state"])
@pytest.mark.parametrize("held", [PROGRESS, {"state": {0: {"exp_avg": LIVE["a.weight"]}}}, {}])
def test_what_is_no_network_is_passed_over(
    tmp_path: Path, place: str, held: dict[str, Any]
) -> None:
    assert read(tmp_path / "a.pt", **{"model": LIVE, place: held}) == numbers(LIVE)


@pytest.mark.parametrize(
    "held",
    [
        {"decay": 0.99, "num_updates": 3, "shadow_params": list(MEANS.values())},
        list(MEANS.values()),
    ],
)
def test_those_without_names_are_refused(tmp_path: Path, held: Any) -> None:
    """As torch_ema saves them, in the order of the model's parameters."""
    problem = r"averaged weights as a list under 'ema', without their names\. Copy them into"
    with pytest.raises(CheckpointError, match=problem):
        read(tmp_path / "a.pt", model=LIVE, ema=held)


@pytest.mark.parametrize("prefix", ["", "ema_model.", "swa_model."])
def test_the_count_of_averages_is_dropped(nano: Detector, tmp_path: Path, prefix: str) -> None:
    state = AveragedModel(nn.Sequential(nano)).state_dict()
    assert "n_averaged" in state
    named = {prefix + name.replace("module.0.", "module."): t for name, t in state.items()}
    torch.save({"state_dict": named}, tmp_path / "a.pt")
    assert model_digest(load_model("yolov5n", tmp_path / "a.pt")) == model_digest(nano)


@pytest.mark.parametrize(
    "figures",
    [
        {"average_loss": [torch.tensor(1.0), torch.tensor(0.5)]},
        {"loss_ema": [torch.ones(3)]},
        {"average_precision": {"per_class": torch.ones(80, 10)}},
        {"ema_confusion": {"matrix": torch.ones(80, 80)}},
    ],
    ids=lambda figures: next(iter(figures)),
)
def test_figures_of_a_training_are_no_weights(tmp_path: Path, figures: dict[str, Any]) -> None:
    assert read(tmp_path / "a.pt", model=LIVE, **figures) == numbers(LIVE)
