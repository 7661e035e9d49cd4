"""Names of tensors without what wrappers have put before them."""

from collections.abc import Collection, Iterable, Mapping
from typing import TypeVar

T = TypeVar("T")

# DataParallel and DistributedDataParallel, torch.compile, and classes that hold the network.
WRAPPERS = (
    *("module.", "_orig_mod.", "net.", "network."),
    *("ema.", "ema_model.", "model_ema.", "swa_model.", "averaged_model."),
)
COUNTER = "n_averaged"  # torch.optim.swa_utils keeps it beside the averaged weights
AVERAGED = {"ema", "ema_model", "model_ema", "swa_model", "averaged_model"}


def unwrapped(names: Iterable[str]) -> dict[str, str]:
    """Each name -> the name without the wrappers that all names share."""
    short = {name: name for name in names if name.rpartition(".")[2] != COUNTER}
    while short and (prefix := _shared(short.values())):
        short = {name: rest.removeprefix(prefix) for name, rest in short.items()}
    # Compiling the parts of a network puts the wrapper in the middle of some of its names.
    plain = {name: rest.replace("_orig_mod.", "") for name, rest in short.items()}
    return plain if len(set(plain.values())) == len(plain) else short


def _shared(names: Collection[str]) -> str | None:
    return next((w for w in WRAPPERS if all(name.startswith(w) for name in names)), None)


def aligned(given: Mapping[str, T], own: Collection[str]) -> dict[str, T]:
    """``given`` under the names of the model, which are ``own``.

    A prefix is taken off where it makes a name the model's, as "model." of "model.model.0...", and
    put on where it is missing. Names that are not the model's under any prefix stay as they are.
    Where averaged weights stand beside others under prefixes of their own, they are taken.
    """
    candidates = {("", ""), *_prefixes(given, own)}
    fitting = {c: sum(name in own for name in _renamed(given, *c)) for c in candidates}
    most = max(fitting.values())
    best = sorted(c for c, count in fitting.items() if count == most)
    if len(best) > 1 and most == len(own):
        averaged = [c for c in best if AVERAGED & set(c[0].split("."))]
        if len(averaged) == 1:
            others = tuple(strip for strip, _ in best if strip != averaged[0][0])
            kept = {n: v for n, v in given.items() if not n.startswith(others)}
            return _renamed(kept, *averaged[0])
    return _renamed(given, *best[0])


def _prefixes(given: Mapping[str, T], own: Collection[str]) -> set[tuple[str, str]]:
    """(prefix to take off, prefix to put on) that make some given name one of ``own``."""
    found: set[tuple[str, str]] = set()
    telling = sorted(own, key=lambda name: -name.count("."))[:3]
    for wanted in telling:
        first, _, rest = wanted.partition(".")
        for name in given:
            if name.endswith("." + wanted):
                found.add((name.removesuffix(wanted), ""))
            elif name == rest:
                found.add(("", f"{first}."))
            elif name.endswith("." + rest) and not name.endswith(wanted):
                found.add((name.removesuffix(rest), f"{first}."))
    return found


def _renamed(given: Mapping[str, T], strip: str, add: str) -> dict[str, T]:
    return {
        add + name.removeprefix(strip) if name.startswith(strip) else name: value
        for name, value in given.items()
    }
