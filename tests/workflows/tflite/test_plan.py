"""Plans compute what the PyTorch network does, and what cannot be planned is named."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from sdvbench.errors import BuildError
from sdvbench.models import Detector
from sdvbench.models.base import Network
from sdvbench.pruning import prune
from sdvbench.workflows.tflite.layers import Layer
from sdvbench.workflows.tflite.plan import planned
from tests.workflows.tflite.keras_in_torch import run
from tests.workflows.tflite.networks import Driver, EluDriver, Features, drawn


def plan(module: nn.Module, *inputs: Tensor) -> list[Layer]:
    with torch.no_grad():
        return planned(torch.export.export(module.eval(), inputs), "net")


def check(module: nn.Module, values: Tensor) -> list[Layer]:
    """The plan of ``module``, which computes the same."""
    module, values = module.double(), values.double()
    layers = plan(module, values)
    given = values.permute(0, 2, 3, 1) if values.dim() == 4 else values
    found = run(layers, given)
    with torch.no_grad():
        wanted = module(values)
    found = found.permute(0, 3, 1, 2) if found.dim() == 4 else found
    torch.testing.assert_close(found, wanted)
    return layers


def kinds(layers: list[Layer]) -> list[str]:
    return [layer.kind for layer in layers]


@pytest.mark.parametrize("batch", [1, 3])
@pytest.mark.parametrize("create", [Driver, EluDriver, Features])
def test_networks_are_carried_over(create: Callable[[], Network], batch: int) -> None:
    model = drawn(create())
    (image,) = model.example(model.bound_inputs(batch=batch))
    check(model, image)


def test_batchnorm_goes_into_the_layer_before_it_where_that_is_linear() -> None:
    layers = check(drawn(Driver()), torch.rand(1, 3, 31, 40))
    assert kinds(layers) == [
        *("Affine", "Conv2D", "Activation", "Conv2D", "Activation"),
        *("ZeroPadding2D", "Conv2D", "LeakyReLU", "Flatten", "Affine", "Dense", "Activation"),
        "Dense",
    ]
    convolutions = [layer for layer in layers if layer.kind == "Conv2D"]
    assert [one.settings["padding"] for one in convolutions] == ["same", "same", "valid"]
    assert [one.name for one in convolutions] == ["seen.1", "seen.4", "seen.6"]


@pytest.mark.parametrize("pruning", ["PG", "PL"])
def test_pruned_networks_are_too(pruning: str) -> None:
    parameters = {"ratio": 0.3} | ({"planned_steps": 1} if pruning == "PL" else {})
    model = prune(drawn(Driver()), pruning, **parameters)
    layers = check(model, torch.rand(1, 3, 31, 40))
    filters = [layer.settings["filters"] for layer in layers if layer.kind == "Conv2D"]
    assert filters != [12, 20, 10]
    assert len({count % 2 for count in filters}) == 2


@settings(max_examples=15)
@given(
    st.tuples(st.integers(5, 12), st.integers(5, 12)),
    st.tuples(st.integers(1, 5), st.integers(1, 5)),
    st.integers(1, 3),
    st.tuples(*[st.integers(0, 3)] * 4),
    st.integers(0, 2),
)
def test_every_padding_is(
    size: tuple[int, int],
    kernel: tuple[int, int],
    stride: int,
    around: tuple[int, int, int, int],
    own: int,
) -> None:
    conv = nn.Conv2d(2, 3, kernel, stride, padding=own)
    check(nn.Sequential(nn.ZeroPad2d(around), conv), torch.rand(1, 2, *size))


@settings(max_examples=15)
@given(
    st.tuples(st.integers(1, 12), st.integers(1, 12)),
    st.tuples(st.integers(1, 5), st.integers(1, 5)),
    st.integers(1, 3),
)
def test_tensorflow_s_same_needs_no_layer_of_its_own(
    size: tuple[int, int], kernel: tuple[int, int], stride: int
) -> None:
    lacking = [
        max((-(-s // stride) - 1) * stride + k - s, 0) for s, k in zip(size, kernel, strict=True)
    ]
    (top, bottom), (left, right) = ((one // 2, one - one // 2) for one in lacking)
    padded = nn.ZeroPad2d((left, right, top, bottom))
    layers = check(nn.Sequential(padded, nn.Conv2d(2, 3, kernel, stride)), torch.rand(1, 2, *size))
    assert kinds(layers) == ["Conv2D"]
    assert layers[0].settings["padding"] == ("same" if any(lacking) else "valid")


class Does(nn.Module):
    """What a function does to the output of a layer."""

    def __init__(self, does: Callable[[Tensor], Any], layer: nn.Module | None = None) -> None:
        super().__init__()
        self.does, self.layer = does, layer or nn.Conv2d(4, 5, 3)

    def forward(self, image: Tensor) -> Any:
        return self.does(self.layer(image))


CHANNELS = torch.arange(1.0, 6.0).view(5, 1, 1)


@pytest.mark.parametrize(
    "does",
    [
        lambda x: x * 255 / 127.5 - 1,
        lambda x: (3 + x) * CHANNELS.exp() + CHANNELS,
        lambda x: x.relu().sub(CHANNELS, alpha=2).div(CHANNELS[None]),
        lambda x: torch.add(x.relu(), 2, alpha=3),
        lambda x: nn.functional.max_pool2d(x.tanh(), 3, 2),
        lambda x: nn.functional.avg_pool2d(x.sigmoid(), (2, 3)),
        lambda x: nn.functional.relu6(x) * 0.5,
        lambda x: nn.functional.hardtanh(nn.functional.silu(x), 0, 6),
        lambda x: nn.functional.conv2d(x, torch.ones(2, 5, 2, 2), padding="same"),
        lambda x: nn.functional.conv2d(x, torch.ones(2, 5, 3, 1), padding="valid"),
        lambda x: nn.functional.pad(nn.functional.pad(x, (1, 2)), (0, 0, 3, 1)).relu_(),
    ],
)
def test_operators_are(does: Callable[[Tensor], Tensor]) -> None:
    module, image = Does(does), torch.rand(2, 4, 9, 8)
    found = run(plan(module, image), image.permute(0, 2, 3, 1).double()).permute(0, 3, 1, 2)
    with torch.no_grad():
        torch.testing.assert_close(found.float(), module(image))


@pytest.mark.parametrize(
    ("does", "told"),
    [
        (lambda x: x + x.relu(), r"aten\.add\.Tensor in its forward, which does not take"),
        (lambda x: x * x, r"aten\.mul\.Tensor in its forward, which does not take"),
        (lambda x: 1 / x, r"aten\.reciprocal\.default in its forward"),
        (lambda x: torch.tensor(1.0) / x, r"aten\.div\.Tensor in its forward by the layer"),
        (lambda x: torch.cat([x, x]), r"aten\.cat\.default in its forward, which"),
        (lambda x: x.mean((2, 3)), r"aten\.mean\.dim in its forward\."),
        (lambda x: x * torch.ones(6), r"aten\.mul\.Tensor .* with a tensor of shape \(6,\)"),
        (lambda x: x.flatten(1), r"an image as its output, flattened"),
        (lambda x: x.flatten(2), r"aten\.view.*|aten\.flatten.* from \(1, 5, 7, 6\) to"),
        (lambda x: (x, x.relu()), r"1 inputs and 2 outputs, not one each"),
        (lambda x: nn.functional.elu(x, 0.5), r"aten\.elu\.default .* with \{'alpha': 0\.5"),
        (lambda x: nn.functional.pad(x, (1, 1), value=1), r"aten\.pad\.default .* by \[1, 1\]"),
        (lambda x: nn.functional.pad(x, (-1, 1)), r"aten\.pad\.default .* by \[-1, 1\]"),
        (lambda x: nn.functional.max_pool2d(x, 3, 2, 1), r"aten\.max_pool2d.* with padding"),
        (lambda x: nn.functional.dropout(x), r"aten\.dropout\.default in its forward\."),
        (lambda x: nn.functional.batch_norm(x, None, None, training=True), r".* by the stat"),
        (lambda x: nn.functional.linear(x, torch.ones(2, 6)), r"aten\.linear\.default .* 4 axes"),
    ],
)
def test_what_is_no_layer_of_keras_is_named(does: Callable[[Tensor], Any], told: str) -> None:
    with pytest.raises(BuildError, match=f"model net: is no plain sequence .* it has {told}"):
        plan(Does(does), torch.rand(1, 4, 9, 8))


@pytest.mark.parametrize(
    ("layer", "told"),
    [
        (nn.Conv2d(4, 4, 3, groups=2), r"aten\.conv2d\.default in layer with 2 groups"),
        (nn.Conv2d(4, 4, 3, dilation=2), r"aten\.conv2d\.default in layer with dilation \[2, 2\]"),
    ],
)
def test_such_convolutions_are(layer: nn.Module, told: str) -> None:
    with pytest.raises(BuildError, match=told):
        plan(Does(torch.relu, layer), torch.rand(1, 4, 9, 8))


def test_a_detector_is_no_plain_sequence(nano: Detector) -> None:
    with torch.no_grad():
        program = torch.export.export(nano, (torch.rand(1, 3, 64, 64),))
    with pytest.raises(BuildError, match=r"model yolov5n: .* it has aten\.\w+\.Tensor in model\.2"):
        planned(program, "yolov5n")
