"""The architecture against the published one: names, counts, outputs."""

from pathlib import Path

import pytest
import torch

from sdvbench.models import MODELS, Detector, load_model
from sdvbench.models.checkpoint import read_checkpoint
from sdvbench.models.yolov5 import YOLOv5
from sdvbench.pruning.profile import profile

# As YOLOv5's own training prints them, for 80 classes with BatchNorm not fused.
PUBLISHED = {
    "yolov5n": 1_872_157,
    "yolov5s": 7_235_389,
    "yolov5m": 21_190_557,
    "yolov5l": 46_563_709,
    "yolov5x": 86_749_405,
}


def test_state_dict_is_the_official_one(shared_data: Path) -> None:
    official = read_checkpoint(shared_data / "weights/yolov5n.pt").tensors
    own = MODELS["yolov5n"](80).state_dict()
    assert {name: tuple(t.shape) for name, t in own.items()} == {
        name: tuple(t.shape) for name, t in official.items()
    }


def test_official_weights_load_with_their_class_names(shared_data: Path) -> None:
    model = load_model("yolov5n", shared_data / "weights/yolov5n.pt")
    assert model.class_names is not None
    assert len(model.class_names) == model.num_classes == 80
    assert model.class_names[0] == "person"
    assert not model.training


@pytest.mark.parametrize("name", PUBLISHED)
def test_every_size_has_the_published_number_of_parameters(name: str) -> None:
    with torch.device("meta"):
        model = MODELS[name](80)
    assert model.name == name
    assert sum(p.numel() for p in model.parameters()) == PUBLISHED[name]


def test_fused_yolov5s_has_the_papers_parameter_count() -> None:
    assert profile(MODELS["yolov5s"](80), imgsz=64).params == 7_225_885


def test_batch_norm_divides_as_the_checkpoints_were_trained(nano: Detector) -> None:
    norms = [module for module in nano.modules() if isinstance(module, torch.nn.BatchNorm2d)]
    assert {norm.eps for norm in norms} == {1e-3}


def test_outputs_are_float32_boxes_of_three_strides(nano: Detector, images: torch.Tensor) -> None:
    with torch.inference_mode():
        outputs = nano(images)
    cells = sum((96 // stride) * (64 // stride) for stride in (8, 16, 32))
    assert outputs.shape == (2, 3 * cells, 85)
    assert outputs.dtype == torch.float32
    assert (outputs[..., 2:4] > 0).all()
    assert ((outputs[..., 4:] >= 0) & (outputs[..., 4:] <= 1)).all()


def test_boxes_decode_from_their_cell_and_anchor() -> None:
    model = YOLOv5("yolov5n", 0.33, 0.25, 80).eval()
    for head in model.detect.m:
        torch.nn.init.zeros_(head.weight)
        torch.nn.init.zeros_(head.bias)
    with torch.inference_mode():
        first_level = model(torch.zeros(1, 3, 64, 64))[0, : 3 * 8 * 8].view(3, 8, 8, 85)
    # sigmoid(0) = 1/2: the box sits in the middle of its cell and has its anchor's size.
    assert first_level[1, 2, 5, :4].tolist() == [5.5 * 8, 2.5 * 8, 16, 30]
    assert (first_level[..., 4:] == 0.5).all()


def test_half_body_leaves_the_decoding_in_float32(images: torch.Tensor) -> None:
    model = load_model("yolov5n")
    with torch.inference_mode():
        exact = model(images)
        half = model.half_body()(images.half())
    assert model.detect.m[0].weight.dtype == torch.float16
    assert model.detect.anchors.dtype == torch.float32
    assert half.dtype == torch.float32
    error = (half - exact).abs()
    assert float(error[..., :4].mean()) < 1  # pixels
    assert 0 < float(error[..., 4:].max()) < 0.05


def test_group_pruning_visits_every_convolution_outside_the_bottlenecks_once() -> None:
    model = MODELS["yolov5n"](80)
    order = model.pruning_order()
    inside = {
        id(conv)
        for name, conv in model.named_modules()
        if isinstance(conv, torch.nn.Conv2d) and ".m." not in name
    }
    assert {id(conv) for conv in order} == inside
    assert len(order) == len(inside)
