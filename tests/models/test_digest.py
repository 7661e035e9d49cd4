"""What makes two models the same."""

import copy
import sys
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from functools import partial
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from sdvbench.models import Detector, load_model
from sdvbench.models.attributes import told
from sdvbench.models.digest import model_digest


def test_a_copy_has_the_same_digest(nano: Detector) -> None:
    assert model_digest(copy.deepcopy(nano)) == model_digest(nano)


def test_one_changed_bit_changes_the_digest(nano: Detector) -> None:
    changed = copy.deepcopy(nano)
    weight = changed.get_parameter("model.24.m.2.bias").data
    weight[7] = torch.nextafter(weight[7], torch.tensor(1.0))
    assert model_digest(changed) != model_digest(nano)


def test_dtype_and_structure_count_too() -> None:
    weights = nn.Sequential(nn.Conv2d(1, 1, 1, bias=False))
    strided = copy.deepcopy(weights)
    strided[0].stride = (2, 2)
    half = copy.deepcopy(weights).half()
    assert len({model_digest(m) for m in (weights, strided, half)}) == 3


def test_another_forward_is_another_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    digests = set()
    for name, result in (("first_model", "x"), ("second_model", "2 * x")):
        file = tmp_path / f"{name}.py"
        file.write_text(
            "from torch import nn\nclass Own(nn.Module):\n"
            f"    def forward(self, x):\n        return {result}\n"
        )
        spec = spec_from_file_location(name, file)
        assert spec is not None
        assert spec.loader is not None
        module = module_from_spec(spec)
        monkeypatch.setitem(sys.modules, name, module)
        spec.loader.exec_module(module)
        digests.add(model_digest(module.Own()))
    assert len(digests) == 2


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_every_float_type_has_a_digest(dtype: torch.dtype) -> None:
    assert len(model_digest(nn.Linear(2, 2).to(dtype))) == 64


@dataclass
class Settings:
    gain: float


class Scaled(nn.Module):
    """Holds anything beside its weights."""

    def __init__(self, held: object) -> None:
        super().__init__()
        self.layer = nn.Linear(2, 2)
        nn.init.ones_(self.layer.weight)
        nn.init.ones_(self.layer.bias)
        self._held = held


class Shifted(nn.Module):
    """Holds a buffer that is no part of its state dict."""

    shift: Tensor

    def __init__(self, shift: Tensor) -> None:
        super().__init__()
        self.register_buffer("shift", shift, persistent=False)


def times(gain: float) -> Callable[[float], float]:
    return lambda value: value * gain


def looped(gain: float) -> list[Any]:
    held: list[Any] = [gain]
    held.append(held)
    return held


@pytest.mark.parametrize(
    "hold",
    [
        lambda gain: gain,
        lambda gain: [1, {"gain": (gain,)}],
        lambda gain: {gain, "gain", None},
        lambda gain: Settings(gain),
        lambda gain: torch.full((2,), gain),
        lambda gain: torch.full((2,), gain, dtype=torch.bfloat16).to_sparse(),
        lambda gain: np.full(2, gain),
        lambda gain: np.float32(gain),
        lambda gain: np.array([gain, "text"], object),
        lambda gain: [nn.Linear(1, 1).requires_grad_(False).apply(partial(filled, gain=gain))],
        lambda gain: torch.float16 if gain == 1 else torch.float32,
        lambda gain: torch.relu if gain == 1 else torch.sigmoid,
        lambda gain: nn.functional.relu if gain == 1 else nn.functional.silu,
        times,
        lambda gain: partial(max, gain),
        lambda gain: Act.SILU if gain == 1 else Act.RELU,
        looped,
    ],
)
def test_what_a_layer_holds_beside_its_tensors_counts(hold: Callable[[float], object]) -> None:
    first, again, other = (model_digest(Scaled(hold(gain))) for gain in (1.0, 1.0, 100.0))
    assert first == again != other


class Act(Enum):
    SILU = partial(nn.functional.silu)
    RELU = partial(nn.functional.relu)


def test_no_address_is_in_it() -> None:
    """Which would be another one in the next process."""
    assert "0x" not in "".join(map(told, [Act.SILU, nn.functional.relu, partial(max, 1), Lock()]))


def filled(module: nn.Module, gain: float) -> None:
    nn.init.constant_(module.weight, gain)
    nn.init.constant_(module.bias, gain)


@given(
    *2
    * [
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
            lambda each: st.lists(each, max_size=3) | st.dictionaries(st.text(), each, max_size=3),
        )
    ]
)
def test_plain_values_that_differ_make_other_models(one: object, other: object) -> None:
    assert model_digest(Scaled(one)) == model_digest(Scaled(copy.deepcopy(one)))
    same = repr(one) == repr(other)
    assert (model_digest(Scaled(one)) == model_digest(Scaled(other))) == same


def test_buffers_that_are_not_saved_count() -> None:
    first, again, other = (model_digest(Shifted(torch.full((2,), x))) for x in (0.0, 0.0, 5.0))
    assert first == again != other


def test_what_torch_s_layers_do_not_print_counts() -> None:
    layers = [nn.MultiheadAttention(4, heads) for heads in (1, 2)]
    layers[1].load_state_dict(layers[0].state_dict())
    assert str(layers[0]) == str(layers[1])
    assert model_digest(layers[0]) != model_digest(layers[1])


def test_what_cannot_be_told_apart_is_no_error() -> None:
    assert model_digest(Scaled([Lock(), object()])) == model_digest(Scaled([Lock(), object()]))


@pytest.mark.parametrize("name", ["yolov5n", "pilotnet_tf"])
def test_of_own_networks_the_sources_say_what_layers_hold(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that their digests are those that were accepted before attributes counted."""
    model = load_model(name)
    before = model_digest(model)
    monkeypatch.setattr("sdvbench.models.digest._attributes", lambda model: ["more"])
    assert model_digest(model) == before
