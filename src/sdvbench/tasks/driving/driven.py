"""The commands that an engine gives for a labelled data set, beside those of the driver."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sdvbench.datasets.base import Dataset, DrivingSample, checked
from sdvbench.errors import MeasurementError
from sdvbench.tensors import Array, Inputs
from sdvbench.vehicle_command import CommandRange, Commands
from sdvbench.workflows.base import Engine

NO_PIXELS = np.empty((0, 0, 3), np.uint8)
BLOCK = 16  # images, at least, that are read on all cores at once


@dataclass(frozen=True, eq=False)
class Driven:
    """samples: n, without pixels. predictions: (n, 2) float64, scaled as the network puts them out.
    command_range: the network's.
    """

    samples: Sequence[DrivingSample]
    predictions: Commands
    command_range: CommandRange

    @property
    def images(self) -> int:
        return len(self.samples)

    @property
    def value(self) -> float:
        return -self.shown["mse"]

    @property
    def shown(self) -> Mapping[str, float]:
        return {"mse": float((self.errors**2).mean()), "mae": float(np.abs(self.errors).mean())}

    @property
    def errors(self) -> Commands:
        """(n, 2): predicted minus commanded, scaled."""
        truth = np.array([sample.command for sample in self.samples], np.float64)
        found: Commands = self.predictions - self.command_range.scaled(truth)
        return found

    @property
    def unscaled_errors(self) -> Commands:
        """(n, 2), in the vehicle's units."""
        found: Commands = self.errors * self.command_range.widths
        return found


def drive_through(
    engine: Engine,
    dataset: Dataset,
    inputs_of: Callable[[Sequence[DrivingSample]], Inputs],
    command_range: CommandRange,
    progress: Callable[[int, int], None],
) -> Driven:
    """Ask ``engine`` for a command for each image; the last batch is filled up with its last one.

    inputs_of: of one call. progress: called with the images done and their total.
    Raises DatasetError where ``dataset`` has no labels for driving, MeasurementError where the
    outputs are no commands.
    """
    dataset.check_labelled_for("driving")
    batch, samples, found = engine.spec.batch, [], []
    for read in _blocks(dataset, max(BLOCK // batch, 1) * batch):
        for start in range(0, len(read), batch):
            part = read[start : start + batch]
            filled = [*part, *part[-1:] * (batch - len(part))]
            outputs = engine.outputs(*inputs_of(filled))
            found.append(commands(outputs, batch)[: len(part)])
        samples += [replace(sample, image=NO_PIXELS) for sample in read]
        progress(len(samples), len(dataset))
    return Driven(samples, np.concatenate(found).astype(np.float64), command_range)


def commands(outputs: Sequence[Array], batch: int) -> NDArray[np.float32]:
    """The (batch, 2) commands among the outputs of one call.

    Raises MeasurementError where they are not the only output, or NaN or infinite.
    """
    if len(outputs) != 1 or outputs[0].shape != (batch, 2):
        shapes = ", ".join(str(output.shape) for output in outputs)
        problem = f"puts out {shapes}, where driving has one output, ({batch}, 2): v and w"
        raise MeasurementError("network for driving", problem, "Give one that commands both")
    if not np.isfinite(outputs[0]).all():
        problem = "puts out values that are NaN or infinite"
        raise MeasurementError("network for driving", problem, "Check its weights and precision")
    return outputs[0]


def _blocks(dataset: Dataset, size: int) -> Iterator[list[DrivingSample]]:
    """All samples in order, ``size`` at a time, read in threads."""

    def sample(index: int) -> DrivingSample:
        return checked(dataset[index], DrivingSample)

    with ThreadPoolExecutor(thread_name_prefix="sdvbench-images") as pool:
        for start in range(0, len(dataset), size):
            yield list(pool.map(sample, range(start, min(start + size, len(dataset)))))
