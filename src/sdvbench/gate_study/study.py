"""Trials of every condition, in an order drawn anew, each kept as soon as it has ended."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np

from sdvbench.datasets.source import open_dataset
from sdvbench.durable import write_atomically
from sdvbench.errors import OptionError
from sdvbench.gate.arms import Arm
from sdvbench.gate_study.antagonists import ANTAGONISTS
from sdvbench.gate_study.reading import read_trials
from sdvbench.gate_study.trial import Trial, judging_code, run_trial
from sdvbench.measurement.hardware import available_cores
from sdvbench.models import load_model
from sdvbench.models.digest import model_digest
from sdvbench.store import Store
from sdvbench.tasks.detection.letterbox import letterbox
from sdvbench.tensors import Images
from sdvbench.workflows.base import EngineSpec, Source
from sdvbench.workflows.build import build_artifact

MODEL = "yolov5n"


@dataclass(frozen=True)
class Contender:
    """An engine of the study. threads: of an operation. budget_s: as in ``settled``."""

    name: str
    workflow: str
    imgsz: int
    threads: int
    budget_s: float = 2.5

    def has_its_cores(self, antagonist: str) -> bool:
        """Whether those neighbours leave a core to each of its threads."""
        return self.threads + len(ANTAGONISTS[antagonist]) <= available_cores()

    def arm(self, store: Store) -> Arm:
        model = load_model(MODEL)
        spec = EngineSpec.for_images("fp32", self.imgsz, options={"threads": self.threads})
        source = Source(model_digest(model), lambda: model)
        artifact = build_artifact(self.workflow, source, spec, None, store)
        return Arm(self.workflow, artifact.folder, spec)


CONTENDERS = (
    Contender("W1 1 thread", "W1", 448, 1),
    Contender("W1 2 threads", "W1", 512, 2),
    Contender("Wd 1 thread", "Wd", 320, 1),
    Contender("Wd 2 threads", "Wd", 320, 2),
)
SLOW = Contender("Wd 100 ms", "Wd", 640, 1, budget_s=7.0)


@dataclass(frozen=True)
class Condition:
    contender: Contender
    antagonist: str
    slow_down: float
    trials: int


def plan(scale: float = 1.0) -> list[Condition]:
    """How many trials of what: at 1.0, 304 without a slow-down and 152 with one of 5 %, most of
    them where the engine has its cores, and some of 2 and 3 % and of an engine of 100 ms a call.
    """
    found = []
    for contender, antagonist in product(CONTENDERS, ANTAGONISTS):
        slower = 14 if contender.has_its_cores(antagonist) else 5
        found += [Condition(contender, antagonist, s, n) for s, n in ((0.0, 19), (0.05, slower))]
    found += [Condition(c, "quiet", slow, 5) for c in CONTENDERS for slow in (0.02, 0.03)]
    found += [Condition(SLOW, "quiet", slow, 6) for slow in (0.0, 0.05)]
    return [
        Condition(c.contender, c.antagonist, c.slow_down, max(1, round(c.trials * scale)))
        for c in found
    ]


def run_study(
    conditions: Sequence[Condition],
    file: Path,
    store: Store,
    seed: int = 0,
    told: Callable[[int, int, Trial], None] = lambda done, total, trial: None,
) -> None:
    """Append a line of JSON a trial to ``file``; trials that it holds already are not repeated.

    Raises OptionError where it holds trials that other code has judged.
    """
    kept = list(read_trials(file))
    if any(trial.code != judging_code() for trial in kept):
        problem = "holds trials of another version of the gate"
        raise OptionError(f"--out {file}", problem, "Name a new file")
    # A line that a kill cut short must not swallow the next one.
    write_atomically(file, "".join(trial.as_json() + "\n" for trial in kept).encode())
    wanted = [c for c in conditions for _ in range(c.trials)]
    random.Random(seed).shuffle(wanted)
    done = [(t.engine, t.antagonist, t.slow_down) for t in kept]
    todo = []
    for condition in wanted:
        key = (condition.contender.name, condition.antagonist, condition.slow_down)
        if key in done:
            done.remove(key)
        else:
            todo.append(condition)
    contenders = {c.contender for c in todo}
    arms = {c: c.arm(store) for c in contenders}
    images = {c: _images(c.imgsz) for c in contenders}
    for count, condition in enumerate(todo, 1):
        contender = condition.contender
        trial = run_trial(
            contender.name,
            arms[contender],
            condition.antagonist,
            condition.slow_down,
            contender.budget_s,
            images[contender],
        )
        with file.open("a", encoding="utf-8") as lines:
            lines.write(trial.as_json() + "\n")
        told(count, len(todo), trial)


def _images(imgsz: int) -> Images:
    scenes = open_dataset("scenes:4")
    return np.stack([letterbox(sample.image, imgsz)[0] for sample in scenes])
