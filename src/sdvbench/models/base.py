"""What a model must offer to be pruned, exported and scored."""

from abc import abstractmethod

from torch import Tensor, nn


class Detector(nn.Module):
    """(B, 3, H, W) RGB 0..1 -> (B, N, 5+C) float32: xywh in pixels, objectness, class scores.

    name: the registered name, first part of every cell id.
    num_classes: C.
    class_names: as the checkpoint gives them, else None.
    quantization_aware: whether it was trained with int8's rounding in the loop, by the recipe that
        TensorRT takes; its int8 engines are built as it was trained.
    pruned_before: where its file held a pruned model, the pruning that the file names ("" if it
        names none); else None.
    """

    def __init__(self, name: str, num_classes: int) -> None:
        super().__init__()
        self.name = name
        self.num_classes = num_classes
        self.class_names: tuple[str, ...] | None = None
        self.quantization_aware = False
        self.pruned_before: str | None = None

    def extra_repr(self) -> str:
        return "quantization_aware" if self.quantization_aware else ""  # the digest is of repr

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


class Trainable(Detector):
    """A detector that shows what training looks at."""

    @abstractmethod
    def head_maps(self, images: Tensor) -> list[Tensor]:
        """(B, 3, H, W) RGB 0..1 -> (B, A, rows, columns, 5+C) float32 a stride: the logits that
        ``forward`` decodes, A prior boxes a cell."""

    @property
    @abstractmethod
    def priors_px(self) -> Tensor:
        """(strides, A, 2) float32: widths and heights in pixels of the input."""

    @property
    @abstractmethod
    def strides(self) -> tuple[int, ...]:
        """Pixels of the input a cell, one for each of ``head_maps``."""

    @abstractmethod
    def layers(self) -> list[nn.Module]:
        """All layers in the order of the forward pass, of which training may freeze the first."""

    @abstractmethod
    def expect_few_objects(self) -> None:
        """Set the biases from which training from nothing starts: nearly no prediction holds an
        object, and no class is likely. Else its first thousands of steps go into learning that."""
