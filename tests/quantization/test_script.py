"""What the layers of a TorchScript module compute in, by its operators."""

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from sdvbench.errors import BuildError
from sdvbench.quantization.script import RULE, check_script, layers
from sdvbench.quiet import quiet
from tests.quantization.test_program import NO_PRODUCTS, PRODUCTS, Product, Recurrent
from tests.workflows.networks import network


def saved(module: nn.Module, folder: Path, *example: Tensor) -> Any:
    """Traced, saved and loaded."""
    jit: Any = torch.jit
    with quiet(), torch.no_grad():
        jit.trace(module.eval(), example, check_trace=False).save(str(folder / "model.pt"))
        return jit.load(str(folder / "model.pt"))


@pytest.mark.parametrize(
    ("layer", "sizes", "name", "count"),
    [
        (nn.Conv2d(3, 4, 3, padding="same"), (1, 3, 8, 8), "0", 1),
        (nn.Conv1d(3, 4, 3), (1, 3, 8), "0", 1),
        (nn.ConvTranspose2d(3, 4, 3), (1, 3, 8, 8), "0", 1),
        (nn.Linear(8, 4), (2, 8), "0", 1),
        (Product(), (2, 8), "0", 1),
        (Recurrent(nn.GRU(8, 4)), (5, 1, 8), "0.cell", 1),
        (Recurrent(nn.LSTMCell(8, 4)), (2, 8), "0.cell", 2),
        (nn.GRUCell(8, 4), (2, 8), "0", 2),
        (nn.RNNCell(8, 4), (2, 8), "0", 2),
    ],
)
def test_every_kind_of_layer_is_found_and_named(
    layer: nn.Module, sizes: tuple[int, ...], name: str, count: int, tmp_path: Path
) -> None:
    module = saved(nn.Sequential(layer, nn.ReLU()), tmp_path, torch.rand(sizes))
    assert [(one.name, one.computes_in) for one in layers(module)] == [(name, "FLOAT")] * count
    assert check_script(module, "fp32", [name]) == {"layers": {"FLOAT": count}, "float_layers": []}


@pytest.mark.parametrize("operator", PRODUCTS)
def test_every_product_with_weights_is_a_layer(operator: str, tmp_path: Path) -> None:
    layer, sizes = PRODUCTS[operator]
    module = saved(nn.Sequential(layer), tmp_path, torch.rand(sizes))
    assert [(one.name, one.computes_in) for one in layers(module)] == [("0", "FLOAT")]


@pytest.mark.parametrize("operator", NO_PRODUCTS)
def test_what_does_not_multiply_by_weights_is_none(operator: str, tmp_path: Path) -> None:
    layer, sizes = NO_PRODUCTS[operator]
    assert list(layers(saved(nn.Sequential(layer), tmp_path, torch.rand(sizes)))) == []


class Unnamed(nn.Module):
    """Weights of its own, and a product of two values that both depend on the input."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.rand(4, 8))

    def forward(self, given: Tensor) -> Tensor:
        seen = nn.functional.linear(given, self.weight)
        return seen @ seen.transpose(-1, -2)


def test_weights_of_the_network_itself_are_found(tmp_path: Path) -> None:
    (layer,) = layers(saved(Unnamed(), tmp_path, torch.rand(2, 8)))
    assert layer.name.startswith("aten::linear_")


def test_layers_in_branches_are_found(tmp_path: Path) -> None:
    class Branched(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = nn.Linear(8, 8)

        def forward(self, given: Tensor) -> Tensor:
            if given.sum() > 0:
                given = self.layer(given)
            return given

    with quiet():
        module = torch.jit.script(Branched())
    assert [one.name for one in layers(module)] == ["layer"]


def test_half_weights_are_no_fp32(tmp_path: Path) -> None:
    module = saved(nn.Sequential(nn.Linear(8, 4)).half(), tmp_path, torch.rand(2, 8).half())
    with pytest.raises(BuildError, match=r"is no fp32: .* 1 FLOAT16; .* be: 0 \(FLOAT16\)"):
        check_script(module, "fp32", ["0"])


def test_float_layers_are_told_by_word_and_by_rule(tmp_path: Path) -> None:
    model = network("two_inputs")
    module = saved(model, tmp_path, *model.example(model.bound_inputs()))
    names = ["body.0", "body.2", "fuse", "steering"]
    with pytest.raises(BuildError, match=r"is no int8: .* are 4 FLOAT; .* be: body\.0 \(FLOAT\)"):
        check_script(module, "int8", names)
    with pytest.raises(BuildError, match=r"not as they should be: fuse \(FLOAT\), steering"):
        check_script(module, "dyn8", names)
    with pytest.raises(BuildError, match=f"is no dyn8: .* are 4 FLOAT; {RULE}"):
        check_script(module, "dyn8", names, ["fuse", "steering"])


def test_a_layer_that_the_file_does_not_show_is_told(tmp_path: Path) -> None:
    """As a fused operator that holds several layers' weights."""
    module = saved(nn.Sequential(nn.Linear(8, 4)), tmp_path, torch.rand(2, 8))
    with pytest.raises(BuildError, match="does not tell what these layers compute in: attention"):
        check_script(module, "fp32", ["0", "attention"])
