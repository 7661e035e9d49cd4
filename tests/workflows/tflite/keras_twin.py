"""Run as a program, with TensorFlow: what the Keras model of a plan puts out, and how large it is.

``python -m tests.workflows.tflite.keras_twin FOLDER`` reads plan and images.npy in FOLDER, writes
outputs.npy, and prints the number of parameters with a BatchNorm in the place of the first layer.
"""

import sys
from pathlib import Path

import numpy as np


def main(folder: Path) -> None:
    import tf_keras as keras

    from sdvbench.workflows.tflite.converter import keras_model

    model = keras_model(folder)
    np.save(folder / "outputs.npy", model(np.load(folder / "images.npy")).numpy())
    # A plan has scaling in its place: what it does to an image, not what was trained.
    normalize = keras.layers.BatchNormalization()
    whole = keras.Sequential([keras.Input(model.input_shape[1:]), normalize, *model.layers[1:]])
    print(whole.count_params())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
