"""Whole modules that compute something else from equal tensors are refused with what differs."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from sdvbench.errors import CheckpointError
from sdvbench.models import MODELS, load_model

Change = Callable[[nn.Module], object]


def setting(layer: str, name: str, value: Any) -> Change:
    return lambda model: setattr(model.get_submodule(layer), name, value)


def module(layer: str, value: nn.Module) -> Change:
    parent, _, name = layer.rpartition(".")
    return lambda model: setattr(model.get_submodule(parent), name, value)


CHANGES: dict[str, tuple[Change, str]] = {
    "activation": (module("model.0.act", nn.LeakyReLU(0.1)), r"0\.act is LeakyReLU, where .* SiLU"),
    "no activation": (module("model.0.act", nn.Identity()), r"0\.act is Identity, where .* SiLU"),
    "eps": (setting("model.0.bn", "eps", 1e-5), r"0\.bn has eps 1e-05, where .* 0\.001"),
    "sum": (setting("model.2.m.0", "shortcut", False), r"2\.m\.0 has shortcut False, .* True"),
    "sum in the head": (setting("model.13.m.0", "add", True), r"13\.m\.0 has add True, .* False"),
    "mode": (setting("model.11", "mode", "bilinear"), r"11 has mode bilinear, .* nearest"),
    "factor": (setting("model.15", "scale_factor", 4), r"15 has scale_factor 4, .* 2"),
    "size": (setting("model.15", "size", (40, 40)), r"15 has size 40, .* None"),
    "pool": (setting("model.9.m", "kernel_size", 7), r"9\.m has kernel_size 7, .* 5"),
    "pool's stride": (setting("model.9.m", "stride", (2, 1)), r"9\.m has stride \(2, 1\), .* 1"),
    "pool's padding": (setting("model.9.m", "padding", 1), r"9\.m has padding 1, .* 2"),
    "mean": (module("model.9.m", nn.AvgPool2d(5, 1, 2)), r"9\.m is AvgPool2d, .* MaxPool2d"),
    "strides": (setting("model.24", "stride", torch.tensor([4.0, 8, 16])), r"24 has stride \(4, 8"),
    "order": (setting("model.12", "f", [6, -1]), r"12 has f \(6, -1\), where .* \(-1, 6\)"),
    "stride": (setting("model.1.conv", "stride", (1, 1)), r"1\.conv has stride 1, .* 2"),
    "padding": (setting("model.1.conv", "padding", (0, 0)), r"1\.conv has padding 0, .* 1"),
    "dilation": (setting("model.1.conv", "dilation", (2, 2)), r"1\.conv has dilation 2, .* 1"),
    "groups": (setting("model.1.conv", "groups", 2), r"1\.conv has groups 2, .* 1"),
    "border": (setting("model.1.conv", "padding_mode", "reflect"), "padding_mode reflect, .* zero"),
}


@pytest.mark.parametrize("kind", CHANGES)
def test_what_computes_something_else_is_named(tmp_path: Path, kind: str) -> None:
    change, problem = CHANGES[kind]
    model = MODELS["yolov5n"](80)
    change(model)
    torch.save({"model": model}, tmp_path / "a.pt")
    with pytest.raises(CheckpointError, match=problem):
        load_model("yolov5n", tmp_path / "a.pt")


@pytest.mark.parametrize("form", ["parallel", "inside of another", "its layers alone"])
def test_it_is_named_in_a_wrapper_too(tmp_path: Path, form: str) -> None:
    model = MODELS["yolov5n"](80)
    setting("model.9.m", "kernel_size", 7)(model)
    wrapped = {
        "parallel": nn.DataParallel(model),
        "inside of another": nn.ModuleDict({"detector": model}),
        "its layers alone": model.model,
    }
    torch.save({"model": wrapped[form]}, tmp_path / "a.pt")
    with pytest.raises(CheckpointError, match=r"model\.9\.m has kernel_size 7"):
        load_model("yolov5n", tmp_path / "a.pt")


def test_a_functions_activation_is_named(tmp_path: Path) -> None:
    model = MODELS["yolov5n"](80)
    for act, problem in ((nn.functional.relu, "has act torch.nn.functional.relu"), (None, "None")):
        del model.model[0].act
        model.model[0].act = act
        torch.save({"model": model}, tmp_path / "a.pt")
        with pytest.raises(CheckpointError, match=problem):
            load_model("yolov5n", tmp_path / "a.pt")


def test_the_network_tells_how_averages_in_a_state_dict_are_computed(tmp_path: Path) -> None:
    model = MODELS["yolov5n"](80)
    setting("model.9.m", "kernel_size", 7)(model)
    torch.save({"model": model, "ema": model.state_dict()}, tmp_path / "a.pt")
    with pytest.raises(CheckpointError, match=r"9\.m has kernel_size 7"):
        load_model("yolov5n", tmp_path / "a.pt")


@pytest.mark.parametrize(
    "change",
    [
        setting("model.9.m", "kernel_size", (5, 5)),
        setting("model.11", "scale_factor", (2.0, 2.0)),
        setting("model.24", "stride", torch.tensor([8.0, 16.0, 32.0])),
        setting("model.0.bn", "eps", float(torch.tensor(1e-3))),
        module("model.0.bn", nn.SyncBatchNorm(16, eps=1e-3)),
    ],
)
def test_other_ways_to_say_the_same_are_read(tmp_path: Path, change: Change) -> None:
    model = MODELS["yolov5n"](80)
    change(model)
    torch.save({"model": model}, tmp_path / "a.pt")
    load_model("yolov5n", tmp_path / "a.pt")


@pytest.mark.parametrize("value", [[[[]]], {}, 10**400, argparse.Namespace(), None])
def test_anything_may_stand_in_the_place_of_a_setting(tmp_path: Path, value: Any) -> None:
    model = MODELS["yolov5n"](80)
    setting("model.9.m", "ceil_mode", value)(model)
    torch.save({"model": model}, tmp_path / "a.pt")
    with pytest.raises(CheckpointError, match=r"9\.m has ceil_mode"):
        load_model("yolov5n", tmp_path / "a.pt")


def test_a_setting_that_claims_many_numbers_is_not_unrolled(tmp_path: Path) -> None:
    model = MODELS["yolov5n"](80)
    model.get_submodule("model.24").stride = torch.zeros(1).expand(2**40)  # type: ignore[assignment]
    torch.save({"model": model}, tmp_path / "a.pt")
    with pytest.raises(CheckpointError, match=r"24 has stride of type Tensor, where .* \(8, 16"):
        load_model("yolov5n", tmp_path / "a.pt")
