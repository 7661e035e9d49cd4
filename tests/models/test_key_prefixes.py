"""Names of tensors with and without what wrappers put before them."""

from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from sdvbench.errors import CheckpointError
from sdvbench.models import Detector, load_model
from sdvbench.models.checkpoint import read_checkpoint
from sdvbench.models.digest import model_digest
from sdvbench.models.key_prefixes import WRAPPERS, aligned, unwrapped

OWN = ("model.0.conv.weight", "model.0.bn.weight", "model.24.m.0.bias")


@given(st.lists(st.sampled_from(WRAPPERS), max_size=4))
def test_any_row_of_wrappers_is_taken_off(wrappers: list[str]) -> None:
    names = ["".join(wrappers) + name for name in OWN]
    assert tuple(unwrapped(names).values()) == OWN


@given(st.lists(st.sampled_from([*WRAPPERS, "model.", "detector.", "a.b."]), max_size=4))
def test_any_prefix_is_taken_off_for_a_known_model(prefixes: list[str]) -> None:
    given_names = {"".join(prefixes) + name: name for name in OWN}
    assert aligned(given_names, OWN) == {name: name for name in OWN}


def test_a_missing_prefix_is_put_on() -> None:
    given_names = {name.removeprefix("model."): name for name in OWN}
    assert aligned(given_names, OWN) == {name: name for name in OWN}


def test_names_of_something_else_stay_as_they_are() -> None:
    names = {"backbone.conv1.weight": 1, "head.bias": 2}
    assert aligned(names, OWN) == names
    with_more = {f"net.{name}": name for name in OWN} | {"loss.weight": "loss.weight"}
    assert aligned(with_more, OWN) == {name: name for name in (*OWN, "loss.weight")}


def test_averaged_weights_beside_others_are_taken() -> None:
    both = {f"model.{n}": ("last", n) for n in OWN} | {f"ema.{n}": ("averaged", n) for n in OWN}
    assert aligned(both, OWN) == {name: ("averaged", name) for name in OWN}


def test_compiled_parts_have_their_names_back() -> None:
    assert list(unwrapped(["a._orig_mod.weight", "b.weight"]).values()) == ["a.weight", "b.weight"]


def wrapped(model: nn.Module, form: str) -> Any:
    if form == "DataParallel":
        return {"model": nn.DataParallel(model)}
    if form == "DataParallel's state":
        return nn.DataParallel(model).state_dict()
    if form == "compiled":
        return {"model": torch.compile(model).state_dict()}
    if form == "compiled and parallel":
        return {"ema": nn.DataParallel(torch.compile(model)).state_dict(), "model": None}
    if form == "averaged":
        return torch.optim.swa_utils.AveragedModel(model).state_dict()
    if form == "inside of another":
        return {"state_dict": nn.ModuleDict({"model": model}).state_dict()}
    return {"net": model.model.state_dict()}


@pytest.mark.parametrize(
    "form",
    [
        "DataParallel",
        "DataParallel's state",
        "compiled",
        "compiled and parallel",
        "averaged",
        "inside of another",
        "its layers alone",
    ],
)
def test_a_wrapped_model_loads_with_the_same_weights(
    nano: Detector, tmp_path: Path, form: str
) -> None:
    torch.save(wrapped(nano, form), tmp_path / "a.pt")
    assert model_digest(load_model("yolov5n", tmp_path / "a.pt")) == model_digest(nano)


@pytest.mark.parametrize(
    "key", ["ema", "model", "state_dict", "model_state_dict", "ema_state_dict", "net", "weights"]
)
def test_state_dicts_are_found_under_their_usual_keys(tmp_path: Path, key: str) -> None:
    torch.save({"epoch": 1, key: {"a": torch.ones(1)}, "optimizer": {"b": 2}}, tmp_path / "a.pt")
    assert set(read_checkpoint(tmp_path / "a.pt").tensors) == {"a"}


def test_a_state_dict_under_an_unusual_key_is_not_guessed(tmp_path: Path) -> None:
    torch.save({"epoch": 1, "mine": {"a": torch.ones(1)}}, tmp_path / "a.pt")
    with pytest.raises(CheckpointError, match=r"holds no tensors; its keys are epoch, mine\. Pass"):
        read_checkpoint(tmp_path / "a.pt")
