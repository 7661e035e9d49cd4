"""A data set to train a driving network on: what a teacher saw and did.

The layout is that of JdeRobot's PilotNet data sets: images in ``Images/`` and a table ``data.csv``
of an image's name, v and w. ``recording.json`` beside them says how it was made.
"""

import json
import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sdvbench import progress
from sdvbench.durable import write_atomically
from sdvbench.errors import DatasetError, OptionError
from sdvbench.simulators.base import Command, Simulator, Truth, whole_ticks

IMAGES, TABLE, ORIGIN = "Images", "data.csv", "recording.json"
HEADER = "image_name,v,w"

BURST_S = (0.3, 1.0)
PAUSE_S = (0.5, 3.0)
FARTHEST_OFF = 0.4  # of the lane's half width: no push takes the car further out
RANGES = {
    "frames": (1, 10**7),
    "seed": (0, 2**63),
    "rate_hz": (0.1, 1000),
    "noise_mps2": (0, 20),
}


@dataclass(frozen=True)
class Plan:
    """What to record.

    frames: how many images. seed: of the drives and of the noise. rate_hz: images a second.
    noise_mps2: lateral acceleration of the pushes that the car gets, at most; 0 for none.
    Raises OptionError on numbers out of range, by the names of the command's options.
    """

    frames: int
    seed: int = 0
    rate_hz: float = 20.0
    noise_mps2: float = 4.0

    def __post_init__(self) -> None:
        for name, (low, high) in RANGES.items():
            value = getattr(self, name)
            if not low <= value <= high:
                option = f"--{name.partition('_')[0]} {value}"
                raise OptionError(option, "is out of range", f"Choose {low} to {high}")


@dataclass(frozen=True)
class Recorded:
    """What was recorded. drives: how often the car started.

    speed_mps, yaw_rate_radps: the least and the greatest label.
    farthest_off_m: the largest deviation from the centre line that an image shows.
    """

    frames: int
    drives: int
    speed_mps: tuple[float, float]
    yaw_rate_radps: tuple[float, float]
    farthest_off_m: float


def record(simulator: Simulator, folder: Path, plan: Plan) -> Recorded:
    """Drive with the simulator's teacher, and write what it saw and asked for to ``folder``.

    Short pushes turn the car away from where the teacher steers, while the labels stay the
    teacher's: a network has to see how one gets back. A drive ends after the whole road (a lap)
    or when the car has left its lane; the next one has another light and start.

    The table is written last, so a folder without it is not a data set. Raises DatasetError where
    ``folder`` holds something, OptionError where the rate is not in whole ticks of the simulator.
    """
    try:
        whole_ticks(1 / plan.rate_hz, simulator.tick_s)
    except OptionError as error:
        problem = (
            f"takes an image every {1 / plan.rate_hz:g} s, which is not a whole number of ticks"
        )
        remedy = f"Choose a rate whose period is a multiple of {simulator.tick_s:g} s"
        raise OptionError(f"--rate {plan.rate_hz:g}", problem, remedy) from error
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        problem = "exists and is not an empty folder"
        remedy = f"Name another, or remove it (without {TABLE} it is a recording that was killed)"
        raise DatasetError(folder, problem, remedy)
    (folder / IMAGES).mkdir(parents=True)
    rows, drives, farthest_off_m = [], 0, 0.0
    for number, frame in enumerate(frames(simulator, plan)):
        name = f"{number}.png"
        (folder / IMAGES / name).write_bytes(_png(frame.image))
        rows.append((name, frame.label.speed_mps, frame.label.yaw_rate_radps))
        drives = frame.drive
        farthest_off_m = max(farthest_off_m, abs(frame.truth.deviation_m))
        if (number + 1) % max(plan.frames // 10, 1) == 0:
            progress.tell("recording", number + 1, plan.frames)
    origin = {"simulator": simulator.identity} | asdict(plan) | {"drives": drives}
    origin["commands"] = asdict(simulator.commands)
    write_atomically(folder / ORIGIN, (json.dumps(origin, indent=2) + "\n").encode())
    table = "\n".join([HEADER, *(f"{name},{v!r},{w!r}" for name, v, w in rows), ""])
    write_atomically(folder / TABLE, table.encode())
    _, speeds, yaw_rates = zip(*rows, strict=True)
    return Recorded(
        len(rows),
        drives,
        (min(speeds), max(speeds)),
        (min(yaw_rates), max(yaw_rates)),
        farthest_off_m,
    )


@dataclass(frozen=True)
class Frame:
    """drive: the number of the drive that it is of, from 1."""

    image: NDArray[np.uint8]
    label: Command
    truth: Truth
    drive: int


def frames(simulator: Simulator, plan: Plan) -> Iterator[Frame]:
    """What the teacher sees and asks for, one image after another; see ``record``."""
    rng = np.random.default_rng((plan.seed, 0x4EC))
    pushes = _pushes(rng, plan)
    drive, over = 0, True
    for _ in range(plan.frames):
        if over:
            simulator.reset(int(rng.integers(2**31)))
            drive += 1
        truth, label = simulator.truth(), simulator.teacher()
        yield Frame(simulator.observe(), label, truth, drive)
        push = next(pushes)
        if abs(truth.deviation_m) > FARTHEST_OFF * truth.half_width_m:
            push = 0.0
        # At any speed the same push moves the car aside by the same distance.
        turned = push / max(label.speed_mps, 1.0)
        pushed = Command(label.speed_mps, label.yaw_rate_radps + turned)
        simulator.step(pushed, 1 / plan.rate_hz)
        after = simulator.truth()
        over = after.off_lane or after.completed >= 1


def _pushes(rng: np.random.Generator, plan: Plan) -> Iterator[float]:
    """For each frame the lateral acceleration to add, in m/s^2: bursts with pauses between."""
    while True:
        yield from [0.0] * math.ceil(rng.uniform(*PAUSE_S) * plan.rate_hz)
        push = rng.uniform(0.5, 1) * plan.noise_mps2 * rng.choice((-1, 1))
        yield from [float(push)] * math.ceil(rng.uniform(*BURST_S) * plan.rate_hz)


def _png(image: NDArray[np.uint8]) -> bytes:
    import cv2

    encoded: NDArray[np.uint8] = cv2.imencode(".png", cv2.cvtColor(image, cv2.COLOR_RGB2BGR))[1]
    return encoded.tobytes()
