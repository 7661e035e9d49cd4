"""Reading weights: nothing in a file is ever run, and a bad file ends in CheckpointError only."""

import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from sdvbench.errors import CheckpointError
from sdvbench.models.checkpoint import read_checkpoint

WEIGHT = torch.arange(4.0)


class Payload:
    """Unpickled by pickle, it calls ``function`` with ``argument``."""

    def __init__(self, function: Callable[..., object], argument: object) -> None:
        self.call = function, (argument,)

    def __reduce__(self) -> Any:
        return self.call


@pytest.fixture
def trace(tmp_path: Path) -> Path:
    """The file that a payload would leave behind."""
    return tmp_path / "the payload ran"


def wrapped(payload: object, form: str) -> object:
    if form == "alone":
        return payload
    if form == "beside a tensor":
        return {"weight": WEIGHT, "extra": {"deep": [payload]}}
    network = nn.Linear(2, 2)
    network.hook = payload
    return {"model": network}


@pytest.mark.parametrize("form", ["alone", "beside a tensor", "in a network"])
def test_code_in_a_pickle_is_refused_by_name_and_not_run(
    tmp_path: Path, trace: Path, form: str
) -> None:
    path = tmp_path / "bad.pt"
    torch.save(wrapped(Payload(os.system, f"touch '{trace}'"), form), path)
    with pytest.raises(CheckpointError, match=rf"global '{os.name}\.system'.*nothing .* was run"):
        read_checkpoint(path)
    assert not trace.exists()
    torch.load(path, weights_only=False)  # the payload is a live one
    assert trace.exists()


@pytest.mark.parametrize("function", [eval, exec, getattr, pickle.loads, __import__])
def test_no_builtin_gets_through(tmp_path: Path, function: Callable[..., object]) -> None:
    torch.save({"weight": WEIGHT, "x": Payload(function, "1")}, tmp_path / "bad.pt")
    with pytest.raises(CheckpointError, match=rf"global '\w+\.{function.__name__}'"):
        read_checkpoint(tmp_path / "bad.pt")


def test_a_function_among_the_networks_classes_is_not_run(
    tmp_path: Path, trace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def payload(argument: object) -> nn.Module:
        trace.touch()
        return nn.Linear(2, 2)

    payload.__module__, payload.__qualname__ = "torch.nn.modules.linear", "payload"
    monkeypatch.setattr(torch.nn.modules.linear, "payload", payload, raising=False)
    torch.save({"weight": WEIGHT, "x": Payload(payload, 1)}, tmp_path / "sly.pt")
    assert torch.equal(read_checkpoint(tmp_path / "sly.pt").tensors["weight"], WEIGHT)
    assert not trace.exists()


def test_a_networks_setstate_is_not_run(
    tmp_path: Path, trace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch.save(nn.Linear(2, 2), tmp_path / "network.pt")
    monkeypatch.setattr(nn.Linear, "__setstate__", lambda _self, _state: trace.touch())
    monkeypatch.setattr(nn.Linear, "__init__", lambda *_: trace.touch())
    assert set(read_checkpoint(tmp_path / "network.pt").tensors) == {"weight", "bias"}
    assert not trace.exists()


@pytest.mark.parametrize("key", [None, "model", "ema", "state_dict"])
def test_state_dicts_are_found_where_they_lie(tmp_path: Path, key: str | None) -> None:
    state = {"a.weight": WEIGHT.half(), "steps": torch.tensor(3)}
    torch.save({key: state, "epoch": 1} if key else state, tmp_path / "a.pt")
    checkpoint = read_checkpoint(str(tmp_path / "a.pt"))
    assert checkpoint.tensors["a.weight"].dtype == torch.float32
    assert torch.equal(checkpoint.tensors["a.weight"], WEIGHT)
    assert checkpoint.tensors["steps"].dtype == torch.int64
    assert checkpoint.class_names is None
    assert checkpoint.metadata == {}


def test_a_tensor_may_be_called_model(tmp_path: Path) -> None:
    torch.save({"model": WEIGHT, "ema": WEIGHT}, tmp_path / "a.pt")
    assert set(read_checkpoint(tmp_path / "a.pt").tensors) == {"model", "ema"}


def test_safetensors_bring_their_metadata(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    save_file({"weight": WEIGHT.half()}, path, {"model": "x", "class_names": "a\nb"})
    checkpoint = read_checkpoint(path)
    assert torch.equal(checkpoint.tensors["weight"], WEIGHT)
    assert checkpoint.class_names == ("a", "b")
    assert checkpoint.metadata["model"] == "x"


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    for path in (tmp_path / "no.pt", tmp_path / "no.safetensors"):
        with pytest.raises(
            CheckpointError, match=r"there is no such file\. Check the path of the w"
        ):
            read_checkpoint(path)
    with pytest.raises(CheckpointError, match=r"is a folder\. Name the file in it"):
        read_checkpoint(tmp_path)


def test_files_of_torch_before_1_6_are_read(tmp_path: Path) -> None:
    state = {
        "a": WEIGHT,
        "a part of it": WEIGHT[1:3],
        "count": torch.tensor(3),
        "half": WEIGHT.half(),
    }
    torch.save({"model": state}, tmp_path / "old.pt", _use_new_zipfile_serialization=False)
    found = read_checkpoint(tmp_path / "old.pt").tensors
    assert found.keys() == state.keys()
    for name, tensor in state.items():
        assert torch.equal(found[name], tensor.float() if name == "half" else tensor), name


@pytest.mark.parametrize("content", [3, [WEIGHT], {}, {"model": None}, "text", nn.ReLU()])
def test_a_file_without_tensors_is_told(tmp_path: Path, content: object) -> None:
    torch.save(content, tmp_path / "a.pt")
    with pytest.raises(CheckpointError, match="holds no tensors"):
        read_checkpoint(tmp_path / "a.pt")


def test_sparse_tensors_are_told(tmp_path: Path) -> None:
    torch.save({"a": WEIGHT.to_sparse()}, tmp_path / "a.pt")
    with pytest.raises(CheckpointError, match="a is sparse or quantized"):
        read_checkpoint(tmp_path / "a.pt")


def test_a_key_of_many_digits_is_no_name(tmp_path: Path) -> None:
    torch.save({10**5000: WEIGHT}, tmp_path / "a.pt")
    with pytest.raises(CheckpointError, match="holds no tensors"):
        read_checkpoint(tmp_path / "a.pt")


def test_malformed_networks_are_told(tmp_path: Path) -> None:
    network = nn.Linear(2, 2)
    network.__dict__["_modules"] = {"itself": network}
    torch.save(network, tmp_path / "a.pt")
    with pytest.raises(CheckpointError, match="contains itself"):
        read_checkpoint(tmp_path / "a.pt")
    network.__dict__.update(_modules=3, _parameters="abc")
    torch.save(network, tmp_path / "a.pt")
    with pytest.raises(CheckpointError, match="holds no tensors"):
        read_checkpoint(tmp_path / "a.pt")
