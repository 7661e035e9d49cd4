"""Finding the network's tensors in whatever a training script has saved."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from torch import Tensor

from sdvbench.models.key_prefixes import unwrapped
from sdvbench.models.places import AVERAGED, LIVE, averaged_places
from sdvbench.models.stand_ins import Shell, as_mapping, plain
from sdvbench.models.stored_tensors import as_tensor

USUAL = (*AVERAGED, *LIVE)
LARGEST_KEY = 10**9  # Python refuses to print a number of thousands of digits
DEEPEST = 4  # {"ema": {"module": {...}}} and the like
MOST_TENSORS = 100_000  # a module that is used in several places is listed in each


class TooManyTensorsError(Exception):
    """Modules that hold one another."""


class NamelessTensorsError(Exception):
    """Averaged weights are a list without names, so nobody knows which tensor belongs to which
    layer. The text is the key under which the list is stored.
    """


@dataclass(frozen=True)
class Part:
    """A module that was saved whole: the name of its class, and its settings (stride, eps, ...)."""

    kind: str
    settings: Mapping[str, Any]


@dataclass
class Found:
    """tensors: by name. unusable: names of tensors that were not rebuilt. parts: the modules by
    name; empty where only a state dict was saved."""

    tensors: dict[str, Tensor] = field(default_factory=dict)
    unusable: list[str] = field(default_factory=list)
    parts: dict[str, Part] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.tensors or self.unusable)

    @property
    def is_network(self) -> bool:
        """Whether there are weights of a layer: averaging may keep its progress in tensors."""
        return bool(self.unusable) or any(t.dim() > 1 for t in self.tensors.values())


def find(content: object, depth: int = 0, seen: set[int] | None = None) -> Found:
    """The state dict in ``content``: averaged weights, else those in the first place that has any,
    else ``content`` itself.

    seen: what is looked into already, since a file may put the same thing into many places.
    Raises NamelessTensorsError where the averaged weights are a list.
    """
    seen = set() if seen is None else seen
    if id(content) in seen:
        return Found()
    seen.add(id(content))
    held = _module(content) if isinstance(content, Shell) else Found()
    entries = as_mapping(content)
    if held or entries is None or depth == DEEPEST:
        return held
    live = _first(entries, LIVE, depth, seen)
    averaged = _first(entries, averaged_places(entries), depth, seen, live)
    if averaged.is_network:
        return _completed(averaged, live)
    nameless = [p for p in averaged_places(entries) if _is_nameless(entries[p])]
    if nameless:
        raise NamelessTensorsError(nameless[0])
    return live or averaged or _state_dict(entries)


def _first(
    entries: Mapping[Any, Any],
    places: Iterable[str],
    depth: int,
    seen: set[int],
    live: Found | None = None,
) -> Found:
    """What the first of ``places`` holds that has a network, else other tensors there. Under an
    unusual name, such as average_precision, only what can be averages of ``live`` is a network.
    """
    others = Found()
    for place in places:
        value = entries.get(place)
        held = find(value, depth + 1, seen) if isinstance(value, dict | Shell) else Found()
        if held.is_network and (place in USUAL or live is None or _shares_names(held, live)):
            return held
        others = others or (Found() if held.is_network else held)
    return others


def _shares_names(held: Found, live: Found) -> bool:
    """Whether ``held`` can be averages of ``live``; a table of figures cannot."""
    if not live.is_network or held.unusable:
        return True
    names = set(unwrapped(live.tensors).values())
    return not names.isdisjoint(unwrapped(held.tensors).values())


def _is_nameless(value: object) -> bool:
    """Whether ``value`` is a row of tensors, as torch_ema keeps them in the model's order."""
    entries = as_mapping(value)
    row = plain(value if entries is None else entries.get("shadow_params"))
    parts = row if isinstance(row, list | tuple) else ()
    return any(isinstance(part, Tensor) and part.dim() > 1 for part in parts)


def _completed(averaged: Found, live: Found) -> Found:
    """``averaged``, with what only ``live`` holds where all its tensors are averages of those.

    Some scripts average the parameters alone, and deploy them with the buffers of the network that
    is trained. Where the averages are a state dict, only ``live`` tells how its modules compute.
    """
    of_live = {short: long for long, short in unwrapped(live.tensors).items()}
    means = {short: averaged.tensors[long] for long, short in unwrapped(averaged.tensors).items()}
    if averaged.parts or averaged.unusable or not means.keys() <= of_live.keys():
        return averaged
    tensors = {**live.tensors, **{of_live[short]: tensor for short, tensor in means.items()}}
    return replace(live, tensors=tensors)


def _state_dict(entries: Mapping[Any, Any]) -> Found:
    found = Found()
    for name, value in entries.items():
        if not isinstance(name, int) or abs(name) < LARGEST_KEY:
            _add(found, str(name), value)
    return found


def _module(shell: Shell) -> Found:
    """The state dict of a module of which only the attributes were rebuilt."""
    found = Found()
    for visits, (prefix, module) in enumerate(_modules(shell, "")):
        found.parts[prefix.rstrip(".")] = _part(module)
        hidden = module.attributes.get("_non_persistent_buffers_set")
        for kind in ("_parameters", "_buffers"):
            for name, value in _held(module, kind).items():
                if not isinstance(hidden, list) or name not in hidden:
                    _add(found, f"{prefix}{name}", value)
        if visits + len(found.tensors) > MOST_TENSORS:
            raise TooManyTensorsError
    return found


def _modules(shell: Shell, prefix: str) -> Iterator[tuple[str, Shell]]:
    yield prefix, shell
    for name, child in _held(shell, "_modules").items():
        if isinstance(child, Shell):
            yield from _modules(child, f"{prefix}{name}.")


def _held(shell: Shell, kind: str) -> Mapping[Any, Any]:
    held = shell.attributes.get(kind)
    return held if isinstance(held, dict) else {}


def _part(module: Shell) -> Part:
    return Part(module.named.full, {n: v for n, v in module.attributes.items() if n[:1] != "_"})


def _add(found: Found, name: str, value: object) -> None:
    tensor = as_tensor(value)
    if tensor is not None:
        found.tensors[name] = tensor
    elif isinstance(value, Shell) and value.named.full.startswith("torch._utils._rebuild_"):
        found.unusable.append(name)
