"""A plan of layers into a TensorFlow Lite file, by TensorFlow in a process of its own."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from sdvbench.errors import BuildError
from sdvbench.tensors import Array, Inputs
from sdvbench.workflows.tflite import converter
from sdvbench.workflows.tflite.axes import channels_last
from sdvbench.workflows.tflite.layers import Layer

SETTINGS = {
    "TF_USE_LEGACY_KERAS": "1",  # the converter's own notion of Keras; Keras 3 is another one
    "TF_CPP_MIN_LOG_LEVEL": "2",  # errors
    "CUDA_VISIBLE_DEVICES": "-1",
}
TOLD_LINES = 3


def convert(
    layers: Sequence[Layer],
    shape: tuple[int, ...],
    precision: str,
    calls: Iterable[Inputs],
    file: Path,
) -> None:
    """Write ``file``. shape: of the input, as PyTorch has it. calls: inputs for calibration; empty
    where ``precision`` needs none.

    Raises BuildError with the last lines of what TensorFlow said.
    """
    with TemporaryDirectory() as scratch:
        folder = Path(scratch)
        write_plan(layers, shape, precision, folder)
        given = [channels_last(image) for (image,) in calls]
        if given:
            np.save(folder / converter.CALIBRATION, np.stack(given))
        # -P: the program's own folder is not searched for what it imports.
        command = [sys.executable, "-P", converter.__file__, scratch]
        told = subprocess.run(
            command, env={**os.environ, **SETTINGS}, capture_output=True, text=True, check=False
        )
        if told.returncode:
            raise _failure(told.returncode, told.stderr)
        shutil.move(folder / converter.FILE, file)


def write_plan(
    layers: Sequence[Layer], shape: tuple[int, ...], precision: str, folder: Path
) -> None:
    """The plan in ``folder`` as ``converter`` reads it. shape, precision: as in ``convert``."""
    weights: dict[str, Array] = {}
    told = []
    for place, layer in enumerate(layers):
        arrays = [values.astype(np.float32) for values in layer.weights]
        weights |= {f"{place}.{part}": array for part, array in enumerate(arrays)}
        told.append({"kind": layer.kind, "settings": layer.settings, "weights": len(arrays)})
    last = (shape[0], *shape[2:], shape[1]) if len(shape) == 4 else shape
    plan = {"shape": last, "precision": precision, "layers": told}
    (folder / converter.PLAN).write_text(json.dumps(plan), encoding="utf-8")
    np.savez(folder / converter.WEIGHTS, **weights)  # type: ignore[arg-type]


def _failure(status: int, told: str) -> BuildError:
    lines = [line.strip() for line in told.splitlines() if line.strip()][-TOLD_LINES:]
    why = f"was ended by signal {-status}" if status < 0 else f"failed with status {status}"
    said = f" ({' | '.join(lines)[:500]})" if lines else ""
    return BuildError(
        "TensorFlow's conversion",
        f"{why}{said}",
        "Check with `python -c 'import tensorflow, tf_keras'` that both work, or use another "
        "precision or workflow",
    )
