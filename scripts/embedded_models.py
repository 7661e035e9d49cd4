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
import io
import multiprocessing
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, wait
from contextlib import redirect_stdout
from dataclasses import dataclass, replace
from functools import cache, partial
from hashlib import sha256
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np
import torch
from torch import Tensor

import sdvbench
from sdvbench.cells import UNPRUNED
from sdvbench.commands.recover import Told
from sdvbench.datasets.base import Dataset, DetectionSample
from sdvbench.datasets.scenes import Scenes
from sdvbench.durable import write_atomically
from sdvbench.embedded import IMGSZ, MODEL
from sdvbench.models import Detector, load_model, save_model
from sdvbench.models.base import TrainableDetector
from sdvbench.models.digest import model_digest
from sdvbench.pruning import by_default, prune
from sdvbench.recovery.recipe import Recipe
from sdvbench.recovery.recover import recover
from sdvbench.tables import markdown
from sdvbench.tasks.detection.bootstrap import map_drop_interval, map_interval
from sdvbench.tasks.detection.letterbox import letterbox
from sdvbench.tasks.detection.metrics import Metrics
from sdvbench.tasks.detection.training.distillation import Distillation
from sdvbench.tasks.detection.training.options import DetectionTraining
from sdvbench.tasks.detection.training.picture import picture

TEACHER = "yolov5s"
CLASSES = len(Scenes.classes)
LANES = 2
KEEP_MEMORY = (
    "glibc.malloc.mmap_threshold=33554432:glibc.malloc.trim_threshold=8589934592"
    ":glibc.malloc.hugetlb=1"
)

FROM_NOTHING = Recipe(epochs=30, batch=16, imgsz=IMGSZ, learning_rate=2e-3)
TEACHING = replace(FROM_NOTHING, epochs=10)
FINE = replace(FROM_NOTHING, epochs=10, learning_rate=1e-3)
QUANTIZED = replace(FINE, epochs=1, learning_rate=5e-5)


@dataclass(frozen=True)
class Round:
    """Of training, to ``state``. taught: by the teacher as well as from labels. plain_share: of
    epochs without mosaics.
    """

    state: str
    recipe: Recipe
    taught: bool = False
    plain_share: float = 0.1


FINE_TUNED = Round("fine-tuned", FINE)
DISTILLED = Round("distilled", replace(FINE, epochs=7), taught=True)
QAT = Round("QAT", QUANTIZED)
# After DISTILLED, PG and PS were 0.025 and 0.049 below orig, on 100 scenes; PL was not below.
PG_MORE = replace(DISTILLED, recipe=replace(FINE, epochs=4, learning_rate=5e-4))
PS_MORE = Round("distilled", replace(FINE, epochs=20))
PS_INT8 = replace(QAT, recipe=replace(QUANTIZED, epochs=2), plain_share=0)
ROUNDS = {
    "PS": (FINE_TUNED, DISTILLED, PS_MORE, QAT, PS_INT8),
    "PG": (FINE_TUNED, DISTILLED, PG_MORE, QAT, QAT),
    "PL": (FINE_TUNED, DISTILLED, QAT, QAT),
    UNPRUNED: (FINE_TUNED, DISTILLED, QAT),
}

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
    # Freed memory is kept: getting it from the system anew, cleared, took a twelfth of a step.
    os.environ.setdefault("GLIBC_TUNABLES", KEEP_MEMORY)
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(LANES, context, initializer=begin_lane) as lanes:
        made = run(jobs_of(stages), lanes)
    rows = [row for pruning in by_default() for row in made[f"{pruning}-rows"]]
    print(markdown((*HEADS, *INT8, LAST), rows))


@dataclass(frozen=True)
class Job:
    """needs: names of jobs. epochs: of training that it and all after it take."""

    made: Callable[[], Any]
    needs: Sequence[str]
    epochs: int


def jobs_of(stages: "Stages") -> dict[str, Job]:
    jobs = {"orig": Job(stages.orig, (), 30), "teacher": Job(stages.teacher, (), 30)}
    for pruning, rounds in ROUNDS.items():
        before = "orig"
        for number, each in enumerate(rounds, 1):
            needs = (before, "teacher") if each.taught else (before,)
            left = sum(later.recipe.epochs for later in rounds[number - 1 :])
            before = name_of(pruning, number)
            jobs[before] = Job(partial(stages.train, pruning, number), needs, left)
        jobs[f"{pruning}-rows"] = Job(partial(stages.rows, pruning), (before,), 0)
    return jobs


