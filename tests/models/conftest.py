"""Small models and images, made once."""

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from sdvbench.models import MODELS, Detector, load_model


@pytest.fixture(scope="session")
def other_seed() -> Detector:
    """As ``nano``, from another seed; not to be changed."""
    return load_model("yolov5n", seed=1)


@pytest.fixture(scope="session")
def images() -> torch.Tensor:
    return torch.rand(2, 3, 96, 64, generator=torch.Generator().manual_seed(1))


@pytest.fixture
def save_state(tmp_path: Path) -> Callable[..., Path]:
    """Saves YOLOv5n's state dict with some of its tensors replaced, or left out where None."""

    def save(name: str = "yolov5n", **changes: torch.Tensor | None) -> Path:
        state = {**MODELS[name](80).state_dict(), **changes}
        path = tmp_path / f"{name}.pt"
        torch.save({key: tensor for key, tensor in state.items() if tensor is not None}, path)
        return path

    return save


Change = Callable[..., Path]


@pytest.fixture
def change_pickle() -> Change:
    """Replaces bytes in the pickle of a file that torch.save wrote."""

    def change(path: Path, *replacements: tuple[bytes, bytes]) -> Path:
        with zipfile.ZipFile(path) as source:
            records = {name: source.read(name) for name in source.namelist()}
        for name in records:
            if name.endswith("/data.pkl"):
                for old, new in replacements:
                    assert old in records[name], old
                    records[name] = records[name].replace(old, new)
        with zipfile.ZipFile(path, "w") as target:
            for name, content in records.items():
                target.writestr(name, content)
        return path

    return change
