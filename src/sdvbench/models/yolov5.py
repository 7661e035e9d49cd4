"""YOLOv5 n, s, m, l, x in the v6.1/v7 architecture, with the official state-dict names.

Source: the layer table of the YOLOv5 release 6.1 (shapes and figures only).
"""

import math
from typing import cast

import torch
from torch import Tensor, nn

from sdvbench.models.base import TrainableDetector, cast_to
from sdvbench.models.blocks import C3, SPPF, Conv

STRIDES = (8, 16, 32)
# Prior boxes, which YOLO calls anchors: widths and heights in pixels of the input, three a stride
# (COCO, 640).
PRIORS_PX = (
    ((10, 13), (16, 30), (33, 23)),
    ((30, 61), (62, 45), (59, 119)),
    ((116, 90), (156, 198), (373, 326)),
)

EXPECTED_OBJECTS = 8  # in an image of 640 pixels
EXPECTED_SHARE = 0.6  # of objects whose class is told


class Detect(nn.Module):
    """Three 1x1 convolutions and the decoding of their maps into boxes.

    The decoding is float32 whatever the body's dtype: half precision resolves pixel coordinates
    above 1024 to whole pixels only.
    """

    def __init__(self, num_classes: int, channels: tuple[int, ...]) -> None:
        super().__init__()
        self.num_classes = num_classes
        self.outputs = num_classes + 5
        priors = torch.tensor(PRIORS_PX, dtype=torch.float32)
        strides = torch.tensor(STRIDES, dtype=torch.float32).view(-1, 1, 1)
        self.register_buffer("anchors", priors / strides)  # in cells, as checkpoints store them
        self.m = nn.ModuleList(nn.Conv2d(c, self.outputs * priors.shape[1], 1) for c in channels)

    def maps(self, features: list[Tensor]) -> list[Tensor]:
        """Feature maps, one a stride -> (B, A, rows, columns, 5+C) float32 each: logits."""
        maps = []
        for head, feature in zip(self.m, features, strict=True):
            raw = head(feature).float()
            batch, _, rows, columns = raw.shape
            raw = raw.view(batch, -1, self.outputs, rows, columns)
            maps.append(raw.permute(0, 1, 3, 4, 2))
        return maps

    def forward(self, features: list[Tensor]) -> Tensor:
        """Feature maps, one a stride -> (B, N, 5+C) float32: xywh in pixels, scores in 0..1."""
        levels = []
        priors = cast(Tensor, self.anchors).float()
        for index, raw in enumerate(self.maps(features)):
            batch, _, rows, columns, _ = raw.shape
            xy, wh, scores = torch.split(raw.sigmoid(), [2, 2, self.num_classes + 1], 4)
            xy = (xy * 2 + _cell_offsets(rows, columns, raw.device)) * STRIDES[index]
            wh = (wh * 2) ** 2 * (priors[index] * STRIDES[index]).view(1, -1, 1, 1, 2)
            levels.append(torch.cat((xy, wh, scores), 4).reshape(batch, -1, self.outputs))
        return torch.cat(levels, 1)


def _cell_offsets(rows: int, columns: int, device: torch.device) -> Tensor:
    """(1, 1, rows, columns, 2) float32: each cell's x, y less one half."""
    y = torch.arange(rows, device=device, dtype=torch.float32) - 0.5
    x = torch.arange(columns, device=device, dtype=torch.float32) - 0.5
    return torch.stack((x.view(1, -1).expand(rows, -1), y.view(-1, 1).expand(-1, columns)), 2).view(
        1, 1, rows, columns, 2
    )


