"""Messages through a pipe: a mark, two lengths, a header in JSON, and bytes such as an image's.

Both ends use this file, so it needs the standard library only.
"""

import json
import struct
from typing import IO, Any

MARK = b"sdvb"
_LENGTHS = struct.Struct(">4sII")
_MOST_BYTES = 1 << 28  # of a header or payload; what claims more is no message


class Ended(Exception):  # noqa: N818 - the usual end of a conversation
    """The other end has closed the pipe, between two messages."""


class Garbled(Exception):  # noqa: N818 - said of the pipe
    """Bytes that are no message, or only a part of one."""


def send(pipe: IO[bytes], header: dict[str, Any], payload: bytes = b"") -> None:
    """Write one message and flush it. Raises OSError where nobody listens."""
    text = json.dumps(header).encode()
    pipe.write(_LENGTHS.pack(MARK, len(text), len(payload)) + text + payload)
    pipe.flush()


def receive(pipe: IO[bytes]) -> tuple[dict[str, Any], bytes]:
    """The next message, waiting for it. Raises Ended or Garbled."""
    start = pipe.read(_LENGTHS.size)
    if not start:
        raise Ended
    if len(start) < _LENGTHS.size:
        raise Garbled(f"only {len(start)} bytes: {start!r}")
    mark, text_bytes, payload_bytes = _LENGTHS.unpack(start)
    if mark != MARK or max(text_bytes, payload_bytes) > _MOST_BYTES:
        raise Garbled(f"not a message: {start!r}")
    rest = pipe.read(text_bytes + payload_bytes)
    if len(rest) < text_bytes + payload_bytes:
        raise Garbled(f"{len(rest)} bytes of a message of {text_bytes + payload_bytes}")
    try:
        header = json.loads(rest[:text_bytes])
    except ValueError as error:
        raise Garbled(f"a header that is not JSON: {rest[:80]!r}") from error
    if not isinstance(header, dict):
        raise Garbled(f"a header that is not an object: {rest[:80]!r}")
    return header, rest[text_bytes:]
