"""Timings of kernels, kept beside the artifacts: later builds need not measure them again."""

import hashlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sdvbench.durable import write_atomically
from sdvbench.store import Store
from sdvbench.store.canonical_json import encode

log = logging.getLogger("sdvbench.tensorrt")


@dataclass(frozen=True)
class Timings:
    """The file of one TensorRT on one kind of GPU. Lost or damaged, it costs a build's time only.

    identity: what TensorRT and GPU are, as JSON can hold it.
    """

    store: Store
    identity: Mapping[str, Any]

    @property
    def file(self) -> Path:
        name = hashlib.sha256(encode(dict(self.identity))).hexdigest()[:16]
        return self.store.root / "timings" / f"{name}.bin"

    def read(self) -> bytes:
        """Empty where there are none."""
        try:
            return self.file.read_bytes()
        except OSError:
            return b""

    def write(self, timings: bytes) -> None:
        """Of several builds that end at once the last one's stay; all are right."""
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(self.file, timings)
        except OSError as error:  # a store on a read-only share serves what it has
            log.warning("timings of kernels are not kept: %s", error)