def run(jobs: Mapping[str, Job], lanes: Executor) -> dict[str, Any]:
    """What they make, by name. A free lane takes what has the longest way to go, so that none is
    left with a long way at the end."""
    done: dict[str, Any] = {}
    running: dict[Future[Any], str] = {}
    while len(done) < len(jobs):
        begun = {*done, *running.values()}
        ready = [n for n in jobs if n not in begun and done.keys() >= {*jobs[n].needs}]
        ready.sort(key=lambda name: -jobs[name].epochs)
        for name in ready[: LANES - len(running)]:
            running[lanes.submit(jobs[name].made)] = name
        for ended in wait(running, return_when=FIRST_COMPLETED).done:
            done[running.pop(ended)] = ended.result()
    return done


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

    def orig(self) -> None:
        self._made("orig", untrained(MODEL), FROM_NOTHING)

    def teacher(self) -> None:
        self._made("teacher", untrained(TEACHER), TEACHING)

    def train(self, pruning: str, number: int) -> None:
        """Round ``number``, from 1, of ``pruning``."""
        each = ROUNDS[pruning][number - 1]
        given: dict[str, Any] = {"pruning": pruning, "quantized": each.state == "QAT"}
        given["training"] = DetectionTraining(plain_share=each.plain_share)
        if each.taught:
            teacher = Remembered(self._model("teacher", TEACHER), folder=self.folder / "taught")
            given["training"] = replace(given["training"], distillation=teacher)
        self._made(name_of(pruning, number), self.after(pruning, number - 1), each.recipe, **given)

    def after(self, pruning: str, number: int) -> Any:
        """The model after that round; 0 is right after pruning."""
        if not number:
            return prune(self._model("orig"), pruning, IMGSZ)
        return self._model(name_of(pruning, number))

    def rows(self, pruning: str) -> list[tuple[str, ...]]:
        """Of the table, one a state of the model. The state to embed is as it is embedded."""
        states = {"pruned": self.after(pruning, 0)}
        for number, each in enumerate(ROUNDS[pruning], 1):
            states[each.state] = self.after(pruning, number)
        chosen = "pruned" if pruning == UNPRUNED else "QAT"
        file = self.embedded / f"{MODEL}-{pruning}.safetensors"
        save_model(copy.deepcopy(states[chosen]).half(), file, pruning)
        states[chosen] = load_model(MODEL, file)
        held_out = scenes(16 if self.trial else 500, seed=0)
        return rows_of(pruning, states, self._model("orig"), held_out)

    def _made(self, name: str, model: Detector, recipe: Recipe, **given: Any) -> None:
        """A stage: trained from ``model`` unless its file is there."""
        file = self._file(name)
        if file.exists():
            return
        print(f"{name}: see {file.with_suffix('.log')}", flush=True)
        recipe = replace(recipe, epochs=1 if self.trial else recipe.epochs)
        data = scenes(32 if self.trial else 4000, seed=1, longer_px=IMGSZ)
        given |= {"held_out": scenes(16 if self.trial else 100, seed=3)}
        with file.with_suffix(".log").open("a") as log, redirect_stdout(log):
            recover(
                model, data, file, recipe, told=Told(DetectionTraining(), recipe.epochs), **given
            )

    def _model(self, name: str, of: str = MODEL) -> Any:
        return load_model(of, self._file(name))

    def _file(self, name: str) -> Path:
        return self.folder / f"{name}.safetensors"


def name_of(pruning: str, number: int) -> str:
    return f"{pruning}-{number}-{ROUNDS[pruning][number - 1].state}"


@dataclass(frozen=True, eq=False)
class Remembered(Distillation):
    """By a teacher whose maps are kept in ``folder``, 2 MB a batch: prunings see the same batches,
    and without that half of their time is its."""

    folder: Path = Path()

    def teacher_as_run(self, dtype: torch.dtype) -> Any:
        folder = self.folder / model_digest(self.teacher)
        folder.mkdir(parents=True, exist_ok=True)
        return Remembering(super().teacher_as_run(dtype), folder)


@dataclass(frozen=True, eq=False)
class Remembering:
    teacher: TrainableDetector
    folder: Path

    def head_maps(self, images: Tensor) -> list[Tensor]:
        pixels = images.permute(0, 2, 3, 1).contiguous().view(torch.uint8).numpy()
        file = self.folder / sha256(pixels).hexdigest()
        if not file.exists():
            content = io.BytesIO()
            # As its convolutions give them: no bit is lost.
            torch.save([one.to(images.dtype) for one in self.teacher.head_maps(images)], content)
            write_atomically(file, content.getbuffer())
        return [one.float() for one in torch.load(file, weights_only=True)]


class Kept(Dataset):
    """Scenes that are rendered once a process; ``longer_px`` as training makes its pictures."""

    def __init__(self, scenes: Scenes, longer_px: int | None) -> None:
        self.classes, self.aliases, self.identity = scenes.classes, scenes.aliases, scenes.identity
        self._scenes, self._longer_px = scenes, longer_px
        self._made = cache(self._make)

    def __len__(self) -> int:
        return len(self._scenes)

    def __getitem__(self, index: int) -> DetectionSample:
        return self._made(index)

    def _make(self, index: int) -> DetectionSample:
        sample = self._scenes[index]
        if self._longer_px is None:
            return sample
        small = picture(sample, np.arange(CLASSES), self._longer_px)
        return replace(sample, image=small.image, boxes=small.boxes)


@cache
def scenes(size: int, seed: int, longer_px: int | None = None) -> Kept:
    return Kept(Scenes(size, seed), longer_px)


def untrained(name: str) -> Detector:
    model: Any = load_model(name, num_classes=CLASSES)
    model.expect_few_objects()
    return model


def rows_of(
    pruning: str, states: States, orig: Detector, held_out: Dataset
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


def score(held_out: Dataset, model: Detector, precision: str, **options: Any) -> Metrics:
    images = np.stack([letterbox(sample.image, IMGSZ)[0] for sample in scenes(32, seed=2)])
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