class YOLOv5(TrainableDetector):
    """(B, 3, H, W) RGB 0..1, H and W multiples of 32 -> (B, N, 5+C) float32.

    The last axis holds the box's centre x, y, width and height in pixels, objectness and the class
    scores. With half-precision weights pass half-precision images; the outputs stay float32.
    """

    def __init__(self, name: str, depth: float, width: float, num_classes: int) -> None:
        super().__init__(name, num_classes)

        def c(channels: int) -> int:
            return math.ceil(channels * width / 8) * 8

        def n(repeats: int) -> int:
            return max(round(repeats * depth), 1)

        self.model = nn.ModuleList(
            (
                Conv(3, c(64), 6, 2, 2),
                Conv(c(64), c(128), 3, 2),
                C3(c(128), c(128), n(3), shortcut=True),
                Conv(c(128), c(256), 3, 2),
                C3(c(256), c(256), n(6), shortcut=True),
                Conv(c(256), c(512), 3, 2),
                C3(c(512), c(512), n(9), shortcut=True),
                Conv(c(512), c(1024), 3, 2),
                C3(c(1024), c(1024), n(3), shortcut=True),
                SPPF(c(1024), c(1024)),
                Conv(c(1024), c(512)),
                nn.Upsample(scale_factor=2, mode="nearest"),
                nn.Identity(),  # 12: concatenation with layer 6
                C3(c(1024), c(512), n(3), shortcut=False),
                Conv(c(512), c(256)),
                nn.Upsample(scale_factor=2, mode="nearest"),
                nn.Identity(),  # 16: concatenation with layer 4
                C3(c(512), c(256), n(3), shortcut=False),
                Conv(c(256), c(256), 3, 2),
                nn.Identity(),  # 19: concatenation with layer 14
                C3(c(512), c(512), n(3), shortcut=False),
                Conv(c(512), c(512), 3, 2),
                nn.Identity(),  # 22: concatenation with layer 10
                C3(c(1024), c(1024), n(3), shortcut=False),
                Detect(num_classes, (c(256), c(512), c(1024))),
            )
        )

    def forward(self, images: Tensor) -> Tensor:
        decoded: Tensor = self.detect(self._features(images))
        return decoded

    def head_maps(self, images: Tensor) -> list[Tensor]:
        return self.detect.maps(self._features(images))

    def _features(self, images: Tensor) -> list[Tensor]:
        layers = self.model
        x = images
        for layer in layers[:5]:
            x = layer(x)
        p3 = x
        x = p4 = layers[6](layers[5](x))
        for layer in layers[7:10]:
            x = layer(x)
        top = layers[10](x)
        middle = layers[14](layers[13](torch.cat((layers[11](top), p4), 1)))
        small = layers[17](torch.cat((layers[15](middle), p3), 1))
        medium = layers[20](torch.cat((layers[18](small), middle), 1))
        large = layers[23](torch.cat((layers[21](medium), top), 1))
        return [small, medium, large]

    @property
    def detect(self) -> Detect:
        return cast(Detect, self.model[24])

    @property
    def priors_px(self) -> Tensor:
        priors = cast(Tensor, self.detect.anchors).float()
        return priors * torch.tensor(STRIDES, device=priors.device).view(-1, 1, 1)

    @property
    def strides(self) -> tuple[int, ...]:
        return STRIDES

    def layers(self) -> list[nn.Module]:
        return list(self.model)

    @torch.no_grad()
    def expect_few_objects(self) -> None:
        for head, stride in zip(self.detect.m, STRIDES, strict=True):
            bias = cast(Tensor, head.bias).view(-1, self.detect.outputs)
            bias[:, 4] = math.log(EXPECTED_OBJECTS / (640 / stride) ** 2)
            bias[:, 5:] = math.log(EXPECTED_SHARE / self.num_classes)

    def unprunable(self) -> list[nn.Module]:
        return [self.detect]

    def half_body(self) -> "YOLOv5":
        """As in ``Network``, with one cast at the beginning; ``Detect`` casts what it decodes."""
        for module in self.modules():
            if isinstance(module, nn.Conv2d | nn.BatchNorm2d):
                module.half()
        self.register_forward_pre_hook(cast_to)
        return self

    def pruning_order(self) -> list[nn.Conv2d]:
        """The paper's order: the stem, the backbone's blocks, then the rest."""
        blocks: list[Conv] = []
        for index in (0, 1, 2, 4, 6, 8, 3, 5, 7, *range(9, 24)):
            layer = self.model[index]
            if isinstance(layer, Conv):
                blocks.append(layer)
            blocks += [cv for name, cv in layer.named_children() if name in ("cv1", "cv2", "cv3")]
        return [block.conv for block in blocks]


def yolov5n(num_classes: int) -> YOLOv5:
    return YOLOv5("yolov5n", 0.33, 0.25, num_classes)


def yolov5s(num_classes: int) -> YOLOv5:
    return YOLOv5("yolov5s", 0.33, 0.50, num_classes)


def yolov5m(num_classes: int) -> YOLOv5:
    return YOLOv5("yolov5m", 0.67, 0.75, num_classes)


def yolov5l(num_classes: int) -> YOLOv5:
    return YOLOv5("yolov5l", 1.00, 1.00, num_classes)


def yolov5x(num_classes: int) -> YOLOv5:
    return YOLOv5("yolov5x", 1.33, 1.25, num_classes)
