"""What a task is: how samples become a network's inputs, and what its outputs are held against."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from sdvbench.datasets.base import Dataset, Sample
from sdvbench.errors import MeasurementError
from sdvbench.tensors import Array, Inputs, TensorSpec
from sdvbench.vehicle_command import CommandRange

if TYPE_CHECKING:  # a listing must not load torch
    from sdvbench.models.base import Network
    from sdvbench.tasks.streaming import Results
    from sdvbench.tasks.training import TaskTraining
    from sdvbench.workflows.base import Engine

CallOutputs = tuple[Array, ...]  # of one call, in the order of the network's outputs


@dataclass(frozen=True)
class Agreement:
    """How far the outputs of an engine lie from the reference's.

    errors: shares of how far the reference's outputs for two different inputs lie apart, by the
        names that the metric's table in thresholds.toml limits: 0 is exact, 1 is another input's
        outputs.
    shown: further values for tables, in the units of the outputs.
    """

    errors: Mapping[str, float]
    shown: Mapping[str, float]


class Scored(Protocol):
    """How well outputs do on labelled data. Metrics of accuracy know more of those of their task.

    images: so many were scored. samples, predictions: these, without pixels, and what was predicted
    for each, of which metrics of the task are computed. value: the figure that stands for all
    others, higher is better. shown: all figures by name, for tables.
    """

    @property
    def images(self) -> int: ...
    @property
    def samples(self) -> Sequence[Any]: ...
    @property
    def predictions(self) -> Any: ...
    @property
    def value(self) -> float: ...
    @property
    def shown(self) -> Mapping[str, float]: ...


class SameOutputsError(MeasurementError):
    """The reference's outputs do not differ: they are no measure of an error."""


class Task(ABC):
    """Registered by name; stateless.

    metric: that figures of ``agreement`` are of, a name in ``sdvbench.metrics``.
    scored: whether labels of a data set say how right outputs are.
    figure: of a task that is scored, what messages call its score. enable: how one gets it.
    streamed: whether results that come late have a score.
    drives: whether its networks can drive in a simulator.
    data: what its networks are measured on where nobody names a data set, as --sdv-data.
    fewest_calls: how many calls agreement is tested on, at the least.
    code: modules, beside those of the task's class and of what it derives from, that decide what
        ``call`` makes of samples. Ranges of quantized engines are taken from that: an edit makes
        these engines anew.
    """

    metric: ClassVar[str]
    scored: ClassVar[bool] = False
    streamed: ClassVar[bool] = False
    drives: ClassVar[bool] = False
    data: ClassVar[str] = "scenes"
    figure: ClassVar[str] = ""
    enable: ClassVar[str] = ""
    fewest_calls: ClassVar[int] = 1
    code: ClassVar[tuple[str, ...]] = ()

    @abstractmethod
    def takes_images(self, inputs: Sequence[TensorSpec]) -> bool:
        """Whether any of ``inputs`` is made of the images of a data set."""

    @abstractmethod
    def call(
        self,
        network: "Network",
        inputs: tuple[TensorSpec, ...],
        samples: Sequence[Sample],
        seed: int,
    ) -> Inputs:
        """The inputs of one call.

        inputs: the network's, bound. samples: one for each place in the batch; empty where it takes
        no images. seed: of what is random among the inputs.
        """

    def changes(
        self, inputs: tuple[TensorSpec, ...], sizes: Callable[[], Mapping[tuple[int, int], int]]
    ) -> list[str]:
        """What ``call`` makes of images, where a reader of figures should know it: a line each.

        inputs: the network's, bound. sizes: tells how many images of the data set have which width
        and height; empty where it does not know them.
        """
        return []

    def check(self, network: "Network", outputs: Sequence[TensorSpec]) -> None:  # noqa: B027
        """Raise OptionError where ``outputs``, of which sizes may be open, contradict what is said
        of ``network``; called before anything is built of a network in a file.
        """

    @abstractmethod
    def agreement(
        self,
        network: "Network",
        inputs: tuple[TensorSpec, ...],
        outputs: Sequence[CallOutputs],
        reference: Sequence[CallOutputs],
        samples: int | None,
    ) -> Agreement:
        """Compare the outputs of two engines, call by call.

        inputs: as ``call`` takes them.
        samples: how many of the samples of all calls are different ones, where the others are these
        again; None is all of them.
        Raises SameOutputsError where the reference puts out the same for all inputs,
        MeasurementError where outputs cannot be compared.
        """

    def score(
        self,
        network: "Network",
        engine: "Engine",
        dataset: Dataset,
        class_names: Sequence[str] | None,
        progress: Callable[[int, int], None],
    ) -> Scored:
        """How well ``engine`` does on labelled ``dataset``; only of a task that is ``scored``.

        class_names: the network's, in its order, to map them to the data set's; None where it
        knows none. progress: called with the samples done and their total.
        """
        raise MeasurementError(f"task {network.task}", "has no score")

    def results(
        self,
        network: "Network",
        engine: "Engine",
        sequence: Dataset,
        class_names: Sequence[str] | None,
        progress: Callable[[int, int], None],
    ) -> "Results":
        """What ``engine`` puts out for each frame; only of a task that is ``streamed``.

        class_names, progress: as for ``score``. The sequence's labels, if any, are the truth.
        """
        raise MeasurementError(f"task {network.task}", "has no score of results that come late")

    def command(
        self, network: "Network", outputs: CallOutputs, known: CommandRange
    ) -> tuple[float, float]:
        """Speed in m/s and yaw rate in rad/s that the outputs for one image ask for; only of a task
        that ``drives``. known: the simulator's, for a network that does not say how it is scaled.
        """
        raise MeasurementError(f"task {network.task}", "is not driving")

    def training(self) -> "TaskTraining | None":
        """How its networks are trained where nothing else is chosen; None where they cannot be."""
        return None
