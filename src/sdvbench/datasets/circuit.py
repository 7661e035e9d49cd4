"""Drives on the embedded simulator's circuit, made when they are asked for."""

from collections.abc import Sequence
from threading import Lock

import numpy as np

from sdvbench.datasets.base import Dataset, DrivingSample
from sdvbench.errors import OptionError
from sdvbench.simulators.base import check_within
from sdvbench.simulators.circuit.simulator import Circuit
from sdvbench.simulators.recording import RANGES, Plan, frames

LAPS = 2_000  # images
MOST = 20_000  # images, which stay in memory: 0.8 GB


class CircuitDrive(Dataset):
    """What ``sdvbench drive record circuit`` writes, without files.

    size: number of images, 20 a second. road: of the circuit. seed: of drives and noise. noise: of
    the pushes that the car gets, in m/s^2.
    The same arguments give the same images and commands, with one NumPy on one kind of processor.
    Raises OptionError on arguments out of range.
    """

    task = "driving"
    sequential = True

    def __init__(self, size: int = 500, road: int = 0, seed: int = 0, noise: float = 4.0) -> None:
        if not 1 <= size <= MOST:
            raise OptionError(f"size={size}", "is out of range", f"Choose 1 to {MOST}")
        check_within("seed", seed, *RANGES["seed"])
        check_within("noise", noise, *RANGES["noise_mps2"])
        self._plan = Plan(size, seed, noise_mps2=noise)
        self._road, self._simulator = road, Circuit(road)
        self.command_range = self._simulator.commands
        self._origin = f"{self._simulator.identity}-seed{seed}-noise{noise:g}"
        self.identity = f"{self._origin}-size{size}"
        self._made: list[DrivingSample] = []
        self._lock = Lock()

    @property
    def drawn_from(self) -> tuple[str, Sequence[int]]:
        """A shorter one is the beginning of a longer one."""
        return self._origin, range(len(self))

    def __len__(self) -> int:
        return self._plan.frames

    def __getitem__(self, index: int) -> DrivingSample:
        with self._lock:
            if not self._made:
                self._made = self._drive()
        return self._made[range(len(self))[index]]

    def others(self, count: int) -> "CircuitDrive":
        """Drives with the next seed, a lap or two: a few frames in a row show one place."""
        size = max(count, LAPS)
        return CircuitDrive(size, self._road, self._plan.seed + 1, self._plan.noise_mps2)

    def _drive(self) -> list[DrivingSample]:
        made = []
        for number, frame in enumerate(frames(self._simulator, self._plan)):
            command = (frame.label.speed_mps, frame.label.yaw_rate_radps)
            name = f"frame {number}"
            made.append(DrivingSample(name, frame.image, np.array(command, np.float32)))
        return made
