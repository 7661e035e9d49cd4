"""Names of modules, and of what belongs to them."""

from collections.abc import Collection


def is_kept(name: str, kept: Collection[str]) -> bool:
    """Whether a layer or node called ``name`` belongs to one of the modules in ``kept``."""
    return any(name == one or name.startswith((f"{one}/", f"{one}.")) for one in kept)
