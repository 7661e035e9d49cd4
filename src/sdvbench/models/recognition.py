"""Naming the network that a checkpoint holds instead of the one that was asked for."""

import re
from collections.abc import Callable, Iterable, Mapping

import torch
from torch import Tensor

SIZES = {16: "n", 32: "s", 48: "m", 64: "l", 80: "x"}  # by the channels of the first convolution
NAME_IT = "Name the model that the file belongs to with --sdv-model"
NOT_READ = "sdvbench reads YOLOv5 from release 6.0 on, sizes n, s, m, l and x, for detection"
TRAIN = f"Train or download such a model: {NOT_READ}"
UNMASK = (
    "Call torch.nn.utils.prune.remove(module, 'weight') for every pruned module, and save again"
)
UNFUSED = "Pass the checkpoint that training wrote, in which BatchNorm stands apart"
FLOAT = "Pass the checkpoint from before it was quantized"


def recognize(tensors: Mapping[str, Tensor]) -> tuple[str, str] | None:
    """(what the file holds, what to do), where the names of its tensors give it away."""
    for pattern, problem, remedy in FOREIGN:
        if any(re.search(pattern, name) for name in tensors):
            return (problem if isinstance(problem, str) else problem(tensors)), remedy
    biased = any(name.endswith(".conv.bias") for name in tensors)
    if biased and not any(name.endswith(".bn.weight") for name in tensors):
        return "a fused YOLOv5: BatchNorm is folded into its convolutions", UNFUSED
    layer = _detection_layer(tensors)
    if layer is not None and layer != 24:
        return f"a YOLOv5 with another layer table: layer {layer} detects, not layer 24", TRAIN
    return None


def _anchor_free(tensors: Mapping[str, Tensor]) -> str:
    """ultralytics' networks, by their last layer and first convolution."""
    numbers = [int(m[1]) for m in map(re.compile(r"(\d+)\.cv3\.0\.").search, tensors) if m]
    last = max(numbers, default=0)
    stem, task = _stem(tensors), _task(tensors)
    if stem is not None and stem.shape[-1] == 6:
        p6 = "6" if last > 24 else ""
        return f"yolov5{_size(tensors)}{p6}u of ultralytics (anchor-free){task}"
    if any("one2one" in name for name in tensors):
        family = "YOLOv10 or newer"
    elif any(re.search(r"\.cv2\.0\.m\.0\.cv1\.conv1\.", name) for name in tensors):
        family = "YOLOv9"
    else:
        family = {21: "YOLO12", 22: "YOLOv8", 23: "YOLO11"}.get(last, "YOLO")
    return f"a {family} of ultralytics (anchor-free){task}"


def _task(tensors: Mapping[str, Tensor]) -> str:
    if any(re.search(r"\.proto\.", name) for name in tensors):
        return " for segmentation"
    if any(re.search(r"\.\d+\.cv4\.0\.", name) for name in tensors):
        return " for poses or rotated boxes"
    return ""


def _classifier(tensors: Mapping[str, Tensor]) -> str:
    stem = _stem(tensors)
    family = "YOLOv5" if stem is not None and stem.shape[-1] == 6 else "YOLO of ultralytics"
    return f"a classification {family}, which finds no boxes"


def _segmentation(tensors: Mapping[str, Tensor]) -> str:
    if any(re.search(r"\.24\.m\.0\.weight$", name) for name in tensors):
        return f"a segmentation YOLOv5 (yolov5{_size(tensors)}-seg)"
    return _anchor_free(tensors)


def _p6(tensors: Mapping[str, Tensor]) -> str:
    return f"a P6 model (yolov5{_size(tensors)}6), which has four detection layers"


def _stem(tensors: Mapping[str, Tensor]) -> Tensor | None:
    found = (t for n, t in tensors.items() if re.search(r"(^|\.)0\.conv\.weight$", n))
    return next((tensor for tensor in found if tensor.dim() == 4), None)


def _size(tensors: Mapping[str, Tensor]) -> str:
    stem = _stem(tensors)
    return "" if stem is None else SIZES.get(len(stem), "")


def _detection_layer(tensors: Iterable[str]) -> int | None:
    numbers = [int(m[1]) for m in map(re.compile(r"(\d+)\.anchors$").search, tensors) if m]
    return max(numbers, default=None)


Problem = str | Callable[[Mapping[str, Tensor]], str]

# In this order: (pattern of a tensor's name, what the network is, what to do).
FOREIGN: tuple[tuple[str, Problem, str], ...] = (
    (
        r"(\.|^)(\w+_packed_params|zero_point|activation_post_process|weight_fake_quant)(\.|$)"
        r"|_quantizer\.|\._amax$",
        "a quantized network (torch.ao or nvidia-modelopt)",
        FLOAT,
    ),
    (r"\.weight_(orig|mask)$", "a network whose pruning masks were not removed", UNMASK),
    (
        r"(^|\.)0\.conv\.conv\.weight$",
        "YOLOv5 release 5.0 or older (Focus layer)",
        f"Train it again with a newer release: {NOT_READ}",
    ),
    (r"\.(9|10)\.linear\.weight$", _classifier, TRAIN),
    (r"\.proto\.cv1\.conv\.weight$", _segmentation, TRAIN),
    (r"\.dfl\.conv\.weight$|\.one2one_cv2\.|\.\d+\.cv3\.0\.2\.(weight|bias)$", _anchor_free, TRAIN),
    (r"\.implicit$|\.rbr_dense\.|(^|\.)(77|105|118)\.(m|anchors)(\.|$)", "a YOLOv7", TRAIN),
    (r"\.m\.3\.bias$", _p6, TRAIN),
    (r"^module_list\.", "a network of Darknet's layers (YOLOv3 or YOLOv4)", TRAIN),
    (r"(^|\.)head\.cls_preds\.", "a YOLOX", TRAIN),
    (r"(^|\.)bbox_head\.", "a network of MMDetection or MMYOLO", TRAIN),
    (r"(^|\.)backbone\.body\.|(^|\.)roi_heads\.", "a detector of torchvision", TRAIN),
    (r"(^|\.)(transformer|encoder)\.(encoder\.)?layers?\.0\.", "a transformer", TRAIN),
    (r"(^|\.)layer1\.0\.conv1\.weight$", "a ResNet", TRAIN),
)


def sizes_that_fit(tensors: Mapping[str, Tensor]) -> list[tuple[str, bool]]:
    """(model, whether the shapes are exactly its own) of which these can be all tensors.

    Built-in models only, the smallest first. Pruning removes channels: a model fits as well where
    its own tensors are larger.
    """
    from sdvbench.models import MODELS  # which is made of what this module is imported by

    given = {n: t.shape for n, t in tensors.items() if not n.endswith("num_batches_tracked")}
    heads = [shape for name, shape in given.items() if name.endswith("model.24.m.0.bias")]
    classes = heads[0].numel() // 3 - 5 if heads and len(heads[0]) == 1 else 0
    fitting = []
    for name in (f"yolov5{size}" for size in SIZES.values()) if classes > 0 else ():
        with torch.device("meta"):
            own = MODELS[name](classes).state_dict()
        own = {n: t.shape for n, t in own.items() if not n.endswith("num_batches_tracked")}
        if own.keys() == given.keys() and all(_within(given[n], own[n]) for n in own):
            fitting.append((name, own == given))
    return fitting


def _within(shape: torch.Size, limit: torch.Size) -> bool:
    return len(shape) == len(limit) and all(n <= m for n, m in zip(shape, limit, strict=True))
