"""Pruned models through the store: pruned once a machine, loaded only if something is built."""

import hashlib
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sdvbench import progress
from sdvbench.code_digest import code_digest, code_of
from sdvbench.errors import CheckpointError
from sdvbench.models import MODELS, load_model, save_model
from sdvbench.models.digest import model_digest
from sdvbench.pruning import PRUNINGS, prune
from sdvbench.store import Artifact, Store

FILE = "model.safetensors"
SEED = 0


def stored_model(name: str, weights: Path | None, pruning: str, store: Store) -> Artifact:
    """The artifact of ``name`` with ``weights`` (None: seeded), pruned by ``pruning``'s defaults.

    Its only file is FILE, which ``load_model`` reads; its facts are the model's "digest" and
    "class_names".
    """
    recipe = {
        "kind": "model",
        "model": name,
        "weights": file_sha256(weights) if weights else {"seed": SEED},
        "pruning": pruning,
        "code": [
            code_digest("sdvbench.models", "sdvbench.pruning"),
            code_of(MODELS[name]),
            code_of(PRUNINGS[pruning]),
        ],
        "versions": {package: version(package) for package in ("torch", "torch-pruning")},
    }

    def build(folder: Path) -> dict[str, Any]:
        progress.tell(f"pruning {name} by {pruning}")
        model = prune(load_model(name, weights, seed=SEED), pruning)
        save_model(model, folder / FILE, pruning)
        return {"digest": model_digest(model), "class_names": model.class_names}

    return store.get_or_build(recipe, build)


def file_sha256(file: Path) -> str:
    """sha256 hex of a checkpoint; CheckpointError where there is none."""
    if not file.is_file():
        raise CheckpointError(file, "there is no such file", "Check --sdv-weights")
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
