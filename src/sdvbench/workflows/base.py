"""What a workflow is: it builds artifacts from models, and loads engines from artifacts."""

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, ClassVar, Self

from sdvbench.cells import Gap
from sdvbench.errors import BuildError, MeasurementError, OptionError, SdvbenchError
from sdvbench.image_size import ImageSize, height_width
from sdvbench.store import Artifact, Store
from sdvbench.tensors import Array, Inputs, TensorSpec, images_spec
from sdvbench.workflows.options import Kind
from sdvbench.workflows.out_of_memory import out_of_memory

if TYPE_CHECKING:  # an engine without torch must not load it: it would count as its memory
    from sdvbench.models.base import Network

Outputs = Array | tuple[Array, ...]  # of one call; a tuple where the network has several outputs
DEVICE = re.compile(r"cpu|cuda(:[0-9]+)?")


@dataclass(frozen=True)
class EngineSpec:
    """What an engine is asked to be.

    precision: one of its workflow's.
    inputs: what a call takes, in order, every size bound. batch: samples a call, always exactly so
        many.
    device: "cpu", "cuda" or "cuda:1".
    options: those of the workflow, for example {"compile": True} for Wd.
    """

    precision: str
    inputs: tuple[TensorSpec, ...]
    batch: int = 1
    device: str = "cpu"
    options: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def for_images(
        cls,
        precision: str,
        imgsz: ImageSize = 640,
        batch: int = 1,
        device: str = "cpu",
        options: Mapping[str, Any] | None = None,
    ) -> Self:
        """Of an engine that takes (batch, 3, height, width) images; imgsz: side or (height, width)
        in pixels.
        """
        inputs = (images_spec(batch, *height_width(imgsz)),)
        return cls(precision, inputs, batch, device, options or {})

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the first input: (batch, 3, height, width) of a network of images."""
        return self.inputs[0].sizes

    @property
    def inputs_text(self) -> str:
        """For messages: "images float32 1x3x640x640"."""
        return ", ".join(map(str, self.inputs))

    def as_dict(self) -> dict[str, Any]:
        """JSON-able."""
        return asdict(self)

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> Self:
        """What ``as_dict`` gave, also by way of JSON."""
        inputs = tuple(TensorSpec(**{**i, "shape": tuple(i["shape"])}) for i in content["inputs"])
        return cls(**{**content, "inputs": inputs})


@dataclass(frozen=True)
class Calibration:
    """The inputs from which int8 and int16 ranges are taken.

    identity: what makes two calibrations equal, for the store's keys.
    calls: gives the inputs of one call after another.
    """

    identity: str
    calls: Callable[[], Iterable[Inputs]]


@dataclass(frozen=True)
class Source:
    """The (pruned) model that an engine is built from; loaded only if something must be built.

    digest: of its weights and structure.
    """

    digest: str
    load: "Callable[[], Network]"


@dataclass(frozen=True)
class BuildRequest:
    """Everything that a build may depend on. ``store`` is for parts shared between engines."""

    source: Source
    spec: EngineSpec
    calibration: Calibration | None
    store: Store


def check_device(device: str) -> None:
    """Raises OptionError for a name of no device; whether it is there is another question."""
    if not DEVICE.fullmatch(device):
        raise OptionError(f"device {device!r}", "is not known", "Use cpu, cuda or cuda:N")


class Engine(ABC):
    """A runnable network: host arrays in, host arrays out, synchronous.

    Holds device memory until closed; use it as a context manager.
    """

    def __init__(self, spec: EngineSpec) -> None:
        self.spec = spec

    def __call__(self, *inputs: Array) -> Any:
        """The network's output, or a tuple of them where it has several: new arrays each time.

        inputs: as ``spec.inputs`` says. A detector takes (B, 3, H, W) float32, RGB 0..1.

        Raises BuildError where an input is not what the engine was built for, OutOfMemory where
        the device has not enough, MeasurementError where the runtime fails for another reason.
        """
        wanted = self.spec.inputs
        if len(inputs) != len(wanted) or not all(
            spec.fits(array) for spec, array in zip(wanted, inputs, strict=True)
        ):
            raise self._misfit(inputs)
        try:
            return self.run(*inputs)
        except Exception as error:  # of any type: each runtime has its own
            told = out_of_memory(error, self.spec)
            if told is None and isinstance(error, SdvbenchError):
                raise
            raise (told or self._failure(error)) from error

    def outputs(self, *inputs: Array) -> tuple[Array, ...]:
        """As ``__call__``; a tuple also where there is one output only."""
        found = self(*inputs)
        return found if isinstance(found, tuple) else (found,)

    def _misfit(self, inputs: Inputs) -> BuildError:
        given = ", ".join(f"{array.dtype} {array.shape}" for array in inputs)
        wanted = ", ".join(f"{spec.name} {spec.dtype} {spec.shape}" for spec in self.spec.inputs)
        return BuildError(
            f"inputs {given}",
            f"do not fit an engine for {wanted}",
            "Change them (images: letterbox them to its size), or build an engine for these",
        )

    def _failure(self, error: Exception) -> MeasurementError:
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        told = [line for line in lines if not line.startswith("Exception from")]  # OpenVINO's code
        first = told[0][:300] if told else type(error).__name__
        return MeasurementError(
            f"{self.spec.precision} engine for {self.spec.inputs_text}",
            f"failed in a call ({first})",
            "Check that the network works with inputs of these sizes and values; for a network "
            "in a file, set them with shape.INPUT and value.INPUT",
        )

    @abstractmethod
    def run(self, *inputs: Array) -> Outputs:
        """As ``__call__``, unchecked."""

    def device_seconds(self, *inputs: Array) -> float | None:
        """From a call's first kernel to the end of its last, copies left out; None if it cannot
        tell. Where kernels are short, most of that is the host launching them.
        """
        return None

    @property
    def device_memory_mb(self) -> float | None:
        """What it asks of its device by itself, in 2**20 bytes; None if it cannot tell."""
        return None

    def close(self) -> None:  # noqa: B027 - an engine may have nothing to release
        """Release threads and device memory; once more does nothing.

        The engine must not be called again.
        """

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class Workflow(ABC):
    """One way from a model to an engine. Registered by name; stateless.

    title: what the field calls it. precisions: those that it knows, on any machine.
    options: what ``EngineSpec.options`` may hold, by name.
    files: formats of network files that it builds from beside PyTorch modules, each with the
        precisions that it can make of them.
    code: the modules and packages, beside its own module, whose code decides what its artifacts
        hold; an edit of theirs makes new artifacts. The model's own code is in the model's digest.
    packages: the distributions on whose versions its speed depends. Accepted times are not compared
        with those of other versions.
    loaded: the files of its artifacts that an engine is loaded from, where they hold others too;
        empty where all are loaded.
    by_default: whether it is part of the matrix where nobody names workflows.
    """

    title: ClassVar[str]
    precisions: ClassVar[tuple[str, ...]]
    options: ClassVar[Mapping[str, Kind]] = {}
    files: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    code: ClassVar[tuple[str, ...]] = ()
    packages: ClassVar[tuple[str, ...]] = ()
    loaded: ClassVar[tuple[str, ...]] = ()
    by_default: ClassVar[bool] = True

    @abstractmethod
    def gap(self, spec: EngineSpec) -> Gap | None:
        """What this machine lacks to build and run ``spec``; None if nothing."""

    def file_gap(self, kind: str, precision: str) -> Gap | None:
        """Why it cannot make an engine in ``precision`` of a network of this kind, as
        ``Network.kind`` has it; None if it can.
        """
        if kind == "module" or precision in self.files.get(kind, ()):
            return None
        made = f"no {precision} engine of" if kind in self.files else "nothing of"
        enable = "use another workflow, or register the model as PyTorch code (sdvbench.models)"
        return Gap(f"{self.title} makes {made} a .{kind} file", enable)

    def network_gap(self, network: "Network", precision: str) -> Gap | None:
        """Why it cannot make an engine in ``precision`` of layers such as ``network`` has, whose
        weights mean nothing; None if nothing is known to stand against it.
        """
        return None

    def speed_gap(self, spec: EngineSpec) -> Gap | None:
        """Why ``spec`` runs here but its speed means nothing; None if it means something."""
        return None

    @abstractmethod
    def recipe(self, spec: EngineSpec) -> Mapping[str, Any]:
        """What the artifact depends on beside model, precision, shape and calibration:
        library versions, settings, and hardware where the artifact is bound to it.
        """

    def bound_to(self, spec: EngineSpec) -> Mapping[str, str]:
        """Those parts of the recipe without which an artifact does not load: one library, one kind
        of GPU. Empty where it loads anywhere.
        """
        return {}

    def needs_calibration(self, precision: str) -> bool:
        """Whether ``precision`` is quantized from the ranges that calibration images show."""
        return precision.startswith("int")

    @abstractmethod
    def build(self, request: BuildRequest, folder: Path) -> Mapping[str, Any] | None:
        """Write the artifact's files into the empty ``folder``; may return facts for its manifest,
        as JSON can hold them.
        """

    @abstractmethod
    def load(self, folder: Path, spec: EngineSpec) -> Engine:
        """An engine from an artifact's files."""

    def engine_bytes(self, artifact: Artifact) -> int:
        """What the files of ``artifact`` that an engine is loaded from take on disk."""
        if not self.loaded:
            return artifact.bytes
        return sum(artifact.path(name).stat().st_size for name in self.loaded)
