"""Pruned models through the store: pruned once a machine, loaded only if something is built."""

import hashlib
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sdvbench import progress
from sdvbench.errors import CheckpointError
from sdvbench.models import load_model, save_model
from sdvbench.models.digest import model_digest
from sdvbench.pruning import prune
from sdvbench.store import Artifact, Store

FILE = "model.safetensors"
SEED = 0
# Raise it when seeded weights or a pruning method give another model than before.
REVISION = 2


def stored_model(name: str, weights: Path | None, pruning: str, store: Store) -> Artifact:
    """The artifact of ``name`` with ``weights`` (None: seeded), pruned by ``pruning``'s defaults.

    Its only file is FILE, which ``load_model`` reads; its facts are the model's "digest" and
    "class_names".
    """
    recipe = {
        "kind": "model",
        "model": name,
        "weights": _sha256(weights) if weights else {"seed": SEED},
        "pruning": pruning,
        "revision": REVISION,
        "versions": {package: version(package) for package in ("torch", "torch-pruning")},
    }

    def build(folder: Path) -> dict[str, Any]:
        progress.tell(f"pruning {name} by {pruning}")
        model = prune(load_model(name, weights, seed=SEED), pruning)
        save_model(model, folder / FILE, pruning)
        return {"digest": model_digest(model), "class_names": model.class_names}

    return store.get_or_build(recipe, build)


def _sha256(file: Path) -> str:
    if not file.is_file():
        raise CheckpointError(file, "there is no such file", "Check --sdv-weights")
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
