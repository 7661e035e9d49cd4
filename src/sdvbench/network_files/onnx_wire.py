"""A look at a protobuf message before it is parsed.

Parsing takes up to a hundred times the memory of a message that is made for that: two bytes make an
empty node of 150 bytes. So its parts are counted first, from the bytes alone.
"""

from collections.abc import Iterator
from typing import Any

MOST_PARTS = 2_000_000  # fields of all messages together; networks of 10,000 nodes have 300,000
MOST_PACKED_BYTES = 2**28  # of whole numbers, each of which takes eight times its bytes
DEEPEST = 60  # messages inside of one another; parsers give up at 100, and a branch takes 3
VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
TEXT = 9  # type of protobuf fields
TAKES_VARINT = (3, 4, 5, 8, 13, 14, 17, 18)  # types of protobuf fields


class WireError(Exception):
    """Bytes that are no message, or one that is too much."""


def check_wire(data: bytes, message: Any) -> None:
    """message: protobuf's descriptor of what ``data`` should be. Raises WireError."""
    todo = [(0, len(data), message, 0)]
    parts = packed_bytes = 0
    while todo:
        start, end, kind, depth = todo.pop()
        if depth > DEEPEST:
            raise WireError(f"is nested more than {DEEPEST} levels deep")
        for field, first, last in _fields(data, start, end, kind):
            parts += 1
            if parts > MOST_PARTS:
                raise WireError(f"consists of more than {MOST_PARTS:,} parts")
            if field is None:
                continue
            if field.message_type is not None:
                todo.append((first, last, field.message_type, depth + 1))
            elif field.type == TEXT:
                _check_text(data[first:last])
            elif field.type in TAKES_VARINT:
                packed_bytes += last - first
                if packed_bytes > MOST_PACKED_BYTES:
                    raise WireError("holds too many numbers that are not stored as raw data")


def _check_text(content: bytes) -> None:
    try:
        content.decode()
    except UnicodeDecodeError:
        raise WireError("is damaged: a name in it is not text") from None


def _fields(data: bytes, at: int, end: int, kind: Any) -> Iterator[tuple[Any, int, int]]:
    """(descriptor, or None where nothing lies inside; from; to) of all fields in data[at:end]."""
    known = kind.fields_by_number
    while at < end:
        tag, at = _varint(data, at, end)
        field, wire = known.get(tag >> 3), tag & 7
        if wire == BYTES:
            length, at = _varint(data, at, end)
            after = at + length
        elif wire == VARINT:
            _, after = _varint(data, at, end)
        elif wire in (FIXED32, FIXED64):
            after = at + (4 if wire == FIXED32 else 8)
        else:
            raise WireError("is no ONNX file, or a damaged one")
        if after > end or not tag >> 3:
            raise WireError("is no ONNX file, or one that was cut off or damaged")
        yield (field if wire == BYTES else None), at, after
        at = after


def _varint(data: bytes, at: int, end: int) -> tuple[int, int]:
    """(value, where it ends) of a whole number of at most ten bytes."""
    value = 0
    for shift in range(0, 70, 7):
        if at >= end:
            raise WireError("is no ONNX file, or one that was cut off")
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
    raise WireError("is no ONNX file, or a damaged one")
