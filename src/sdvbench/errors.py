"""Errors that name the thing, say what is wrong with it and what to do next."""


class SdvbenchError(Exception):
    """An input that is wrong: a file, an option, a model, a baseline.

    thing: what the user handed over, as they would call it (a path, an option with its value).
    problem: what is wrong with it.
    remedy: what to do next, as an imperative sentence; optional where the problem says it all.
    """

    def __init__(self, thing: object, problem: str, remedy: str = "") -> None:
        self.thing = str(thing)
        self.problem = problem
        self.remedy = remedy
        super().__init__(f"{self.thing}: {problem}." + (f" {remedy}." if remedy else ""))

    def __reduce__(self) -> tuple[object, ...]:  # errors cross process borders in pytest-xdist
        return type(self), (self.thing, self.problem, self.remedy)


class OptionError(SdvbenchError):
    """A command-line option or a configuration key."""


class CheckpointError(SdvbenchError):
    """A file of model weights."""


class NetworkFileError(SdvbenchError):
    """A file that holds a whole network: ONNX, or a program of torch.export."""


class PruningError(SdvbenchError):
    """A model or ratio that cannot be pruned as asked."""


class DatasetError(SdvbenchError):
    """A data set's folder, label file or image."""


class StoreError(SdvbenchError):
    """The artifact store: no space, no permission, a build that left nothing."""


class BuildError(SdvbenchError):
    """An engine that could not be built or loaded."""


class OutOfMemory(BuildError):  # noqa: N818 - what everybody calls it
    """An engine that does not fit into the memory of its device."""


class BaselineError(SdvbenchError):
    """A file under baselines/."""


class TrainingError(SdvbenchError):
    """Training that cannot go on."""


class MeasurementError(SdvbenchError):
    """A measurement that did not yield usable figures."""


class ReportError(SdvbenchError):
    """A file that a report is made of, or is written to."""
