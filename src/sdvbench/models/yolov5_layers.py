"""What the modules in a YOLOv5 file compute, beside the yolov5 of sdvbench."""

from collections.abc import Mapping
from typing import Any

from torch import Tensor, nn

from sdvbench.errors import CheckpointError
from sdvbench.models.blocks import Bottleneck, Conv
from sdvbench.models.checkpoint import Checkpoint
from sdvbench.models.key_prefixes import aligned
from sdvbench.models.stand_ins import Named, plain
from sdvbench.models.state_dicts import Part
from sdvbench.models.yolov5 import STRIDES, Detect, YOLOv5

REMEDY = (
    "Train it with the layers of YOLOv5's releases, or register a model of your own "
    "(see docs/DESIGN.md)"
)
# Settings of which the shapes of the tensors tell nothing.
SETTINGS: dict[type[nn.Module], tuple[str, ...]] = {
    nn.Conv2d: ("stride", "padding", "dilation", "groups", "padding_mode", "transposed"),
    nn.BatchNorm2d: ("eps",),
    nn.MaxPool2d: ("kernel_size", "stride", "padding", "dilation", "ceil_mode"),
    nn.Upsample: ("size", "scale_factor", "mode"),
    nn.SiLU: (),
}
MOST_NUMBERS = 16  # in a setting
SAME_KIND = {"SyncBatchNorm": "BatchNorm2d"}  # in inference
# The layers whose outputs a layer of YOLOv5 takes, where that is not the layer before it alone.
SOURCES = {12: (-1, 6), 16: (-1, 4), 19: (-1, 14), 22: (-1, 10), 24: (17, 20, 23)}


def check_layers(model: nn.Module, checkpoint: Checkpoint) -> None:
    """Raise CheckpointError where the file's modules compute something else from equal tensors.

    Only whole modules show it: a state dict knows neither activations nor strides. What a file
    does not tell, as modules of older releases may not, is not compared.
    """
    if not isinstance(model, YOLOv5):
        return
    modules = dict(model.named_modules())
    parts = aligned(checkpoint.parts, modules.keys())
    for name, module in modules.items():
        difference = _difference(name, module, parts[name]) if name in parts else None
        if difference is not None:
            found, own = difference
            raise CheckpointError(
                checkpoint.path, f"{name} {found}, where the yolov5 of sdvbench has {own}", REMEDY
            )


def _difference(name: str, module: nn.Module, part: Part) -> tuple[str, str] | None:
    """(what the file has, what ``module`` has)."""
    kind, own_kind = part.kind.rsplit(".", 1)[-1], type(module).__name__
    if type(module) in SETTINGS and SAME_KIND.get(kind, kind) != own_kind:
        return f"is {kind}", own_kind
    for setting, own in _settings(name, module).items():
        found = _comparable(part.settings.get(setting, own))
        if found != _comparable(own):
            return f"has {setting} {_shown(found)}", _shown(_comparable(own))
    return None


def _settings(name: str, module: nn.Module) -> Mapping[str, Any]:
    own = {key: getattr(module, key) for key in SETTINGS.get(type(module), ())}
    if isinstance(module, Bottleneck):
        own = {"add": module.shortcut, "shortcut": module.shortcut}
    if isinstance(module, Conv):
        own = {"act": "torch.nn.functional.silu"}  # where it is a function, not a module
    if isinstance(module, Detect):
        own = {"stride": STRIDES}
    number = name.removeprefix("model.")
    if number.isdigit():
        own |= {"f": SOURCES.get(int(number), -1), "d": 1}  # d: the axis of a concatenation
    return own


def _comparable(value: Any) -> Any:
    """Equal for what computes the same: 2, 2.0 and (2, 2); eps in single and double precision."""
    if isinstance(value, Tensor) and value.numel() <= MOST_NUMBERS:  # a view may claim any number
        value = value.flatten().tolist()
    value = plain(value)
    if isinstance(value, list | tuple):
        values = tuple(map(_number_or_text, value))
        return values[0] if len(set(values)) == 1 else values
    return _number_or_text(value)


def _number_or_text(value: Any) -> bool | float | str | None:
    """A file may hold anything in the place of a setting."""
    if isinstance(value, Named):
        return value.full
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 2**53:
        return float(f"{value:.5g}")
    return value if isinstance(value, bool | str | None) else f"of type {type(value).__name__}"


def _shown(value: Any) -> str:
    if isinstance(value, tuple):
        return f"({', '.join(map(_shown, value))})"
    return f"{value:g}" if type(value) is float else str(value)
