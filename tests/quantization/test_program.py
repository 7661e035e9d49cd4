"""What the layers of an exported program compute in."""

import copy
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from sdvbench.errors import BuildError
from sdvbench.quantization.program import RULE, check_compiled, check_program, weighted
from tests.workflows.networks import network


class Product(nn.Module):
    """A product with weights, turned, and one of two values that both depend on the input."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.rand(4, 8))

    def forward(self, given: Tensor) -> Tensor:
        seen = given @ self.weight.t()
        return seen @ seen.transpose(-1, -2)


class Stored(nn.Module):
    """What an operator makes of the input and of a stored tensor."""

    def __init__(self, operator: Callable[[Tensor, Tensor], Tensor], *sizes: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.rand(sizes))
        self.operator = operator

    def forward(self, given: Tensor) -> Tensor:
        return self.operator(given, self.weight)


PRODUCTS: dict[str, tuple[nn.Module, tuple[int, ...]]] = {
    "bilinear": (Stored(lambda x, w: nn.functional.bilinear(x, x + 1, w), 4, 8, 8), (2, 8)),
    "tensordot": (Stored(lambda x, w: torch.tensordot(x, w, dims=1), 8, 4), (2, 8)),
    "baddbmm": (Stored(lambda x, w: torch.baddbmm(x[:, :1, :4], x, w), 1, 8, 4), (1, 2, 8)),
    "addbmm": (Stored(lambda x, w: torch.addbmm(x[0, :, :4], x, w), 1, 8, 4), (1, 2, 8)),
    "mv": (Stored(lambda x, w: torch.mv(w, x), 4, 8), (8,)),
    "addmv": (Stored(lambda x, w: torch.addmv(x[:4], w, x), 4, 8), (8,)),
    "inner": (Stored(torch.inner, 4, 8), (2, 8)),
    "vecdot": (Stored(torch.linalg.vecdot, 2, 8), (2, 8)),
    "matmul": (Stored(torch.linalg.matmul, 8, 4), (2, 8)),
    "multi_dot": (Stored(lambda x, w: torch.linalg.multi_dot([w, x, x.t()]), 4, 2), (2, 8)),
    "einsum": (Stored(lambda x, w: torch.einsum("oij,bi,bj->bo", w, x, x), 4, 8, 8), (2, 8)),
    "conv_tbc": (Stored(lambda x, w: torch.conv_tbc(x, w, x[0, 0, :4]), 3, 8, 4), (5, 1, 8)),
    "attention": (
        Stored(lambda x, w: nn.functional.scaled_dot_product_attention(w, x, x), 1, 4, 8),
        (1, 4, 8),
    ),
}
NO_PRODUCTS: dict[str, tuple[nn.Module, tuple[int, ...]]] = {
    "scaled": (Stored(torch.multiply, 2, 8), (2, 8)),
    "chosen": (Stored(lambda x, w: torch.where(x > 0.5, x, w), 2, 8), (2, 8)),
    "added": (Stored(lambda x, w: torch.addmm(w, x, x.t()), 2, 2), (2, 8)),
    "masked": (
        Stored(lambda x, w: nn.functional.scaled_dot_product_attention(x, x, x, w), 4, 4),
        (1, 4, 8),
    ),
}


class Recurrent(nn.Module):
    """A recurrent layer without its state."""

    def __init__(self, cell: nn.Module) -> None:
        super().__init__()
        self.cell = cell

    def forward(self, given: Tensor) -> Tensor:
        return self.cell(given)[0]


def exported(module: nn.Module, *example: Tensor) -> Any:
    return torch.export.export(module.eval(), example)


@pytest.mark.parametrize(
    ("layer", "sizes"),
    [
        (nn.Conv2d(3, 4, 3, padding="same"), (1, 3, 8, 8)),
        (nn.Conv1d(3, 4, 3), (1, 3, 8)),
        (nn.ConvTranspose2d(3, 4, 3), (1, 3, 8, 8)),
        (nn.Linear(8, 4), (2, 8)),
        (Product(), (2, 8)),
        (Recurrent(nn.GRU(8, 4)), (5, 1, 8)),
        (Recurrent(nn.LSTMCell(8, 4)), (2, 8)),
        (nn.GRUCell(8, 4), (2, 8)),
        (nn.RNNCell(8, 4), (2, 8)),
        (nn.RNNCell(8, 4, nonlinearity="relu"), (2, 8)),
    ],
)
def test_every_kind_of_layer_is_found_once(layer: nn.Module, sizes: tuple[int, ...]) -> None:
    program = exported(nn.Sequential(layer, nn.ReLU()), torch.rand(sizes))
    assert [kind for _, kind in weighted(program)] == ["FLOAT"]
    assert check_program(program, "fp32") == {"layers": {"FLOAT": 1}, "float_layers": []}
    half = exported(nn.Sequential(layer, nn.ReLU()).half(), torch.rand(sizes).half())
    assert check_program(half, "fp16")["layers"] == {"FLOAT16": 1}


@pytest.mark.parametrize("operator", PRODUCTS)
def test_every_product_with_weights_is_a_layer(operator: str) -> None:
    layer, sizes = PRODUCTS[operator]
    assert [kind for _, kind in weighted(exported(layer, torch.rand(sizes)))] == ["FLOAT"]
    half = exported(copy.deepcopy(layer).half(), torch.rand(sizes).half())
    assert check_program(half, "fp16")["layers"] == {"FLOAT16": 1}


@pytest.mark.parametrize("operator", NO_PRODUCTS)
def test_what_does_not_multiply_by_weights_is_none(operator: str) -> None:
    layer, sizes = NO_PRODUCTS[operator]
    assert list(weighted(exported(layer, torch.rand(sizes)))) == []


def test_a_program_without_layers_has_no_precision() -> None:
    program = exported(nn.ReLU(), torch.rand(2))
    assert check_program(program, "fp32")["layers"] == {}  # nothing is lower than it says
    with pytest.raises(BuildError, match="is no fp16: of 0 layers with weights"):
        check_program(program, "fp16")


def test_layers_are_told_by_their_names_in_the_model() -> None:
    model = network("two_inputs")
    program = exported(model, *model.example(model.bound_inputs()))
    with pytest.raises(BuildError, match=r"is no fp16: of 4 .* be: body\.0 \(FLOAT\), body\.2 \("):
        check_program(program, "fp16")
    everything = ["body", "fuse", "steering"]
    assert check_program(program, "fp16", everything) == {
        "layers": {"FLOAT": 4},
        "float_layers": ["body.0", "body.2", "fuse", "steering"],
    }


class Pairs(nn.Module):
    """A dense layer of which the input, the weights or both are Q/DQ pairs."""

    def __init__(self, of_input: bool, of_weights: bool) -> None:
        super().__init__()
        self.layer = nn.Linear(8, 4)
        self.of_input, self.of_weights = of_input, of_weights

    def forward(self, given: Tensor) -> Tensor:
        given = pair(given) if self.of_input else given
        weight = pair(self.layer.weight) if self.of_weights else self.layer.weight
        return nn.functional.linear(given, weight)


def pair(value: Tensor) -> Tensor:
    kind = (0.1, 0, -128, 127, torch.int8)
    operators = torch.ops.quantized_decomposed
    return operators.dequantize_per_tensor(operators.quantize_per_tensor(value, *kind), *kind)


@pytest.mark.parametrize("of_input", [True, False])
@pytest.mark.parametrize("of_weights", [True, False])
def test_int8_is_of_input_and_weights(of_input: bool, of_weights: bool) -> None:
    pytest.importorskip("torchao.quantization.pt2e.quantize_pt2e")  # it registers the operators
    program = exported(Pairs(of_input, of_weights), torch.rand(2, 8))
    if of_input and of_weights:
        assert check_program(program, "int8")["layers"] == {"INT8": 1}
        with pytest.raises(BuildError, match=r"is no fp32: of 1 .* 1 int8"):
            check_program(program, "fp32")
    else:
        with pytest.raises(BuildError, match=r"is no int8: of 1 .* 0 int8"):
            check_program(program, "int8")


def test_dyn8_is_of_dense_layers_and_of_ranges_of_each_call() -> None:
    pytest.importorskip("torchao.quantization.pt2e.quantize_pt2e")
    from sdvbench.quantization.pt2e import quantized

    model = network("float_end")
    example = model.example(model.bound_inputs())
    program = quantized(model, example, None, reduced=False)
    assert check_program(program, "dyn8", ["steering"]) == {
        "layers": {"FLOAT": 3, "INT8 weights": 1},
        "float_layers": ["body.0", "body.2", "steering"],
        "float_because": RULE,
    }
    with pytest.raises(BuildError, match=r"is no dyn8: .* be: steering \(FLOAT\)"):
        check_program(program, "dyn8")
    with pytest.raises(BuildError, match=r"is no int8: .* fuse \(INT8 weights\)"):
        check_program(program, "int8", ["body", "steering"])
    with pytest.raises(BuildError, match=f"is no dyn8: .* 0 int8; {RULE}"):
        check_program(exported(model, *example), "dyn8", ["fuse", "steering"])


def test_what_a_compiler_has_lowered_or_left_float_is_told() -> None:
    model, half = network("two_inputs"), network("two_inputs").half_body()
    example = model.example(model.bound_inputs())
    program, lower = exported(model, *example), exported(half, *example)
    check_compiled(program, "fp32", program.graph.nodes, 0)
    with pytest.raises(BuildError, match=r"is no fp32: .*body\.0.* compute in less"):
        check_compiled(program, "fp32", lower.graph.nodes, 0)
    pytest.importorskip("torchao.quantization.pt2e.quantize_pt2e")
    pairs = exported(Pairs(True, True), torch.rand(2, 8))
    check_compiled(pairs, "int8", [], 1)
    with pytest.raises(BuildError, match=r"calls 0 integer kernels for 1 .* float: linear\."):
        check_compiled(pairs, "int8", pairs.graph.nodes, 0)
