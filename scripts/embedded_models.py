"""Make the embedded models again: YOLOv5n on rendered scenes, pruned and recovered.

    python scripts/embedded_models.py FOLDER [--trial]

YOLOv5n and its teacher YOLOv5s are trained from nothing; the former is pruned, fine-tuned,
distilled, and trained with int8 in the loop. Two stages run at a time, a thread each, which wastes
less than one with two threads. Each is a file of FOLDER, beside the log of what it told, and a
stage that was killed goes on where it was. Ends with the weights to embed, in FOLDER/embedded, and
with the table of all of them on held-out scenes. --trial: next to no training, to see that all of
it works.
"""

import argparse
import copy
import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor
from contextlib import redirect_stdout
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np
import torch

import sdvbench
from sdvbench.cells import UNPRUNED
from sdvbench.datasets.scenes import Scenes
from sdvbench.detection.bootstrap import map_drop_interval, map_interval
from sdvbench.detection.letterbox import letterbox
from sdvbench.detection.metrics import Metrics
from sdvbench.embedded import IMGSZ, MODEL
from sdvbench.models import Detector, load_model, save_model
from sdvbench.pruning import PRUNINGS, prune
from sdvbench.recovery.command import Told
from sdvbench.recovery.distillation import Distillation
from sdvbench.recovery.recipe import Recipe
from sdvbench.recovery.recover import recover
from sdvbench.tables import markdown

TEACHER = "yolov5s"
CLASSES = len(Scenes.classes)
CALIBRATION = Scenes(32, seed=2)
LANES = 2

FROM_NOTHING = Recipe(epochs=30, batch=16, imgsz=IMGSZ, learning_rate=2e-3)
TEACHING = replace(FROM_NOTHING, epochs=10)
FINE = replace(FROM_NOTHING, epochs=10, learning_rate=1e-3)
DISTILLED = replace(FINE, epochs=7)
QUANTIZED = replace(FINE, epochs=1, learning_rate=5e-5)
RECIPES = {"fine-tuned": FINE, "distilled": DISTILLED, "QAT": QUANTIZED}  # by state, in turn
# A second round of a state, by pruning. After the first of "distilled" PG and PS were 0.025 and
# 0.049 below orig, on 100 scenes.
AGAIN = {
    ("distilled", "PS"): replace(FINE, epochs=20),
    ("distilled", "PG"): replace(FINE, epochs=4, learning_rate=5e-4),
    ("QAT", "PL"): QUANTIZED,
    ("QAT", "PS"): QUANTIZED,
    ("QAT", "PG"): QUANTIZED,
}
UNTAUGHT = ("distilled", "PS")  # whose second round is from labels alone

INT8 = {
    "the paper's int8": {"quantization": "paper"},
    "int8 for TensorRT": {"quantization": "tensorrt", "calibration_method": "percentile"},
}
HEADS = ("pruning", "state", "MACs (M)", "parameters (k)", "mAP50", "mAP50-95", "below orig")
LAST = "int8 for TensorRT, from fp32 before QAT"

States = dict[str, Detector]  # of one pruning, in turn


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--trial", action="store_true", help="with next to no training")
    options = parser.parse_args()
    stages = Stages(options.folder / "trial" if options.trial else options.folder, options.trial)
    stages.embedded.mkdir(parents=True, exist_ok=True)
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(LANES, context, initializer=begin_lane) as lanes:
        for first in [lanes.submit(stages.orig), lanes.submit(stages.teacher)]:
            first.result()
        rows = [row for some in lanes.map(stages.rows, PRUNINGS) for row in some]
    print(markdown((*HEADS, *INT8, LAST), rows))


def begin_lane() -> None:
    """In a process: one thread, and no longer a life than the script has."""
    torch.set_num_threads(1)
    script = multiprocessing.parent_process()
    assert script is not None
    Thread(target=lambda: (script.join(), os._exit(1)), daemon=True).start()


