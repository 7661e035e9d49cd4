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
from sdvbench.code_digest import code_digest
from sdvbench.datasets.base import Dataset
from sdvbench.durable import write_atomically
from sdvbench.errors import DatasetError, OptionError, TrainingError
from sdvbench.models import save_model
from sdvbench.models.base import Detector, Trainable
from sdvbench.models.digest import model_digest
from sdvbench.recovery.batches import Batches
from sdvbench.recovery.classes import classes_in_model
from sdvbench.recovery.distillation import Distillation
from sdvbench.recovery.precision import autocast_dtype
from sdvbench.recovery.quantization_aware import follow_weights, plain, quantization_aware
from sdvbench.recovery.recipe import Recipe
from sdvbench.recovery.run import Epoch, run
from sdvbench.recovery.score import score as scored
from sdvbench.recovery.training import Training
from sdvbench.store import recipe_key
from sdvbench.tasks.detection.metrics import Metrics
from sdvbench.workflows.base import EngineSpec
from sdvbench.workflows.nvidia import cuda_gap, no_tf32

ROOMS = ("models", "recovery", "datasets", "detection", "quantization")
AS_SHAPED = "as shaped"  # what a file says whose pruning nobody named
CALIBRATION_BATCHES = 4


def recover(
    model: Detector,
    data: Dataset,
    out: Path,
    recipe: Recipe | None = None,
    *,
    pruning: str = AS_SHAPED,
    distillation: Distillation | None = None,
    quantized: bool = False,
    held_out: Dataset | None = None,
    score_every: int = 5,
    device: str = "cpu",
    told: Callable[[Epoch], None] = lambda epoch: None,
) -> Trainable:
    """Train ``model`` on ``data``; the averaged weights, also written to ``out``.

    model: trained in place. Where it names no classes it gets those of ``data``, if as many.
    out: .safetensors, which ``load_model`` reads. Until it is there, ``out`` + ".training" holds
        the state. The same call after a kill goes on from that; on a CPU with as many threads, to
        the same weights.
    recipe: ``Recipe()`` by default. pruning: how the model was pruned, for the file.
    quantized: with int8's rounding in the loop (``quantization_aware``).
    held_out: scored before the first epoch, every ``score_every`` epochs, and after the last.
    told: called after each epoch, and with number 0 for the first score.
    device: "cpu", "cuda" or "cuda:1".

    Raises OptionError for a model that cannot be trained, a teacher that does not fit it, a device
    that is not there, and an ``out`` that is; TrainingError for a loss that is not finite, a state
    of another run, and where another process is training to ``out``; DatasetError for data that
    cannot be trained on.
    """
    model = _trainable(model)
    _check(out, device)
    recipe = recipe or Recipe()
    if not data.labelled:
        raise DatasetError(data.identity, "has no labels to learn from", "Name labelled data")
    to_model = classes_in_model(data, model.num_classes, model.class_names)
    if model.class_names is None and model.num_classes == len(data.classes):
        model.class_names = data.classes
    if device != "cpu":
        no_tf32()
    model.to(device)
    if distillation:
        distillation.check(model)
        distillation.teacher.to(device)
    identity = _identity(model, data, to_model.tolist(), recipe, distillation, quantized, device)
    batches = Batches(data, to_model, recipe.imgsz, recipe.batch, recipe.seed)
    if quantized:
        images = (i.to(device) for i in batches.plain_images(CALIBRATION_BATCHES))
        trained = quantization_aware(model, images)
        training = Training(trained, batches, recipe, device, distillation, follow_weights)
    else:
        training = Training(model, batches, recipe, device, distillation)

    def score(averaged: Trainable, epoch: int) -> Metrics | None:
        last = epoch == training.recipe.epochs
        if held_out is None or not (last or epoch % score_every == 0):
            return None
        progress.tell(f"scoring {len(held_out)} images")
        return scored(averaged, held_out, recipe.imgsz, device)

    state = out.with_name(f"{out.name}.training")
    with _alone(out):
        if out.exists():  # since it was looked for
            raise OptionError(f"--out {out}", "is there already", "Name another file")
        if before := score(training.averaged, 0):
            told(Epoch(0, metrics=before))
        run(training, state, identity, score, told)
        result = training.averaged.cpu()
        if quantized:
            result = plain(result, model)
        result.class_names = model.class_names
        result.quantization_aware = quantized
        _save(result, out, pruning)
        state.unlink()
    return result


def _trainable(model: Detector) -> Trainable:
    if not isinstance(model, Trainable):
        problem = "cannot be trained: it does not show its head's maps"
        raise OptionError(f"model {model.name}", problem, "Derive it from sdvbench's Trainable")
    return model


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


def _save(model: Detector, out: Path, pruning: str) -> None:
    scratch = out.with_name(f".{out.name}.{os.getpid()}.tmp")
    try:
        save_model(model, scratch, pruning)
        write_atomically(out, scratch.read_bytes())
    finally:
        scratch.unlink(missing_ok=True)


def _identity(
    model: Trainable,
    data: Dataset,
    to_model: list[int],
    recipe: Recipe,
    distillation: Distillation | None,
    quantized: bool,
    device: str,
) -> str:
    """Of all that decides the result."""
    taught = None
    if distillation:
        names = ("temperature", "box", "objectness", "classes")
        taught = {name: getattr(distillation, name) for name in names}
        taught["teacher"] = model_digest(distillation.teacher)
    return recipe_key(
        {
            "model": model_digest(model),
            "data": data.identity,
            "classes": to_model,
            "recipe": asdict(recipe),
            "distillation": taught,
            "quantized": version("nvidia-modelopt") if quantized else None,
            "precision": str(autocast_dtype(torch.device(device), recipe.precision)),
            "code": code_digest(*(f"sdvbench.{room}" for room in ROOMS)),
            "versions": {n: version(n) for n in ("torch", "numpy", "opencv-python-headless")},
        }
    )
