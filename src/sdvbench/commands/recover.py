"""``sdvbench recover``: prune a model and train its accuracy back."""

import argparse
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sdvbench.cells import UNPRUNED
from sdvbench.commands import file_of
from sdvbench.commands.late import LateParser
from sdvbench.errors import CheckpointError, OptionError
from sdvbench.examples import show_examples

if TYPE_CHECKING:
    from sdvbench.datasets.base import Dataset
    from sdvbench.models.base import Network
    from sdvbench.recovery.recipe import Recipe
    from sdvbench.recovery.run import Epoch
    from sdvbench.tasks.base import Scored
    from sdvbench.tasks.training import TaskTraining

FROM_NOTHING = 10  # times the learning rate of training on


def add(commands: Any) -> None:
    """Add the command to ``commands``, argparse's."""
    # Tasks may have options of the same name: --help then shows it under the last of them.
    told = "prune a model, train its accuracy back, write its weights"
    parser: LateParser = commands.add_parser("recover", help=told, conflict_handler="resolve")
    parser.add_argument("model", help="like yolov5n")
    parser.add_argument(
        "pruning", help="orig, PL, PS, PG, or another that --sdv-pruning takes; ML.QAT is ML --qat"
    )
    parser.add_argument("--data", required=True, help="to train on, as --sdv-data")
    parser.add_argument("--held-out", metavar="DATA", help="to score, as --sdv-data")
    start = parser.add_mutually_exclusive_group(required=True)
    start.add_argument(
        "--weights",
        type=Path,
        help="checkpoint, or embedded; pruned first, unless it is a file that says it is",
    )
    start.add_argument("--untrained", action="store_true", help="start from random weights")
    parser.add_argument("--out", type=Path, help="file to write (MODEL-PRUNING.safetensors)")
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--batch", type=int, help="images a step")
    parser.add_argument("--imgsz", type=int, help="side of the images that are trained on")
    parser.add_argument("--learning-rate", type=float, help="default 0.0001, untrained 0.001")
    parser.add_argument("--frozen", type=int, help="so many of the first layers are not trained")
    parser.add_argument("--precision", help="auto, fp32, bf16 or fp16")
    parser.add_argument("--seed", type=int)
    parser.add_argument("--teacher", metavar="MODEL", help="learn from this model too")
    parser.add_argument("--teacher-weights", type=Path, metavar="FILE")
    parser.add_argument("--qat", action="store_true", help="with int8's rounding in the loop")
    parser.add_argument("--device", default="cpu", help="cpu, cuda or cuda:N (default: cpu)")
    parser.set_defaults(command=_recover)
    parser.later = partial(_add_options_of_tasks, parser)
    show_examples(
        parser, "sdvbench recover yolov5n PG --weights yolov5n.pt --data coco:FOLDER --epochs 3"
    )


def _add_options_of_tasks(parser: argparse.ArgumentParser) -> None:
    from sdvbench.tasks import TASKS

    names = []
    for task in TASKS:
        training: TaskTraining | None = TASKS[task]().training()
        group = parser.add_argument_group(f"options for models of the task {task}")
        for option in training.options if training else ():
            names.append(option.name)
            dashed = option.name.replace("_", "-")
            group.add_argument(f"--{dashed}", type=option.kind, help=option.help)
    parser.set_defaults(of_tasks=names)


def _recover(options: argparse.Namespace) -> int:
    from sdvbench.datasets.source import open_dataset
    from sdvbench.pruning import PRUNINGS, QAT, prune, split
    from sdvbench.recovery.recover import recover

    pruning, aware = split(options.pruning)
    implementation = PRUNINGS[pruning]
    options.weights = file_of(options.model, options.weights)
    name = f"{pruning}{QAT}" if aware or options.qat else pruning
    out = options.out or Path(f"{options.model}-{name}.safetensors")
    if options.weights and out.resolve() == options.weights.resolve():
        raise OptionError(f"--out {out}", "is the file that --weights names", "Name another file")
    recipe = _recipe(options)
    data = open_dataset(options.data, "--data")
    held_out = open_dataset(options.held_out, "--held-out") if options.held_out else None
    for dataset, named in ((data, options.data), (held_out, options.held_out)):
        if dataset and dataset.summary:
            print(f"{named}: " + "\n  ".join(dataset.summary.lines))
    model, pruned = _loaded(options, pruning, len(data.classes))
    _check_size(options.imgsz, model)
    training = _training(options, model)
    if options.untrained:
        training.begin(model)
    if pruned != pruning:
        start = getattr(implementation, "before_training", {})
        model = prune(model, pruning, recipe.imgsz, **start)
    told = Told(training, recipe.epochs, options.device)
    recover(
        model,
        data,
        out,
        recipe,
        training=training,
        pruning=pruning,
        quantized=options.qat or aware,
        held_out=held_out,
        device=options.device,
        told=told,
    )
    if held_out:
        print(told.gain(held_out))
    print(f"written: {out}")
    return 0


