"""A file that holds another network, or this one in another state, is refused with its name."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils import prune as torch_prune

from sdvbench.errors import CheckpointError
from sdvbench.models import MODELS, Detector, load_model
from sdvbench.models.fusion import fuse

Save = Callable[..., Path]


def conv(name: str, *shape: int) -> Iterator[tuple[str, Tensor]]:
    yield f"{name}.conv.weight", torch.ones(shape)
    yield f"{name}.bn.weight", torch.ones(shape[0])


def anchor_free(last: int, *stem: int, more: tuple[str, ...] = ()) -> dict[str, Tensor]:
    """The parts by which ultralytics' detectors are known: first convolution and last layer."""
    names = [f"model.{last}.{part}" for part in ("cv2.0.2.weight", "cv3.0.2.weight")]
    names += [f"model.{last}.dfl.conv.weight", *more]
    return dict(conv("model.0", *stem)) | {name: torch.ones(1, 1, 1, 1) for name in names}


def anchor_based(
    last: int, heads: int, *stem: int, more: tuple[str, ...] = ()
) -> dict[str, Tensor]:
    names = [
        f"model.{last}.m.{head}.{kind}" for head in range(heads) for kind in ("weight", "bias")
    ]
    state = {name: torch.ones(255) for name in (*names, *more)}
    return dict(conv("model.0", *stem)) | state | {f"model.{last}.anchors": torch.ones(heads, 3, 2)}


FOCUS = dict(conv("model.0.conv", 32, 12, 3, 3)) | anchor_based(24, 3, 1, 1, 1, 1)
OTHERS: dict[str, tuple[Mapping[str, Tensor], str]] = {
    "v5.0": (FOCUS, r"YOLOv5 release 5\.0 or older \(Focus layer\)"),
    "v3.1": (
        dict(conv("model.0.conv", 32, 12, 3, 3)) | {"model.2.cv2.weight": torch.ones(1)},
        r"YOLOv5 release 5\.0 or older \(Focus layer\)",
    ),
    "n6": (anchor_based(33, 4, 16, 3, 6, 6), r"a P6 model \(yolov5n6\)"),
    "x6": (anchor_based(33, 4, 80, 3, 6, 6), r"a P6 model \(yolov5x6\)"),
    "p2": (anchor_based(31, 3, 16, 3, 6, 6), "another layer table: layer 31 detects"),
    "v3-tiny": (anchor_based(20, 2, 16, 3, 3, 3), "another layer table: layer 20 detects"),
    "nu": (anchor_free(24, 16, 3, 6, 6), r"yolov5nu of ultralytics \(anchor-free\)"),
    "s6u": (anchor_free(33, 32, 3, 6, 6), r"yolov5s6u of ultralytics \(anchor-free\)"),
    "v8": (anchor_free(22, 16, 3, 3, 3), r"a YOLOv8 of ultralytics \(anchor-free\)"),
    "11": (anchor_free(23, 16, 3, 3, 3), "a YOLO11 of ultralytics"),
    "12": (anchor_free(21, 16, 3, 3, 3), "a YOLO12 of ultralytics"),
    "v10": (
        anchor_free(23, 16, 3, 3, 3, more=("model.23.one2one_cv2.0.2.weight",)),
        "a YOLOv10 or newer of ultralytics",
    ),
    "v8-seg": (
        anchor_free(22, 16, 3, 3, 3, more=("model.22.proto.cv1.conv.weight",)),
        r"a YOLOv8 of ultralytics \(anchor-free\) for segmentation",
    ),
    "v8-pose": (
        anchor_free(22, 16, 3, 3, 3, more=("model.22.cv4.0.2.weight",)),
        "for poses or rotated boxes",
    ),
    "v5-seg": (
        anchor_based(24, 3, 16, 3, 6, 6, more=("model.24.proto.cv1.conv.weight",)),
        r"a segmentation YOLOv5 \(yolov5n-seg\)",
    ),
    "v5-cls": (
        dict(conv("model.0", 16, 3, 6, 6)) | {"model.9.linear.weight": torch.ones(1000, 1280)},
        "a classification YOLOv5, which finds no boxes",
    ),
    "v8-cls": (
        dict(conv("model.0", 16, 3, 3, 3)) | {"model.9.linear.weight": torch.ones(1000, 1280)},
        "a classification YOLO of ultralytics",
    ),
    "v7": (anchor_based(105, 3, 32, 3, 3, 3, more=("model.105.ia.0.implicit",)), "a YOLOv7"),
    "v7-tiny": (anchor_based(77, 3, 32, 3, 3, 3), "a YOLOv7"),
    "darknet": ({"module_list.0.Conv2d.weight": torch.ones(1)}, "Darknet's layers"),
    "yolox": ({"head.cls_preds.0.weight": torch.ones(1)}, "a YOLOX"),
    "mmdet": ({"backbone.stem.0": torch.ones(1), "bbox_head.a": torch.ones(1)}, "of MMDetection"),
    "torchvision": ({"backbone.body.conv1.weight": torch.ones(1)}, "a detector of torchvision"),
    "resnet": ({"layer1.0.conv1.weight": torch.ones(1)}, "a ResNet"),
    "quantized": (
        {"model.0.conv.scale": torch.ones(1), "model.0.conv.zero_point": torch.ones(1)},
        "a quantized network",
    ),
    "modelopt": ({"model.0.conv.input_quantizer._amax": torch.ones(1)}, "a quantized network"),
    "QAT": ({"model.0.weight_fake_quant.scale": torch.ones(1)}, "a quantized network"),
}


