"""What makes two models the same."""

import copy
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest
import torch
from torch import nn

from sdvbench.models import Detector
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
