"""An engine as a driver: from what the camera sees to what the car is to do."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sdvbench.closed_loop.loop import Decide
from sdvbench.datasets.base import Sample
from sdvbench.simulators.base import Command
from sdvbench.tasks.base import Task
from sdvbench.vehicle_command import CommandRange
from sdvbench.workflows.base import Engine

if TYPE_CHECKING:
    from sdvbench.models.base import Network


def engine_driver(task: Task, network: "Network", engine: Engine, known: CommandRange) -> Decide:
    """``engine`` of ``network``, whose task drives. known: the simulator's range of commands, for a
    network that does not say how its outputs are scaled.
    """

    def decide(image: NDArray[np.uint8]) -> Command:
        inputs = task.call(network, engine.spec.inputs, [Sample("camera", image)], 0)
        return Command(*task.command(network, engine.outputs(*inputs), known))

    return decide