@pytest.mark.parametrize("wrapper", ["", "module.", "module._orig_mod."])
@pytest.mark.parametrize("kind", OTHERS)
def test_another_network_is_named(tmp_path: Path, kind: str, wrapper: str) -> None:
    state, name = OTHERS[kind]
    path = tmp_path / "a.pt"
    torch.save({"model": {wrapper + key: tensor for key, tensor in state.items()}}, path)
    with pytest.raises(CheckpointError, match=f"holds .*{name}.*, not a yolov5n"):
        load_model("yolov5n", path)


def test_a_fused_network_is_named(nano: Detector, tmp_path: Path) -> None:
    torch.save({"model": fuse(nano)}, tmp_path / "fused.pt")
    torch.save(fuse(nano).state_dict(), tmp_path / "state.pt")
    for name in ("fused.pt", "state.pt"):
        with pytest.raises(CheckpointError, match="a fused YOLOv5: BatchNorm is folded"):
            load_model("yolov5n", tmp_path / name)


@pytest.mark.parametrize("whole", [True, False])
def test_masks_of_a_pruning_are_named(tmp_path: Path, whole: bool) -> None:
    model = MODELS["yolov5n"](80)
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            torch_prune.l1_unstructured(module, "weight", 0.3)
    content = model if whole else model.state_dict()
    torch.save({"model": content}, tmp_path / "masked.pt")
    with pytest.raises(CheckpointError, match="pruning masks were not removed") as error:
        load_model("yolov5n", tmp_path / "masked.pt")
    assert "torch.nn.utils.prune.remove(module, 'weight')" in error.value.remedy
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            torch_prune.remove(module, "weight")
    torch.save({"model": model if whole else model.state_dict()}, tmp_path / "removed.pt")
    loaded = load_model("yolov5n", tmp_path / "removed.pt").state_dict()
    assert all(torch.equal(loaded[name], t) for name, t in model.state_dict().items())


def test_the_anchors_in_pixels_are_dropped_where_they_agree(save_state: Save) -> None:
    anchors = MODELS["yolov5n"](80).state_dict()["model.24.anchors"] * 1.3
    pixels = (anchors * torch.tensor([8, 16, 32]).view(3, 1, 1)).view(3, 1, 3, 1, 1, 2)
    changes = {"model.24.anchors": anchors, "model.24.anchor_grid": pixels.half()}
    assert torch.equal(load_model("yolov5n", save_state(**changes)).detect.anchors, anchors)
    changes["model.24.anchor_grid"] = pixels.flip(0)
    with pytest.raises(CheckpointError, match=r"anchor_grid disagrees with the anchors beside it"):
        load_model("yolov5n", save_state(**changes))


def test_the_anchors_of_the_file_decode_the_boxes(save_state: Save) -> None:
    anchors = MODELS["yolov5n"](80).state_dict()["model.24.anchors"]
    weights = {f"model.24.m.{n}.weight": torch.zeros(255, 64 * 2**n, 1, 1) for n in range(3)}
    biases = {f"model.24.m.{n}.bias": torch.zeros(255) for n in range(3)}
    path = save_state(**weights, **biases, **{"model.24.anchors": 2 * anchors})
    with torch.inference_mode():
        boxes = load_model("yolov5n", path)(torch.zeros(1, 3, 64, 64))
    assert boxes[0, 0, 2:4].tolist() == [20, 26]  # twice the first published anchor


def test_batches_need_not_be_counted(save_state: Save) -> None:
    names = [n for n in MODELS["yolov5n"](80).state_dict() if n.endswith("num_batches_tracked")]
    load_model("yolov5n", save_state(**dict.fromkeys(names)))
    with pytest.raises(CheckpointError, match=r"lacks model\.0\.bn\.running_mean\. Name"):
        load_model("yolov5n", save_state(**{"model.0.bn.running_mean": None}))


def test_names_that_are_not_those_of_the_classes_are_refused(tmp_path: Path) -> None:
    state = MODELS["yolov5n"](3).state_dict()
    torch.save({"model": state, "names": ["a", "b"]}, tmp_path / "a.pt")
    with pytest.raises(CheckpointError, match="names 2 classes, but its detection layer has 3"):
        load_model("yolov5n", tmp_path / "a.pt")
