"""Layers in half, and modules that stay float32 among them."""

from typing import Any, NamedTuple

import pytest
import torch
from torch import Tensor, nn

from sdvbench.models.base import Network
from sdvbench.tensors import TensorSpec


class Base(Network):
    inputs = (TensorSpec("x", ("batch", 4)),)

    def __init__(self) -> None:
        super().__init__("any")


class OwnParameter(Base):
    """A parameter of its own beside a decoder with constants, which stays float32."""

    def __init__(self) -> None:
        super().__init__()
        self.shift = nn.Parameter(torch.ones(4))
        self.layer = nn.Linear(4, 4)
        self.decoder = Decoder()

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.decoder(self.layer(x + self.shift))
        return out

    def float_layers(self) -> list[nn.Module]:
        return [self.decoder]


class Decoder(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("anchors", torch.tensor([4095.3, 1000.7, 1.0, 1.0]))
        self.last = nn.Linear(4, 4)

    def forward(self, x: Tensor) -> Any:
        assert x.dtype is torch.float32
        return 0 * self.last(x) + self.anchors


class Both(NamedTuple):
    first: Tensor
    second: Tensor


class Named(Base):
    """Its layer is called with a named input, and its outputs have names."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(4, 4)

    def forward(self, x: Tensor) -> Both:
        y = self.layer(input=x)
        return Both(y, 2 * y)


class Shared(Base):
    """One layer under two names, the second of which is the one that is kept."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(4, 4)
        self.second = self.first

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.second(x)
        return y

    def float_layers(self) -> list[nn.Module]:
        return [self.second]


def test_what_is_kept_keeps_its_numbers() -> None:
    half = OwnParameter().eval().half_body()
    assert {name: p.dtype for name, p in half.named_parameters()} == {
        "shift": torch.float16,
        "layer.weight": torch.float16,
        "layer.bias": torch.float16,
        "decoder.last.weight": torch.float32,
        "decoder.last.bias": torch.float32,
    }
    found = half(torch.rand(1, 4))
    assert found.dtype is torch.float32
    assert found[0, :2].tolist() == pytest.approx([4095.3, 1000.7])


def test_named_inputs_are_cast_and_named_outputs_stay_so() -> None:
    found = Named().eval().half_body()(torch.rand(1, 4))
    assert isinstance(found, Both)
    assert found.first.dtype is found.second.dtype is torch.float32


def test_a_shared_layer_is_known_by_all_its_names() -> None:
    assert Shared().kept_names(decoded=False) == ["first", "second"]
