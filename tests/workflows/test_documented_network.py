"""The example of docs/networks.md, as whoever copies it has it: pruned, saved, built."""

import re
import sys
from importlib import import_module
from importlib.metadata import EntryPoint
from pathlib import Path
from types import ModuleType

import pytest
import torch

import sdvbench
from sdvbench.models import MODELS, load_model, save_model
from sdvbench.models.seeded import seed_weights
from sdvbench.store import Store

DOCS = Path(__file__).parents[2] / "docs/networks.md"


@pytest.fixture
def steering(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ModuleType:
    (code,) = re.findall(r"```python\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
    (tmp_path / "documented_steering.py").write_text(code)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "documented_steering", raising=False)
    entry = EntryPoint("steering", "documented_steering:Steering", "sdvbench.models")
    monkeypatch.setitem(MODELS._places, "steering", entry)
    return import_module("documented_steering")


@pytest.mark.parametrize("pruning", ["orig", "PL", "PS", "PG"])
def test_it_is_pruned_saved_and_built(
    steering: ModuleType, pruning: str, store: Store, tmp_path: Path
) -> None:
    model = steering.Steering()
    seed_weights(model, seed=0)
    pruned = sdvbench.prune(model.eval(), pruning)
    assert pruned.head.out_features == 1
    assert (pruned.head.in_features < 37) == (pruning in ("PL", "PG"))
    save_model(pruned, tmp_path / "pruned.safetensors", pruning)
    again = load_model("steering", tmp_path / "pruned.safetensors")
    calls = [
        tuple(value.numpy() for value in again.example(again.bound_inputs(), seed))
        for seed in range(4)
    ]
    with torch.inference_mode():
        exact = again(*map(torch.from_numpy, calls[0])).numpy()
        assert exact == pytest.approx(pruned(*map(torch.from_numpy, calls[0])).numpy())
    with sdvbench.build(again, "W1", "int8", calibration=calls, store=store) as engine:
        assert engine(*calls[0]) == pytest.approx(exact, rel=0.1, abs=0.05)
