"""A pickle machine to which a file can hand nothing that runs.

It is Python's own, with every instruction that makes, calls or changes an object replaced: what a
file names becomes a ``Named``, what it makes becomes a tensor, a plain container or a ``Shell``.
No module is imported, no attribute of a Python object is looked up, and nothing is hashed but
numbers and text.
"""

import pickle
from collections.abc import Callable
from typing import Any, BinaryIO

from sdvbench.models import stand_ins, stored_tensors
from sdvbench.models.pickle_instructions import INSTRUCTIONS
from sdvbench.models.pickled_names import (
    ITEM,
    METHOD,
    REDUCTIONS,
    UNION,
    RefusedError,
    current_name,
    may_be_called,
    may_be_named,
)
from sdvbench.models.stand_ins import Named, Shell

Load = Callable[[tuple[Any, ...]], Any]


class Unpickler(pickle._Unpickler):
    """persistent: gives what a file keeps outside of its pickle, which is its storages."""

    stack: list[Any]
    metastack: list[list[Any]]
    append: Callable[[Any], None]
    pop_mark: Callable[[], list[Any]]
    proto: int

    def __init__(self, file: BinaryIO, persistent: Load) -> None:
        super().__init__(file, encoding="latin1")
        self._persistent = persistent
        self.proto = 0

    def find_class(self, module: str, name: str) -> Named:
        if self.proto < 3:
            module, name = current_name(module, name)
        if not may_be_named(module, name):
            raise RefusedError(f"{module}.{name}")
        return Named(module, name)

    def persistent_load(self, pid: Any) -> Any:
        if not isinstance(pid, tuple):
            raise pickle.UnpicklingError("a storage has no description")
        return self._persistent(pid)

    def call(self, named: object, args: object) -> Any:
        if not isinstance(named, Named):
            raise pickle.UnpicklingError("something is called that has no name")
        if not isinstance(args, tuple):
            raise pickle.UnpicklingError(f"{named.full} is called without arguments")
        if named.full == METHOD:
            return _method(named, args)
        if named.full in (ITEM, *REDUCTIONS):
            return _type(named, args)
        if named.full == stored_tensors.FROM_TYPE and len(args) > 2:
            return self.call(args[0], args[2])
        if named.full in ("copyreg.__newobj__", "copyreg.__newobj_ex__", "copyreg._reconstructor"):
            return self.call(args[0] if args else None, ())
        if named.full in stored_tensors.BUILDERS:
            return stored_tensors.BUILDERS[named.full](*args)
        if not may_be_called(named.module, named.name):
            raise RefusedError(named.full, called=True)
        return stand_ins.make(named, args)


def _method(named: Named, args: tuple[Any, ...]) -> Shell:
    """A bound method, as a fused YOLOv5 has one for its ``forward``."""
    if len(args) == 2 and isinstance(args[0], Shell) and isinstance(args[1], str):
        return Shell(named, args)
    raise RefusedError(METHOD)


def _type(named: Named, args: tuple[Any, ...]) -> Shell:
    """A type with its parameters, as the settings of OmegaConf and Lightning mention them."""
    first, rest = args if len(args) == 2 else (None, None)
    if isinstance(first, Named):
        if named.full == ITEM and first.module == "typing":
            return Shell(named, args)
        of_types = isinstance(rest, list | tuple) and all(map(_is_type, rest))
        if named.full in REDUCTIONS and first.full == UNION and of_types:
            return Shell(named, args)
    raise RefusedError(named.full, called=True)


def _is_type(value: object) -> bool:
    """Whether ``value`` is a type, None or an expression of these: "|" runs nothing in them."""
    if isinstance(value, Shell):
        made_by = (ITEM, *REDUCTIONS, "builtins.type", "types.GenericAlias")
        return value.named.full in made_by
    return value is None or isinstance(value, Named)


Unpickler.dispatch = {**pickle._Unpickler.dispatch, **INSTRUCTIONS}
