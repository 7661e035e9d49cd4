"""Names of modules, and of what belongs to them."""

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import nn


def module_names(model: "nn.Module", modules: "Sequence[nn.Module]") -> list[str]:
    """Those of ``modules`` in ``model``; the names of nodes and layers begin with them."""
    return [name for name, module in model.named_modules() if module in modules]


def is_kept(name: str, kept: Collection[str]) -> bool:
    """Whether a layer or node called ``name`` belongs to one of the modules in ``kept``."""
    return any(name == one or name.startswith((f"{one}/", f"{one}.")) for one in kept)
