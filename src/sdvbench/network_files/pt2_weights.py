"""Weights and constants of a torch.export archive: raw bytes, and how tensors lie in them."""

from math import prod
from typing import Any

from sdvbench.errors import NetworkFileError
from sdvbench.network_files.base import damaged
from sdvbench.network_files.pt2_archive import AGAIN, PLAIN, Archive
from sdvbench.network_files.pt2_texts import PLACE

STRIDED = 7  # torch's number of the ordinary layout
# Of an element, by torch's ScalarType; complex numbers and 8-bit floats included.
ITEM_BYTES = {
    **dict.fromkeys((1, 2, 12, 29, 30, 31, 32, 33), 1),
    **dict.fromkeys((3, 6, 13, 28), 2),
    **dict.fromkeys((4, 7, 9, 34), 4),
    **dict.fromkeys((5, 8, 10, 35), 8),
    11: 16,
}
MOST_REPEATED_BYTES = 2**30  # that tensors may have beyond their records, as views that repeat them


def checked_payload(archive: Archive, kind: str) -> tuple[dict[str, Any], list[str]]:
    """The list of tensors of a kind, as torch takes it, and the records that these lie in.

    kind: "weights" or "constants".
    Raises NetworkFileError for one that is pickled, or does not fit its record.
    """
    folder = f"data/{kind}/"
    found = archive.json(f"{folder}{archive.model}_{kind}_config.json")
    try:
        config = {name: _checked(archive, folder, name, meta) for name, meta in _items(found)}
        dtypes: dict[str, int] = {}
        total_bytes = 0
        for name, meta in config.items():
            tensor = meta["tensor_meta"]
            if dtypes.setdefault(meta["path_name"], tensor["dtype"]) != tensor["dtype"]:
                raise ValueError(f"{name!r} shares its record with another type")
            total_bytes += _size_bytes(tensor)
        records = [folder + record for record in dtypes]
        if total_bytes > sum(map(archive.size_bytes, records)) * 4 + MOST_REPEATED_BYTES:
            raise ValueError("its tensors are far larger than what is stored")
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as problem:
        damaged(archive.path, f"its {kind}: {type(problem).__name__}: {problem}", AGAIN)
    return {"config": config}, records


def _items(found: dict[str, Any]) -> list[tuple[str, Any]]:
    return list(found["config"].items())


def _checked(archive: Archive, folder: str, name: str, meta: dict[str, Any]) -> dict[str, Any]:
    if not PLACE.fullmatch(name):
        raise ValueError(f"{name[:100]!r} cannot be a name")
    if meta["use_pickle"] is not False:
        thing = f"{archive.path}: tensor {name!r}"
        problem = "is pickled (it is no ordinary tensor), which could run any code"
        raise NetworkFileError(thing, problem, PLAIN)
    tensor, record = meta["tensor_meta"], meta["path_name"]
    if not isinstance(record, str) or "/" in record:
        raise ValueError(f"{name!r} has no record")
    sizes, strides = _numbers(tensor["sizes"]), _numbers(tensor["strides"])
    (offset,) = _numbers([tensor["storage_offset"]])
    if tensor["layout"] != STRIDED or len(sizes) != len(strides):
        raise ValueError(f"{name!r} is no ordinary tensor")
    last = offset + sum((size - 1) * stride for size, stride in zip(sizes, strides, strict=True))
    stored, item_bytes = archive.size_bytes(folder + record), ITEM_BYTES[tensor["dtype"]]
    if stored % item_bytes or (0 not in sizes and (last + 1) * item_bytes > stored):
        raise ValueError(f"{name!r} does not fit the {stored:,} bytes that are stored for it")
    device = tensor["device"]
    kept = {
        "dtype": int(tensor["dtype"]),
        "sizes": [{"as_int": size} for size in sizes],
        "strides": [{"as_int": stride} for stride in strides],
        "storage_offset": {"as_int": offset},
        "requires_grad": tensor["requires_grad"] is True,
        "device": {"type": _device(device["type"]), "index": device.get("index")},
        "layout": STRIDED,
    }
    is_param = meta["is_param"] is True
    return {"path_name": record, "is_param": is_param, "use_pickle": False, "tensor_meta": kept}


def _device(kind: Any) -> str:
    if not (isinstance(kind, str) and kind.isascii() and kind.isalpha()):
        raise ValueError("a device has no name")
    return kind


def _numbers(sizes: list[dict[str, Any]]) -> list[int]:
    numbers = [size["as_int"] for size in sizes]
    if not all(type(number) is int and 0 <= number < 2**63 for number in numbers):
        raise ValueError("a tensor has a size that is no number")
    return numbers


def _size_bytes(tensor: dict[str, Any]) -> int:
    elements: int = prod(size["as_int"] for size in tensor["sizes"])
    return elements * ITEM_BYTES[tensor["dtype"]]
