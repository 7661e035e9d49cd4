"""Damage inside JPEG files, which decoders replace by grey without a word."""

import re
import subprocess
import sys
from dataclasses import dataclass, field
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

START, END = b"\xff\xd8", b"\xff\xd9"
START_OF_SCAN, HUFFMAN_TABLES, BASELINE = 0xDA, 0xC4, frozenset({0xC0, 0xC1})
# Frame headers, tables, application data, comments: the markers that may stand between scans.
SEGMENTS = frozenset({*range(0xC0, 0xD0), *range(0xDA, 0xF0), 0xFE})
MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7]")
RESTART = re.compile(rb"\xff([\xd0-\xd7])")

# No entropy-coded picture repeats one byte this often, unless it is flat; a lost disk sector does.
STRIDE_BYTES, RUN_STRIDES = 16, 3
# What libjpeg fills in for missing blocks, of 8 x 8 pixels, and how many in a row are suspicious.
MISSING, BLOCK_PX, BLOCKS = 128, 8, 4
# Cameras pad: so many bytes after the last block say nothing about the picture.
PADDING_BYTES = 4
EXTRANEOUS = re.compile(r"(\d+) extraneous bytes before marker 0xd9")
DECODE = (
    "import sys, cv2, numpy; "
    "cv2.imdecode(numpy.frombuffer(sys.stdin.buffer.read(), numpy.uint8), cv2.IMREAD_COLOR)"
)
TIMEOUT_S = 120
_known: dict[bytes, str] = {}


def damage(data: bytes, decoded: NDArray[np.uint8]) -> str:
    """What is wrong inside the JPEG ``data``; "" for nothing, and for any other kind of file.

    decoded: the picture, not turned. The only sign that a decoder gives is a line that libjpeg
    prints, so a file that looks suspicious is decoded once more by a process of its own, whose
    output is read. A file does so where its structure is broken, where one byte is repeated for
    long, or where the picture holds the grey of missing blocks: 1 file in some thousands.
    """
    if not data.startswith(START):
        return ""
    parts = _Parts()
    ended = _walk(data, parts)
    repeated = {value for scan in parts.scans for value in _repeated(scan)}
    if 0 in repeated and not parts.zeros_are_flat:
        return "has lost a part of its data (there are zeros instead)"
    if ended and not repeated and not _is_grey(decoded):
        return ""
    key = sha256(data).digest()
    if key not in _known:
        _known[key] = _complaint(data if ended else data + END)
    return _known[key]


@dataclass
class _Parts:
    """What a file consists of: entropy-coded data, Huffman tables, whether it is sequential."""

    scans: list[bytes] = field(default_factory=list)
    tables: list[bytes] = field(default_factory=list)
    sequential: bool = False

    @property
    def zeros_are_flat(self) -> bool:
        """Whether zeros for long may stand for a flat picture: where the shortest code of each AC
        table ends a block. Otherwise they are blocks of 63 equal coefficients, which no encoder
        writes.
        """
        return not self.sequential or all(map(_zero_ends_block, self.tables))


def _zero_ends_block(tables: bytes) -> bool:
    while len(tables) > 17:
        kind, count = tables[0] >> 4, sum(tables[1:17])
        if kind == 1 and tables[17] != 0:
            return False
        tables = tables[17 + count :]
    return True


def _walk(data: bytes, parts: _Parts) -> bool:
    """Collects the parts; whether all is in order up to the marker of the end."""
    position = len(START)
    while True:
        marker = data[position : position + 2]
        if marker == END:
            return True
        length = int.from_bytes(data[position + 2 : position + 4], "big")
        if len(marker) < 2 or marker[0] != 0xFF or length < 2:
            return False
        if marker[1] == 0xFF:  # fill bytes are allowed in front of a marker
            position += 1
            continue
        if marker[1] not in SEGMENTS:
            return False
        content = data[position + 4 : position + 2 + length]
        position += 2 + length
        parts.sequential |= marker[1] in BASELINE
        if marker[1] == HUFFMAN_TABLES:
            parts.tables.append(content)
        if marker[1] == START_OF_SCAN:
            found = MARKER.search(data, position)
            end = found.start() if found else len(data)
            parts.scans.append(data[position:end])
            if found is None or not _in_turn(RESTART.findall(parts.scans[-1])):
                return False
            position = end


def _in_turn(restarts: list[bytes]) -> bool:
    return all(marker[0] == 0xD0 + index % 8 for index, marker in enumerate(restarts))


def _repeated(scan: bytes) -> set[int]:
    """The byte values that are repeated for long."""
    values = np.frombuffer(scan, np.uint8)
    sampled = values[::STRIDE_BYTES]
    same = sampled[1:] == sampled[:-1]
    runs = same[:-2] & same[1:-1] & same[2:]
    length = STRIDE_BYTES * RUN_STRIDES
    starts = np.flatnonzero(runs) * STRIDE_BYTES
    return {int(values[i]) for i in starts if (values[i : i + length] == values[i]).all()}


def _is_grey(decoded: NDArray[np.uint8]) -> bool:
    """Whether the last pixels, or some blocks in a row, are the grey of missing data."""
    if (decoded[-4:, -4:] == MISSING).all():
        return True
    centres = decoded[BLOCK_PX // 2 :: BLOCK_PX, BLOCK_PX // 2 :: BLOCK_PX]
    grey = (centres == MISSING).all(axis=-1)
    if grey.shape[1] < BLOCKS or not grey.any():
        return False
    runs = np.lib.stride_tricks.sliding_window_view(grey, BLOCKS, axis=1)
    return bool(runs.all(axis=-1).any())


def _complaint(data: bytes) -> str:
    """The line that libjpeg prints about ``data``, "" for none that matters."""
    try:
        ran = subprocess.run(
            [sys.executable, "-P", "-c", DECODE],
            input=data,
            capture_output=True,
            timeout=TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.SubprocessError) as error:
        return f"looks damaged, and could not be checked ({error})"
    lines = ran.stderr.decode(errors="replace").splitlines()
    for line in lines:
        padding = EXTRANEOUS.search(line)
        if padding and int(padding[1]) <= PADDING_BYTES:
            continue
        if line.startswith(("Corrupt JPEG data", "Premature end of JPEG")):
            return f"has lost a part of its data (libjpeg: {line})"
    if ran.returncode:
        return f"looks damaged, and could not be checked (code {ran.returncode}, {lines[-1:]})"
    return ""
