"""Run as a program, with TensorFlow: the plan in a folder into a TensorFlow Lite file beside it.

``keras_model`` is for other programs that want the network of a plan. This one is a process of
its own, since TensorFlow settles what it is when it is first imported, and holds its memory until
the process ends. It imports nothing of sdvbench.

plan.json: "shape" of the input; "layers", of each its kind, settings and number of weights;
"precision". weights.npz: arrays by "<layer>.<place>". calibration.npy: the inputs of the calls.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

PLAN, WEIGHTS, CALIBRATION, FILE = "plan.json", "weights.npz", "calibration.npy", "model.tflite"


def main(folder: Path) -> None:
    import tensorflow as tf

    converter = tf.lite.TFLiteConverter.from_keras_model(keras_model(folder))
    precision = json.loads((folder / PLAN).read_text(encoding="utf-8"))["precision"]
    _set(converter, precision, folder / CALIBRATION, tf)
    (folder / FILE).write_bytes(converter.convert())


def keras_model(folder: Path) -> Any:
    """The plan in ``folder`` as a Keras model with its weights."""
    import tf_keras as keras

    plan = json.loads((folder / PLAN).read_text(encoding="utf-8"))
    with np.load(folder / WEIGHTS) as stored:
        weights = dict(stored)
    model = keras.Sequential([keras.layers.InputLayer(batch_input_shape=plan["shape"])])
    for place, layer in enumerate(plan["layers"]):
        arrays = [weights[f"{place}.{part}"] for part in range(layer["weights"])]
        if layer["kind"] == "Affine":
            scale, offset = arrays
            model.add(keras.layers.Rescaling(scale, offset))
        else:
            added = getattr(keras.layers, layer["kind"])(**layer["settings"])
            model.add(added)
            added.set_weights(arrays)
    return model


def _set(converter: Any, precision: str, calibration: Path, tf: Any) -> None:
    """What makes the converter write ``precision``."""

    def calls() -> Iterator[list[Any]]:
        for call in np.load(calibration, mmap_mode="r"):
            yield [np.array(call)]

    if precision != "fp32":
        converter.optimizations = [tf.lite.Optimize.DEFAULT]  # by itself the dynamic range
    if precision == "fp16":
        converter.target_spec.supported_types = [tf.float16]
    if precision in ("int8", "int8f"):
        converter.representative_dataset = calls
    if precision == "int8":
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
        converter.inference_input_type = converter.inference_output_type = tf.uint8


if __name__ == "__main__":
    main(Path(sys.argv[1]))
