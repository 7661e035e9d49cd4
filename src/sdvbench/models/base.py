"""What a model must offer to be pruned, exported and scored."""

from abc import abstractmethod

from torch import Tensor, nn

from sdvbench.errors import OptionError

STRIDE_PX = 32  # detectors halve the image five times


class Detector(nn.Module):
    """(B, 3, H, W) RGB 0..1 -> (B, N, 5+C) float32: xywh in pixels, objectness, class scores.

    name: the registered name, first part of every cell id.
    num_classes: C.
    class_names: as the checkpoint tells them, else None.
    """

    def __init__(self, name: str, num_classes: int) -> None:
        super().__init__()
        self.name = name
        self.num_classes = num_classes
        self.class_names: tuple[str, ...] | None = None

    @abstractmethod
    def forward(self, images: Tensor) -> Tensor: ...

    @abstractmethod
    def unprunable(self) -> list[nn.Module]:
        """Layers whose output channels mean something and must all stay."""

    @abstractmethod
    def pruning_order(self) -> list[nn.Conv2d]:
        """The convolutions that group pruning (PG) visits, in order."""

    def half_body(self) -> "Detector":
        """Make the convolutions IEEE half, in place; whatever decodes boxes stays float32."""
        for module in self.modules():
            if isinstance(module, nn.Conv2d | nn.BatchNorm2d):
                module.half()
        return self


def check_image_size(imgsz: int) -> None:
    """Raise OptionError unless a detector takes square images of ``imgsz`` pixels."""
    if imgsz < STRIDE_PX or imgsz % STRIDE_PX:
        raise OptionError(
            f"image size {imgsz}",
            f"is not a positive multiple of {STRIDE_PX}",
            "Use 640, for example",
        )
