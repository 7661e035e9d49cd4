"""Operators that a program of torch.export may name: torch's own, on tensors and sizes."""

import re
from functools import lru_cache

OVERLOAD = re.compile(r"torch\.ops\.(aten|prims)\.(\w{1,100})\.(\w{1,100})", re.ASCII)
ON_FILES = ("from_file", "save")  # operators of aten that read or write files
ON_SIZES = {
    *(f"_operator.{name}" for name in ("eq", "ne", "le", "ge", "lt", "gt", "neg", "pos")),
    *(f"_operator.{name}" for name in ("add", "sub", "mul", "floordiv", "truediv", "mod", "pow")),
    *(f"_operator.{name}" for name in ("and_", "or_")),
    *(f"torch.sym_{name}" for name in ("int", "float", "max", "min", "not", "ite", "sqrt")),
    *("torch._sym_sqrt", "math.trunc"),
}
# Branches and loops, and what no_grad and autocast become; their graphs are checked like any.
OF_GRAPHS = {
    f"torch.ops.higher_order.{name}"
    for name in ("cond", "while_loop", "wrap_with_set_grad_enabled", "wrap_with_autocast")
}


@lru_cache(maxsize=10_000)
def is_standard(target: str) -> bool:
    """Whether ``target`` is an operator that comes with torch and reaches no files."""
    if target in ON_SIZES or target in OF_GRAPHS:
        return True
    named = OVERLOAD.fullmatch(target)
    if not named or named[2] in ON_FILES:
        return False
    import torch

    # torch looks it up in the same way, and calls whatever it finds.
    packet = getattr(getattr(torch.ops, named[1]), named[2], None)
    found = getattr(packet, named[3], None)
    return isinstance(found, torch._ops.OpOverload) and found.namespace == named[1]
