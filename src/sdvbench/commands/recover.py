"""``sdvbench recover``: prune a model and train its accuracy back."""

import argparse
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sdvbench.errors import CheckpointError, OptionError
from sdvbench.examples import show_examples

if TYPE_CHECKING:
    from sdvbench.recovery.distillation import Distillation
    from sdvbench.recovery.recipe import Recipe
    from sdvbench.recovery.run import Epoch
    from sdvbench.tasks.detection.metrics import Metrics

FROM_NOTHING = 10  # times the learning rate of training on


def add(commands: Any) -> None:
    """Add the command to ``commands``, argparse's."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "recover", help="prune a model, train its accuracy back, write its weights"
    )
    parser.add_argument("model", help="like yolov5n")
    parser.add_argument("pruning", help="orig, PL, PS or PG")
    parser.add_argument("--data", required=True, help="to train on, as --sdv-data")
    parser.add_argument("--held-out", metavar="DATA", help="to score, as --sdv-data")
    start = parser.add_mutually_exclusive_group(required=True)
    start.add_argument(
        "--weights", type=Path, help="checkpoint; pruned first, unless it is a file that says it is"
    )
    start.add_argument("--untrained", action="store_true", help="start from random weights")
    parser.add_argument("--out", type=Path, help="file to write (MODEL-PRUNING.safetensors)")
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--batch", type=int, help="images a step")
    parser.add_argument("--imgsz", type=int, help="side of the images that are trained on")
    parser.add_argument("--learning-rate", type=float, help="default 0.0001, untrained 0.001")
    parser.add_argument("--mosaics", type=float, help="share of images made of four (1)")
    parser.add_argument("--frozen", type=int, help="so many of the first layers are not trained")
    parser.add_argument("--precision", help="auto, fp32, bf16 or fp16")
    parser.add_argument("--seed", type=int)
    parser.add_argument("--teacher", metavar="MODEL", help="learn from this model too")
    parser.add_argument("--teacher-weights", type=Path, metavar="FILE")
    parser.add_argument("--temperature", type=float, help="softens the teacher's classes (2)")
    parser.add_argument("--qat", action="store_true", help="with int8's rounding in the loop")
    parser.add_argument("--device", default="cpu", help="cpu, cuda or cuda:N (default: cpu)")
    parser.set_defaults(command=_recover)
    show_examples(
        parser, "sdvbench recover yolov5n PG --weights yolov5n.pt --data coco:FOLDER --epochs 3"
    )


def _recover(options: argparse.Namespace) -> int:
    from sdvbench.datasets.source import open_dataset
    from sdvbench.recovery.recover import recover

    out = options.out or Path(f"{options.model}-{options.pruning}.safetensors")
    if options.weights and out.resolve() == options.weights.resolve():
        raise OptionError(f"--out {out}", "is the file that --weights names", "Name another file")
    recipe = _recipe(options)
    data = open_dataset(options.data, "--data")
    held_out = open_dataset(options.held_out, "--held-out") if options.held_out else None
    for dataset, named in ((data, options.data), (held_out, options.held_out)):
        if dataset and dataset.summary:
            print(f"{named}: " + "\n  ".join(dataset.summary.lines))
    told = Told(recipe.epochs, options.device)
    recover(
        _model(options, len(data.classes), recipe.imgsz),
        data,
        out,
        recipe,
        pruning=options.pruning,
        distillation=_distillation(options),
        quantized=options.qat,
        held_out=held_out,
        device=options.device,
        told=told,
    )
    if held_out:
        print(told.gain(len(held_out.classes)))
    print(f"written: {out}")
    return 0


def _recipe(options: argparse.Namespace) -> "Recipe":
    from sdvbench.recovery.recipe import Recipe

    names = ("epochs", "batch", "imgsz", "learning_rate", "mosaics", "frozen", "precision", "seed")
    given = {n: getattr(options, n) for n in names if getattr(options, n) is not None}
    recipe = Recipe(**given)
    if options.untrained and options.learning_rate is None:
        recipe = replace(recipe, learning_rate=FROM_NOTHING * recipe.learning_rate)
    return recipe


def _model(options: argparse.Namespace, classes: int, imgsz: int) -> Any:
    """Pruned as asked; ``recover`` refuses one that cannot be trained."""
    from sdvbench.models import load_model
    from sdvbench.models.base import Trainable
    from sdvbench.models.checkpoint import read_checkpoint
    from sdvbench.pruning import prune
    from sdvbench.pruning.stored import unnamed_pruning

    pruned = "orig"
    if options.untrained:
        model = load_model(options.model, num_classes=classes, seed=options.seed or 0)
        if isinstance(model, Trainable):
            model.expect_few_objects()
    else:
        model = load_model(options.model, options.weights)
        if model.pruned_before == "":
            raise CheckpointError(options.weights, *unnamed_pruning(model.name))
        pruned = read_checkpoint(options.weights).metadata.get("pruning", "orig")
    if pruned not in ("orig", options.pruning):
        problem = f"is pruned by {pruned} already, not {options.pruning}"
        raise OptionError(f"--weights {options.weights}", problem, "Give the file it was made of")
    return model if pruned == options.pruning else prune(model, options.pruning, imgsz)


def _distillation(options: argparse.Namespace) -> "Distillation | None":
    from sdvbench.models import load_model
    from sdvbench.models.base import Trainable
    from sdvbench.recovery.distillation import Distillation

    if options.teacher is None:
        for name in ("teacher_weights", "temperature"):
            if (value := getattr(options, name)) is not None:
                option = f"--{name.replace('_', '-')} {value}"
                raise OptionError(option, "is of a teacher that is not named", "Give --teacher")
        return None
    if options.teacher_weights is None:
        problem = "has no weights to teach with"
        raise OptionError(f"--teacher {options.teacher}", problem, "Give --teacher-weights")
    teacher = load_model(options.teacher, options.teacher_weights)
    if not isinstance(teacher, Trainable):
        problem = "does not show its head's maps"
        raise OptionError(f"--teacher {options.teacher}", problem, "Choose a yolov5")
    given = {} if options.temperature is None else {"temperature": options.temperature}
    return Distillation(teacher, **given)


class Told:
    """Prints a line an epoch, and remembers the first and the last score."""

    def __init__(self, epochs: int, device: str = "cpu") -> None:
        self._epochs, self._on_cpu = epochs, device == "cpu"
        self._scores: list[Metrics] = []

    def __call__(self, epoch: "Epoch") -> None:
        line = "after training" if epoch.number else "before training"
        if epoch.losses:
            losses = ", ".join(f"{name} {value:.4f}" for name, value in epoch.losses.items())
            line = f"epoch {epoch.number}/{self._epochs}: {losses}"
            line += f"; {epoch.images_per_s:.1f} images/s"
            if self._on_cpu:
                line += f", {100 * epoch.outside:.0f} % of the time outside the model"
        if epoch.metrics:
            line += f"; mAP50 {epoch.metrics.map50:.4f}, mAP50-95 {epoch.metrics.map:.4f}"
            self._scores = [*self._scores[:1], epoch.metrics]
        print(line, flush=True)

    def gain(self, classes: int) -> str:
        """What training has won on the held-out images. classes: how many these have."""
        from sdvbench.tasks.detection.bootstrap import map_drop_interval

        before, after = self._scores[0], self._scores[-1]
        low, high = map_drop_interval(after, before, classes)
        return (
            f"mAP50-95 on {after.images} held-out images: {before.map:.4f} before training, "
            f"{after.map:.4f} after: {after.map - before.map:+.4f} "
            f"(95 % interval {low:+.4f} to {high:+.4f})"
        )
