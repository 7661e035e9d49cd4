"""Where the networks of a run come from, by model and pruning."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from sdvbench import embedded
from sdvbench.cells import UNPRUNED, Gap
from sdvbench.models import DETECTORS
from sdvbench.models.given_files import GivenFile
from sdvbench.pruning import split
from sdvbench.quantization.names import is_kept
from sdvbench.store import Artifact, Store
from sdvbench.tasks import TASKS
from sdvbench.workflows.base import Source

if TYPE_CHECKING:  # torch is imported once something must be loaded or built
    from sdvbench.models.base import Network
    from sdvbench.models.file_network import FileNetwork


@dataclass(frozen=True)
class Reference:
    """What accuracy is held against: the network computed plainly, in float32."""

    workflow: str
    options: Mapping[str, str]


PYTORCH = Reference("Wd", {})
FILE_REFERENCES = {
    "onnx": Reference("W1", {"graph_optimization": "disable"}),  # node by node, as it is written
    "pt2": PYTORCH,
}


@dataclass(frozen=True)
class CodeModel:
    """A registered model. weights: a checkpoint, a folder of pruned ones, or None: seeded."""

    name: str
    weights: Path | None
    store: Store

    @cached_property
    def declared(self) -> "Network":
        """What it takes, gives and is for; its weights mean nothing."""
        from sdvbench.models.loading import declared

        return declared(self.name)

    @property
    def trained(self) -> bool:
        return self.weights is not None

    @property
    def kind(self) -> str:
        """As ``Network.kind``, without loading anything."""
        return "module"

    @property
    def task(self) -> str:
        """What its outputs mean; of sdvbench's own detectors without importing them."""
        return "detection" if self.name in DETECTORS else self.declared.task

    @property
    def reference(self) -> Reference:
        return PYTORCH

    def identity(self, pruning: str) -> str:
        """ "seeded", or what identifies the checkpoint."""
        from sdvbench.pruning.stored import file_sha256, weights_file

        file = weights_file(self.weights, self.name, pruning)
        return file_sha256(file)[:16] if file else "seeded"

    def gap(self, pruning: str, precision: str) -> Gap | None:
        """The weights that are missing."""
        from sdvbench.pruning.stored import weights_file

        folder = self.weights
        file = weights_file(folder, self.name, pruning)
        _, aware = split(pruning)
        train = f"sdvbench recover {self.name} {pruning} --weights FILE --data DATA"
        if file is None or file == folder:
            if not aware:
                return None
            missing = f"{pruning} is trained, and no folder of trained weights is given"
            return Gap(missing, f"{train}, and --sdv-weights with the folder of what it writes")
        if file.is_file():
            return None
        if folder == embedded.FOLDER:
            missing = f"no {file.stem} comes with sdvbench"
            return Gap(missing, f"{train}, and --sdv-weights with the folder of what it writes")
        return Gap(f"there is no {file}", f"{train} --out {file}")

    def check(self, pruning: str) -> Sequence[str] | None:
        """The class names, where weights were given; nothing is built."""
        from sdvbench.pruning.stored import check_weights

        if self.weights is None:
            return None
        return check_weights(self.name, self.weights, pruning, self.store)

    def artifact(self, pruning: str) -> Artifact:
        """The (pruned) model in the store, made if it is not there."""
        from sdvbench.pruning.stored import stored_model

        return stored_model(self.name, self.weights, pruning, self.store)

    def class_names(self, pruning: str) -> Sequence[str] | None:
        names: Sequence[str] | None = self.artifact(pruning).manifest["facts"]["class_names"]
        return names

    def load(self, pruning: str) -> "Network":
        from sdvbench.models import load_model
        from sdvbench.pruning.stored import FILE

        return load_model(self.name, self.artifact(pruning).path(FILE))

    def source(self, pruning: str) -> Source:
        digest = self.artifact(pruning).manifest["facts"]["digest"]
        return Source(digest, lambda: self.load(pruning))


@dataclass(frozen=True)
class FileModel:
    """A network that the user gave as a file: no code, nothing to prune, weights and all."""

    given: GivenFile

    @property
    def name(self) -> str:
        return self.given.name

    @cached_property
    def declared(self) -> "FileNetwork":
        from sdvbench.models.file_network import file_network

        network = file_network(self.given)
        TASKS[network.task]().check(network, network.file.outputs)
        return network

    @property
    def trained(self) -> bool:
        return True

    @property
    def reference(self) -> Reference:
        return FILE_REFERENCES[self.kind]

    @property
    def kind(self) -> str:
        return self.declared.kind

    @property
    def task(self) -> str:
        return self.given.task

    def identity(self, pruning: str) -> str:
        return self.declared.digest[:16]

    def gap(self, pruning: str, precision: str) -> Gap | None:
        """What cannot be done with a file: pruning it, making fp32 of less, and lowering what lies
        in branches.
        """
        if pruning != UNPRUNED:
            enable = "register the model as PyTorch code (entry point sdvbench.models)"
            return Gap(f"{self.name} is a file, and a flat graph cannot be pruned", enable)
        if kinds := self.declared.lowered:
            missing = f"layers of {self.name} are {kinds} in the file already"
            return Gap(missing, "pass the float32 network that it was made from")
        if precision == "fp32":
            return None
        if branches := [n for n in self.declared.branches if not is_kept(n, self.given.keep)]:
            first = ", ".join(branches[:2])
            missing = f"layers of {self.name} lie in branches, where nothing lowers them ({first})"
            enable = "export the network without If and Loop, or name the layers with float=NAME"
            return Gap(missing, enable)
        return None

    def check(self, pruning: str) -> Sequence[str] | None:
        return self.declared.class_names

    def class_names(self, pruning: str) -> Sequence[str] | None:
        return self.declared.class_names

    def load(self, pruning: str) -> "FileNetwork":
        return self.declared

    def source(self, pruning: str) -> Source:
        return Source(self.declared.digest, lambda: self.declared)
