"""Run as a program, with TensorFlow: the study's trained strategies by the tool that it used,
tensorflow-model-optimization (tfmot).

    python scripts/tensorflow_training.py FOLDER

Each strategy trains its own copy of one start model and writes a TensorFlow Lite file into FOLDER,
unless it is there. FOLDER holds settings.json (see ``Settings``), the start model's plan as
workflows/tflite/converter.py reads it, images.npy (uint8, channels last) and commands.npy (float32,
(images, 2, 2): of each image v and w as it is, then mirrored, scaled to 0..1). This is a process of
its own, as TensorFlow asks for, and imports nothing of sdvbench.
"""

import json
import runpy
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
import tensorflow_model_optimization as tfmot
import tf_keras as keras
from tensorflow_model_optimization.python.core.clustering.keras.experimental import (
    cluster as sparsity_preserving,
)

PRUNED, HALF = 0.8, 0.5  # shares of weights that become zero
UPDATES = 100  # of the pruned weights during a training; by default they are 100 steps apart
CLUSTERS = 8
TINY = 100  # weights; k-means++ cannot place 8 clusters among the last layer's 20
WEIGHTED = (keras.layers.Conv2D, keras.layers.Dense)
FLOAT: list[Any] = []
OPTIMIZED = [tf.lite.Optimize.DEFAULT]
COMBINED = tfmot.experimental.combine


@dataclass(frozen=True)
class Settings:
    """converter: path of the program whose ``keras_model`` makes the start model.
    epochs: of each stage; a strategy has one to three stages. learning_rate: of Adam.
    """

    converter: str
    strategies: list[str]
    epochs: int
    batch: int
    learning_rate: float
    seed: int = 0


