"""Pruned models through the store: pruned once a machine, loaded only if something is built."""

import hashlib
from collections.abc import Sequence
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

from sdvbench import progress
from sdvbench.cells import UNPRUNED
from sdvbench.code_digest import code_digest, code_of, code_with_bases
from sdvbench.errors import CheckpointError
from sdvbench.models import MODELS, load_model, save_model
from sdvbench.models.base import Network
from sdvbench.models.checkpoint import AWARE, check_is_file, read_checkpoint
from sdvbench.models.digest import definition, model_digest
from sdvbench.models.loading import declared
from sdvbench.pruning import PRUNINGS, prune, split
from sdvbench.store import Artifact, Store

FILE = "model.safetensors"
SEED = 0
# What every pruning may use. What only some do counts for them, as a class that they derive from.
SHARED = tuple(
    f"sdvbench.pruning.{name}" for name in ("magnitude", "pruned_copy", "ratio", "stored")
)


def stored_model(name: str, weights: Path | None, pruning: str, store: Store) -> Artifact:
    """The artifact of ``name`` with ``weights`` (None: seeded), pruned by ``pruning``'s defaults.

    weights: a checkpoint, or a folder of models that were pruned, and recovered, before
        (``weights_file``); those are taken as they are.
    Its only file is FILE, which ``load_model`` reads; its facts are the model's "digest" and
    "class_names".
    Raises CheckpointError for a file that is absent, or of another model or pruning.
    """
    file = weights_file(weights, name, pruning)
    recipe = _recipe(name, file, weights, pruning)

    def build(folder: Path) -> dict[str, Any]:
        model = _read(name, file, weights, pruning)
        if file and file_sha256(file) != recipe["weights"]:
            raise CheckpointError(file, "has changed since it was read", "Start again")
        if file == weights:
            progress.tell(f"pruning {name} by {pruning}")
            model = prune(model, pruning)
        save_model(model, folder / FILE, pruning)
        # As engines are built from it: layers may keep what they computed while it was pruned.
        digest = model_digest(load_model(name, folder / FILE))
        return {"digest": digest, "class_names": model.class_names}

    return store.get_or_build(recipe, build)


def check_weights(name: str, weights: Path, pruning: str, store: Store) -> Sequence[str] | None:
    """The class names of what ``stored_model`` would give; nothing is built.

    Raises CheckpointError as that does.
    """
    file = weights_file(weights, name, pruning)
    found = store.find(_recipe(name, file, weights, pruning))
    if found is None:
        return _read(name, file, weights, pruning).class_names
    names: Sequence[str] | None = found.manifest["facts"]["class_names"]
    return names


def _recipe(name: str, file: Path | None, weights: Path | None, pruning: str) -> dict[str, Any]:
    return {
        "kind": "model",
        "model": name,
        "weights": file_sha256(file) if file else {"seed": SEED},
        "pruning": [pruning, "here" if file == weights else "before"],
        "code": [
            code_digest("sdvbench.models", without=MODELS.modules),
            code_digest(*SHARED),
            code_of(MODELS[name]),
            _definition(name, MODELS[name]),
            *code_with_bases(PRUNINGS[pruning]),
        ],
        "versions": {package: version(package) for package in ("torch", "torch-pruning")},
    }


@cache
def _definition(name: str, create: object) -> str:
    """sha256 hex of what the model is without its weights: its classes need not be in the module of
    ``create``, which MODELS has under ``name``. Once a process, since making it takes a while.
    """
    with torch.random.fork_rng(devices=[]):  # a class may hold random weights as attributes, too
        torch.manual_seed(SEED)
        made = declared(name)
    return hashlib.sha256(definition(made).encode()).hexdigest()


def _read(name: str, file: Path | None, weights: Path | None, pruning: str) -> Network:
    """The model in ``file``, of which what it says of its own pruning is checked."""
    model = load_model(name, file, seed=SEED)
    if file and model.pruned_before == "":
        raise CheckpointError(file, *unnamed_pruning(name))
    if file and file != weights:
        _check(file, name, pruning)
    else:
        _check_unpruned(file)
    return model


def weights_file(weights: Path | None, name: str, pruning: str) -> Path | None:
    """Of a folder, where it has model ``name`` pruned by ``pruning``; else ``weights`` itself."""
    if weights is None or not weights.is_dir():
        return weights
    return weights / f"{name}-{pruning}.safetensors"


def _check(file: Path, name: str, pruning: str) -> None:
    """What the file says of itself must be what its name says."""
    told = read_checkpoint(file).metadata
    base, aware = split(pruning)
    found = f"{told.get('model')}-{told.get('pruning')}"
    if found != f"{name}-{base}":
        problem = f"says that it is {found}, not {name}-{base}"
        raise CheckpointError(file, problem, "Give it the name of what it is, or make another")
    if aware and AWARE not in told:
        problem = "does not say that it was trained with int8's rounding in the loop"
        raise CheckpointError(file, problem, f"Make it by sdvbench recover {name} {pruning}")


def _check_unpruned(file: Path | None) -> None:
    told = read_checkpoint(file).metadata.get("pruning", UNPRUNED) if file else UNPRUNED
    if told != UNPRUNED and told in PRUNINGS:
        remedy = "Give the folder that it is in, with all of MODEL-PRUNING.safetensors"
        raise CheckpointError(file, f"is pruned by {told} already", remedy)


def unnamed_pruning(name: str) -> tuple[str, str]:
    """(problem, remedy) of a file whose model is smaller than ``name`` and names no pruning."""
    return (
        f"is pruned already: its shapes differ from {name}'s, and it does not name a pruning",
        "Name it: from sdvbench.models import load_model, save_model; "
        f"save_model(load_model({name!r}, FILE), 'FOLDER/{name}-PL.safetensors', 'PL'), or 'PG'. "
        "Then give FOLDER to --sdv-weights, or the new file to sdvbench recover",
    )


def file_sha256(file: Path) -> str:
    """sha256 hex of a checkpoint; CheckpointError where there is none."""
    check_is_file(file)
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
