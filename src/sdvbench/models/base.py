"""What a model must offer to be pruned, exported and scored."""

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from sdvbench.image_size import ImageSize, check_image_size, height_width
from sdvbench.tensors import BATCH, HEIGHT, WIDTH, TensorSpec, images_spec


class Network(nn.Module):
    """A network that sdvbench can build engines of.

    name: the registered name, first part of every cell id.
    kind: "module", or the format of the file that it is, such as "onnx".
    task: what its outputs mean, a name in ``sdvbench.tasks``.
    layout: of a detector's outputs, a name in ``sdvbench.tasks.detection.decoders``.
    inputs: what ``forward`` takes, in order. Sizes that are not fixed are names; "batch", "height"
        and "width" are bound by a run's batch and image size.
    outputs: names of what ``forward`` returns, in order; one tensor, or a tuple of several.
    quantization_aware: whether it was trained with int8's rounding in the loop, by the recipe that
        TensorRT takes; the int8 engines of W0, W1 and W2 are built as it was trained.
    pruned_before: where its file held a pruned model, the pruning that the file names ("" if it
        names none); else None.
    class_names: of a classifier or detector, as the checkpoint gives them, else None.
    """

    kind: ClassVar[str] = "module"
    task: str = "tensors"
    layout: str = ""
    inputs: tuple[TensorSpec, ...]
    outputs: tuple[str, ...] = ("output",)

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name
        self.class_names: tuple[str, ...] | None = None
        self.quantization_aware = False
        self.pruned_before: str | None = None

    def metadata(self) -> dict[str, str]:
        """What a file of its weights says beside its name, pruning and classes, as texts by name;
        ``read_metadata`` takes it back.
        """
        return {}

    def read_metadata(self, metadata: Mapping[str, str]) -> None:
        """Take what a file of weights says. Raises ValueError, with a clause on what is wrong."""

    def extra_repr(self) -> str:
        return "quantization_aware" if self.quantization_aware else ""  # the digest is of repr

    def bound_inputs(self, imgsz: ImageSize = 640, batch: int = 1) -> tuple[TensorSpec, ...]:
        """``inputs`` with all sizes bound. Raises OptionError where one stays open."""
        height, width = height_width(imgsz)
        sizes = {BATCH: batch, HEIGHT: height, WIDTH: width}
        return tuple(spec.bound(sizes) for spec in self.inputs)

    def example(self, inputs: tuple[TensorSpec, ...], seed: int = 0) -> tuple[Tensor, ...]:
        """Inputs that ``forward`` computes something sensible from; dtypes and shapes as ``inputs``
        says. Random in 0..1, and zeros of integer types; override it where those mean nothing.
        """
        generator = torch.Generator().manual_seed(seed)

        def one(spec: TensorSpec) -> Tensor:
            dtype: torch.dtype = getattr(torch, spec.dtype)
            if dtype.is_floating_point:
                return torch.rand(spec.sizes, generator=generator).to(dtype)
            return torch.zeros(spec.sizes, dtype=dtype)

        return tuple(map(one, inputs))

    def unprunable(self) -> list[nn.Module]:
        """Layers whose output channels mean something and must all stay."""
        return []

    def pruning_order(self) -> list[nn.Conv2d]:
        """The convolutions that group pruning (PG) visits, in order."""
        return [module for module in self.modules() if isinstance(module, nn.Conv2d)]

    def float_layers(self) -> list[nn.Module]:
        """Modules that compute in float32 in every precision, with all that they hold, such as a
        decoder of boxes.

        Every other layer with weights is lowered in fp16 and int8, or the build fails.
        """
        return []

    def decoded_layers(self) -> list[nn.Module]:
        """Layers whose outputs are decoded, such as a detector's last convolutions. TensorRT's
        recipe for int8 leaves them float32; the paper's does not.
        """
        return []

    def kept_names(self, *, decoded: bool) -> list[str]:
        """The names of the modules that stay float32.

        decoded: whether the decoded layers are among them.
        """
        kept = [*self.float_layers(), *(self.decoded_layers() if decoded else [])]
        # A module that is used under two names is called by either in the graph.
        named = self.named_modules(remove_duplicate=False)
        return [name for name, module in named if module in kept]

    def half_body(self) -> "Network":
        """Make all layers with weights but ``float_layers`` IEEE half, in place.

        Inputs are cast where they arrive at a layer, and outputs back to float32. A model whose
        ``forward`` casts by itself overrides this, and saves the casts.
        """
        kept = {part for layer in self.float_layers() for part in layer.modules()}
        for module in kept:
            _cast_before(module, torch.float32)
        for module in set(self.modules()) - kept:
            if any(True for _ in module.parameters(recurse=False)):
                # Not what it holds: that may be a module that is kept.
                module._apply(_halved, recurse=False)  # type: ignore[no-untyped-call]
                _cast_before(module, torch.float16)
        self.register_forward_hook(lambda _, __, outputs: _cast(outputs, torch.float32))
        return self


def _halved(tensor: Tensor) -> Tensor:
    return tensor.half() if tensor.is_floating_point() else tensor


def _cast_before(module: nn.Module, dtype: torch.dtype) -> None:
    """Have the floating-point inputs of ``module`` in ``dtype``, also those given by name."""

    def cast(_: nn.Module, inputs: Any, named: dict[str, Any]) -> Any:
        return _cast(inputs, dtype), {name: _cast(value, dtype) for name, value in named.items()}

    module.register_forward_pre_hook(cast, with_kwargs=True)


def cast_to(module: nn.Module, inputs: Any) -> Any:
    """``inputs`` in the type of the module's weights, as a hook before its ``forward``."""
    return _cast(inputs, next(module.parameters()).dtype)


def _cast(value: Any, dtype: torch.dtype) -> Any:
    """``value`` with its floating-point tensors in ``dtype``, also those in tuples and lists."""
    if isinstance(value, tuple | list):
        each = (_cast(one, dtype) for one in value)
        return type(value)(*each) if hasattr(value, "_fields") else type(value)(each)
    floating = isinstance(value, Tensor) and value.is_floating_point()
    return value.to(dtype) if floating else value


class Trainable(Network):
    """A network that ``sdvbench recover`` can train, if its task can be trained."""

    @abstractmethod
    def layers(self) -> list[nn.Module]:
        """All layers in the order of the forward pass, of which training may freeze the first."""


class Detector(Network):
    """(B, 3, H, W) RGB 0..1 -> (B, N, 5+C) float32: xywh in pixels, objectness, class scores.

    num_classes: C.
    """

    layout = "yolov5"
    task = "detection"
    inputs = (images_spec(),)
    outputs = ("detections",)

    def __init__(self, name: str, num_classes: int) -> None:
        super().__init__(name)
        self.num_classes = num_classes

    def bound_inputs(self, imgsz: ImageSize = 640, batch: int = 1) -> tuple[TensorSpec, ...]:
        check_image_size(imgsz)
        return super().bound_inputs(imgsz, batch)

    @abstractmethod
    def forward(self, images: Tensor) -> Tensor: ...

    @abstractmethod
    def unprunable(self) -> list[nn.Module]: ...

    @abstractmethod
    def pruning_order(self) -> list[nn.Conv2d]: ...

    def decoded_layers(self) -> list[nn.Module]:
        return self.unprunable()


class TrainableDetector(Detector, Trainable):
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
    def expect_few_objects(self) -> None:
        """Set the biases from which training from nothing starts: nearly no prediction holds an
        object, and no class is likely. Else its first thousands of steps go into learning that."""