class Study:
    """The start model and the data, and what is done to copies of the model."""

    def __init__(self, folder: Path) -> None:
        self.settings = Settings(**json.loads((folder / "settings.json").read_text("utf-8")))
        self._given = runpy.run_path(self.settings.converter)["keras_model"](folder)
        self._images = np.load(folder / "images.npy", mmap_mode="r")
        self._commands = np.load(folder / "commands.npy")
        self._steps = len(self._images) // self.settings.batch

    def fresh(self) -> Any:
        """A copy of the start model that takes any batch. Its scaling of colours is a BatchNorm
        again, as in the study. Each ReLU is inside the layer before it, where tfmot looks for it.
        """
        scaling, *others = self._given.layers
        model = keras.Sequential(
            [keras.layers.InputLayer(scaling.input_shape[1:]), keras.layers.BatchNormalization()]
        )
        for layer in others:
            if isinstance(layer, keras.layers.Activation):
                model.layers[-1].activation = layer.activation
            else:
                model.add(type(layer).from_config(layer.get_config()))
        copy = keras.models.clone_model(model)
        copy.layers[0].set_weights(self._normalization(scaling, copy.layers[0].epsilon))
        for mine, given in zip(weighted(copy), weighted(self._given), strict=True):
            mine.set_weights(given.get_weights())
        return copy

    def _normalization(self, scaling: Any, epsilon: float) -> list[Any]:
        """BatchNorm's weights that do to an image what ``scaling`` does, with running statistics of
        the images here.
        """
        some = self._images[:: max(len(self._images) // 100, 1)] / np.float32(255)
        mean, variance = some.mean((0, 1, 2)), some.var((0, 1, 2))
        gamma = scaling.scale * np.sqrt(variance + epsilon)
        return [gamma, scaling.offset + scaling.scale * mean, mean, variance]

    def trained(self, model: Any, *callbacks: Any) -> Any:
        model.compile(keras.optimizers.Adam(self.settings.learning_rate), "mse")
        model.fit(
            self._batches(),
            steps_per_epoch=self._steps,
            epochs=self.settings.epochs,
            callbacks=list(callbacks),
            verbose=0,
        )
        return model

    def pruned(self, model: Any, schedule: Any, share: float) -> Any:
        wrapped = of_weighted(
            model, lambda layer: tfmot.sparsity.keras.prune_low_magnitude(layer, schedule)
        )
        self.trained(wrapped, tfmot.sparsity.keras.UpdatePruningStep())
        found = tfmot.sparsity.keras.strip_pruning(wrapped)
        kernels = [layer.kernel.numpy().ravel() for layer in weighted(found)]
        zeros = (np.concatenate(kernels) == 0).mean()
        if zeros < share - 0.01:
            sys.exit(f"tfmot pruned {zeros:.1%} of the weights, not {share:.0%}: train for longer")
        return found

    def gradually_pruned(self) -> Any:
        """From 50 to 80 % within two thirds of the steps."""
        steps = self._steps * self.settings.epochs
        every = max(steps // UPDATES, 1)
        end = max(2 * steps // 3 // every, 1) * every
        decay = tfmot.sparsity.keras.PolynomialDecay(HALF, PRUNED, 0, end, frequency=every)
        return self.pruned(self.fresh(), decay, PRUNED)

    def half_pruned(self) -> Any:
        constant = tfmot.sparsity.keras.ConstantSparsity(HALF, 0, frequency=1)
        return self.pruned(self.fresh(), constant, HALF)

    def clustered(self, model: Any, *, keep_zeros: bool) -> Any:
        found = sparsity_preserving if keep_zeros else tfmot.clustering.keras
        kept: dict[str, Any] = {"preserve_sparsity": True} if keep_zeros else {}
        begun = tfmot.clustering.keras.CentroidInitialization.KMEANS_PLUS_PLUS

        def wrapped(layer: Any) -> Any:
            if layer.kernel.shape.num_elements() <= TINY:
                return layer
            return found.cluster_weights(
                layer, number_of_clusters=CLUSTERS, cluster_centroids_init=begun, **kept
            )

        return tfmot.clustering.keras.strip_clustering(self.trained(of_weighted(model, wrapped)))

    def aware(self, model: Any, *scheme: Any) -> Any:
        """Trained with int8's rounding of convolutions and dense layers in the loop."""
        annotated = of_weighted(model, tfmot.quantization.keras.quantize_annotate_layer)
        return self.trained(tfmot.quantization.keras.quantize_apply(annotated, *scheme))

    def _batches(self) -> Iterator[tuple[Any, Any]]:
        """Each image once an epoch; half of them mirrored."""
        size, drawn = self.settings.batch, np.random.default_rng(self.settings.seed)
        for _ in range(self.settings.epochs):
            order = drawn.permutation(len(self._images))
            for step in range(self._steps):
                chosen = order[step * size :][:size]
                mirrored = drawn.random(size) < 0.5
                images = self._images[chosen]
                images[mirrored] = images[mirrored][:, :, ::-1]
                yield images / np.float32(255), self._commands[chosen, mirrored.astype(int)]


def of_weighted(model: Any, change: Any) -> Any:
    """The model with ``change`` made to its convolutions and dense layers."""

    def one(layer: Any) -> Any:
        return change(layer) if isinstance(layer, WEIGHTED) else layer

    return keras.models.clone_model(model, clone_function=one)


def weighted(model: Any) -> list[Any]:
    return [layer for layer in model.layers if isinstance(layer, WEIGHTED)]


# What is trained, and the files that are made of it by name, each with the converter's settings.
STRATEGIES: dict[str, tuple[Any, dict[str, Any]]] = {
    "plain": (lambda study: study.trained(study.fresh()), {"plain": FLOAT}),
    "QAT": (lambda study: study.aware(study.fresh()), {"QAT": OPTIMIZED}),
    "pruning": (Study.gradually_pruned, {"pruning": FLOAT, "pruning-dynamic": OPTIMIZED}),
    "CQAT": (
        lambda study: study.aware(
            study.clustered(study.fresh(), keep_zeros=False),
            COMBINED.Default8BitClusterPreserveQuantizeScheme(),
        ),
        {"CQAT": OPTIMIZED},
    ),
    "PQAT": (
        lambda study: study.aware(
            study.half_pruned(), COMBINED.Default8BitPrunePreserveQuantizeScheme()
        ),
        {"PQAT": OPTIMIZED},
    ),
    "PCQAT": (
        lambda study: study.aware(
            study.clustered(study.half_pruned(), keep_zeros=True),
            COMBINED.Default8BitClusterPreserveQuantizeScheme(preserve_sparsity=True),
        ),
        {"PCQAT": OPTIMIZED},
    ),
}


def main(folder: Path) -> None:
    tf.get_logger().setLevel("ERROR")  # clustering warns of gradients that it gives to others
    study = Study(folder)
    for name in study.settings.strategies:
        train, files = STRATEGIES[name]
        if all((folder / f"{file}.tflite").exists() for file in files):
            continue
        keras.utils.set_random_seed(study.settings.seed)
        begun = time.perf_counter()
        model = train(study)
        for file, optimizations in files.items():
            converter = tf.lite.TFLiteConverter.from_keras_model(model)
            converter.optimizations = optimizations
            (folder / f"{file}.tflite").write_bytes(converter.convert())
        print(f"{name}: {time.perf_counter() - begun:.0f} s", flush=True)
        keras.backend.clear_session()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