def _recipe(options: argparse.Namespace) -> "Recipe":
    from sdvbench.recovery.recipe import Recipe

    names = ("epochs", "batch", "imgsz", "learning_rate", "frozen", "precision", "seed")
    given = {n: getattr(options, n) for n in names if getattr(options, n) is not None}
    recipe = Recipe(**given)
    if options.untrained and options.learning_rate is None:
        recipe = replace(recipe, learning_rate=FROM_NOTHING * recipe.learning_rate)
    return recipe


def _check_size(imgsz: int | None, model: "Network") -> None:
    from sdvbench.tensors import HEIGHT, WIDTH, is_image

    sizes = [spec.shape for spec in model.inputs if is_image(spec)]
    if imgsz is None or any({HEIGHT, WIDTH} & set(shape) for shape in sizes):
        return
    taken = " and ".join("x".join(map(str, shape[2:])) for shape in sizes) or "no images"
    problem = f"means nothing for {model.name}, which takes {taken} only"
    raise OptionError(f"--imgsz {imgsz}", problem, "Leave it out")


def _loaded(options: argparse.Namespace, pruning: str, classes: int) -> "tuple[Network, str]":
    """The model, and how it is pruned already."""
    from sdvbench.models import load_model
    from sdvbench.models.checkpoint import read_checkpoint
    from sdvbench.pruning.stored import unnamed_pruning

    if options.untrained:
        return load_model(
            options.model, num_classes=classes or None, seed=options.seed or 0
        ), UNPRUNED
    model = load_model(options.model, options.weights)
    if model.pruned_before == "":
        raise CheckpointError(options.weights, *unnamed_pruning(model.name))
    pruned = read_checkpoint(options.weights).metadata.get("pruning", UNPRUNED)
    if pruned not in (UNPRUNED, pruning):
        problem = f"is pruned by {pruned} already, not {pruning}"
        raise OptionError(f"--weights {options.weights}", problem, "Give the file it was made of")
    return model, pruned


def _training(options: argparse.Namespace, model: "Network") -> "TaskTraining":
    from sdvbench.recovery.recover import training_of

    training = training_of(model)
    given = {n: getattr(options, n) for n in options.of_tasks if getattr(options, n) is not None}
    for name in given.keys() - {option.name for option in training.options}:
        problem = f"means nothing for {model.name}, whose task is {model.task}"
        raise OptionError(f"--{name.replace('_', '-')} {given[name]}", problem, "Leave it out")
    return training.asked(given, _teacher(options))


def _teacher(options: argparse.Namespace) -> "Network | None":
    from sdvbench.models import load_model

    if options.teacher and options.teacher_weights:
        return load_model(options.teacher, options.teacher_weights)
    if options.teacher:
        problem = "has no weights to teach with"
        raise OptionError(f"--teacher {options.teacher}", problem, "Give --teacher-weights")
    if options.teacher_weights:
        named = f"--teacher-weights {options.teacher_weights}"
        raise OptionError(named, "requires a teacher, and none is named", "Add --teacher MODEL")
    return None


class Told:
    """Prints a line an epoch, and remembers the first and the last score."""

    def __init__(self, training: "TaskTraining", epochs: int, device: str = "cpu") -> None:
        self._training, self._epochs, self._on_cpu = training, epochs, device == "cpu"
        self._scores: list[Scored] = []

    def __call__(self, epoch: "Epoch") -> None:
        line = "after training" if epoch.number else "before training"
        if epoch.losses:
            losses = ", ".join(f"{name} {value:.4f}" for name, value in epoch.losses.items())
            line = f"epoch {epoch.number}/{self._epochs}: {losses}"
            line += f"; {epoch.images_per_s:.1f} images/s"
            if self._on_cpu:
                line += f", {100 * epoch.outside:.0f} % of the time outside the model"
        if epoch.metrics:
            line += f"; {self._training.told(epoch.metrics)}"
            self._scores = [*self._scores[:1], epoch.metrics]
        print(line, flush=True)

    def gain(self, held_out: "Dataset") -> str:
        """What training has won on ``held_out``."""
        return self._training.compared(self._scores[0], self._scores[-1], held_out)
