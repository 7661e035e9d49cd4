"""Accuracy back: a model trained on, from whatever weights it has."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

import torch
from filelock import FileLock, Timeout

from sdvbench import progress
from sdvbench.code_digest import code_digest, code_of
from sdvbench.datasets.base import Dataset
from sdvbench.durable import write_atomically
from sdvbench.errors import DatasetError, OptionError, TrainingError
from sdvbench.models import save_model
from sdvbench.models.base import Network, Trainable
from sdvbench.models.digest import model_digest
from sdvbench.pruning import PRUNINGS, split
from sdvbench.pruning.kept import kept_by
from sdvbench.recovery.precision import autocast_dtype
from sdvbench.recovery.quantization_aware import Following, plain, quantization_aware
from sdvbench.recovery.recipe import Recipe
from sdvbench.recovery.run import Epoch, run
from sdvbench.recovery.score import score as scored
from sdvbench.recovery.training import Training
from sdvbench.store import recipe_key
from sdvbench.tasks import TASKS
from sdvbench.tasks.base import Scored
from sdvbench.tasks.training import Lessons, TaskTraining
from sdvbench.workflows.base import EngineSpec
from sdvbench.workflows.nvidia import cuda_gap, no_tf32

ROOMS = ("models", "pruning", "recovery", "datasets", "tasks", "quantization")
AS_SHAPED = "as shaped"  # what a file says whose pruning nobody named
CALIBRATION_BATCHES = 4


def training_of(model: Network) -> TaskTraining:
    """As its task trains networks. Raises OptionError where that does not say how."""
    found: TaskTraining | None = TASKS[model.task]().training()
    if found is None:
        problem = f"cannot be trained: its task, {model.task}, does not say how"
        remedy = f"Choose a model of {', '.join(n for n in TASKS if TASKS[n]().training())}"
        raise OptionError(f"model {model.name}", problem, remedy)
    return found


def recover(
    model: Network,
    data: Dataset,
    out: Path,
    recipe: Recipe | None = None,
    *,
    training: TaskTraining | None = None,
    pruning: str = AS_SHAPED,
    quantized: bool = False,
    held_out: Dataset | None = None,
    score_every: int = 5,
    device: str = "cpu",
    told: Callable[[Epoch], None] = lambda epoch: None,
) -> Trainable:
    """Train ``model`` on ``data``; the averaged weights, also written to ``out``.

    model: trained in place. Where it names no classes it may get those of ``data``.
    out: .safetensors, which ``load_model`` reads. Until it is there, ``out`` + ".training" holds
        the state. The same call after a kill goes on from that; on a CPU with as many threads, to
        the same weights.
    recipe: ``Recipe()`` by default. training: what can be chosen for the model's task only, such as
        a teacher; by default, as the task does it.
    pruning: how the model was pruned: for the file, and for what training must keep of that.
    quantized: with int8's rounding in the loop (``quantization_aware``), as after ".QAT" too.
    held_out: scored before the first epoch, every ``score_every`` epochs, and after the last.
    told: called after each epoch, and with number 0 for the first score.
    device: "cpu", "cuda" or "cuda:1".

    Raises OptionError for a model that cannot be trained, a ``training`` that does not fit it, a
    device that is not there, and an ``out`` that is; TrainingError for a loss that is not finite, a
    state of another run, and where another process is training to ``out``; DatasetError for data
    that cannot be trained on.
    """
    pruning, aware = split(pruning)
    quantized |= aware
    training = training or training_of(model)
    model = training.check(model)
    _check(out, device)
    recipe = recipe or Recipe()
    if not data.labelled:
        raise DatasetError(data.identity, "has no labels to learn from", "Name labelled data")
    if device != "cpu":
        no_tf32()
    model.to(device)
    dtype = autocast_dtype(torch.device(device), recipe.precision)
    asked = {name: getattr(recipe, name) for name in ("epochs", "batch", "imgsz", "seed")}
    lessons = training.lessons(model, data, **asked, dtype=dtype or torch.float32)
    identity = _identity(model, data, recipe, training, lessons, pruning, quantized, device)
    kept = kept_by(pruning)
    if quantized:
        numbers = range(CALIBRATION_BATCHES)
        images = [(lessons.plain_images(n).float() / 255).to(device) for n in numbers]
        trained = quantization_aware(model, images)
        steps = Training(trained, lessons, recipe, device, Following(images), kept)
    else:
        steps = Training(model, lessons, recipe, device, kept=kept)

    def score(averaged: Trainable, epoch: int) -> Scored | None:
        last = epoch == steps.recipe.epochs
        if held_out is None or not (last or epoch % score_every == 0):
            return None
        progress.tell(f"scoring {len(held_out)} images")
        return scored(averaged, held_out, recipe.imgsz, device)

    state = out.with_name(f"{out.name}.training")
    with _alone(out):
        if out.exists():  # since it was looked for
            raise OptionError(f"--out {out}", "is there already", "Name another file")
        if before := score(steps.averaged, 0):
            told(Epoch(0, metrics=before))
        run(steps, state, identity, score, told)
        result = steps.averaged.cpu()
        if quantized:
            result = plain(result, model)
        result.class_names = model.class_names
        result.read_metadata(model.metadata())
        result.quantization_aware = quantized
        _save(result, out, pruning)
        state.unlink()
    return result


def _check(out: Path, device: str) -> None:
    if out.suffix != ".safetensors":
        raise OptionError(f"--out {out}", "is not a .safetensors file", "Name one")
    if out.exists():
        raise OptionError(f"--out {out}", "is there already", "Name another file, or remove it")
    if device != "cpu" and (gap := cuda_gap(EngineSpec.for_images("fp32", device=device))):
        raise OptionError(f"device {device}", gap.missing, gap.enable)


@contextmanager
def _alone(out: Path) -> Iterator[None]:
    """The block in which no other process trains to ``out``."""
    out.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(out.with_name(f".{out.name}.lock"))
    try:
        lock.acquire(timeout=0)
    except Timeout:
        problem = "is being trained by another process"
        raise TrainingError(out, problem, "Wait for it, or name another file") from None
    try:
        for leftover in out.parent.glob(f".{out.name}*.tmp"):  # of a kill while writing
            leftover.unlink()
        yield
    finally:
        Path(lock.lock_file).unlink(missing_ok=True)
        lock.release()


def _save(model: Trainable, out: Path, pruning: str) -> None:
    scratch = out.with_name(f".{out.name}.{os.getpid()}.tmp")
    try:
        save_model(model, scratch, pruning)
        write_atomically(out, scratch.read_bytes())
    finally:
        scratch.unlink(missing_ok=True)


def _identity(
    model: Trainable,
    data: Dataset,
    recipe: Recipe,
    training: TaskTraining,
    lessons: Lessons,
    pruning: str,
    quantized: bool,
    device: str,
) -> str:
    """Of all that decides the result."""
    return recipe_key(
        {
            "model": model_digest(model),
            "data": data.identity,
            "recipe": asdict(recipe),
            "lessons": lessons.identity,
            "pruning": pruning,
            "quantized": version("nvidia-modelopt") if quantized else None,
            "precision": str(autocast_dtype(torch.device(device), recipe.precision)),
            "code": [
                code_digest(*(f"sdvbench.{room}" for room in ROOMS)),
                code_of(type(training)),  # that of another package
                code_of(PRUNINGS[pruning]) if pruning in PRUNINGS else "",
            ],
            "versions": {n: version(n) for n in ("torch", "numpy", "opencv-python-headless")},
        }
    )
