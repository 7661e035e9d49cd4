"""Names of modules, and of what belongs to them."""

from collections.abc import Collection, Sequence
from typing import Any


def is_kept(name: str, kept: Collection[str]) -> bool:
    """Whether a layer or node called ``name`` belongs to one of the modules in ``kept``."""
    return any(name == one or name.startswith((f"{one}/", f"{one}.")) for one in kept)


def shown(names: Sequence[str], most: int = 5) -> str:
    """The first ``most`` of ``names``, and how many more there are."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def name_nodes(graph: Any) -> None:
    """Give every node of an ONNX graph a name of its own, by which it can be kept in float32."""
    taken: set[str] = set()
    for index, node in enumerate(graph.node):
        if not node.name or node.name in taken:
            node.name = f"{node.name or node.op_type}_{index}"
        taken.add(node.name)
