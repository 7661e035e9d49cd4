"""The instructions of a pickle that make, call or change an object, in a harmless form.

Each takes the machine that runs the pickle (``unpickling.Unpickler``). Nothing is hashed but
numbers and text, and no attribute of a Python object is looked up.
"""

import pickle
import struct
import sys
from collections.abc import Callable
from typing import Any

from torch import Tensor

from sdvbench.models.numpy_pickles import Array, Dtype
from sdvbench.models.pickled_names import RefusedError
from sdvbench.models.stand_ins import Named, Shell

SCALARS = (str, int, float, bool, bytes, complex, type(None))


def _reduce(machine: Any) -> None:
    args = machine.stack.pop()
    machine.stack[-1] = machine.call(machine.stack[-1], args)


def _new_object(machine: Any) -> None:
    args, kind = machine.stack.pop(), machine.stack.pop()
    machine.append(machine.call(kind, args))


def _new_object_with_keywords(machine: Any) -> None:
    _keywords, args, kind = machine.stack.pop(), machine.stack.pop(), machine.stack.pop()
    machine.append(machine.call(kind, args))


def _object(machine: Any) -> None:
    kind, *args = machine.pop_mark()
    machine.append(machine.call(kind, tuple(args)))


def _named_by_lines(machine: Any) -> Named:
    """What the next two lines name. Where the file ends within them, the rest of a harmless name
    would be taken for one that is not.
    """
    module, name = machine.readline(), machine.readline()
    if not (module.endswith(b"\n") and name.endswith(b"\n")):
        raise EOFError("it ends within a name")
    named: Named = machine.find_class(module[:-1].decode(), name[:-1].decode())
    return named


def _global(machine: Any) -> None:
    machine.append(_named_by_lines(machine))


def _instance(machine: Any) -> None:
    kind = _named_by_lines(machine)
    args = tuple(machine.pop_mark())
    machine.append(machine.call(kind, args))  # what to append to has changed with the mark


def _build(machine: Any) -> None:
    state = machine.stack.pop()
    target = machine.stack[-1]
    if isinstance(target, Shell | Array | Dtype):
        target.take(state)
    elif not isinstance(target, Tensor | dict | list | str):  # whose attributes hold no weights
        raise pickle.UnpicklingError("attributes are set on something that has none")


def _extend(machine: Any, items: list[Any]) -> None:
    target = machine.stack[-1]
    held = target.items if isinstance(target, Shell) else target
    if not isinstance(held, list):
        raise pickle.UnpicklingError("items are added to something that is no list")
    held.extend(items)


def _append(machine: Any) -> None:
    _extend(machine, [machine.stack.pop()])


def _append_all(machine: Any) -> None:
    _extend(machine, machine.pop_mark())


def _empty_set(machine: Any) -> None:
    machine.append([])


def _frozen_set(machine: Any) -> None:
    items = machine.pop_mark()
    machine.append(items)  # what to append to has changed with the mark


def _set_one(machine: Any) -> None:
    value = machine.stack.pop()
    _set(machine, [machine.stack.pop(), value])


def _set_all(machine: Any) -> None:
    _set(machine, machine.pop_mark())


def _set(machine: Any, items: list[Any]) -> None:
    target = machine.stack[-1]
    entries = target.entries if isinstance(target, Shell) else target
    if not isinstance(entries, dict):
        raise pickle.UnpicklingError("entries are added to something that is no dictionary")
    for key, value in zip(items[::2], items[1::2], strict=True):
        entries[_key(key)] = value


def _key(key: Any) -> Any:
    """``key`` itself where it may be hashed: hashing deep tuples exhausts the stack of C."""
    if isinstance(key, Shell | Named | Array | Dtype | Tensor):
        return id(key) if not isinstance(key, Named) else key.full
    if type(key) in SCALARS:
        return key
    if type(key) is tuple and all(type(part) in SCALARS for part in key):
        return key
    return Shell(Named("builtins", type(key).__name__))  # a set or a tuple of tuples names nothing


def _refuse_extension(machine: Any) -> None:
    raise RefusedError("copyreg.add_extension")


def _bytearray(machine: Any) -> None:
    """Bytes that are there: the length that a file claims is not set aside beforehand."""
    (length,) = struct.unpack("<Q", machine.read(8))
    machine.append(machine.read(min(length, sys.maxsize)))


def _dictionary(machine: Any) -> None:
    items = machine.pop_mark()
    machine.append({})
    _set(machine, items)


INSTRUCTIONS: dict[int, Callable[[Any], None]] = {
    pickle.GLOBAL[0]: _global,
    pickle.REDUCE[0]: _reduce,
    pickle.NEWOBJ[0]: _new_object,
    pickle.NEWOBJ_EX[0]: _new_object_with_keywords,
    pickle.OBJ[0]: _object,
    pickle.INST[0]: _instance,
    pickle.BUILD[0]: _build,
    pickle.APPEND[0]: _append,
    pickle.APPENDS[0]: _append_all,
    pickle.SETITEM[0]: _set_one,
    pickle.SETITEMS[0]: _set_all,
    pickle.EMPTY_SET[0]: _empty_set,
    pickle.ADDITEMS[0]: _append_all,
    pickle.FROZENSET[0]: _frozen_set,
    pickle.DICT[0]: _dictionary,
    pickle.BYTEARRAY8[0]: _bytearray,
    **dict.fromkeys((pickle.EXT1[0], pickle.EXT2[0], pickle.EXT4[0]), _refuse_extension),
}
