"""Small models and images, made once."""

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
