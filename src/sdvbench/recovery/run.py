"""A training from its first step to its last, however often it is killed between."""

import io
import logging
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter

import torch

from sdvbench import progress
from sdvbench.durable import write_atomically
from sdvbench.errors import DatasetError, TrainingError
from sdvbench.models.base import Trainable
from sdvbench.recovery.training import Training
from sdvbench.tasks.base import Scored

SAVE_S = 60.0  # so much work a kill costs at most, or one epoch if that is shorter

log = logging.getLogger("sdvbench.recovery")


@dataclass(frozen=True)
class Epoch:
    """What is told of an epoch.

    number: from 1; 0 is before the first.
    losses: mean of each term over its steps. images_per_s: of this epoch's steps.
    outside: share of their time outside the model's own forward and backward passes, on a CPU (a
        GPU's calls return before it is done).
    metrics: of the averaged weights; None where they were not scored.
    An epoch that was interrupted tells of its steps since then; one of which none were left, and
    that before the first, of its score alone.
    """

    number: int
    losses: Mapping[str, float] = field(default_factory=dict)
    images_per_s: float = 0.0
    outside: float = 0.0
    metrics: Scored | None = None


def run(
    training: Training,
    file: Path,
    identity: str,
    score: Callable[[Trainable, int], Scored | None] = lambda model, epoch: None,
    told: Callable[[Epoch], None] = lambda epoch: None,
) -> None:
    """Train to the end of the recipe; ``training.averaged`` is the result.

    file: holds the state from which a run that was killed goes on; it is there until the caller
        removes it, when the result is safe. identity: of all that decides the result; a file of
        another run is refused. score: called with the averaged weights after each epoch, from 1.
    Raises TrainingError where the loss is not finite or the file is not this run's.
    """
    if file.exists():
        _restore(training, file, identity)
        log.warning("going on with %s at epoch %d", file, training.epoch + 1)
        if training.epoch == training.recipe.epochs:  # killed when all was done but the result
            told(Epoch(training.epoch, metrics=score(training.averaged, training.epoch)))
    while training.epoch < training.recipe.epochs:
        number = training.epoch + 1
        losses, seconds = _epoch(training, file, identity)
        made = sum(seconds)
        told(
            Epoch(
                number,
                {name: sum(values) / len(values) for name, values in losses.items()},
                len(seconds) * training.lessons.size / made,
                1 - training.model_s / made,
                score(training.averaged, number),
            )
        )
        # After it is told: who is killed while scoring tells it when the epoch has been made again.
        _write(file, identity, training)


def _epoch(
    training: Training, file: Path, identity: str
) -> tuple[dict[str, list[float]], list[float]]:
    """Steps up to the end of the epoch: the terms of their losses, and the seconds they took."""
    steps, epoch = len(training.lessons), training.epoch
    whole = training.step % steps == 0
    losses: dict[str, list[float]] = defaultdict(list)
    seconds: list[float] = []
    training.model_s, training.labels = 0.0, 0
    saved = perf_counter()
    while training.epoch == epoch:
        start = perf_counter()
        for name, value in training.advance().items():
            losses[name].append(value)
        seconds.append(perf_counter() - start)
        progress.tell(
            f"epoch {epoch + 1} of {training.recipe.epochs}, step", training.step % steps, steps
        )
        if perf_counter() - saved > SAVE_S and training.epoch == epoch:
            _write(file, identity, training)
            saved = perf_counter()
    if whole and not training.labels:
        problem = f"holds no {training.lessons.label} in any image"
        raise DatasetError("the data set", problem, "Name data with labels, or correct them")
    return losses, seconds


def _write(file: Path, identity: str, training: Training) -> None:
    content = io.BytesIO()
    torch.save({"identity": identity, "training": training.state()}, content)
    write_atomically(file, content.getbuffer())


def _restore(training: Training, file: Path, identity: str) -> None:
    try:
        content = file.read_bytes()
    except OSError as error:
        problem = f"cannot be read ({error.strerror})"
        raise TrainingError(file, problem, "Fix that, or remove it to start anew") from error
    try:
        kept = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
        found = kept["identity"]
    except Exception as error:  # whatever a damaged pickle may do
        told = (str(error) or type(error).__name__).splitlines()[0]
        problem = f"is no state of a training ({told})"
        raise TrainingError(file, problem, "Remove it to start anew") from error
    if found != identity:
        raise TrainingError(
            file,
            "is the state of a run with another model, other data, another recipe, or other "
            "versions of sdvbench or of its libraries",
            "Remove it to start anew, or go on with what it was started with",
        )
    training.restore(kept["training"])
