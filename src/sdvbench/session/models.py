"""Where the networks of a run come from, by model and pruning."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from sdvbench import embedded
from sdvbench.cells import Gap
from sdvbench.store import Artifact, Store
from sdvbench.workflows.base import Source

if TYPE_CHECKING:  # torch is imported once something must be loaded or built
    from sdvbench.models.base import Network


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

    def identity(self, pruning: str) -> str:
        """ "seeded", or what identifies the checkpoint."""
        from sdvbench.pruning.stored import file_sha256, weights_file

        file = weights_file(self.weights, self.name, pruning)
        return file_sha256(file)[:16] if file else "seeded"

    def gap(self, pruning: str) -> Gap | None:
        """The weights that are missing."""
        from sdvbench.pruning.stored import weights_file

        folder = self.weights
        file = weights_file(folder, self.name, pruning)
        if file is None or file == folder or file.is_file():
            return None
        train = f"sdvbench recover {self.name} {pruning} --weights FILE --data DATA"
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