@dataclass(frozen=True)
class Stages:
    """Each is a file of ``folder``; those that are there are not made again."""

    folder: Path
    trial: bool

    @property
    def embedded(self) -> Path:
        return self.folder / "embedded"

    @property
    def training(self) -> Scenes:
        return Scenes(32 if self.trial else 4000, seed=1)

    @property
    def held_out(self) -> Scenes:
        return Scenes(16 if self.trial else 500, seed=0)

    def orig(self) -> Detector:
        return self.made("orig", untrained(MODEL), FROM_NOTHING)

    def teacher(self) -> Any:
        return self.made("teacher", untrained(TEACHER), TEACHING)

    def rows(self, pruning: str) -> list[tuple[str, ...]]:
        """Of the table, one a state of the model. The state to embed is as it is embedded."""
        orig = self.orig()
        states = {"pruned": prune(orig, pruning, IMGSZ)}
        for state in RECIPES:
            states[state] = self.trained(list(states.values())[-1], pruning, state)
        chosen = "pruned" if pruning == UNPRUNED else "QAT"
        file = self.embedded / f"{MODEL}-{pruning}.safetensors"
        save_model(copy.deepcopy(states[chosen]).half(), file, pruning)
        states[chosen] = load_model(MODEL, file)
        return rows_of(pruning, states, orig, self.held_out)

    def trained(self, model: Detector, pruning: str, state: str) -> Detector:
        """To ``state``, from ``model``, which is in the state before it."""
        given: dict[str, Any] = {"pruning": pruning}
        if state == "QAT":
            given["quantized"] = True
        if state == "distilled":
            given["distillation"] = Distillation(self.teacher())
        name = f"{pruning}-{state}"
        trained = self.made(name, copy.deepcopy(model), RECIPES[state], **given)
        if again := AGAIN.get((state, pruning)):
            if (state, pruning) == UNTAUGHT:
                del given["distillation"]
            trained = self.made(f"{name}-again", trained, again, **given)
        return trained

    def made(self, name: str, model: Detector, recipe: Recipe, **given: Any) -> Detector:
        """The model of a stage: trained from ``model`` unless its file is there."""
        file = self.folder / f"{name}.safetensors"
        if not file.exists():
            print(f"{name}: see {file.with_suffix('.log')}", flush=True)
            recipe = replace(recipe, epochs=1 if self.trial else recipe.epochs)
            given |= {"held_out": Scenes(16 if self.trial else 100, seed=3)}
            with file.with_suffix(".log").open("a") as log, redirect_stdout(log):
                recover(model, self.training, file, recipe, told=Told(recipe.epochs), **given)
        return load_model(model.name, file)


def untrained(name: str) -> Detector:
    model: Any = load_model(name, num_classes=CLASSES)
    model.expect_few_objects()
    return model


def rows_of(
    pruning: str, states: States, orig: Detector, held_out: Scenes
) -> list[tuple[str, ...]]:
    """Rows of it: accuracy in fp32, and what each int8 recipe costs the same weights."""
    rows = []
    scored = partial(score, held_out)
    unpruned = scored(orig, "fp32")
    before = unpruned  # in fp32, of the state before
    for state, model in states.items():
        profile = sdvbench.profile(model, IMGSZ)
        size = f"{profile.macs / 1e6:.0f}", f"{profile.params / 1e3:.0f}"
        fp32 = scored(model, "fp32")
        low, high = map_interval(fp32, CLASSES)
        level = f"{fp32.map50:.4f}", f"{fp32.map:.4f} ({low:.4f} to {high:.4f})"
        int8 = [scored(model, "int8", **recipe) for recipe in INT8.values()]
        costs = [drop(fp32, each) for each in int8]
        costs.append(drop(before, int8[-1]) if state == "QAT" else "-")
        before = fp32
        rows.append((pruning, state, *size, *level, drop(unpruned, fp32), *costs))
        print(" | ".join(rows[-1]), flush=True)
    return rows


def score(held_out: Scenes, model: Detector, precision: str, **options: Any) -> Metrics:
    images = np.stack([letterbox(sample.image, IMGSZ)[0] for sample in CALIBRATION])
    with sdvbench.build(
        model, "W1", precision, imgsz=IMGSZ, calibration=images, threads=1, **options
    ) as engine:
        return sdvbench.evaluate(engine, held_out, model.class_names)


def drop(reference: Metrics, candidate: Metrics) -> str:
    """Points of mAP50-95 that ``candidate`` is below ``reference``, over the same images."""
    low, high = map_drop_interval(reference, candidate, CLASSES)
    return f"{reference.map - candidate.map:+.4f} ({low:+.4f} to {high:+.4f})"


if __name__ == "__main__":
    main()
