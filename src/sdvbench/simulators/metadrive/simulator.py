"""MetaDrive as a simulator: its process, and what this project asks of it."""

from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from sdvbench.cells import Gap
from sdvbench.errors import MeasurementError, OptionError
from sdvbench.simulators.base import Command, Road, Simulator, Truth, check_within, whole_ticks
from sdvbench.simulators.metadrive.environment import (
    METADRIVE,
    VARIABLE,
    gap,
    how_to_start,
    interpreter,
)
from sdvbench.simulators.metadrive.process import FailedError, Worker
from sdvbench.simulators.metadrive.roads import AFTER_M, BEFORE_M, LANE_WIDTH_M, draw_blocks
from sdvbench.vehicle_command import CommandRange

# Goes up with any change that moves the car or changes a pixel: identities are parts of keys.
VERSION = 1
SIDE_PX = (32, 1024)
TICK_S = 0.01
OPENING_S = 600.0  # the first time on a busy machine Python compiles all of MetaDrive
ANSWERING_S = 120.0
MOST_TICKS = 100  # of one request, so that none takes long


class MetaDrive(Simulator):
    """A road of MetaDrive, about 1 km with bends of 28 to 65 m radius, and its car.

    road: number of the road. height, width: of the images in pixels.

    A run is the same bit by bit for the same road, seed and commands on one machine, whichever
    process it is in. The seed draws the colour and direction of the light, how the sky is turned,
    and by how much the car stands off the centre line (0.3 m at most) and off the road's direction
    (2 degrees) as it starts, at the lowest speed of ``commands``.

    The road is open: ``completed`` ends at 1.0, and 40 m of road follow. The lane is 3.5 m wide,
    the right one of two.
    Raises OptionError on arguments out of range, and where MetaDrive is not set up;
    MeasurementError, from any method, where its process fails.
    """

    ranges: ClassVar = {"road": (0, 2**31), "height": SIDE_PX, "width": SIDE_PX}
    tick_s = TICK_S
    commands = CommandRange(v=(6.0, 15.0), w=(-1.0, 1.0))

    @classmethod
    def gap(cls) -> Gap | None:
        return gap()

    def __init__(self, road: int = 0, height: int = 66, width: int = 200) -> None:
        self.check(road=road, height=height, width=width)
        self.identity = f"metadrive-{METADRIVE}-v{VERSION}-road{road}-{height}x{width}"
        # Started in this folder, where it finds the package; it looks at no PYTHON variables.
        command = [str(interpreter()), "-E", "-s", "-B", "-m", "worker"]
        self._worker = Worker(command, "MetaDrive's process", Path(__file__).parent)
        try:
            self._open(road, height, width)
        except BaseException:
            self.close()
            raise

    def _open(self, road: int, height: int, width: int) -> None:
        (slowest, fastest), (_, most) = self.commands.v, self.commands.w
        try:
            told, _ = self._worker.ask(
                "open",
                OPENING_S,
                blocks=draw_blocks(road),
                lane_width_m=LANE_WIDTH_M,
                size=(width, height),
                ends_m=(BEFORE_M, AFTER_M),
                limits=(slowest, fastest, most),
            )
        except FailedError as error:
            problem = f"could not start: {error.own_words}"
            raise MeasurementError(error.thing, problem, how_to_start()) from error
        if (version := told["version"]) != METADRIVE:
            problem = f"holds MetaDrive {version}, where figures are {METADRIVE}'s"
            remedy = f"Install metadrive-simulator=={METADRIVE} there"
            raise OptionError(f"{VARIABLE}={interpreter()}", problem, remedy)
        told, points = self._worker.ask("road", ANSWERING_S)
        centre = np.frombuffer(points, np.float64).reshape(told["shape"])
        half_width = np.full(len(centre), LANE_WIDTH_M / 2)
        self._road = Road(centre, half_width, False, told["length_m"])
        self.reset(0)

    def reset(self, seed: int) -> None:
        check_within("seed", seed, 0, 2**63)
        rng = np.random.default_rng((seed, 0x3D7))
        bright, warm = rng.uniform(0.8, 1.12), rng.uniform(-0.05, 0.05)
        light = {
            "gain": (bright * (1 + warm), bright, bright * (1 - warm)),
            "sun_rad": rng.uniform(-np.pi, np.pi),
            "sky_rad": rng.uniform(-np.pi, np.pi),
        }
        self._worker.ask(
            "reset",
            ANSWERING_S,
            aside_m=rng.uniform(-0.3, 0.3),
            askew_rad=rng.uniform(-0.035, 0.035),
            speed_mps=self.commands.v[0],
            light=light,
        )

    def observe(self) -> NDArray[np.uint8]:
        told, pixels = self._worker.ask("observe", ANSWERING_S)
        return np.frombuffer(pixels, np.uint8).reshape(told["shape"]).copy()

    def step(self, command: Command, seconds: float) -> None:
        left = whole_ticks(seconds, TICK_S)
        while left:
            ticks = min(left, MOST_TICKS)
            self._worker.ask(
                "step",
                ANSWERING_S,
                speed_mps=command.speed_mps,
                yaw_rate_radps=command.yaw_rate_radps,
                ticks=ticks,
            )
            left -= ticks

    def truth(self) -> Truth:
        return Truth(**self._worker.ask("truth", ANSWERING_S)[0])

    def teacher(self) -> Command:
        return Command(**self._worker.ask("teacher", ANSWERING_S)[0])

    @property
    def road(self) -> Road:
        """Points at most half a metre apart."""
        return self._road

    def close(self) -> None:
        self._worker.close()
