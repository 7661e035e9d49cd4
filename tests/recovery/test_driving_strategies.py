"""scripts/driving_strategies.py: what its strategies start from."""

import importlib
from pathlib import Path

import pytest

from sdvbench.errors import OptionError
from sdvbench.models import load_model, save_model
from sdvbench.models.digest import model_digest

SCRIPTS = Path(__file__).parents[2] / "scripts"


def test_strategies_start_from_weights_that_nothing_was_done_to(tmp_path, monkeypatch):
    """A pruned model would else be taken for the unpruned one that all are held against."""
    monkeypatch.syspath_prepend(str(SCRIPTS))
    begun = importlib.import_module("driving_strategies").begun
    model = load_model("pilotnet")
    save_model(model, tmp_path / "plain.safetensors")
    save_model(model, tmp_path / "pruned.safetensors", "ML")
    model.quantization_aware = True
    save_model(model, tmp_path / "aware.safetensors")
    for name in ("pruned", "aware"):
        with pytest.raises(OptionError, match=f"{name}.safetensors: is pruned, or trained with i"):
            begun(tmp_path, "pilotnet", tmp_path / f"{name}.safetensors")
    assert not (tmp_path / "pilotnet-orig.safetensors").exists()
    file = begun(tmp_path, "pilotnet", tmp_path / "plain.safetensors")
    assert model_digest(load_model("pilotnet", file)) == model_digest(load_model("pilotnet"))
