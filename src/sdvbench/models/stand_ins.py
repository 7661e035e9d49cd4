"""What takes the place of the objects in a pickle: it holds what it is given and does nothing."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any

from sdvbench.models import numpy_pickles


@dataclass(frozen=True)
class Named:
    """A class or function that a file names. It is never imported."""

    module: str
    name: str

    @property
    def full(self) -> str:
        return f"{self.module}.{self.name}"


class Shell:
    """An object of a class that is not rebuilt.

    named: its class. args: what it was made with. items, entries: of a list, of a dictionary.
    """

    __slots__ = ("args", "attributes", "entries", "items", "named")

    def __init__(self, named: Named, args: tuple[Any, ...] = ()) -> None:
        self.named = named
        self.args = args
        self.attributes: dict[str, Any] = {}
        self.items: list[Any] = []
        self.entries: dict[Any, Any] = {}

    def take(self, state: object) -> None:
        """Keep the attributes that a pickle sets."""
        parts = state if isinstance(state, tuple) else (state,)  # (attributes, slots)
        for part in parts:
            if isinstance(part, dict):
                self.attributes.update({k: v for k, v in part.items() if isinstance(k, str)})


def as_mapping(value: object) -> Mapping[Any, Any] | None:
    """The entries of a dictionary, also of a class of its own (OmegaConf, EasyDict, Namespace)."""
    if isinstance(value, dict):
        return value
    if not isinstance(value, Shell):
        return None
    content = value.attributes.get("_content")  # where OmegaConf's containers hold their entries
    return value.entries or (content if isinstance(content, dict) else None) or value.attributes


def plain(value: object) -> Any:
    """A list, number or text in place of NumPy's, OmegaConf's or a container of its own kind."""
    if isinstance(value, numpy_pickles.Array):
        return value.as_list()
    if isinstance(value, Shell) and not value.items:
        return value.attributes.get("_content", value.attributes.get("_val", value))  # OmegaConf's
    return value.items if isinstance(value, Shell) else value


def make(named: Named, args: tuple[Any, ...]) -> Any:
    """What a call of ``named`` with ``args`` stands for."""
    build = BUILDERS.get(named.full)
    if named.module.startswith("pathlib"):
        build = _path(named.name)
    return Shell(named, args) if build is None else build(*args)


def _path(kind: str) -> Callable[..., str]:
    path = PureWindowsPath if "Windows" in kind else PurePosixPath
    return lambda *parts: str(path(*(part for part in parts if isinstance(part, str))))


def _bytes(text: object = b"", encoding: object = "latin1") -> bytes:
    if isinstance(text, str) and encoding in ("latin1", "latin-1", "utf-8", "ascii"):
        return text.encode(str(encoding))
    if isinstance(text, bytes | bytearray):
        return bytes(text)
    raise ValueError("bytes are not written as text in Latin-1")


def _dictionary(*_: object) -> dict[Any, Any]:
    return {}


def _items(items: object = (), *_: object) -> Any:
    """The list or tuple itself: a copy for each mention could take more memory than there is."""
    return items if isinstance(items, list | tuple) and items else []


REBUILDERS: dict[str, Callable[..., Any]] = {
    "multiarray._reconstruct": numpy_pickles.Array,
    "multiarray.scalar": numpy_pickles.scalar,
    "numeric._frombuffer": numpy_pickles.from_buffer,
}
BUILDERS: dict[str, Callable[..., Any]] = {
    "_codecs.encode": _bytes,
    "builtins.bytes": _bytes,
    "builtins.bytearray": _bytes,
    "builtins.set": _items,  # lists, so that nothing in a file is ever hashed
    "builtins.frozenset": _items,
    "builtins.list": _items,
    "builtins.tuple": _items,
    "builtins.dict": _dictionary,
    "collections.OrderedDict": _dictionary,
    "collections.defaultdict": _dictionary,
    "collections.Counter": lambda counts=None: counts if isinstance(counts, dict) else {},
    "collections.deque": _items,
    "numpy.dtype": numpy_pickles.Dtype,
    **{f"numpy.core.{name}": build for name, build in REBUILDERS.items()},
    **{f"numpy._core.{name}": build for name, build in REBUILDERS.items()},
}
