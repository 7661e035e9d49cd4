"""`driving`: from a camera's image to speed v and steering w, both scaled to 0..1."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from sdvbench.datasets.base import Dataset, Sample
from sdvbench.tasks.base import Agreement, CallOutputs, SameOutputsError, Task
from sdvbench.tasks.driving.driven import Driven, commands, drive_through
from sdvbench.tasks.driving.road import road
from sdvbench.tasks.driving.training import DrivingTraining
from sdvbench.tasks.tensors import distance, relative_error
from sdvbench.tensors import Array, Inputs, TensorSpec, is_image
from sdvbench.vehicle_command import NAMES, STUDY, CommandRange
from sdvbench.workflows.base import Engine

if TYPE_CHECKING:
    from sdvbench.models.base import Network

MOST_SIZES = 5  # of images in a summary, the most frequent ones first


class Driving(Task):
    """Every input that can be an image is the lower half of the camera's; see ``road``."""

    metric = "command_error"
    scored = True
    drives = True
    data = "circuit:1000?road=5"  # on which the embedded network was not trained
    fewest_calls = 8  # two numbers an image: by chance, those of two images may hardly differ
    figure = "MSE"
    code = ("sdvbench.tasks.driving.road",)
    enable = "--sdv-model pilotnet --sdv-weights embedded --sdv-data circuit"

    def takes_images(self, inputs: Sequence[TensorSpec]) -> bool:
        return any(map(is_image, inputs))

    def call(
        self,
        network: "Network",
        inputs: tuple[TensorSpec, ...],
        samples: Sequence[Sample],
        seed: int,
    ) -> Inputs:
        if all(map(is_image, inputs)):
            return tuple(_roads(spec, samples) for spec in inputs)
        drawn = network.example(inputs, seed)
        return tuple(
            _roads(spec, samples) if is_image(spec) else value.numpy()
            for spec, value in zip(inputs, drawn, strict=True)
        )

    def changes(
        self, inputs: tuple[TensorSpec, ...], sizes: Callable[[], Mapping[tuple[int, int], int]]
    ) -> list[str]:
        height, width = next(spec.sizes[2:] for spec in inputs if is_image(spec))
        seen = f"their lower half is what the network sees, resized to {width}x{height}"
        known = sizes()
        if not known:
            return [f"images of another size than {width}x{height}: {seen}"]
        return [
            f"{number:,} image{'s' * (number > 1)} of {wide}x{high}: {seen}"
            for (wide, high), number in sorted(known.items(), key=lambda pair: -pair[1])[
                :MOST_SIZES
            ]
            if (wide, high) != (width, height)
        ]

    def agreement(
        self,
        network: "Network",
        inputs: tuple[TensorSpec, ...],
        outputs: Sequence[CallOutputs],
        reference: Sequence[CallOutputs],
        samples: int | None,
    ) -> Agreement:
        batch = inputs[0].sizes[0]
        mine, exact = (
            np.concatenate([commands(call, batch) for call in calls])
            for calls in (outputs, reference)
        )
        once = exact[:samples]
        spread = [distance([np.roll(one, 1)], [one]) for one in once.T]
        found = {
            f"{name}_error": relative_error(name, [mine[:, place]], [exact[:, place]], apart)
            for place, (name, apart) in enumerate(zip(NAMES, spread, strict=True))
        }
        if all(same for _, same in found.values()):
            raise SameOutputsError("outputs of the reference", "are the same for all images")
        return Agreement({name: float(error) for name, (error, _) in found.items()}, {})

    def score(
        self,
        network: "Network",
        engine: Engine,
        dataset: Dataset,
        class_names: Sequence[str] | None,
        progress: Callable[[int, int], None],
    ) -> Driven:
        def inputs_of(samples: Sequence[Sample]) -> Inputs:
            return self.call(network, engine.spec.inputs, samples, seed=0)

        command_range = range_of(network) or dataset.command_range or STUDY
        return drive_through(engine, dataset, inputs_of, command_range, progress)

    def training(self) -> DrivingTraining:
        return DrivingTraining()

    def command(
        self, network: "Network", outputs: CallOutputs, known: CommandRange
    ) -> tuple[float, float]:
        v, w = (range_of(network) or known).unscaled(commands(outputs, 1)[0])
        return float(v), float(w)


def range_of(network: "Network") -> CommandRange | None:
    """As its weights say; a network in a file says nothing."""
    found: CommandRange | None = getattr(network, "command_range", None)
    return found


def _roads(spec: TensorSpec, samples: Sequence[Sample]) -> Array:
    """(batch, 3, height, width) float32."""
    _, _, height, width = spec.sizes
    roads = np.stack([road(sample.image, height, width) for sample in samples])
    return roads * np.float32(1 / 255)
