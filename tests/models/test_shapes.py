"""Models that another tool has pruned, by the shapes of their tensors."""

import copy
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from sdvbench.errors import CheckpointError, SdvbenchError
from sdvbench.models import Detector, load_model, save_model
from sdvbench.models.checkpoint import Checkpoint
from sdvbench.models.digest import model_digest
from sdvbench.models.weights import load_weights
from sdvbench.pruning import prune


@pytest.fixture(scope="module")
def pruned(nano: Detector) -> Detector:
    """YOLOv5n by PL; not to be changed."""
    return prune(nano, "PL", 64)


@pytest.mark.parametrize("whole", [True, False])
def test_a_pruned_model_is_read_by_its_shapes(
    pruned: Detector, nano: Detector, tmp_path: Path, whole: bool
) -> None:
    torch.save({"model": pruned if whole else pruned.state_dict()}, tmp_path / "pruned.pt")
    model = load_model("yolov5n", tmp_path / "pruned.pt")
    assert model_digest(model) == model_digest(pruned)
    assert model.pruned_before == ""
    assert nano.pruned_before is None


def test_a_file_that_names_its_pruning_is_remembered_by_it(
    pruned: Detector, tmp_path: Path
) -> None:
    save_model(pruned, tmp_path / "named.safetensors", "PL")
    assert load_model("yolov5n", tmp_path / "named.safetensors").pruned_before == "PL"
    save_model(pruned, tmp_path / "not named.safetensors")
    assert load_model("yolov5n", tmp_path / "not named.safetensors").pruned_before == ""


def test_a_model_that_a_smaller_size_could_be_pruned_to_is_named(
    pruned: Detector, tmp_path: Path
) -> None:
    torch.save(pruned.state_dict(), tmp_path / "pruned.pt")
    with pytest.raises(CheckpointError, match="holds a pruned yolov5n, not a yolov5s"):
        load_model("yolov5s", tmp_path / "pruned.pt")


@pytest.mark.parametrize(
    ("name", "shape", "problem"),
    [
        ("model.1.conv.weight", (30, 16, 3, 3), "do not fit one another"),
        ("model.1.bn.bias", (31,), "do not fit one another|has shape"),
        ("model.1.conv.weight", (33, 16, 3, 3), "holds a pruned yolov5s, not a yolov5n"),
        ("model.1.conv.weight", (32, 16, 1, 1), "has shape 32x16x1x1 but yolov5n needs 32x16x3x3"),
        ("model.1.conv.weight", (0, 16, 3, 3), "has shape 0x16x3x3"),
        ("model.24.anchors", (3, 2, 2), "has shape 3x2x2"),
        ("model.24.m.1.weight", (200, 128, 1, 1), "has shape 200x128x1x1"),
    ],
)
def test_shapes_that_no_pruning_leaves_are_refused(
    nano: Detector, tmp_path: Path, name: str, shape: tuple[int, ...], problem: str
) -> None:
    torch.save(nano.state_dict() | {name: torch.ones(shape)}, tmp_path / "a.pt")
    with pytest.raises(CheckpointError, match=problem):
        load_model("yolov5n", tmp_path / "a.pt")


class Tiny(Detector):
    """Two convolutions, so that thousands of examples are quick."""

    def __init__(self) -> None:
        super().__init__("tiny", 1)
        self.body = nn.Sequential(nn.Conv2d(3, 4, 1, bias=False), nn.BatchNorm2d(4))
        self.head = nn.Conv2d(4, 6, 1)

    def forward(self, images: Tensor) -> Tensor:
        outputs: Tensor = self.head(self.body(images)).flatten(2).transpose(1, 2)
        return outputs

    def unprunable(self) -> list[nn.Module]:
        return [self.head]

    def pruning_order(self) -> list[nn.Conv2d]:
        return [self.body[0]]


SHAPES = st.lists(st.integers(0, 6), max_size=5).map(tuple)


@settings(max_examples=200)
@given(
    st.dictionaries(st.sampled_from(sorted(Tiny().state_dict())), st.none() | SHAPES, max_size=3),
    st.sampled_from(["", "module.", "model."]),
    st.sampled_from([{}, {"pruning": "PL"}, {"pruning": "orig"}]),
    st.sampled_from([torch.float32, torch.int64, torch.bool, torch.complex64]),
)
def test_no_shapes_end_in_another_error(
    changes: dict[str, tuple[int, ...] | None],
    prefix: str,
    metadata: dict[str, str],
    dtype: torch.dtype,
) -> None:
    model = Tiny()
    state = copy.deepcopy(dict(model.state_dict()))
    for name, shape in changes.items():
        del state[name]
        if shape is not None:
            state[name] = torch.ones(shape, dtype=dtype)
    tensors = {prefix + name: tensor for name, tensor in state.items()}
    try:
        load_weights(model, Checkpoint(Path("a.pt"), tensors, None, metadata))
    except SdvbenchError:
        return
    assert model.eval()(torch.zeros(1, 3, 2, 2)).shape == (1, 4, 6)


def test_whole_numbers_are_no_weights(nano: Detector, tmp_path: Path) -> None:
    whole = {"model.1.conv.weight": torch.ones(32, 16, 3, 3, dtype=torch.int8)}
    torch.save(nano.state_dict() | whole, tmp_path / "a.pt")
    with pytest.raises(CheckpointError, match="holds int8 instead of floating-point numbers"):
        load_model("yolov5n", tmp_path / "a.pt")
