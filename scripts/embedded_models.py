"""Make the embedded models again: YOLOv5n on rendered scenes, pruned and recovered.

    python scripts/embedded_models.py FOLDER [--until STATE] [--trial]

YOLOv5n and its teacher YOLOv5s are trained from nothing; the former is pruned, fine-tuned,
distilled, and trained with int8 in the loop. Each stage is a file of FOLDER, and a stage that was
killed goes on where it was. Ends with the weights to embed, in FOLDER/embedded, and with the table
of all of them on held-out scenes. --trial: next to no training, to see that all of it works.
"""

import argparse
import copy
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

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
STATES = ("pruned", "fine-tuned", "distilled", "QAT")
EMBEDDED = STATES[-1]  # but of "orig", what was pruned
CALIBRATION = Scenes(32, seed=2)

FROM_NOTHING = Recipe(epochs=30, batch=16, imgsz=IMGSZ, learning_rate=2e-3)
TEACHING = replace(FROM_NOTHING, epochs=10)
FINE = replace(FROM_NOTHING, epochs=12, learning_rate=1e-3)
DISTILLED = replace(FINE, epochs=8)
QUANTIZED = replace(FINE, epochs=1, learning_rate=5e-5)
# A second round of a state, by pruning. After the first of "distilled" PG and PS were 0.020 and
# 0.036 below orig.
AGAIN = {
    "distilled": {
        "PS": replace(FINE, epochs=10),
        "PG": replace(FINE, epochs=4, learning_rate=5e-4),
    },
    "QAT": dict.fromkeys(("PL", "PS", "PG"), QUANTIZED),
}
UNTAUGHT = ("distilled", "PS")  # whose second round is from labels alone

INT8 = {
    "the paper's int8": {"quantization": "paper"},
    "int8 for TensorRT": {"quantization": "tensorrt", "calibration_method": "percentile"},
}
HEADS = ("pruning", "state", "MACs (M)", "parameters (k)", "mAP50", "mAP50-95", "below orig")
LAST = "int8 for TensorRT, from fp32 before QAT"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--until", choices=STATES[1:], default=STATES[-1], help="make no more")
    parser.add_argument("--trial", action="store_true", help="with next to no training")
    options = parser.parse_args()
    folder = options.folder / "trial" if options.trial else options.folder
    stages = Stages(folder, options.until, options.trial)
    models = stages.models()
    print(table(models | stages.embedded(models), stages.held_out))


Models = dict[tuple[str, str], Detector]  # by pruning and state


@dataclass(frozen=True)
class Stages:
    """Each is a file of ``folder``; those that are there are not made again."""

    folder: Path
    until: str
    trial: bool

    @property
    def training(self) -> Scenes:
        return Scenes(32 if self.trial else 4000, seed=1)

    @property
    def held_out(self) -> Scenes:
        return Scenes(16 if self.trial else 500, seed=0)

    def models(self) -> Models:
        """All of them, by pruning and state, as far as ``until``."""
        orig = self.made("orig", untrained(MODEL), FROM_NOTHING)
        found = {(pruning, "pruned"): prune(orig, pruning, IMGSZ) for pruning in PRUNINGS}
        self.train_on(found, "fine-tuned", FINE)
        if self.until != "fine-tuned":
            teacher: Any = self.made("teacher", untrained(TEACHER), TEACHING)
            self.train_on(found, "distilled", DISTILLED, distillation=Distillation(teacher))
        if self.until == "QAT":
            self.train_on(found, "QAT", QUANTIZED, quantized=True)
        return {(p, s): found[p, s] for p in PRUNINGS for s in STATES if (p, s) in found}

    def train_on(self, found: Models, state: str, recipe: Recipe, **given: Any) -> None:
        """Bring the model of each pruning from the state before to ``state``."""
        before = STATES[STATES.index(state) - 1]
        for pruning in PRUNINGS:
            model = copy.deepcopy(found[pruning, before])
            name = f"{pruning}-{state}"
            model = self.made(name, model, recipe, pruning=pruning, **given)
            if again := AGAIN.get(state, {}).get(pruning):
                more = {} if (state, pruning) == UNTAUGHT else given
                model = self.made(f"{name}-again", model, again, pruning=pruning, **more)
            found[pruning, state] = model

    def made(self, name: str, model: Detector, recipe: Recipe, **given: Any) -> Detector:
        """The model of a stage: trained from ``model`` unless its file is there."""
        file = self.folder / f"{name}.safetensors"
        if not file.exists():
            print(f"{name}:", flush=True)
            recipe = replace(recipe, epochs=1 if self.trial else recipe.epochs)
            given |= {"held_out": Scenes(16 if self.trial else 100, seed=3)}
            recover(model, self.training, file, recipe, told=Told(recipe.epochs), **given)
        return load_model(model.name, file)

    def embedded(self, models: Models) -> Models:
        """Those that the package embeds, as they are in half precision; their files are written."""
        folder = self.folder / "embedded"
        folder.mkdir(exist_ok=True)
        found = {}
        for pruning in PRUNINGS:
            recovered = min(self.until, EMBEDDED, key=STATES.index)
            state = "pruned" if pruning == UNPRUNED else recovered
            file = folder / f"{MODEL}-{pruning}.safetensors"
            save_model(copy.deepcopy(models[pruning, state]).half(), file, pruning)
            found[pruning, state] = load_model(MODEL, file)
        return found


def untrained(name: str) -> Detector:
    model: Any = load_model(name, num_classes=CLASSES)
    model.expect_few_objects()
    return model


def table(models: Models, held_out: Scenes) -> str:
    """Of all, in Markdown: accuracy in fp32, and what each int8 recipe costs the same weights."""
    rows = []
    before: dict[str, Metrics] = {}  # QAT, in fp32
    scored = partial(score, held_out)
    unpruned = scored(models["orig", "pruned"], "fp32")
    for (pruning, state), model in models.items():
        profile = sdvbench.profile(model, IMGSZ)
        size = f"{profile.macs / 1e6:.0f}", f"{profile.params / 1e3:.0f}"
        fp32 = scored(model, "fp32")
        low, high = map_interval(fp32, CLASSES)
        level = f"{fp32.map50:.4f}", f"{fp32.map:.4f} ({low:.4f} to {high:.4f})"
        int8 = [scored(model, "int8", **recipe) for recipe in INT8.values()]
        costs = [drop(fp32, each) for each in int8]
        costs.append(drop(before[pruning], int8[-1]) if state == "QAT" else "-")
        before[pruning] = fp32
        rows.append((pruning, state, *size, *level, drop(unpruned, fp32), *costs))
        print(" | ".join(rows[-1]), flush=True)
    return markdown((*HEADS, *INT8, LAST), rows)


def score(held_out: Scenes, model: Detector, precision: str, **options: Any) -> Metrics:
    images = np.stack([letterbox(sample.image, IMGSZ)[0] for sample in CALIBRATION])
    with sdvbench.build(
        model, "W1", precision, imgsz=IMGSZ, calibration=images, **options
    ) as engine:
        return sdvbench.evaluate(engine, held_out, model.class_names)


def drop(reference: Metrics, candidate: Metrics) -> str:
    """Points of mAP50-95 that ``candidate`` is below ``reference``, over the same images."""
    low, high = map_drop_interval(reference, candidate, CLASSES)
    return f"{reference.map - candidate.map:+.4f} ({low:+.4f} to {high:+.4f})"


if __name__ == "__main__":
    main()
